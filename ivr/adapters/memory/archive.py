"""The archive and the follow-ups in memory: the same promises as in a database."""

from collections.abc import Sequence
from datetime import datetime

from ivr.domain.call import CallRecord
from ivr.domain.ids import CallId, EffectId
from ivr.ports.archive import (
    ArchivedCall,
    ArchiveDown,
    CallFilter,
    Cursor,
    FollowUp,
    FoundCall,
    Sort,
    WrongCursor,
)


class MemoryArchive:
    """Implements ivr.ports.archive.Archive."""

    def __init__(self) -> None:
        self._calls: dict[CallId, ArchivedCall] = {}
        self.down = False
        """Set to play a database that cannot be reached."""

    async def store(self, calls: Sequence[ArchivedCall]) -> None:
        """Keep whole calls. Raises ArchiveDown."""
        self.must_be_up()
        for call in calls:
            self._calls.setdefault(call.record.incoming.call_id, call)

    async def has(self, call_ids: Sequence[CallId]) -> set[CallId]:
        """Which of these are archived. Raises ArchiveDown."""
        self.must_be_up()
        return self._calls.keys() & set(call_ids)

    async def find(self, call_filter: CallFilter) -> list[CallRecord]:
        """Matching calls, newest first. Raises ArchiveDown."""
        return [found.record for found in await self.search(call_filter)]

    async def search(
        self, call_filter: CallFilter, sort: Sort = Sort.NEWEST, after: Cursor | None = None
    ) -> list[FoundCall]:
        """One page of matching calls. Raises ArchiveDown, WrongCursor."""
        self.must_be_up()
        if after is not None and after.sort is not sort:
            raise WrongCursor(f"this place is one of a list by {after.sort.value}, not by {sort.value}")
        found = [_found(call) for call in self._calls.values() if _matches(call, call_filter)]
        newest_first = sort is not Sort.OLDEST
        found.sort(key=lambda call: _place(call.cursor(sort)), reverse=newest_first)
        if after is not None:
            found = [
                call
                for call in found
                if (_place(call.cursor(sort)) != _place(after))
                and (_place(call.cursor(sort)) < _place(after)) is newest_first
            ]
        return found[: call_filter.limit]

    async def count(self, call_filter: CallFilter) -> int:
        """How many match. Raises ArchiveDown."""
        self.must_be_up()
        return sum(_matches(call, call_filter) for call in self._calls.values())

    async def read(self, call_id: CallId) -> ArchivedCall | None:
        """One call whole. Raises ArchiveDown."""
        self.must_be_up()
        return self._calls.get(call_id)

    def all(self) -> list[ArchivedCall]:
        """Every call. Raises ArchiveDown."""
        self.must_be_up()
        return list(self._calls.values())

    def replace(self, call: ArchivedCall) -> None:
        """Something more is known of a call that is here."""
        self._calls[call.record.incoming.call_id] = call

    def must_be_up(self) -> None:
        """Raises ArchiveDown while `down`."""
        if self.down:
            raise ArchiveDown("the memory archive plays a database that is down")


class MemoryFollowUps:
    """Implements ivr.ports.archive.FollowUps."""

    def __init__(self) -> None:
        self._list: dict[EffectId, FollowUp] = {}
        self.down = False
        """Set to play a database that cannot be reached."""

    async def open(self, follow_up: FollowUp) -> None:
        """Put it on the list, once. Raises ArchiveDown."""
        self._must_be_up()
        self._list.setdefault(follow_up.effect_id, follow_up)

    async def of_call(self, call_id: CallId) -> list[FollowUp]:
        """Those of one call, oldest first. Raises ArchiveDown."""
        self._must_be_up()
        found = [follow_up for follow_up in self._list.values() if follow_up.call_id == call_id]
        return sorted(found, key=lambda follow_up: follow_up.opened_at)

    def _must_be_up(self) -> None:
        if self.down:
            raise ArchiveDown("the memory archive plays a database that is down")


def _found(call: ArchivedCall) -> FoundCall:
    return FoundCall(record=call.record, waited=call.course.waited, agents=call.course.agents)


def _place(cursor: Cursor) -> tuple[int, datetime, str]:
    return cursor.value, cursor.arrived_at, cursor.call_id


def _matches(call: ArchivedCall, wanted: CallFilter) -> bool:
    incoming, known, ending = call.record.incoming, call.record.known, call.record.ending
    return (
        (wanted.since is None or incoming.arrived_at >= wanted.since)
        and (wanted.until is None or incoming.arrived_at < wanted.until)
        and wanted.caller_number in (None, incoming.caller_number)
        and wanted.customer in (None, known.customer_token)
        and (wanted.agent is None or wanted.agent in call.course.agents)
        and wanted.category in (None, known.category.value if known.category else None)
        and wanted.urgency in (None, known.urgency)
        and wanted.outcome in (None, ending.outcome.value if ending else None)
        and {word.lower() for word in wanted.words} <= call.course.words
    )
