"""H2.1d: how urgent it is, and the emergency plan at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.domain.banking import CustomerFacts
from ivr.domain.problem import Urgency
from ivr.domain.reasons import Reason
from ivr.flow.steps import Identify, QueueExit, Unrecognised
from tests.conversation import LI, MENU, NOW, at_the_menu

TAKEN_OVER = replace(LI, contact_changed_at=NOW - timedelta(days=1), large_transfers=2)
"""Contact data changed yesterday, and large sums are leaving."""


def test_nine_is_confirmed_by_one_more_nine_h2_1d() -> None:
    """The emergency is noted with its reason, and goes before everyone else."""
    call = at_the_menu().presses("9").hears("confirm_emergency").presses("9").hears("to_duty")
    call.waits_in("emergency", priority=100)
    assert call.known.urgency is Urgency.EMERGENCY
    assert call.known.urgency_reasons


def test_nine_and_silence_reach_a_person() -> None:
    """Someone who pressed 9 and cannot press again is not left alone."""
    at_the_menu().presses("9").is_silent().hears("to_a_person")


def test_nine_and_star_is_a_wish_to_hear_again() -> None:
    """Many press 9 to hear the menu again; `*` takes them back to it."""
    at_the_menu().presses("9").presses("*").hears(*MENU)


def test_nobody_at_the_duty_desk_goes_to_the_front_of_the_service_queue() -> None:
    """An emergency is never left in an empty queue."""
    call = at_the_menu().presses("9").presses("9").hears("to_duty").comes_back(QueueExit.NOBODY_THERE)
    call.hears("to_a_person").waits_in("service", priority=100)


def test_an_emergency_has_one_ticket_before_anyone_waits_h1_4c() -> None:
    """With its urgency and reasons, so that its procedure starts even if nobody is free."""
    call = at_the_menu().presses("9", "9").in_a_queue()
    (ticket,) = call.tickets
    assert ticket.urgency is Urgency.EMERGENCY
    assert ticket.reasons == (Reason.TOLD_EMERGENCY,)


def test_signs_of_a_takeover_start_the_emergency_plan_without_a_question_h2_1d() -> None:
    """As soon as the caller says that his money is concerned."""
    call = at_the_menu(hint=TAKEN_OVER).presses("2").hears("to_duty").waits_in("emergency", priority=100)
    assert Reason.TAKEOVER_SUSPECTED in call.known.urgency_reasons


def test_what_is_known_of_whom_was_identified_is_weighed_at_once_h2_1d() -> None:
    """A stranger's phone, but the account of someone whose money is leaving."""
    at_the_menu().presses("1", "2").keys_in(TAKEN_OVER).hears("to_duty").waits_in("emergency", priority=100)


@pytest.mark.parametrize(
    ("facts", "recent_calls", "priority", "reason"),
    [
        (LI, 2, 10, Reason.CALLED_AGAIN),
        (replace(LI, fraud_marked=True), 0, 20, Reason.FRAUD_MARKED),
        (None, 5, 10, Reason.CALLED_AGAIN),
    ],
)
def test_what_the_calling_number_tells_raises_the_place_in_the_queue_h2_1d(
    facts: CustomerFacts | None, recent_calls: int, priority: int, reason: Reason
) -> None:
    """With its reason, before anything is chosen."""
    call = at_the_menu(hint=facts, recent_calls=recent_calls).presses("0").waits_in("service", priority=priority)
    assert reason in call.known.urgency_reasons


def test_an_urgency_never_falls_within_a_call_h2_1d() -> None:
    """A loss, and then a question: it stays urgent."""
    call = at_the_menu().presses("1", "*").presses("2").replies(Identify, Unrecognised())
    assert call.known.urgency is Urgency.URGENT
    call = at_the_menu(hint=replace(LI, fraud_marked=True)).presses("5", "4").presses("0")
    call.waits_in("service", priority=20)
