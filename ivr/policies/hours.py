"""H1.1c: when a queue is open. The line itself always is; specialists have hours. Pure: the calendar is data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum

_SATURDAY = 5
_LOOK_AHEAD = 60
"""Days; a queue that does not open within them is told as closed."""


class Days(Enum):
    """On which days."""

    ALL = "all"
    WORKING = "working"
    """Working days of the country, weekends worked for a holiday included."""
    OFF = "off"
    """All others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The country's days off and the weekends worked for them; what is not named goes by its weekday."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether it is a working day."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Open from a time until another of the same day, that one not included; until 00:00 is midnight. Raises ValueError
    where that is never."""

    days: Days = Days.ALL
    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.closes != time(0) and self.opens >= self.closes:
            raise ValueError(f"open from {self.opens:%H:%M} until {self.closes:%H:%M}: never; a night is two spans")

    def covers(self, local: datetime, calendar: Calendar) -> bool:
        """Whether it is open at this local moment."""
        return (
            _holds(self.days, local.date(), calendar)
            and self.opens <= local.time()
            and (self.closes == time(0) or local.time() < self.closes)
        )


def is_open(spans: Sequence[Span], local: datetime, calendar: Calendar) -> bool:
    """Whether one of the spans covers the moment; none at all means always."""
    return not spans or any(span.covers(local, calendar) for span in spans)


def closed_today(spans: Sequence[Span], local: datetime, calendar: Calendar) -> bool:
    """Whether it is the day, and not the hour, that keeps it closed."""
    return bool(spans) and not any(_holds(span.days, local.date(), calendar) for span in spans)


def opens_next(spans: Sequence[Span], local: datetime, calendar: Calendar) -> datetime | None:
    """The next opening after this local moment; None: not within sixty days."""
    for ahead in range(_LOOK_AHEAD):
        day = local.date() + timedelta(days=ahead)
        begins = [datetime.combine(day, span.opens, local.tzinfo) for span in spans if _holds(span.days, day, calendar)]
        later = [begin for begin in begins if begin > local]
        if later:
            return min(later)
    return None


def _holds(days: Days, day: date, calendar: Calendar) -> bool:
    return days is Days.ALL or calendar.works(day) is (days is Days.WORKING)
