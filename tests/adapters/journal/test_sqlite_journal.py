"""The journal on disk: its promises, and what happens to it when disk, file or process fail."""

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ivr.adapters.journal import JournalInUse, SqliteJournal
from ivr.adapters.journal.segment import Segment
from ivr.adapters.journal.shelf import set_aside
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.memory.keyring import MemoryKeyring
from ivr.adapters.secrets import Secrets
from ivr.domain.ids import CallId
from ivr.ports.journal import JournalFull
from tests.contracts.calls import NUMBER, call
from tests.contracts.journal_contract import ONE, TWO, JournalContract
from tests.full_disk import full_disk


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    """Keys of a home of its own."""
    return FileKeyring(Secrets(tmp_path / "secrets"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the segments lie."""
    return tmp_path / "journal"


class TestSqliteJournal(JournalContract):
    """Every promise of the port."""

    @pytest.fixture
    async def journal(self, folder: Path, keyring: FileKeyring) -> AsyncIterator[SqliteJournal]:
        """An empty one, in files."""
        async with SqliteJournal(folder, keyring) as journal:
            yield journal


class TestSqliteJournalInManySegments(JournalContract):
    """Every promise of the port, with a segment begun at almost every call."""

    @pytest.fixture
    async def journal(self, folder: Path, keyring: FileKeyring) -> AsyncIterator[SqliteJournal]:
        """An empty one whose segments are full at once."""
        async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
            yield journal


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FileKeyring]:
    """A folder for many journals, and one keyring for all of them."""
    folder = tmp_path_factory.mktemp("journals")
    return folder, FileKeyring(Secrets(folder / "secrets"))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.integers(0, 5), max_size=40), restarts=st.sets(st.integers(0, 40), max_size=2))
def test_any_interleaving_is_read_back_after_any_restart(
    shared: tuple[Path, FileKeyring], order: list[int], restarts: set[int]
) -> None:
    """Each call's entries are what was appended, whichever calls came between and whenever it was opened anew."""
    parent, keyring = shared
    folder = parent / f"journal{len(list(parent.iterdir()))}"
    written = [0] * 6

    async def play() -> None:
        journal = SqliteJournal(folder, keyring, segment_appends=8)
        await journal.open()
        for place, which in enumerate(order):
            if place in restarts:
                await journal.close()
                journal = SqliteJournal(folder, keyring, segment_appends=8)
                await journal.open()
            entries = call(f"n1-17.{which}", 1)
            await journal.append(entries[written[which] : written[which] + 1])
            written[which] = min(written[which] + 1, len(entries))
        for which, count in enumerate(written):
            assert await journal.entries(CallId(f"n1-17.{which}")) == call(f"n1-17.{which}", 1)[:count]
        await journal.close()

    asyncio.run(play())


async def test_a_killed_process_loses_nothing_it_was_told_is_written(folder: Path, tmp_path: Path) -> None:
    """Entries whose append returned are there after kill -9 in the middle of others."""
    program = textwrap.dedent(
        """
        import asyncio, os, signal, sys
        from pathlib import Path
        from ivr.adapters.journal import SqliteJournal
        from ivr.adapters.keyring import FileKeyring
        from ivr.adapters.secrets import Secrets
        from tests.contracts.calls import call

        async def main():
            journal = SqliteJournal(Path(sys.argv[1]), FileKeyring(Secrets(Path(sys.argv[2]))), segment_appends=10)
            await journal.open()
            async def live(place):
                for entry in call(f"n1-17.{place}", 40):
                    await journal.append([entry])
                    print(place, entry.sequence, flush=True)
                    if (place, entry.sequence) == (3, 33):
                        os.kill(os.getpid(), signal.SIGKILL)
            await asyncio.gather(*(live(place) for place in range(8)))

        asyncio.run(main())
        """
    )
    secrets = tmp_path / "secrets"
    command = [sys.executable, "-c", program, str(folder), str(secrets)]
    ran = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=20, check=False)
    assert ran.returncode == -9, ran.stderr
    told: dict[int, int] = {}
    for line in ran.stdout.splitlines():
        place, sequence = map(int, line.split())
        told[place] = sequence
    async with SqliteJournal(folder, FileKeyring(Secrets(secrets))) as journal:
        assert len(await journal.open_calls()) == 8
        for place, sequence in told.items():
            entries = await journal.entries(CallId(f"n1-17.{place}"))
            assert len(entries) >= sequence
            assert entries == call(f"n1-17.{place}", 40)[: len(entries)]


async def test_nothing_personal_lies_in_clear(folder: Path, keyring: FileKeyring) -> None:
    """Neither number nor name nor keys can be found in any byte of the folder."""
    async with SqliteJournal(folder, keyring) as journal:
        await journal.append(call(ONE))
        raw = b"".join(path.read_bytes() for path in folder.iterdir())
    assert ONE.encode() in raw
    for secret in (NUMBER, NUMBER.removeprefix("+86"), "王小明", "need.menu", "Chose"):
        assert secret.encode() not in raw


async def test_its_files_are_for_the_owner_only(folder: Path, keyring: FileKeyring) -> None:
    """Mode 0600, what SQLite makes beside them included."""
    async with SqliteJournal(folder, keyring) as journal:
        await journal.append(call(ONE))
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


async def test_the_key_of_an_archived_call_is_destroyed(folder: Path, keyring: FileKeyring) -> None:
    """After archiving, no byte of the wrapped key is left in the segment."""
    async with SqliteJournal(folder, keyring) as journal:
        await journal.append(call(ONE))
        await journal.append(call(TWO, closed=False))
    [segment] = folder.glob("journal-*.db")
    with closing(sqlite3.connect(segment)) as sql:
        [(key,)] = sql.execute("SELECT key FROM calls WHERE call_id = ?", (ONE,)).fetchall()
    assert key in segment.read_bytes()
    async with SqliteJournal(folder, keyring) as journal:
        await journal.mark_archived([ONE])
        assert all(key not in path.read_bytes() for path in folder.iterdir())


async def test_a_segment_is_dropped_when_all_its_calls_are_archived(folder: Path, keyring: FileKeyring) -> None:
    """And not before; the one that takes new calls stays."""
    async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
        for place in range(3):
            await journal.append(call(f"n1-17.{place}"))
        await journal.append(call("n1-17.3", closed=False))
        await journal.mark_archived([CallId("n1-17.0"), CallId("n1-17.1")])
        left = sorted(path.name for path in folder.glob("journal-*.db"))
        assert left == ["journal-000003.db", "journal-000004.db"]
        assert await journal.entries(CallId("n1-17.2")) == call("n1-17.2")
    assert not list(folder.glob("journal-000001*")) + list(folder.glob("journal-000002*"))


async def test_a_call_stays_in_the_segment_it_was_opened_in(folder: Path, keyring: FileKeyring) -> None:
    """Later entries join the first ones, so that a segment is dropped with whole calls."""
    entries = call(ONE, 4)
    async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
        await journal.append(entries[:3])
        await journal.append(call(TWO, closed=False))
        await journal.append(entries[3:])
    first = Segment(folder / "journal-000001.db", 1)
    [(opened, last)] = first.load()
    assert (opened.call_id, first.appends, last) == (ONE, 2, entries[-1].sequence)
    first.rest()


async def test_a_full_disk_refuses_and_the_journal_goes_on_when_there_is_room(
    folder: Path, keyring: FileKeyring
) -> None:
    """JournalFull for what does not fit, nothing of it is kept, and the very same append succeeds later."""
    entries = call(ONE, 300)
    async with SqliteJournal(folder, keyring) as journal:
        await journal.append(entries[:3])
        with full_disk(60_000):
            with pytest.raises(JournalFull):
                await journal.append(entries[3:])
            assert await journal.entries(ONE) == entries[:3]
            with pytest.raises(JournalFull):
                await journal.append(call(TWO, 300))
        await journal.append(entries[3:])
        await journal.append(call(TWO))
        assert await journal.entries(ONE) == entries
        assert await journal.entries(TWO) == call(TWO)


async def test_a_segment_that_cannot_be_made_refuses_and_is_made_later(folder: Path, keyring: FileKeyring) -> None:
    """The first call of a segment on a full disk is refused; the journal does not stay broken."""
    async with SqliteJournal(folder, keyring) as journal:
        with full_disk(0), pytest.raises(JournalFull):
            await journal.append(call(ONE))
        await journal.append(call(ONE))
        assert await journal.entries(ONE) == call(ONE)


async def test_a_damaged_segment_is_set_aside_and_never_stops_the_start(folder: Path, keyring: FileKeyring) -> None:
    """Its name is in the log; calls of the other segments are there; new calls find a place."""
    async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
        for place in range(3):
            await journal.append(call(f"n1-17.{place}"))
    (folder / "journal-000002.db").write_bytes(b"this is no database" * 4000)
    with capture_logs() as logs:
        async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
            found = [entries[0].call_id async for entries in journal.closed_calls(9)]
            await journal.append(call(ONE))
            assert await journal.entries(ONE) == call(ONE)
    assert found == ["n1-17.0", "n1-17.2"]
    [line] = [line for line in logs if line["event"] == "journal_segment_damaged"]
    assert line["log_level"] == "critical"
    assert "journal-000002.db.damaged" in line["segment"]
    assert (folder / "journal-000002.db.damaged").exists()


@pytest.mark.parametrize(
    "tables",
    [
        "CREATE TABLE entries (call_id TEXT, sequence INTEGER, at TEXT, payload BLOB)",
        "CREATE TABLE entries (call INTEGER, sequence INTEGER, payload BLOB)",
        "CREATE TABLE commits (entries TEXT)",
    ],
)
async def test_a_segment_of_another_version_is_set_aside_whole_with_the_mend(
    folder: Path, keyring: FileKeyring, tables: str
) -> None:
    """It is neither a full disk nor damage: the log says what it is and what to do, new calls find a place, and under
    its old name it is what it was.
    """
    folder.mkdir(mode=0o700)
    old = folder / "journal-000001.db"
    with closing(sqlite3.connect(old)) as sql:
        sql.execute(tables)
        sql.execute("CREATE TABLE calls (number INTEGER PRIMARY KEY, call_id TEXT, key BLOB, state INTEGER)")
        sql.execute("INSERT INTO calls VALUES (1, 'n1-17.0', x'00', 0)")
        sql.commit()
    with capture_logs() as logs:
        async with SqliteJournal(folder, keyring) as journal:
            await journal.append(call(ONE))
            assert await journal.entries(ONE) == call(ONE)
    [line] = [line for line in logs if line["log_level"] == "critical"]
    assert line["event"] == "journal_segment_of_another_version"
    assert tables.split()[2] in line["why"]
    assert "the version that wrote it" in line["mend"]
    [aside] = set_aside(folder)
    assert aside.name == "journal-000001.db.other-version"
    with closing(sqlite3.connect(aside.rename(old))) as sql:
        assert sql.execute("SELECT count(*) FROM calls").fetchone() == (1,)


async def test_damage_found_while_running_is_set_aside(folder: Path, keyring: FileKeyring) -> None:
    """Who finds it is told once; from then on the journal goes on without that file."""
    async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
        await journal.append(call(ONE, 200))
        await journal.append(call(TWO))  # another segment: the first one's file is closed
        segment = folder / "journal-000001.db"
        segment.write_bytes(segment.read_bytes()[:4096] + bytes(100_000))
        with pytest.raises(JournalFull, match=r"malformed|disk image"):
            await journal.entries(ONE)
        assert await journal.entries(ONE) == []
        assert [entries async for entries in journal.closed_calls(9)] == [call(TWO)]
    assert (folder / "journal-000001.db.damaged").exists()


async def test_a_call_that_cannot_be_deciphered_is_kept_but_handed_to_nobody(
    folder: Path, keyring: FileKeyring
) -> None:
    """It neither blocks the calls behind it nor lets its segment be dropped."""
    async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
        await journal.append(call(ONE))
        await journal.append(call(TWO))
    with closing(sqlite3.connect(folder / "journal-000001.db", isolation_level=None)) as sql:
        (written,) = sql.execute("SELECT appends FROM commits").fetchone()
        sql.execute("UPDATE commits SET appends = ?", (written[:12] + bytes(len(written) - 12),))
    with capture_logs() as logs:
        async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
            assert [entries[0].call_id async for entries in journal.closed_calls(9)] == [TWO]
            assert await journal.entries(ONE) == []
            await journal.mark_archived([ONE, TWO])
            await journal.append(call(ONE))  # the name is free again
    assert [line["call_id"] for line in logs if line["event"] == "journal_call_unreadable"] == [ONE]
    assert (folder / "journal-000001.db").exists()


async def test_a_lost_key_sets_its_calls_aside(folder: Path) -> None:
    """A journal under another home's keys starts, and says which calls it cannot read."""
    async with SqliteJournal(folder, MemoryKeyring()) as journal:
        await journal.append(call(ONE))
    with capture_logs() as logs:
        async with SqliteJournal(folder, MemoryKeyring()) as journal:
            assert [entries async for entries in journal.closed_calls(9)] == []
    assert [line["call_id"] for line in logs if line["event"] == "journal_call_unreadable"] == [ONE]


async def test_two_journals_on_one_folder_are_refused(folder: Path, keyring: FileKeyring) -> None:
    """The second is told who holds it and what to do; once the first is closed it may."""
    async with SqliteJournal(folder, keyring):
        with pytest.raises(JournalInUse, match=r"written by process \d+; stop it"):
            await SqliteJournal(folder, keyring).open()
    async with SqliteJournal(folder, keyring) as journal:
        assert await journal.open_calls() == []


async def test_a_cancelled_caller_does_not_disturb_the_others(folder: Path, keyring: FileKeyring) -> None:
    """Whoever stops waiting for an append leaves the journal whole."""
    async with SqliteJournal(folder, keyring) as journal:
        await journal.append(call(ONE)[:1])
        waiting = asyncio.create_task(journal.append(call(ONE)[1:2]))
        other = asyncio.create_task(journal.append(call(TWO)))
        await asyncio.sleep(0)
        waiting.cancel()
        await other
        assert await journal.entries(TWO) == call(TWO)
        written = await journal.entries(ONE)
        await journal.append(call(ONE)[len(written) :])
        assert await journal.entries(ONE) == call(ONE)


async def test_the_archive_gets_what_a_cancelled_caller_left_on_disk(folder: Path, keyring: FileKeyring) -> None:
    """A closed call is handed over as the disk has it, whoever stopped waiting for a part of it."""
    entries = call(ONE, 3)
    async with SqliteJournal(folder, keyring) as journal:
        await journal.append(entries[:1])
        waiting = asyncio.create_task(journal.append(entries[1:3]))
        await asyncio.sleep(0)
        waiting.cancel()
        written = await journal.entries(ONE)
        assert written == entries[:3]
        await journal.append(entries[3:])
        assert [found async for found in journal.closed_calls(9)] == [entries]


async def test_what_is_on_disk_after_all_is_read_back(folder: Path, keyring: FileKeyring) -> None:
    """A commit that failed in its sync may lie there all the same: who reads after a fault sees what the file has."""
    entries, path = call(ONE, 300), folder / "journal-000001.db"
    async with SqliteJournal(folder, keyring) as journal:
        await journal.append(entries[:3])
        await journal.append(entries[3:6])
    landed = path.read_bytes()
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("DELETE FROM commits WHERE number = 2")
        sql.commit()
    async with SqliteJournal(folder, keyring) as journal:
        assert await journal.entries(ONE) == entries[:3]
        with full_disk(0), pytest.raises(JournalFull):
            await journal.append(entries[3:])
        path.write_bytes(landed)
        assert await journal.entries(ONE) == entries[:6]
        await journal.append(entries[6:])
        assert await journal.entries(ONE) == entries


@pytest.mark.parametrize("change", ["UPDATE calls SET state = 7", "UPDATE commits SET appends = 'no bytes'"])
async def test_a_row_that_is_none_of_ours_is_damage(folder: Path, keyring: FileKeyring, change: str) -> None:
    """What is wrong with one file never stops the start."""
    async with SqliteJournal(folder, keyring, segment_appends=1) as journal:
        await journal.append(call(ONE))
        await journal.append(call(TWO))
    with closing(sqlite3.connect(folder / "journal-000001.db")) as sql:
        sql.execute(change)
        sql.commit()
    async with SqliteJournal(folder, keyring) as journal:
        assert [entries async for entries in journal.closed_calls(9)] == [call(TWO)]
    assert (folder / "journal-000001.db.damaged").exists()
