"""A statement on SQLite wakes the driver's thread once."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.sql.engine import looking, make_engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """On a file of three numbers."""
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/some.db")
    async with engine.begin() as sql:
        await sql.execute(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
        await sql.execute(text("INSERT INTO numbers VALUES (:number)"), [{"number": number} for number in (1, 2, 3)])
    yield engine
    await engine.dispose()


@pytest.fixture
def jobs(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the driver's threads are given from now on."""
    given: list[object] = []
    really = aiosqlite.Connection._execute

    async def execute(connection: aiosqlite.Connection, job: Any, *arguments: Any) -> Any:
        given.append(job)
        return await really(connection, job, *arguments)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", execute)
    return given


async def test_a_look_is_one_job(engine: AsyncEngine, jobs: list[object]) -> None:
    """No transaction is begun for a single SELECT, and none ended."""
    async with looking(engine).connect() as sql:
        assert list(await sql.scalars(text("SELECT number FROM numbers ORDER BY number"))) == [1, 2, 3]
    assert len(jobs) == 1


async def test_a_transaction_is_a_job_a_statement(engine: AsyncEngine, jobs: list[object]) -> None:
    """BEGIN, what is done, COMMIT."""
    async with engine.begin() as sql:
        done = await sql.execute(text("UPDATE numbers SET number = number + 10 WHERE number > 1"))
        assert done.rowcount == 2
    assert len(jobs) == 3


async def test_what_fails_is_undone_and_harms_nothing_after_it(engine: AsyncEngine) -> None:
    """The driver's own error, and a connection that goes on."""

    async def fails() -> None:
        async with engine.begin() as sql:
            await sql.execute(text("DELETE FROM numbers"))
            await sql.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(OperationalError, match="no such table"):
        await fails()
    async with engine.connect() as sql:
        assert (await sql.execute(text("SELECT count(*) FROM numbers"))).scalar_one() == 3


async def test_no_object_of_the_thread_is_left_to_another(engine: AsyncEngine) -> None:
    """sqlite3 would refuse it: the cursor is closed where it was opened, its rows are plain."""
    async with engine.connect() as sql:
        driver: Any = (await sql.get_raw_connection()).driver_connection
        cursor = driver.cursor()
        await cursor.execute("SELECT number FROM numbers WHERE number = ?", (2,))
        assert not any(isinstance(held, sqlite3.Cursor) for held in vars(cursor).values())
        assert await cursor.fetchall() == [(2,)]
        assert await cursor.fetchall() == []
