"""The archive: every call that was ever answered, searchable, personal data encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Protocol

from ivr.domain.banking import CustomerToken
from ivr.domain.call import CallRecord
from ivr.domain.course import Course
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId, EffectId
from ivr.domain.problem import Urgency
from ivr.ports.journal import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedCall:
    """A call's record and course with its whole journal. A call served without the controller has an empty journal."""

    record: CallRecord
    course: Course = field(default_factory=Course)
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls to list. None means any; all that is given holds at once."""

    since: datetime | None = None
    until: datetime | None = None
    caller_number: str | None = None
    """E.164; found by the blind index, never by scanning."""
    customer: CustomerToken | None = None
    """Identified on the call (level 2 and above); found by the blind index."""
    agent: str | None = None
    """Who talked with the caller, as `ivr.domain.course.Leg.party`."""
    category: str | None = None
    urgency: Urgency | None = None
    outcome: str | None = None
    words: tuple[str, ...] = ()
    """Each among the words of the call's course."""
    limit: int = 50


class Sort(Enum):
    """In which order calls are listed; calls that are equal in it come the newest first."""

    NEWEST = "newest"
    OLDEST = "oldest"
    URGENT = "urgent"
    """The most urgent first."""
    WAITED = "waited"
    """The longest wait for a person first."""
    LASTED = "lasted"
    """The longest call first."""


class WrongCursor(HotlineError):
    """This tells no place in a list of calls, or one in a list of another order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The place of one call in a list; a page begins after it, whatever has been archived since."""

    sort: Sort
    value: int
    """What the list is sorted by; 0 where that is the time alone."""
    arrived_at: datetime
    call_id: CallId

    def __str__(self) -> str:
        moment = self.arrived_at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
        return f"{self.sort.value}~{self.value}~{moment}~{self.call_id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Back from its text. Raises WrongCursor."""
        try:
            sort, value, moment, call_id = text.split("~")
            at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
            return cls(sort=Sort(sort), value=int(value), arrived_at=at, call_id=CallId(call_id))
        except ValueError:
            raise WrongCursor(f"{text!r} tells no place in a list; take `next` of the page before") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCall:
    """One line of a list: the record, and of the course what a list shows."""

    record: CallRecord
    waited: int
    """Seconds in queues."""
    agents: tuple[str, ...] = ()
    """Who talked with the caller, the first first."""

    @property
    def lasted(self) -> int:
        """Whole seconds from the answer to the end."""
        return lasted(self.record)

    def cursor(self, sort: Sort) -> Cursor:
        """Its place in a list of this order."""
        incoming = self.record.incoming
        match sort:
            case Sort.URGENT:
                value = int(self.record.known.urgency)
            case Sort.WAITED:
                value = self.waited
            case Sort.LASTED:
                value = self.lasted
            case _:
                value = 0
        return Cursor(sort=sort, value=value, arrived_at=incoming.arrived_at, call_id=incoming.call_id)


def lasted(record: CallRecord) -> int:
    """Whole seconds from the answer to the end; 0 where one of them is not known."""
    if record.answered_at is None or record.ended_at is None:
        return 0
    return max(0, round((record.ended_at - record.answered_at).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A call that a person has to get back to (H2.2c)."""

    effect_id: EffectId
    call_id: CallId
    reason: str
    opened_at: datetime


class ArchiveDown(Exception):
    """The database cannot be reached now. What was to be written stays in the journal and is tried again."""


class Archive(Protocol):
    """Where finished calls stand. Every method raises ArchiveDown when the database cannot be reached."""

    async def store(self, calls: Sequence[ArchivedCall]) -> None:
        """Write whole calls in one transaction. Storing a call again changes nothing (same call_id)."""

    async def has(self, call_ids: Sequence[CallId]) -> set[CallId]:
        """Which of these are archived."""

    async def find(self, call_filter: CallFilter) -> list[CallRecord]:
        """Matching calls, newest first."""

    async def search(
        self, call_filter: CallFilter, sort: Sort = Sort.NEWEST, after: Cursor | None = None
    ) -> list[FoundCall]:
        """One page of matching calls, at most `call_filter.limit`: the first, or that after a place. A page that is not
        full is the last. Raises WrongCursor where the place is one of another order."""

    async def count(self, call_filter: CallFilter) -> int:
        """How many match, whatever its limit."""

    async def read(self, call_id: CallId) -> ArchivedCall | None:
        """One call whole."""


class FollowUps(Protocol):
    """The list of calls to get back to."""

    async def open(self, follow_up: FollowUp) -> None:
        """Put it on the list; with an effect id already there, nothing changes. Raises ArchiveDown."""

    async def of_call(self, call_id: CallId) -> list[FollowUp]:
        """Those of one call."""
