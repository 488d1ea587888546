"""A journal in memory: the same promises as the one on disk, except that it dies with the process."""

from collections.abc import AsyncIterator, Sequence

from ivr.domain.ids import CallId
from ivr.ports.journal import Closed, Entry, JournalFull, must_follow, one_call


class MemoryJournal:
    """Implements ivr.ports.journal.Journal."""

    def __init__(self) -> None:
        self._calls: dict[CallId, list[Entry]] = {}
        self.full = False
        """Set to play a disk that takes no more."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Keep these entries. Raises JournalFull, OutOfSequence."""
        if not entries:
            return
        call_id = one_call(entries)
        if self.full:
            raise JournalFull("the memory journal plays a full disk")
        known = self._calls.get(call_id, [])
        must_follow(entries, len(known), closed=bool(known) and isinstance(known[-1].fact, Closed))
        self._calls[call_id] = [*known, *entries]

    async def entries(self, call_id: CallId) -> list[Entry]:
        """All entries of a call in order."""
        return list(self._calls.get(call_id, []))

    async def open_calls(self) -> list[CallId]:
        """Calls without a Closed entry."""
        return [call_id for call_id, entries in self._calls.items() if not isinstance(entries[-1].fact, Closed)]

    async def closed_calls(self, limit: int) -> AsyncIterator[list[Entry]]:
        """Whole closed calls, oldest first."""
        closed = [entries for entries in self._calls.values() if isinstance(entries[-1].fact, Closed)]
        for entries in closed[:limit]:
            yield list(entries)

    async def mark_archived(self, call_ids: Sequence[CallId]) -> None:
        """Forget these calls."""
        for call_id in call_ids:
            self._calls.pop(call_id, None)
