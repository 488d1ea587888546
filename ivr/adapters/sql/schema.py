"""Bringing the database's tables up to date, and saying whether they are."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.sql.engine import down, make_engine
from ivr.domain.errors import HotlineError

_LOCK = 0x686F746C696E65  # "hotline": of two upgrades of one database at once, the second waits


class WrongTables(HotlineError):
    """The database is of a version that this one cannot go on from. Nothing was changed in it."""


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Which revision the tables have, and which are still to be applied, oldest first."""

    current: str | None
    """None: the database is empty."""
    pending: tuple[str, ...]


async def upgrade(url: str) -> SchemaState:
    """Apply what is pending, all in one transaction; the state before. Raises ArchiveDown, WrongUrl, WrongTables."""
    engine = make_engine(url)
    try:
        with down(engine):
            async with engine.execution_options(sqlite_begin="BEGIN IMMEDIATE").begin() as sql:
                if engine.dialect.name == "postgresql":
                    await sql.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                before = await sql.run_sync(_state)
                await sql.run_sync(_apply)
                return before
    finally:
        await engine.dispose()


async def schema_state(engine: AsyncEngine) -> SchemaState:
    """Where the tables stand. Raises ArchiveDown, WrongTables."""
    with down(engine):
        async with engine.connect() as sql:
            return await sql.run_sync(_state)


def _configuration() -> Config:
    configuration = Config()
    folder = str(Path(__file__).parent / "migrations")
    configuration.set_main_option("script_location", folder.replace("%", "%%"))
    return configuration


def _apply(connection: Connection) -> None:
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def _state(connection: Connection) -> SchemaState:
    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(_configuration())
    try:
        pending = [revision.revision for revision in script.iterate_revisions("head", current or "base")]
    except RevisionError:
        raise WrongTables(
            f"{_shown(connection)} has revision {current}, which this version does not know: it was made by a newer"
            " one; install that, or give this one another database (archive.url)"
        ) from None
    if current is not None:
        _must_be_of(current, connection)
    return SchemaState(current, tuple(reversed(pending)))


def _must_be_of(revision: str, connection: Connection) -> None:
    """A revision is a promise: the tables are what our migrations up to it make. Raises WrongTables."""
    expected, found = _made_by(revision), _columns(connection)
    faults = [f"{name} is missing" for name in sorted(expected - found)]
    ours = {name.partition(".")[0] for name in expected}
    faults += [f"{name} is none of ours" for name in sorted(found - expected) if name.partition(".")[0] in ours]
    if faults:
        raise WrongTables(
            f"{_shown(connection)} says that it has revision {revision}, and its tables are others"
            f" ({', '.join(faults)}): it was made by a version that was never released, or changed by hand; start with"
            " a new database (archive.url, or move the file aside), and keep this one for the version that wrote it"
        )


@cache
def _made_by(revision: str) -> frozenset[str]:
    """`table.column` of everything that our migrations up to this one make: always the same, and slow to find out."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        configuration = _configuration()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)
        return _columns(connection)


def _columns(connection: Connection) -> frozenset[str]:
    look = inspect(connection)
    tables = look.get_multi_columns()
    return frozenset(f"{table}.{column['name']}" for (_, table), columns in tables.items() for column in columns)


def _shown(connection: Connection) -> str:
    return connection.engine.url.render_as_string(hide_password=True)
