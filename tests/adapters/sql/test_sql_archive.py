"""The archive in a database: its promises, its secrets, and what it says when the database is not there."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text, update
from sqlalchemy.exc import StatementError

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.sql import SqlArchive, SqlFollowUps, WrongUrl, make_engine, schema_state, searching, upgrade
from ivr.adapters.sql.schema import WrongTables
from ivr.adapters.sql.tables import calls, metadata
from ivr.domain.ids import CallId, effect_id
from ivr.ports.archive import ArchiveDown, CallFilter, FollowUp
from ivr.ports.keyring import Undecryptable
from tests.contracts.archive_contract import ONE, TWO, ArchiveContract, FollowUpsContract, archived
from tests.contracts.calls import NINE, NUMBER


@pytest.fixture
async def archive(database: str, keyring: FileKeyring) -> AsyncIterator[SqlArchive]:
    """An empty one."""
    archive = SqlArchive(make_engine(database), keyring)
    yield archive
    await archive.close()


class TestSqlArchive(ArchiveContract):
    """Every promise of the port, on each database."""


class TestSqlFollowUps(FollowUpsContract):
    """Every promise of the port, on each database."""

    @pytest.fixture
    async def follow_ups(self, database: str) -> AsyncIterator[SqlFollowUps]:
        """An empty list."""
        engine = make_engine(database)
        yield SqlFollowUps(engine)
        await engine.dispose()


async def test_the_migrations_make_what_the_tables_say(database: str) -> None:
    """Alembic finds no difference between the migrated database and `tables.py`."""
    engine = make_engine(database)
    async with engine.connect() as sql:
        context = {"compare_server_default": True}
        found = await sql.run_sync(lambda it: compare_metadata(MigrationContext.configure(it, opts=context), metadata))
    await engine.dispose()
    assert found == []


async def test_the_schema_state_tells_what_is_pending(empty_database: str) -> None:
    """Everything on an empty database, nothing after the upgrade; upgrading again changes nothing."""
    engine = make_engine(empty_database)
    before = await schema_state(engine)
    assert before.current is None
    assert before.pending
    assert await upgrade(empty_database) == before
    after = await schema_state(engine)
    assert (after.current, after.pending) == (before.pending[-1], ())
    assert await upgrade(empty_database) == after
    await engine.dispose()


async def test_two_upgrades_at_once_are_one(empty_database: str) -> None:
    """The second waits for the first and finds nothing to do."""
    states = await asyncio.gather(upgrade(empty_database), upgrade(empty_database))
    assert sorted(len(state.pending) > 0 for state in states) == [False, True]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("ALTER TABLE follow_ups RENAME COLUMN reason TO why", "follow_ups.reason is missing, follow_ups.why is none"),
        ("DROP TABLE call_entries", "call_entries.call_id is missing"),
    ],
)
async def test_tables_that_are_not_those_of_their_revision_are_refused_untouched(
    empty_database: str, change: str, fault: str
) -> None:
    """Altered by hand, or stamped by a migration that was changed later: what is wrong and what to do is told."""
    await altered(empty_database, change)
    with pytest.raises(WrongTables, match=fault):
        await upgrade(empty_database)
    engine = make_engine(empty_database)
    with pytest.raises(WrongTables, match="start with a new database"):
        await schema_state(engine)
    await engine.dispose()


async def test_an_older_revision_is_looked_at_before_it_is_brought_up(empty_database: str) -> None:
    """What is missing there is told; what only a later revision brings is not missed."""
    tables = ("call_back_history", "call_backs", "handled", "presence_history", "presences", "agents")
    course = ("call_words", "call_milestones", "call_checks", "call_stays", "call_legs")
    sorted_by = ("customer_index", "urgency", "waited", "lasted")
    about_recordings = ("", "_sha256", "_seconds", "_segments", "_lacking")
    older = (
        *(f"DROP TABLE {table}" for table in (*tables, *course, "recording_accesses")),
        *(f"DROP INDEX ix_calls_{column}_arrived_at" for column in ("recording", *sorted_by)),
        *(f"ALTER TABLE calls DROP COLUMN recording{what}" for what in about_recordings),
        *(f"ALTER TABLE calls DROP COLUMN {column}" for column in ("customer_index", "agents", "score")),
        *(f"ALTER TABLE calls DROP COLUMN {column}" for column in ("waited", "lasted")),
        "ALTER TABLE calls DROP COLUMN known_sealed",
        "UPDATE alembic_version SET version_num = '0002'",
    )
    await altered(empty_database, *older)
    assert (await upgrade(empty_database)).pending == ("0003", "0004", "0005", "0006")
    await altered(empty_database, *older, "ALTER TABLE calls RENAME COLUMN node TO machine")
    with pytest.raises(WrongTables, match=r"revision 0002.*calls.node is missing"):
        await upgrade(empty_database)
    engine = make_engine(empty_database)
    async with engine.connect() as sql:
        assert (await sql.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == "0002"
    await engine.dispose()


async def altered(url: str, *statements: str) -> None:
    """A database of today that somebody did this to."""
    await upgrade(url)
    engine = make_engine(url)
    async with engine.begin() as sql:
        for statement in statements:
            await sql.execute(text(statement))
    await engine.dispose()


async def test_a_database_of_a_newer_version_is_refused(empty_database: str) -> None:
    """By its revision, which nobody here knows."""
    await altered(empty_database, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(WrongTables, match=r"9999.*made by a newer one"):
        await upgrade(empty_database)


async def test_a_database_without_tables_names_the_command(empty_database: str, keyring: FileKeyring) -> None:
    """ArchiveDown, so that calls wait in the journal until the operator has upgraded."""
    archive = SqlArchive(make_engine(empty_database), keyring)
    with pytest.raises(ArchiveDown, match="run `hotline db upgrade`"):
        await archive.store([archived(ONE)])
    await archive.close()


async def test_two_archivers_at_once_store_a_call_once(
    database: str, archive: SqlArchive, keyring: FileKeyring
) -> None:
    """Whoever comes second finds it there, and the entries fit the key that was kept."""
    other = SqlArchive(make_engine(database), keyring)
    batch = [archived(f"n1-17.{place}") for place in range(20)]
    await asyncio.gather(archive.store(batch), other.store(list(reversed(batch))))
    for call in batch:
        assert await archive.read(call.record.incoming.call_id) == call
    await other.close()


async def test_a_batch_of_many_long_calls_fits(archive: SqlArchive) -> None:
    """More rows than one statement takes."""
    await archive.store([archived("n1-17.1", 700), *(archived(f"n1-18.{place}", 0) for place in range(600))])
    read = await archive.read(CallId("n1-17.1"))
    assert read == archived("n1-17.1", 700)
    assert len(await archive.find(CallFilter(limit=1000))) == 601


async def test_a_batch_with_a_value_that_does_not_fit_stores_nothing(archive: SqlArchive) -> None:
    """All or nothing; and it is not taken for a database that is down."""
    whole = archived(TWO)
    nowhere = replace(whole.record, incoming=replace(whole.record.incoming, trunk=cast(str, None)))
    broken = replace(whole, record=nowhere)
    with pytest.raises(Exception, match=r"(?i)not.null|integrity"):
        await archive.store([archived(ONE), broken])
    assert await archive.has([ONE, TWO]) == set()


async def test_without_its_key_a_call_keeps_only_what_is_not_personal(archive: SqlArchive) -> None:
    """Retention destroys the key: number, name and entries are gone, the measures stay."""
    await archive.store([archived(ONE), archived(TWO)])
    async with archive._engine.begin() as sql:
        await sql.execute(update(calls).where(calls.c.call_id == ONE).values(key=None))
    read = await archive.read(ONE)
    assert read is not None
    assert (read.record.incoming.caller_number, read.record.incoming.caller_name, read.entries) == (None, None, ())
    assert read.record.ending == archived(ONE).record.ending
    assert len(await archive.find(CallFilter())) == 2


async def test_sealed_columns_cannot_be_exchanged(archive: SqlArchive) -> None:
    """A number moved to another call is noticed."""
    await archive.store([archived(ONE), archived(TWO, number="+8613900139000")])
    async with archive._engine.begin() as sql:
        await sql.execute(
            text(
                "UPDATE calls SET caller_number_sealed = (SELECT caller_number_sealed FROM calls WHERE call_id = :two)"
                " WHERE call_id = :one"
            ),
            {"one": ONE, "two": TWO},
        )
    with pytest.raises(Undecryptable):
        await archive.read(ONE)


async def test_a_rotated_key_leaves_old_calls_readable(archive: SqlArchive, keyring: FileKeyring) -> None:
    """The newest key seals, all open; looking up by number works across."""
    await archive.store([archived(ONE)])
    keyring.add_key()
    await archive.store([archived(TWO)])
    assert {record.incoming.call_id for record in await archive.find(CallFilter(caller_number=NUMBER))} == {ONE, TWO}


async def test_a_time_without_a_timezone_is_refused(database: str) -> None:
    """Nobody could tell which moment it was."""
    engine = make_engine(database)
    naive = FollowUp(effect_id=effect_id(ONE, 1), call_id=ONE, reason="cut_off", opened_at=datetime(2026, 1, 5, 9))
    with pytest.raises((StatementError, ArchiveDown), match="no timezone"):
        await SqlFollowUps(engine).open(naive)
    await engine.dispose()


# ----------------------------------------------------------------------------------------- SQLite's file
async def test_nothing_personal_lies_in_clear_in_the_file(tmp_path: Path, keyring: FileKeyring) -> None:
    """Neither in the database nor in what SQLite keeps beside it; and all of it is for the owner only."""
    path = tmp_path / "files" / "archive.db"
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    archive = SqlArchive(make_engine(url), keyring)
    await archive.store([archived(ONE)])
    files = list(path.parent.iterdir())
    raw = b"".join(file.read_bytes() for file in files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    await archive.close()
    assert ONE.encode() in raw
    for personal in (NUMBER, NUMBER.removeprefix("+86"), "王小明", "need.menu"):
        assert personal.encode() not in raw


async def test_the_searches_use_an_index(tmp_path: Path, migrated_file: Path, keyring: FileKeyring) -> None:
    """No filter scans the table."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'archive.db'}"
    shutil.copy(migrated_file, tmp_path / "archive.db")
    archive = SqlArchive(make_engine(url), keyring)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as sql:
        for wanted in (CallFilter(since=NINE), CallFilter(caller_number=NUMBER), CallFilter(category="complaint")):
            query = searching.page(wanted, keyring).compile(archive._engine.sync_engine)
            values = [str(value) for value in query.params.values()]
            plan = str(sql.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall())
            assert "USING INDEX ix_calls_" in plan
            assert "SCAN" not in plan or "arrived_at" in plan
    await archive.close()


# ------------------------------------------------------------------------------------------ not there
@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////proc/no/archive.db", "postgresql+asyncpg://hotline:geheim@127.0.0.1:9/hotline"]
)
async def test_a_database_that_cannot_be_reached_is_down(url: str, keyring: FileKeyring) -> None:
    """Every method says so, naming the place and the cause, never the password."""
    engine = make_engine(url)
    archive, follow_ups = SqlArchive(engine, keyring), SqlFollowUps(engine)
    follow_up = FollowUp(effect_id=effect_id(ONE, 1), call_id=ONE, reason="cut_off", opened_at=NINE)
    for asked in (
        archive.store([archived(ONE)]),
        archive.has([ONE]),
        archive.find(CallFilter()),
        archive.read(ONE),
        follow_ups.open(follow_up),
        follow_ups.of_call(ONE),
        schema_state(engine),
        upgrade(url),
    ):
        with pytest.raises(ArchiveDown) as caught:
            await asked
        assert "geheim" not in str(caught.value)
        assert url.rsplit("@", maxsplit=1)[-1].rsplit("///", maxsplit=1)[-1] in str(caught.value)
    await archive.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite+aiosqlite://", "postgresql://user@host/name"])
def test_a_url_that_cannot_be_used_is_refused_with_what_is_allowed(url: str) -> None:
    """The sentence names the setting and shows a right one."""
    with pytest.raises(WrongUrl, match=r"archive\.url .*(sqlite\+aiosqlite|postgresql\+asyncpg)"):
        make_engine(url)
