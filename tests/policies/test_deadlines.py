"""By when a customer knows, and by when somebody owns it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.adapters.working_days import is_known, is_working_day
from ivr.domain.problem import Urgency
from ivr.domain.ticket import TicketKind
from ivr.policies.deadlines import BEIJING, Deadlines, Times, Unit, Within, deadlines
from tests.examples import examples

TIMES = Times()


def beijing(text: str) -> datetime:
    """That time of day there."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def due(kind: TicketKind, opened: str, times: Times = TIMES) -> datetime:
    """When a calm ticket of this kind is due."""
    return deadlines(kind, Urgency.NORMAL, beijing(opened), is_working_day, times).due_at


@pytest.mark.parametrize(
    ("kind", "opened", "is_due"),
    [
        (TicketKind.ACCOUNT_ANOMALY, "2026-01-05 22:30", "2026-01-06 02:30"),
        (TicketKind.FRAUD, "2026-02-17 03:00", "2026-02-17 03:30"),
        (TicketKind.TRANSFER_PROBLEM, "2026-01-05 09:00", "2026-01-06 18:00"),
        (TicketKind.TRANSFER_PROBLEM, "2026-01-05 23:59", "2026-01-06 18:00"),
        (TicketKind.TRANSFER_PROBLEM, "2026-01-09 12:00", "2026-01-12 18:00"),
        (TicketKind.TRANSFER_PROBLEM, "2026-02-14 12:00", "2026-02-24 18:00"),
        (TicketKind.TRANSFER_PROBLEM, "2026-02-27 12:00", "2026-02-28 18:00"),
        (TicketKind.BUSINESS, "2026-01-08 12:00", "2026-01-13 18:00"),
        (TicketKind.COMPLAINT, "2026-02-10 08:30", "2026-02-25 08:30"),
        (TicketKind.CALL_BACK, "2026-01-05 10:00", "2026-01-05 12:00"),
        (TicketKind.CALL_BACK, "2026-01-05 20:30", "2026-01-06 09:30"),
        (TicketKind.CALL_BACK, "2026-01-05 23:00", "2026-01-06 10:00"),
        (TicketKind.CALL_BACK, "2026-01-06 02:00", "2026-01-06 10:00"),
        (TicketKind.CALL_BACK, "2026-01-05 19:00", "2026-01-05 21:00"),
    ],
)
def test_when_the_customer_knows(kind: TicketKind, opened: str, is_due: str) -> None:
    """Hours go through the night; working days leave out holidays and take the Saturdays worked for them; the last one
    ends with its office hours; calls are made by day only."""
    assert due(kind, opened) == beijing(is_due)


@pytest.mark.parametrize(
    ("kind", "urgency", "owned"),
    [
        (TicketKind.COMPLAINT, Urgency.NORMAL, True),
        (TicketKind.ENQUIRY, Urgency.EMERGENCY, True),
        (TicketKind.FRAUD, Urgency.EMERGENCY, True),
        (TicketKind.ENQUIRY, Urgency.URGENT, False),
    ],
)
def test_emergencies_and_complaints_are_owned_within_ten_minutes(
    kind: TicketKind, urgency: Urgency, owned: bool
) -> None:
    """H1.4c names both."""
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    own_by = deadlines(kind, urgency, at, is_working_day, TIMES).own_by
    assert own_by == (at + timedelta(minutes=10) if owned else None)


def test_the_bank_decides_every_number() -> None:
    """Spans, office hours, the hours for calls and the ten minutes."""
    mine = Times(
        due={**TIMES.due, TicketKind.TRANSFER_PROBLEM: Within(2, Unit.WORKING_DAYS)},
        own=timedelta(minutes=5),
        working_day_ends=time(17),
        call_until=time(20),
    )
    assert due(TicketKind.TRANSFER_PROBLEM, "2026-01-05 09:00", mine) == beijing("2026-01-07 17:00")
    assert due(TicketKind.CALL_BACK, "2026-01-05 19:00", mine) == beijing("2026-01-06 09:00")
    at = beijing("2026-01-05 09:00")
    assert deadlines(TicketKind.COMPLAINT, Urgency.NORMAL, at, is_working_day, mine).own_by == at + mine.own


def test_numbers_that_nobody_can_keep_are_refused() -> None:
    """At once, not when the first ticket comes."""
    with pytest.raises(ValueError, match="0 hours"):
        Within(0, Unit.HOURS)
    with pytest.raises(ValueError, match="no time is set for account_anomaly, business"):
        Times(due={})
    with pytest.raises(ValueError, match="never"):
        replace(TIMES, call_until=time(7))


@settings(max_examples=examples(50))
@given(
    kind=st.sampled_from(TicketKind),
    urgency=st.sampled_from(Urgency),
    opened=st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),
)
def test_deadlines_come_after_the_opening(kind: TicketKind, urgency: Urgency, opened: datetime) -> None:
    """In any year, known to the calendar or not, and in the zone of the opening."""
    found = deadlines(kind, urgency, opened, is_working_day, TIMES)
    assert isinstance(found, Deadlines)
    assert opened < found.due_at < opened + timedelta(days=40)
    assert found.due_at.tzinfo is UTC


# -------------------------------------------------------------------------------------- the calendar behind it
@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 1, 5), True),
        (date(2026, 1, 10), False),
        (date(2026, 2, 17), False),
        (date(2026, 2, 28), True),
        (date(2091, 1, 1), True),
        (date(2091, 1, 6), False),
    ],
)
def test_working_days_of_the_country(day: date, works: bool) -> None:
    """Spring Festival is free and a Saturday is worked for it; a year that is not known yet has weekdays only."""
    assert is_working_day(day) is works


def test_it_is_told_which_years_are_known() -> None:
    """So that somebody brings the calendar up to date."""
    assert is_known(2026)
    assert not is_known(2091)
