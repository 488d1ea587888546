"""The database behind the archive: SQLite or PostgreSQL, told apart by the URL alone."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import URL, Connection, Dialect, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ivr.adapters.sql import one_job
from ivr.adapters.sqlite_file import make
from ivr.domain.errors import HotlineError
from ivr.ports.archive import ArchiveDown

_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
_CONNECT_SECONDS = 5
_COMMAND_SECONDS = 30


class WrongUrl(HotlineError):
    """The archive's URL cannot be used."""


def make_engine(url: str) -> AsyncEngine:
    """An engine on this database; nothing is connected yet. Raises WrongUrl."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise WrongUrl("archive.url is no database URL; postgresql+asyncpg://user@host/database is one") from error
    if parsed.drivername not in _DRIVERS:
        raise WrongUrl(f"archive.url begins with {parsed.drivername!r}; allowed are {' and '.join(_DRIVERS)}")
    return _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,  # an error must not carry a caller's number into a log
        pool_pre_ping=True,
        pool_timeout=_CONNECT_SECONDS,
        connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": _COMMAND_SECONDS},
    )


def _sqlite(url: URL) -> AsyncEngine:
    if not url.database or url.database == ":memory:":
        raise WrongUrl("archive.url names no file; sqlite+aiosqlite:////srv/hotline/archive.db does")
    path = Path(url.database)
    engine = create_async_engine(url, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "do_connect")
    def connected(dialect: Dialect, _: object, arguments: list[Any], options: dict[str, Any]) -> Any:
        if not path.exists():
            make(path)
        return dialect.connect(*arguments, async_creator_fn=one_job.connect, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late for DDL; ours is below
        cursor = connection.cursor()
        # FULL: the journal destroys its copy of a call as soon as we say that it is stored.
        for pragma in ("busy_timeout = 5000", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        word = connection.get_execution_options().get("sqlite_begin", "BEGIN")
        if word is not None:
            connection.exec_driver_sql(word)

    return engine


def looking(engine: AsyncEngine) -> AsyncEngine:
    """The same engine for a single SELECT: on SQLite no transaction is begun for it, which would be as much work."""
    return engine.execution_options(sqlite_begin=None)


def inserting(engine: AsyncEngine, table: Table) -> Any:  # each dialect has a type of its own for it
    """INSERT that may say what is to happen where the key is there already."""
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


@contextmanager
def down(engine: AsyncEngine) -> Iterator[None]:
    """Whatever keeps the database from answering is ArchiveDown; what is wrong with a value stays what it is."""
    try:
        yield
    except (IntegrityError, DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
        raise
    except (
        SQLAlchemyError,
        sqlite3.Error,
        OSError,
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    ) as error:
        raise ArchiveDown(f"{engine.url.render_as_string(hide_password=True)}: {_sentence(error)}") from error


def _sentence(error: Exception) -> str:
    """The driver's own words, without the statement."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    words = " ".join(str(cause).split()) or type(cause).__name__
    if "no such table" in words or getattr(cause, "sqlstate", None) == asyncpg.UndefinedTableError.sqlstate:
        return f"{words}; run `hotline db upgrade`"
    return words
