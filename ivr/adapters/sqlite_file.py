"""A SQLite file of our own: one thread that owns the connection, off the event loop, every change durable."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

T = TypeVar("T")
Fill = Callable[[sqlite3.Connection], None]
"""Writes tables and first rows into a new file."""


class SqliteFile:
    """`async with` it, or open and close it. Several processes may have the same file open."""

    def __init__(self, path: Path, fill: Fill) -> None:
        self._path = path
        self._fill = fill
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=path.stem)
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Make the file where there is none, and connect. Raises sqlite3.Error, OSError."""
        await self._in_thread(self._open)

    async def close(self) -> None:
        """Finish what waits, then let go of the file."""
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)

    async def __aenter__(self) -> "SqliteFile":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """What the job finds. Raises sqlite3.Error."""
        return await self._in_thread(lambda: job(self._sql))

    async def change(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run the job in one transaction, on disk when this returns; an exception undoes it. A caller that is
        cancelled meanwhile leaves it whole: done or not done. Raises sqlite3.Error.
        """
        return await self._in_thread(lambda: self._change(job))

    async def truncate_log(self) -> None:
        """Bring the write-ahead log into the file and empty it, so that overwritten rows are nowhere any more."""
        await self.read(lambda sql: sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    # ------------------------------------------------------------------------------------------------ the thread
    @property
    def _sql(self) -> sqlite3.Connection:
        if self._connection is None:
            raise sqlite3.ProgrammingError(f"{self._path.name} is not open")
        return self._connection

    async def _in_thread(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    def _open(self) -> None:
        if self._connection is None:
            if not self._path.exists():
                make(self._path, self._fill)
            self._connection = _connected(self._path)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _change(self, job: Callable[[sqlite3.Connection], T]) -> T:
        with Transaction(self._sql):
            return job(self._sql)


class Transaction:
    """BEGIN … COMMIT, or ROLLBACK; sqlite3's own leaves the transaction open when COMMIT fails. SQLite has rolled back
    by itself after some faults, as of a full disk."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql

    def __enter__(self) -> None:
        self._sql.execute("BEGIN IMMEDIATE")  # two processes that read first and write then would refuse each other

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._sql.execute("COMMIT")
        finally:
            if self._sql.in_transaction:
                self._sql.execute("ROLLBACK")


def _connected(path: Path) -> sqlite3.Connection:
    sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False)  # the thread pool has one thread
    sql.row_factory = sqlite3.Row
    for pragma in ("busy_timeout = 5000", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        sql.execute(f"PRAGMA {pragma}")
    return sql


def make(path: Path, fill: Fill = lambda _: None) -> None:
    """A new file in WAL mode, for its owner only (SQLite gives the files beside it the same mode). Made aside and
    linked into place: of two processes that make it at once one wins (of two that turn one file to WAL mode at once,
    one is refused without waiting), and a file that is there is whole. Raises sqlite3.Error, OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_connected(aside)) as sql:
            sql.execute("PRAGMA journal_mode = WAL")
            sql.execute("BEGIN")
            fill(sql)
            sql.execute("COMMIT")
        with suppress(FileExistsError):
            os.link(aside, path)
    finally:
        for left in (aside, aside.with_name(f"{aside.name}-wal"), aside.with_name(f"{aside.name}-shm")):
            left.unlink(missing_ok=True)
