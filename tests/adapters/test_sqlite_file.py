"""A SQLite file of our own, when the disk fails under it."""

import sqlite3
from pathlib import Path

import pytest

from ivr.adapters.sqlite_file import SqliteFile
from tests.full_disk import full_disk


def _fill(sql: sqlite3.Connection) -> None:
    sql.execute("CREATE TABLE words (word TEXT NOT NULL) STRICT")


def _words(sql: sqlite3.Connection) -> list[str]:
    return [row["word"] for row in sql.execute("SELECT word FROM words ORDER BY rowid")]


def _put(word: str, sql: sqlite3.Connection) -> None:
    sql.execute("INSERT INTO words VALUES (?)", (word,))


@pytest.mark.parametrize("size", [1, 8_000_000])
async def test_a_change_that_the_disk_refuses_is_undone_and_the_next_one_is_made(tmp_path: Path, size: int) -> None:
    """Whether it is refused at its end or, being large, in its middle: nothing of it is kept, and the file is used on
    as soon as there is room."""
    async with SqliteFile(tmp_path / "words.db", _fill) as file:
        await file.change(lambda sql: _put("before", sql))
        with full_disk(), pytest.raises(sqlite3.OperationalError, match="disk"):
            await file.change(lambda sql: _put("x" * size, sql))
        await file.change(lambda sql: _put("after", sql))
        assert await file.read(_words) == ["before", "after"]


async def test_a_job_that_fails_changes_nothing(tmp_path: Path) -> None:
    """Its own exception comes out."""

    def broken(sql: sqlite3.Connection) -> None:
        _put("half", sql)
        raise LookupError("no such thing")

    async with SqliteFile(tmp_path / "words.db", _fill) as file:
        with pytest.raises(LookupError, match="no such thing"):
            await file.change(broken)
        assert await file.read(_words) == []
