"""One file of the journal: some thousand appends to the calls that were opened in it, payloads sealed.

A row is a commit: the appends of all calls that were written together, one behind the other, each with its call and
the number of its last entry before it. So a commit touches one page, whatever number of calls it serves. Which calls'
appends lie in which row is kept in memory, and read from the rows when the file is opened.
"""

import os
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ivr.adapters.durable_file import sync_folder
from ivr.adapters.sqlite_file import Transaction
from ivr.domain.ids import CallId

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY, call_id TEXT NOT NULL, key BLOB NOT NULL, state INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS readable ON calls (call_id) WHERE state < 2;
CREATE TABLE IF NOT EXISTS commits (number INTEGER PRIMARY KEY, appends BLOB NOT NULL);
"""
# Exclusive: the folder is locked, nobody else reads, and a commit spares the system calls of locking one by one.
_PRAGMAS = (
    "locking_mode = EXCLUSIVE",
    "journal_mode = WAL",
    "synchronous = FULL",
    "secure_delete = ON",
    "trusted_schema = OFF",
)
_INSERT = "INSERT INTO commits (appends) VALUES (?)"
_HEAD = struct.Struct(">III")
"""Before each append of a row: its call, the sequence number of its last entry, its length in bytes."""
_COLUMNS = {"calls": ["number", "call_id", "key", "state"], "commits": ["number", "appends"]}
"""What `_SCHEMA` makes. A file with other tables or columns is of another version."""


class Damaged(Exception):
    """The file is no journal segment any more."""


class OfAnotherVersion(sqlite3.Error):
    """The file was written by a version of Hotline whose segments look otherwise."""


class CallState(IntEnum):
    """How a call stands in its segment. One that is archived stands there no more."""

    OPEN = 0
    CLOSED = 1
    UNREADABLE = 2
    """Its key or an entry cannot be deciphered: kept for rescue, handed to nobody, and its file is not dropped."""


class CallRow(NamedTuple):
    """A call's line."""

    number: int
    call_id: CallId
    key: bytes
    """The call's key, wrapped by the keyring."""
    state: CallState


AppendRow: TypeAlias = tuple[int, int, bytes]
"""One append: its call, the sequence number of its last entry, its payload."""


class Segment:
    """A SQLite file in WAL mode, synced at every commit. Used by one thread at a time. Raises sqlite3.Error."""

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self.number = number
        self.appends = 0
        """Appends in it."""
        self.next_call = 1
        self.kept = 0
        """Calls not archived."""
        self._commits: dict[int, list[int]] = {}
        """By call: the numbers of the commits that hold its appends, in order."""
        self._connection: sqlite3.Connection | None = None

    def load(self, *, thoroughly: bool = True) -> list[tuple[CallRow, int]]:
        """Open the file, check its pages, and tell its calls with their last sequence numbers. Raises Damaged."""
        sql = self._sql()
        verdict = sql.execute("PRAGMA quick_check(1)").fetchone()[0] if thoroughly else "ok"
        if verdict != "ok":
            raise Damaged(verdict)
        found = sql.execute("SELECT number, call_id, key, state FROM calls ORDER BY number").fetchall()
        try:
            calls = [CallRow(number, CallId(call_id), key, CallState(state)) for number, call_id, key, state in found]
        except ValueError as error:
            raise Damaged(f"a call's state is none: {error}") from error
        last = dict.fromkeys((call.number for call in calls), 0)
        self.appends, self._commits, newest = 0, {}, 0
        for commit, row in sql.execute("SELECT number, appends FROM commits ORDER BY number"):
            for call, sequence, _ in _appends_in(row):
                self.appends += 1
                newest = max(newest, call)
                if call in last:  # the others are archived
                    last[call] = sequence
                    self._remember(call, commit)
        self.next_call = max([newest, *last]) + 1
        self.kept = len(calls)
        return [(call, last[call.number]) for call in calls]

    def write(self, opened: Sequence[CallRow], appends: Sequence[AppendRow], closed: Sequence[int]) -> None:
        """All of it in one commit, on disk when this returns."""
        sql = self._sql()
        row = (b"".join([part for append in appends for part in _framed(append)]),)
        if opened or closed:
            with Transaction(sql):
                sql.executemany("INSERT INTO calls VALUES (?,?,?,?)", opened)
                commit = sql.execute(_INSERT, row).lastrowid
                sql.executemany("UPDATE calls SET state = 1 WHERE number = ?", [(number,) for number in closed])
        else:
            commit = sql.execute(_INSERT, row).lastrowid  # a statement by itself is a transaction
        assert commit is not None  # noqa: S101  # an INSERT has one
        for call, _, _ in appends:
            self._remember(call, commit)
        self.appends += len(appends)
        self.kept += len(opened)

    def read(self, call_id: CallId) -> tuple[CallRow, list[AppendRow]] | None:
        """A call that can be read, and its appends in order."""
        sql = self._sql()
        row = sql.execute("SELECT number, key, state FROM calls WHERE call_id = ? AND state < 2", (call_id,)).fetchone()
        if row is None:
            return None
        call = CallRow(row[0], call_id, row[1], CallState(row[2]))
        found: list[AppendRow] = []
        for commit in self._commits.get(call.number, ()):
            (appends,) = sql.execute("SELECT appends FROM commits WHERE number = ?", (commit,)).fetchone()
            found += (append for append in _appends_in(appends) if append[0] == call.number)
        return call, found

    def closed(self, limit: int) -> list[CallId]:
        """Closed calls that can be read, oldest first."""
        rows = self._sql().execute("SELECT call_id FROM calls WHERE state = 1 ORDER BY number LIMIT ?", (limit,))
        return [CallId(row[0]) for row in rows.fetchall()]

    def set_unreadable(self, call: int) -> None:
        """Keep the call, and hand it to nobody."""
        self._sql().execute("UPDATE calls SET state = 2 WHERE number = ?", (call,))

    def forget(self, calls: Sequence[int]) -> None:
        """Destroy the keys of these calls: `secure_delete` overwrites them with zeros, and the write-ahead log that
        still has them is emptied. Without its key an entry is noise; it goes with the file."""
        with Transaction(sql := self._sql()):
            sql.executemany("DELETE FROM calls WHERE number = ?", [(number,) for number in calls])
        self.kept -= len(calls)
        for number in calls:
            self._commits.pop(number, None)
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def rest(self) -> None:
        """Close the file; the next use opens it again. After a fault, or while nobody needs it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def drop(self) -> None:
        """Delete the file and what SQLite keeps beside it."""
        self.rest()
        for path in self.paths():
            path.unlink(missing_ok=True)

    def paths(self) -> list[Path]:
        """The file and what SQLite keeps beside it."""
        return [self.path, *(self.path.with_name(self.path.name + suffix) for suffix in ("-wal", "-shm"))]

    def _remember(self, call: int, commit: int) -> None:
        commits = self._commits.setdefault(call, [])
        if not commits or commits[-1] != commit:
            commits.append(commit)

    def _sql(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        new = not self.path.exists()
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its own files the same mode
        connection = sqlite3.connect(self.path, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
            _must_be_ours(connection)
            connection.executescript(_SCHEMA)
            if new:
                sync_folder(self.path.parent)
        except BaseException:
            connection.close()
            raise
        return connection


def _must_be_ours(connection: sqlite3.Connection) -> None:
    """Raises OfAnotherVersion. A table that is not made yet is made now."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    for (table,) in tables:
        found = [row[1] for row in connection.execute("SELECT * FROM pragma_table_info(?)", (table,))]
        if found != _COLUMNS.get(table):
            raise OfAnotherVersion(f"it has a table {table} with the columns {', '.join(found)}")


def _framed(append: AppendRow) -> tuple[bytes, bytes]:
    call, sequence, payload = append
    return _HEAD.pack(call, sequence, len(payload)), payload


def _appends_in(row: bytes) -> Iterator[AppendRow]:
    """The appends of a commit. Raises Damaged."""
    place = 0
    while place < len(row):
        try:
            call, sequence, length = _HEAD.unpack_from(row, place)
        except (struct.error, TypeError) as error:  # too short, or no bytes at all
            raise Damaged("a commit ends in the middle of an append") from error
        place += _HEAD.size
        if place + length > len(row):
            raise Damaged("a commit ends in the middle of an append")
        yield call, sequence, row[place : place + length]
        place += length
