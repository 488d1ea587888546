"""Bringing the database's tables up to date, and saying whether they are."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.sql.engine import down, make_engine

_LOCK = 0x686F746C696E65  # "hotline": of two upgrades of one database at once, the second waits


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Which revision the tables have, and which are still to be applied, oldest first."""

    current: str | None
    """None: the database is empty."""
    pending: tuple[str, ...]


async def upgrade(url: str) -> SchemaState:
    """Apply what is pending, all in one transaction; the state before. Raises ArchiveDown, WrongUrl."""
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
    """Where the tables stand. Raises ArchiveDown."""
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
    pending = [revision.revision for revision in script.iterate_revisions("head", current or "base")]
    return SchemaState(current, tuple(reversed(pending)))
