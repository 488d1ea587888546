"""H1.1c: when a queue is open."""

from datetime import date, datetime, time

import pytest

from ivr.adapters.working_days import calendar, is_known, is_working_day
from ivr.policies.deadlines import BEIJING
from ivr.policies.hours import Calendar, Days, Span, closed_today, is_open, opens_next

CALENDAR = Calendar(off=frozenset({date(2026, 1, 1)}), worked=frozenset({date(2026, 1, 4)}))
OFFICE = (
    Span(days=Days.WORKING, opens=time(9), closes=time(18)),
    Span(days=Days.OFF, opens=time(10), closes=time(12)),
)
NIGHT = (Span(opens=time(20), closes=time(0)), Span(opens=time(0), closes=time(6)))


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """That moment of January 2026, in Beijing."""
    return datetime(2026, 1, day, hour, minute, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("spans", "moment", "there"),
    [
        ((), local(1, 3), True),
        (OFFICE, local(5, 9), True),
        (OFFICE, local(5, 8, 59), False),
        (OFFICE, local(5, 18), False),
        (OFFICE, local(1, 9, 30), False),
        (OFFICE, local(1, 10), True),
        (OFFICE, local(3, 14), False),
        (OFFICE, local(4, 14), True),
        (NIGHT, local(5, 23, 59), True),
        (NIGHT, local(6, 0), True),
        (NIGHT, local(6, 6), False),
    ],
)
def test_a_queue_is_open_in_its_hours(spans: tuple[Span, ...], moment: datetime, there: bool) -> None:
    """Holidays and weekends worked for them are what the calendar says; a night is two spans."""
    assert is_open(spans, moment, CALENDAR) is there


def test_the_next_opening_is_told() -> None:
    """Today still, or on the next day that suits; or that there is none."""
    assert opens_next(OFFICE, local(5, 7), CALENDAR) == local(5, 9)
    assert opens_next(OFFICE, local(5, 18), CALENDAR) == local(6, 9)
    assert opens_next(OFFICE[:1], local(2, 18), CALENDAR) == local(4, 9)
    never = (Span(days=Days.OFF, opens=time(9), closes=time(10)),)
    always_working = Calendar(worked=frozenset(date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(99)))
    assert opens_next(never, local(5, 7), always_working) is None


def test_a_day_off_and_a_closed_hour_are_told_apart() -> None:
    """The caller, and whoever reads the reason, learns which it was."""
    assert closed_today(OFFICE[:1], local(1, 11), CALENDAR)
    assert not closed_today(OFFICE[:1], local(5, 22), CALENDAR)


def test_hours_that_are_never_are_refused() -> None:
    """With the mend."""
    with pytest.raises(ValueError, match="a night is two spans"):
        Span(opens=time(20), closes=time(6))


def test_the_countrys_calendar_as_data_says_the_same() -> None:
    """For each day of the years it knows; and of others by weekday."""
    known = calendar()
    for year in (2025, 2026, 2031):
        for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            assert known.works(day) is is_working_day(day), day
    assert is_known(2026)
    assert not is_known(2031)
