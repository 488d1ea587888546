"""H1.4b, H1.4c: by when a ticket's customer knows the result, and by when a person owns it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from typing import TypeAlias

from ivr.domain.problem import Urgency
from ivr.domain.ticket import Ticket, TicketKind

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""One zone for the whole country, without summer time since 1991."""

IsWorkingDay: TypeAlias = Callable[[date], bool]
"""Whether the bank's departments work on that day; the calendar of holidays is no policy."""


class Unit(Enum):
    """What a time is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    """Of the clock: somebody is there day and night."""
    CALLING_HOURS = "calling_hours"
    """Hours in which customers may be called; the clock stands still outside of them."""
    WORKING_DAYS = "working_days"
    """The day of the opening does not count; the last one ends when the departments close (Civil Code, 201 and 203)."""
    DAYS = "days"
    """Of 24 hours, holidays too: never later than the law counts."""


@dataclass(frozen=True, slots=True)
class Within:
    """A span, `Within(4, Unit.HOURS)`. Raises ValueError unless it is longer than nothing."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a time of {self.amount} {self.unit.value} can be kept by nobody; 1 is the least")


def _defaults() -> Mapping[TicketKind, Within]:
    return {
        TicketKind.FRAUD: Within(30, Unit.MINUTES),
        TicketKind.LOSS_REPORT: Within(2, Unit.HOURS),
        TicketKind.ACCOUNT_ANOMALY: Within(4, Unit.HOURS),
        TicketKind.CALL_BACK: Within(2, Unit.CALLING_HOURS),
        TicketKind.TRANSFER_PROBLEM: Within(1, Unit.WORKING_DAYS),
        TicketKind.ENQUIRY: Within(1, Unit.WORKING_DAYS),
        TicketKind.BUSINESS: Within(3, Unit.WORKING_DAYS),
        TicketKind.COMPLAINT: Within(15, Unit.DAYS),
        TicketKind.SUGGESTION: Within(15, Unit.DAYS),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """What the bank promises. Raises ValueError when a kind is missing, or the hours are the wrong way round."""

    due: Mapping[TicketKind, Within] = field(default_factory=_defaults)
    """Of every kind. A complaint's is that of a simple one; a complex one is prolonged by a person."""
    own: timedelta = timedelta(minutes=10)
    """Until a person owns an emergency or a complaint (H1.4c)."""
    zone: tzinfo = BEIJING
    """In which days and hours are counted."""
    working_day_ends: time = time(18, 0)
    call_from: time = time(8, 0)
    call_until: time = time(21, 0)

    def __post_init__(self) -> None:
        missing = sorted(kind.value for kind in TicketKind if kind not in self.due)
        if missing:
            raise ValueError(f"no time is set for {', '.join(missing)}")
        if self.call_from >= self.call_until:
            raise ValueError(f"customers can be called from {self.call_from} until {self.call_until}: never")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Both in UTC where the opening was."""

    due_at: datetime
    own_by: datetime | None
    """None: no such time is set for this ticket."""


def deadlines(
    kind: TicketKind, urgency: Urgency, opened_at: datetime, is_working_day: IsWorkingDay, times: Times
) -> Deadlines:
    """The deadlines of a ticket opened then (timezone-aware)."""
    owned = kind is TicketKind.COMPLAINT or urgency is Urgency.EMERGENCY
    due = _after(opened_at.astimezone(times.zone), times.due[kind], is_working_day, times)
    return Deadlines(due.astimezone(opened_at.tzinfo), opened_at + times.own if owned else None)


def is_late(ticket: Ticket, now: datetime) -> bool:
    """A promise is broken: the customer does not know the result in time, or nobody owns the ticket in time."""
    if ticket.customer_knows:
        return False
    unowned = ticket.owner is None and ticket.own_by is not None and ticket.own_by <= now
    return unowned or ticket.due_at <= now


def _after(start: datetime, within: Within, is_working_day: IsWorkingDay, times: Times) -> datetime:
    match within.unit:
        case Unit.MINUTES:
            return start + timedelta(minutes=within.amount)
        case Unit.HOURS:
            return start + timedelta(hours=within.amount)
        case Unit.DAYS:
            return start + timedelta(days=within.amount)
        case Unit.WORKING_DAYS:
            return _working_days_after(start, within.amount, is_working_day, times)
        case Unit.CALLING_HOURS:
            return _calling_hours_after(start, timedelta(hours=within.amount), times)


def _working_days_after(start: datetime, days: int, is_working_day: IsWorkingDay, times: Times) -> datetime:
    day = start.date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, times.working_day_ends, start.tzinfo)


def _calling_hours_after(start: datetime, left: timedelta, times: Times) -> datetime:
    day, nothing = start.date(), timedelta()
    while True:
        begins = max(start, datetime.combine(day, times.call_from, start.tzinfo))
        room = datetime.combine(day, times.call_until, start.tzinfo) - begins
        if left <= room:
            return begins + left
        left -= max(room, nothing)
        day += timedelta(days=1)
