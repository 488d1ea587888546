"""The segments of a journal, and which call stands where. Plain and synchronous: the writer thread owns it."""

import errno
import fcntl
import os
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from ivr.adapters.journal.segment import AppendRow, CallRow, CallState, Damaged, OfAnotherVersion, Segment
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId
from ivr.ports.journal import JournalFull, OutOfSequence

log = structlog.get_logger()

_NAME = re.compile(r"journal-(\d{6,})\.db")
MENDS = {
    "damaged": "its calls are known from the exchange's records only; `sqlite3 FILE .recover` may save more",
    "other-version": "its calls are not archived yet: give it its old name back and run the version that wrote it"
    " until `hotline calls list` has them, or delete it where they are not needed",
}
"""What the operator does about a file that was set aside, by how its name ends."""
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def set_aside(folder: Path) -> list[Path]:
    """Segments of this journal that were set aside and wait for the operator."""
    return sorted(path for ending in MENDS for path in folder.glob(f"journal-*.db.{ending}"))


class JournalInUse(HotlineError):
    """Another process writes this journal."""


@dataclass(slots=True)
class Standing:
    """Where a call that is not archived stands."""

    segment: Segment
    number: int
    last: int
    """The sequence number of its last entry on disk."""
    state: CallState


@dataclass(slots=True)
class Append:
    """Entries of one call to be written."""

    call_id: CallId
    key: bytes | None
    """The wrapped key, when these entries open the call."""
    closes: bool
    first: int
    last: int
    """The numbers of the first and the last of them."""
    payload: bytes
    """All of them, sealed."""


class Shelf:
    """Every segment below one folder, locked against other processes."""

    def __init__(self, folder: Path, segment_appends: int) -> None:
        self._folder = folder
        self._segment_appends = segment_appends
        self._segments: list[Segment] = []
        self._doubtful: set[Segment] = set()
        self._calls: dict[CallId, Standing] = {}
        self._newest = 0
        self._lock: int | None = None

    # ------------------------------------------------------------------------------------ open, close
    def open(self) -> None:
        """Take the lock and read what earlier processes left. Raises JournalInUse, OSError."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _locked(self._folder / "lock")
        found = [(int(name[1]), path) for path in self._folder.iterdir() if (name := _NAME.match(path.name))]
        self._newest = max((number for number, _ in found), default=0)
        for number, path in sorted(found):
            if _NAME.fullmatch(path.name):
                self._adopt(Segment(path, number))
        self._tidy()

    def close(self) -> None:
        """Close every file and give the lock back."""
        for segment in self._segments:
            segment.rest()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    # ---------------------------------------------------------------------------------------- writing
    def commit(self, appends: Sequence[Append]) -> list[Exception | None]:
        """Write all of them, one commit a segment; what became of each."""
        for segment in list(self._doubtful):
            self._look_again(segment)
        outcomes: list[Exception | None] = [None] * len(appends)
        groups: dict[Segment, list[int]] = {}
        ends: dict[CallId, tuple[int, bool]] = {}
        for place, append in enumerate(appends):
            try:
                segment = self._segment_for(append, ends)
            except OutOfSequence as error:
                outcomes[place] = error
            else:
                groups.setdefault(segment, []).append(place)
        for segment, places in groups.items():
            for place, outcome in zip(places, self._write(segment, [appends[p] for p in places]), strict=True):
                outcomes[place] = outcome
        return outcomes

    def _segment_for(self, append: Append, ends: dict[CallId, tuple[int, bool]]) -> Segment:
        """Where it goes; `ends` holds how each call of this commit stands after what comes before."""
        standing = self._calls.get(append.call_id)
        last, closed = ends.get(append.call_id) or (
            (standing.last, standing.state is not CallState.OPEN) if standing else (0, False)
        )
        first = append.first
        if closed or first != last + 1 or (append.key is None) != (last > 0):
            how = "which is closed" if closed else f"whose last entry is {last}"
            raise OutOfSequence(f"entry {first} came for {append.call_id}, {how}")
        ends[append.call_id] = (append.last, append.closes)
        return standing.segment if standing else self._active()

    def _write(self, segment: Segment, appends: Sequence[Append]) -> list[Exception | None]:
        if segment in self._doubtful:
            return [JournalFull(f"{segment.path} cannot be read since its last fault")] * len(appends)
        opened: list[CallRow] = []
        rows: list[AppendRow] = []
        closed: list[int] = []
        news: dict[CallId, Standing] = {}
        standings: list[Standing] = []
        for append in appends:
            standing = self._calls.get(append.call_id) or news.get(append.call_id)
            if standing is None:
                standing = news[append.call_id] = Standing(segment, segment.next_call, 0, CallState.OPEN)
                segment.next_call += 1
            standings.append(standing)
            number = standing.number
            if append.key is not None:
                opened.append(CallRow(number, append.call_id, append.key, CallState.OPEN))
            rows.append((number, append.last, append.payload))
            if append.closes:
                closed.append(number)
        try:
            segment.write(opened, rows, closed)
        except (sqlite3.Error, OSError) as error:
            return [self._fault(segment, error)] * len(appends)
        self._calls.update(news)
        for standing, append in zip(standings, appends, strict=True):
            standing.last = append.last
            if append.closes:
                standing.state = CallState.CLOSED
        return [None] * len(appends)

    def _active(self) -> Segment:
        """The segment that takes new calls."""
        if self._segments:
            newest = self._segments[-1]
            if newest.number == self._newest and newest.appends < self._segment_appends:
                return newest
        self._newest += 1
        self._segments.append(Segment(self._folder / f"journal-{self._newest:06d}.db", self._newest))
        self._tidy()
        return self._segments[-1]

    # ---------------------------------------------------------------------------------------- reading
    def read(self, call_id: CallId) -> tuple[CallRow, list[AppendRow]] | None:
        """A call that is not archived, with its entries. Raises JournalFull when the disk fails."""
        standing = self._calls.get(call_id)
        if standing is not None and standing.segment in self._doubtful:
            self._look_again(standing.segment)
            standing = self._calls.get(call_id)
        if standing is None:
            return None
        try:
            return standing.segment.read(call_id)
        except (sqlite3.Error, OSError, Damaged) as error:
            raise self._fault(standing.segment, error) from error

    def open_calls(self) -> list[CallId]:
        """Calls that are not closed, in the order they were opened."""
        return [call_id for call_id, standing in self._calls.items() if standing.state is CallState.OPEN]

    def closed_calls(self, limit: int) -> list[CallId]:
        """Closed calls, oldest first."""
        found: list[CallId] = []
        for segment in list(self._segments):
            if segment.kept and len(found) < limit:
                try:
                    found += segment.closed(limit - len(found))
                except (sqlite3.Error, OSError) as error:
                    self._fault(segment, error)
        return found

    # --------------------------------------------------------------------------------------- clearing
    def forget(self, call_ids: Iterable[CallId]) -> None:
        """Destroy the keys of archived calls, and drop the segments that hold nothing else."""
        groups: dict[Segment, list[CallId]] = {}
        for call_id in dict.fromkeys(call_ids):
            if call_id in self._calls:
                groups.setdefault(self._calls[call_id].segment, []).append(call_id)
        for segment, calls in groups.items():
            try:
                segment.forget([self._calls[call_id].number for call_id in calls])
            except (sqlite3.Error, OSError) as error:
                raise self._fault(segment, error) from error
            for call_id in calls:
                del self._calls[call_id]
        self._tidy()

    def set_unreadable(self, call_id: CallId) -> None:
        """A call whose entries cannot be deciphered stays on disk for rescue, and is handed to nobody."""
        standing = self._calls.pop(call_id, None)
        if standing is not None:
            try:
                standing.segment.set_unreadable(standing.number)
            except (sqlite3.Error, OSError) as error:
                self._fault(standing.segment, error)

    def _tidy(self) -> None:
        """Drop the segments that hold no call any more; close the files of those that nobody writes to."""
        for segment in [segment for segment in self._segments[:-1] if not segment.kept]:
            segment.drop()
            self._segments.remove(segment)
            self._doubtful.discard(segment)
            log.info("journal_segment_dropped", segment=segment.path.name)
        written = {standing.segment for standing in self._calls.values() if standing.state is CallState.OPEN}
        for segment in self._segments[:-1]:
            if segment not in written:
                segment.rest()

    # ------------------------------------------------------------------------------------------ faults
    def _adopt(self, segment: Segment) -> None:
        """Take a file of an earlier process onto the shelf. What is wrong with one file never stops the start."""
        try:
            calls = segment.load()
        except (sqlite3.Error, OSError, Damaged) as error:
            if isinstance(error, OfAnotherVersion) or _is_damage(error):
                self._set_aside(segment, error)
            else:
                segment.rest()
                log.error(  # noqa: TRY400 (the sentence says it all)
                    "journal_segment_not_read",
                    segment=str(segment.path),
                    why=str(error),
                    mend="its calls are not taken up; see to the disk and to the file's mode, then restart",
                )
            return
        self._segments.append(segment)
        self._remember(segment, calls)

    def _remember(self, segment: Segment, calls: Iterable[tuple[CallRow, int]]) -> None:
        for call, last in calls:
            if call.state is not CallState.UNREADABLE:
                self._calls[call.call_id] = Standing(segment, call.number, last, call.state)

    def _fault(self, segment: Segment, error: Exception) -> JournalFull:
        """A segment could not be written or read. Whether the last commit is on disk is not known (its sync may have
        failed after the write), so what the file says is believed from here on."""
        if isinstance(error, OfAnotherVersion) or _is_damage(error):
            self._set_aside(segment, error)
        else:
            segment.rest()
            self._doubtful.add(segment)
        return JournalFull(f"{segment.path}: {error}")

    def _look_again(self, segment: Segment) -> None:
        try:
            calls = segment.load(thoroughly=False)
        except (sqlite3.Error, OSError, Damaged) as error:
            self._fault(segment, error)
            return
        self._doubtful.discard(segment)
        self._calls = {call_id: standing for call_id, standing in self._calls.items() if standing.segment != segment}
        self._remember(segment, calls)

    def _set_aside(self, segment: Segment, error: Exception) -> None:
        segment.rest()
        lost = [call_id for call_id, standing in self._calls.items() if standing.segment is segment]
        for call_id in lost:
            del self._calls[call_id]
        stranger = isinstance(error, OfAnotherVersion)
        ending = "other-version" if stranger else "damaged"
        for path in segment.paths():
            if path.exists():
                path.rename(path.with_name(f"{path.name}.{ending}"))
        if segment in self._segments:
            self._segments.remove(segment)
        self._doubtful.discard(segment)
        log.critical(
            "journal_segment_of_another_version" if stranger else "journal_segment_damaged",
            segment=f"{segment.path}.{ending}",
            why=str(error),
            calls=lost,
            mend=MENDS[ending],
        )


def _is_damage(error: Exception) -> bool:
    return isinstance(error, Damaged) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def _locked(path: Path) -> int:
    """Lock a file for as long as this process lives; its content is the holder's pid."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        raise JournalInUse(
            f"{path.parent} is written by process {holder}; stop it, or give this hotline another home (HOTLINE_HOME)"
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor
