"""A fraud in progress (DOMAIN.md): an emergency of its own. H2.1d."""

import pytest

from ivr.domain.banking import PaymentsStopped
from ivr.domain.call import Done
from ivr.domain.problem import Category
from ivr.domain.ticket import TicketKind
from ivr.flow.deeds import StopPayments
from ivr.flow.questions import TicketLines
from ivr.flow.steps import Refused, Unsure
from tests.conversation import LI, NOW, Conversation, at_the_menu

STOPPED = PaymentsStopped(until=NOW, accounts=2, recalled=1, already_stopped=False, reference="B3")


def known_and_defrauded() -> Conversation:
    """An identified customer who tells a fraud."""
    call = at_the_menu().presses("5", "3").keys_in(LI).is_answered(TicketLines(())).hears("no_tickets")
    return call.presses("1", "1", "1").hears("fraud_police")


def test_the_police_line_is_told_and_the_caller_kept_on_the_line_h2_1d() -> None:
    """No question more: the officer on duty, and a ticket of its own kind."""
    call = at_the_menu().presses("1", "1").hears("fraud_police")
    call.waits_in("emergency", priority=100)
    assert call.known.fraud_now
    assert [(ticket.kind, ticket.category) for ticket in call.tickets] == [(TicketKind.FRAUD, Category.FRAUD)]


def test_outgoing_payments_are_stopped_where_we_know_whose_they_are() -> None:
    """And that is told only when it is so."""
    call = known_and_defrauded().is_done(STOPPED).hears("payments_stopped").in_a_queue()
    assert StopPayments(LI.customer) in call.deeds
    assert Done.PAYMENTS_STOPPED in call.known.done


@pytest.mark.parametrize(("how", "told"), [(Refused("other"), "payments_not_stopped"), (Unsure(), "payments_unsure")])
def test_payments_that_are_not_stopped_are_not_said_to_be(how: Refused | Unsure, told: str) -> None:
    """The truth is told, and stands in the ticket; the officer on duty comes all the same."""
    call = known_and_defrauded().is_refused(how).hears(told).waits_in("emergency", priority=100)
    assert Done.PAYMENTS_STOPPED not in call.known.done
    assert told in (call.tickets[-1].summary.words or "").split(", ")


def test_a_calling_number_alone_stops_nobodys_payments() -> None:
    """Numbers can be forged: a hint does nothing."""
    call = at_the_menu(hint=LI).presses("1", "1").in_a_queue()
    assert not [deed for deed in call.deeds if isinstance(deed, StopPayments)]
