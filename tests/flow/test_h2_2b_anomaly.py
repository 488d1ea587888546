"""H2.2b: of an account anomaly when, what, and the account's state are asked for and recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.domain.banking import AccountState
from ivr.domain.call import When
from ivr.domain.problem import Category, Urgency
from tests.conversation import LI, NOW, RECORDING, at_the_menu, digits

WHEN = ("anomaly_when",)


@pytest.mark.parametrize(("key", "when"), [("1", When.TODAY), ("2", When.YESTERDAY), ("3", When.EARLIER)])
def test_time_operation_and_status_stand_in_the_ticket_h2_2b(key: str, when: When) -> None:
    """When by key, what in the caller's own words, the state from the bank; then a person."""
    frozen = replace(LI, account_state=AccountState.FROZEN)
    call = at_the_menu().presses("2").hears(*WHEN).presses(key)
    call.expects("ask_identity_number").keys_in(frozen).expects("anomaly_describe").tells()
    call.hears("ticket_number_is", digits("1000 0007")).hears("to_a_person").waits_in("service", priority=20)
    (ticket,) = call.tickets
    assert ticket.category is Category.ACCOUNT_ANOMALY
    summary = ticket.summary
    assert (summary.when, summary.account_status, summary.recording) == (when.value, "frozen", RECORDING)


def test_who_cannot_say_who_he_is_is_heard_all_the_same_h2_2b() -> None:
    """Three numbers that are nobody's; the anomaly is told, and the ticket names no customer."""
    call = at_the_menu().presses("2", "1").keys_in_nonsense().keys_in_nonsense().keys_in_nonsense()
    call.hears("not_identified").expects("anomaly_describe").tells().in_a_queue()
    assert call.tickets[0].customer is None


def test_who_does_not_want_to_tell_is_brought_to_a_person_h2_2b() -> None:
    """Silence three times, and a person with what there is."""
    call = at_the_menu().presses("2", "1").keys_in(LI).is_silent().is_silent().is_silent().hears("to_a_person")
    assert call.in_a_queue().tickets[0].summary.when == "today"


def test_an_anomaly_with_signs_of_a_takeover_is_an_emergency_h2_1d() -> None:
    """Before anything more is asked."""
    taken_over = replace(LI, contact_changed_at=NOW - timedelta(days=1), large_transfers=1)
    call = at_the_menu().presses("2", "1").keys_in(taken_over).hears("to_duty").waits_in("emergency", priority=100)
    assert call.known.urgency is Urgency.EMERGENCY
