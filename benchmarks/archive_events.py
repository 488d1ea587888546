"""Journal entries archived a second, against a raw batched insert of the very rows they become."""

import asyncio
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from sqlalchemy import make_url, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.measure import Figure, Tell, at_least, figure, in_turns
from benchmarks.postgres import database, plain
from benchmarks.stories import appends_of_a_call, incoming, of_call
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.course_tables import COURSE
from ivr.adapters.sql.engine import make_engine
from ivr.adapters.sql.schema import upgrade
from ivr.adapters.sql.tables import call_entries, calls
from ivr.engine.archiver import archived_call
from ivr.ports.journal import Entry, Opened

CALLS = 2_000
BATCH = 200
"""Calls a transaction, as the archiver takes them."""
ROUNDS = 5
_TABLES = (calls, call_entries, *COURSE)
_EMPTIED = "DELETE FROM calls"
"""Everything else of a call goes with it."""

Journal = list[Entry]
Rows = list[dict[str, list[tuple[Any, ...]]]]
"""Of each batch, those of each table."""


def archive_events(tell: Tell, *, calls: int = CALLS, rounds: int = ROUNDS) -> Iterator[Figure]:
    """Archive: journal entries archived a second, folding, sealing and encoding included, against raw inserts.

    Whole calls of the hotline's story, 200 a transaction. Raw: the very rows that then lie in the tables, so folded,
    sealed and encoded already, by the driver's own executemany in as many transactions, on tables with the same keys
    and indexes and with the same sync settings.
    """
    entries = [entry for append in asyncio.run(appends_of_a_call()) for entry in append]
    journals = [_of(place, entries) for place in range(calls)]
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        keyring = FileKeyring(Secrets(Path(folder) / "secrets"))
        url = f"sqlite+aiosqlite:///{folder}/archive.db"
        yield _measured(url, journals, keyring, rounds=rounds, tell=tell)
        with database("hotline_bench_archive") as server:
            yield _measured(server, journals, keyring, rounds=rounds, tell=tell)


def _of(place: int, entries: Sequence[Entry]) -> Journal:
    """The same story, of another call."""
    call = incoming(place)
    told = of_call(call.call_id, entries)
    opened = told[0].fact
    if not isinstance(opened, Opened):
        raise TypeError("a journal begins with the call's opening")
    told[0] = Entry(
        call_id=call.call_id,
        sequence=1,
        at=told[0].at,
        monotonic=told[0].monotonic,
        fact=Opened(incoming=call, flow=opened.flow, configuration=opened.configuration),
    )
    return told


def _measured(url: str, journals: Sequence[Journal], keyring: FileKeyring, *, rounds: int, tell: Tell) -> Figure:
    kind = make_url(url).get_backend_name()
    asyncio.run(upgrade(url))
    uvloop.run(_archive(url, keyring, journals))
    batches = asyncio.run(_rows(url))
    count = sum(map(len, journals))

    def ours() -> float:
        asyncio.run(_empty(url))
        tell(f"{count} entries into {kind} by the archive")
        return count / uvloop.run(_archive(url, keyring, journals))

    def raw() -> float:
        asyncio.run(_empty(url))
        tell(f"{count} entries into {kind} by raw inserts")
        return count / (_insert_sqlite(url, batches) if kind == "sqlite" else uvloop.run(_insert(url, batches)))

    value, baseline = in_turns(rounds, ours, raw)
    return figure(f"archive_events {kind}", value, "entries/s", baseline=baseline, goal=at_least(0.5))


async def _archive(url: str, keyring: FileKeyring, journals: Sequence[Journal]) -> float:
    """Seconds that it takes to fold and store them all."""
    archive = SqlArchive(make_engine(url), keyring)
    await archive.has([])  # the connection is made before the clock runs
    began = time.perf_counter()
    for start in range(0, len(journals), BATCH):
        await archive.store([archived_call(entries) for entries in journals[start : start + BATCH]])
    took = time.perf_counter() - began
    await archive.close()
    return took


async def _rows(url: str) -> Rows:
    """What lies in the tables, as the driver takes it, in batches."""
    engine = make_engine(url)
    found: Rows = []
    async with engine.connect() as sql:
        ids = list(await sql.scalars(select(calls.c.call_id).order_by(calls.c.call_id)))
        for start in range(0, len(ids), BATCH):
            first, last = ids[start], ids[min(start + BATCH, len(ids)) - 1]
            batch = {}
            for table in _TABLES:
                asked = f'SELECT * FROM "{table.name}" WHERE call_id BETWEEN :first AND :last'  # noqa: S608
                rows = await sql.execute(text(asked), {"first": first, "last": last})
                batch[table.name] = [tuple(map(_as_taken, row)) for row in rows]
            found.append(batch)
    await engine.dispose()
    return found


def _as_taken(value: Any) -> Any:
    """PostgreSQL's driver gives JSON as values, and takes it as text."""
    return json.dumps(value) if isinstance(value, list) else value


async def _empty(url: str) -> None:
    engine: AsyncEngine = make_engine(url)
    async with engine.begin() as sql:
        await sql.execute(text(_EMPTIED if engine.dialect.name == "sqlite" else "TRUNCATE calls CASCADE"))
    await engine.dispose()


def _insert_sqlite(url: str, batches: Rows) -> float:
    path = make_url(url).database
    sql = sqlite3.connect(str(path), isolation_level=None)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        sql.execute(f"PRAGMA {pragma}")
    began = time.perf_counter()
    for batch in batches:
        sql.execute("BEGIN")
        for table, rows in batch.items():
            if rows:
                places = ", ".join("?" * len(rows[0]))
                sql.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)  # noqa: S608
        sql.execute("COMMIT")
    took = time.perf_counter() - began
    sql.close()
    return took


async def _insert(url: str, batches: Rows) -> float:
    connection = await asyncpg.connect(plain(url))
    began = time.perf_counter()
    for batch in batches:
        async with connection.transaction():
            for table, rows in batch.items():
                if rows:
                    places = ", ".join(f"${place}" for place in range(1, len(rows[0]) + 1))
                    await connection.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)  # noqa: S608
    took = time.perf_counter() - began
    await connection.close()
    return took
