"""Durable appends to the journal, against SQLite alone."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvloop

from benchmarks.measure import Figure, Tell, at_least, figure, in_turns
from benchmarks.stories import appends_of_a_call, incoming, of_call
from ivr.adapters.journal.sqlite import SqliteJournal
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.ports.journal import Entry

AT_ONCE = 64
"""Calls that live at the same time."""
CALLS = 640
ROUNDS = 5

Call = list[list[Entry]]
Row = tuple[int, int, bytes]


def journal_appends(
    tell: Tell, *, calls: int = CALLS, at_once: int = AT_ONCE, rounds: int = ROUNDS
) -> Iterator[Figure]:
    """Journal: durable appends a second, encoding and sealing included, against raw batched SQLite inserts.

    Whole calls of the hotline's story, 64 at once, each append made when the one before is on disk. Raw: the very rows
    that lie on disk after one such call, so encoded and sealed already, a row an append, in
    batches of 64, a commit each, by executemany with the same journal mode and sync setting.
    """
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        places = (Path(folder) / f"{number:03d}" for number in range(10_000))
        appends = asyncio.run(appends_of_a_call())
        every = [[of_call(incoming(place).call_id, entries) for entries in appends] for place in range(calls)]
        batches = _rows_of(next(places), appends, calls, at_once)
        count = calls * len(appends)

        def ours() -> float:
            tell(f"{count} appends to the journal")
            return count / uvloop.run(_append(next(places), every, at_once))

        def raw() -> float:
            tell(f"{count} appends by raw inserts")
            return count / _insert(next(places), batches)

        value, baseline = in_turns(rounds, ours, raw)
    yield figure("journal_appends", value, "appends/s", baseline=baseline, goal=at_least(0.5))


async def _append(folder: Path, calls: Sequence[Call], at_once: int) -> float:
    """Seconds that all these calls take."""
    waiting = iter(calls)

    async def line(journal: SqliteJournal) -> None:
        for call in waiting:
            for entries in call:
                await journal.append(entries)

    keyring = FileKeyring(Secrets(folder / "secrets"))
    async with SqliteJournal(folder / "journal", keyring, segment_appends=10**9) as journal:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(line(journal))
        return time.perf_counter() - began


def _rows_of(folder: Path, appends: Sequence[Sequence[Entry]], calls: int, at_once: int) -> list[list[Row]]:
    """What lies on disk after one call, as batches of rows for so many calls."""
    asyncio.run(_append(folder, [[list(entries) for entries in appends]], 1))
    [segment] = (folder / "journal").glob("*.db")
    with sqlite3.connect(segment) as sql:
        rows = sql.execute("SELECT number, appends FROM commits ORDER BY number").fetchall()
    return [
        [(call, *row) for call in range(first, min(first + at_once, calls))]
        for first in range(0, calls, at_once)
        for row in rows
    ]


def _insert(folder: Path, batches: Sequence[Sequence[Row]]) -> float:
    """Seconds that all these batches take."""
    folder.mkdir()
    sql = sqlite3.connect(folder / "raw.db", isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        sql.execute(f"PRAGMA {pragma}")
    sql.execute(
        "CREATE TABLE entries (call INTEGER NOT NULL, sequence INTEGER NOT NULL, payload BLOB NOT NULL,"
        " PRIMARY KEY (call, sequence))"
    )
    began = time.perf_counter()
    for batch in batches:
        sql.execute("BEGIN IMMEDIATE")
        sql.executemany("INSERT INTO entries VALUES (?,?,?)", batch)
        sql.execute("COMMIT")
    took = time.perf_counter() - began
    sql.close()
    return took
