"""H1.2a, H2.2c: when a call back is offered, when the customer is rung, and how often."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.callback import CallBackKind, Miss, asked
from ivr.domain.caller import Language
from ivr.domain.ids import CallBackId
from ivr.domain.problem import Urgency
from ivr.policies.calling_back import (
    CallBackOffer,
    CallBackRules,
    NoOffer,
    WrongTime,
    allowed_at,
    chosen,
    is_due,
    next_attempt,
    offer,
    position,
)
from ivr.policies.deadlines import BEIJING
from ivr.policies.waiting import Ageing, Place
from tests.contracts.staff import new_call_back
from tests.contracts.tickets import CUSTOMER

RULES = CallBackRules()
AGEING = Ageing()


def beijing(day: int, hour: int, minute: int = 0) -> datetime:
    """That moment of January 2026, in UTC."""
    return datetime(2026, 1, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


NOON = beijing(5, 12)
BACK = asked(new_call_back(joined_at=NOON, priority=0, urgency=Urgency.NORMAL), CallBackId("n1-1.1/7"), NOON, CUSTOMER)


@pytest.mark.parametrize(
    ("different", "reason"),
    [
        ({"urgency": Urgency.EMERGENCY}, NoOffer.EMERGENCY),
        ({"expected": 30}, NoOffer.SHORT_WAIT),
        ({"rules": replace(RULES, enabled=False)}, NoOffer.DISABLED),
    ],
)
def test_a_call_back_is_not_offered_to_everyone(different: dict[str, object], reason: NoOffer) -> None:
    """An emergency stays on the line; a short wait needs none."""
    usual = {"urgency": Urgency.NORMAL, "expected": 120, "waited": 0.0, "now": NOON}
    asked_for = {**usual, "rules": RULES}
    assert offer(**asked_for) == CallBackOffer(keeps_place=True, earliest=NOON)  # type: ignore[arg-type]
    assert offer(**(asked_for | different)) is reason  # type: ignore[arg-type]
    assert all(reason.words(language) for language in Language)


def test_who_has_waited_long_is_offered_it_whatever_was_estimated() -> None:
    """As is everyone where nobody can say how long it will be; at night for the morning, without a place."""
    known = {"urgency": Urgency.NORMAL, "rules": RULES}
    assert isinstance(offer(expected=10, waited=61, now=NOON, **known), CallBackOffer)  # type: ignore[arg-type]
    night = offer(expected=None, waited=0, now=beijing(5, 23), **known)  # type: ignore[arg-type]
    assert night == CallBackOffer(keeps_place=False, earliest=beijing(6, 8))


@pytest.mark.parametrize(
    ("moment", "rung"),
    [
        (beijing(5, 8), beijing(5, 8)),
        (beijing(5, 20, 59), beijing(5, 20, 59)),
        (beijing(5, 21), beijing(6, 8)),
        (beijing(5, 7, 59), beijing(5, 8)),
        (beijing(5, 0), beijing(5, 8)),
    ],
)
def test_customers_are_rung_from_eight_to_nine_in_the_evening(moment: datetime, rung: datetime) -> None:
    """But for emergencies, at any time."""
    assert allowed_at(moment, Urgency.URGENT, RULES) == rung
    assert allowed_at(moment, Urgency.EMERGENCY, RULES) == moment


def test_a_chosen_time_can_be_kept_or_is_refused() -> None:
    """Within the hours and within a week."""
    assert chosen(beijing(6, 9), NOON, Urgency.NORMAL, RULES) == beijing(6, 9)
    for wrong, words in ((beijing(6, 22), "08:00 until 21:00"), (beijing(4, 9), "7 days"), (beijing(20, 9), "7 days")):
        with pytest.raises(WrongTime, match=words):
            chosen(wrong, NOON, Urgency.NORMAL, RULES)


@pytest.mark.parametrize(
    ("attempts", "miss", "then"),
    [
        (1, Miss.BUSY, NOON + timedelta(minutes=5)),
        (1, Miss.NO_ANSWER, NOON + timedelta(minutes=30)),
        (1, Miss.MACHINE, NOON + timedelta(minutes=30)),
        (2, Miss.NO_ANSWER, NOON + timedelta(hours=2)),
        (1, Miss.OTHER_PERSON, None),
        (3, Miss.BUSY, None),
    ],
)
def test_it_is_tried_again_sooner_or_later_and_not_for_ever(attempts: int, miss: Miss, then: datetime | None) -> None:
    """A busy line soon, nobody later, three times in all; who did not ask is not rung again."""
    assert next_attempt(replace(BACK, attempts=attempts), miss, NOON, RULES) == then


TRIED_AGAIN = [miss for miss in Miss if miss is not Miss.OTHER_PERSON]


@given(st.integers(1, 2), st.sampled_from(TRIED_AGAIN), st.integers(0, 24 * 60))
def test_no_attempt_falls_into_the_night(attempts: int, miss: Miss, minute: int) -> None:
    """Whenever the last one was."""
    then = next_attempt(replace(BACK, attempts=attempts), miss, beijing(5, 0) + timedelta(minutes=minute), RULES)
    assert then is not None
    assert time(8) <= then.astimezone(BEIJING).time() < time(21)


def test_the_kept_place_is_that_of_one_who_stayed() -> None:
    """Behind the more urgent and who came before, ahead of who came later; it rises as he would have."""
    before = Place(priority=0, joined_at=NOON - timedelta(seconds=30))
    later = Place(priority=0, joined_at=NOON + timedelta(seconds=30))
    urgent = Place(priority=20, joined_at=NOON + timedelta(seconds=30))
    assert position(BACK, NOON + timedelta(seconds=31), (before, later, urgent), AGEING) == 3
    assert (
        position(BACK, NOON + timedelta(minutes=20), (replace(urgent, joined_at=NOON + timedelta(minutes=19)),), AGEING)
        == 1
    )


def test_it_is_due_when_an_agent_is_free_for_its_place() -> None:
    """A chosen time and a further attempt when their time has come; none outside of the hours."""
    ahead = (Place(priority=20, joined_at=NOON),)

    def due(back: object, now: datetime, waiting: tuple[Place, ...], free: int) -> bool:
        return is_due(back, now, waiting=waiting, free_agents=free, ageing=AGEING, rules=RULES)  # type: ignore[arg-type]

    assert due(BACK, NOON, (), 1)
    assert not due(BACK, NOON, (), 0)
    assert not due(BACK, NOON, ahead, 1)
    assert due(BACK, NOON, ahead, 2)
    assert not due(BACK, beijing(5, 22), (), 1)
    at_three = replace(BACK, kind=CallBackKind.CHOSEN_TIME, due_at=beijing(5, 15))
    assert not due(at_three, NOON, (), 9)
    assert due(at_three, beijing(5, 15), ahead, 0)
    assert due(replace(BACK, attempts=1), NOON, ahead, 0)


def test_rules_by_which_nobody_could_be_rung_are_refused() -> None:
    """At once, not at the first call back."""
    with pytest.raises(ValueError, match="never"):
        CallBackRules(call_from=time(21), call_until=time(8))
    with pytest.raises(ValueError, match="at least once"):
        CallBackRules(tries=0)
