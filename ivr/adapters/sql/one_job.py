"""aiosqlite with one job for its thread where it gives four: a cursor, the statement, its rows, the cursor's end.

Each job wakes the thread, and then the event loop: that costs more than most statements. SQLAlchemy reads all rows of
a statement at once anyway, so nothing is fetched that would not have been.
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import aiosqlite

Job = Callable[[sqlite3.Cursor], object]


def connect(database: str, **options: Any) -> aiosqlite.Connection:
    """As `aiosqlite.connect`. The thread ends with the process, whoever forgot it."""
    connection = _Connection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does with those it makes itself
    return connection


class _Connection(aiosqlite.Connection):
    def cursor(self) -> "_Cursor":  # type: ignore[override]  # no awaitable: nothing is done yet
        return _Cursor(self)

    async def rollback(self) -> None:
        """Where anything was begun; the pool asks for it after each use."""
        if self.in_transaction:
            await super().rollback()


class _Cursor:
    """What SQLAlchemy asks of a cursor. No object of sqlite3 leaves the thread."""

    description: Any = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "_Cursor":
        """One statement, and all its rows."""
        return await self._carry_out(lambda cursor: cursor.execute(sql, parameters))  # type: ignore[arg-type]

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "_Cursor":
        """One statement for each of these."""
        return await self._carry_out(lambda cursor: cursor.executemany(sql, parameters))  # type: ignore[arg-type]

    async def _carry_out(self, job: Job) -> "_Cursor":
        await self._connection._execute(self._in_thread, job)  # type: ignore[no-untyped-call]
        return self

    def _in_thread(self, job: Job) -> None:
        cursor = self._connection._conn.cursor()
        try:
            job(cursor)
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
            self._rows = cursor.fetchall() if cursor.description else []
        finally:
            cursor.close()

    async def fetchall(self) -> list[Any]:
        """The rows of the last statement, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""

    async def __aenter__(self) -> "_Cursor":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
