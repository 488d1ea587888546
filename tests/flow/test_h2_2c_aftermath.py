"""H2.2c: handled first, fed back after: nothing is left half done, and nobody forgotten."""

from datetime import UTC, datetime

import pytest

from ivr.application.step_endings import DEBIT
from ivr.domain.banking import Block
from ivr.domain.call import CallRecord, Done, Ending, EndReason, Known, Outcome, PersonReached
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import TicketKind
from ivr.flow.aftermath import aftermath
from ivr.flow.questions import Cards
from ivr.flow.steps import QueueExit
from ivr.policies.outcome import outcome_of
from tests.conversation import LI, NOW, RECORDING, Conversation, at_the_menu, incoming


def after(call: Conversation, reason: EndReason = EndReason.CALLER_HUNG_UP) -> Conversation:
    """The caller is gone, and the aftermath of his call is told."""
    call.hangs_up()
    return Conversation(aftermath(_ended(call.known, reason)))


def test_a_complaint_whose_ticket_could_not_be_opened_gets_it_in_the_aftermath_h2_2c() -> None:
    """The caller hung up after telling: his words stand in a ticket all the same."""
    call = after(at_the_menu(tickets_open=False).presses("4").tells())
    (ticket,) = call.tickets
    assert (ticket.kind, ticket.summary.recording) == (TicketKind.COMPLAINT, RECORDING)
    call.is_over()


def test_a_ticket_that_stands_is_not_opened_again_h2_2c() -> None:
    """One problem, one ticket."""
    call = after(at_the_menu().presses("4").tells())
    call.is_over()
    assert not call.tickets


def test_a_need_told_after_another_was_filed_is_filed_too_h2_2c() -> None:
    """A block with its ticket, and then a transfer problem that was told when the ticket system was away."""
    filed = Known(category=Category.TRANSFER_PROBLEM, filed=Category.LOSS, done=(Done.CARD_BLOCKED,), told=RECORDING)
    call = Conversation(aftermath(_ended(filed.and_also(to_file=True), EndReason.CALLER_HUNG_UP)))
    assert [ticket.kind for ticket in call.tickets] == [TicketKind.TRANSFER_PROBLEM]


def test_a_block_that_stands_in_no_ticket_gets_one_h2_2c() -> None:
    """With what was done."""
    call = at_the_menu(tickets_open=False).presses("1", "2").keys_in(LI).is_answered(Cards((DEBIT,))).presses("1")
    done = Block(card=DEBIT.card, last_four="6217", until=NOW, term_days=5, already_blocked=False, reference="B1")
    call = after(call.is_done(done))
    assert [ticket.summary.words for ticket in call.tickets] == ["card_blocked"]


def test_an_emergency_that_hung_up_has_its_ticket_and_its_follow_up_h1_4c() -> None:
    """Before anyone could speak with him."""
    call = after(at_the_menu().presses("9", "9"))
    assert [ticket.urgency for ticket in call.tickets] == [Urgency.EMERGENCY]
    call.has_opened("emergency_unheard").is_over()


def test_an_emergency_whom_the_duty_officer_heard_needs_nothing_more_h2_2c() -> None:
    """Its ticket stands."""
    after(at_the_menu().presses("9", "9").in_a_queue().comes_back(QueueExit.ANSWERED)).is_over()


def test_whoever_hung_up_before_saying_anything_is_left_in_peace_h2_2c() -> None:
    """No ticket about nothing."""
    call = after(at_the_menu().presses("5"))
    call.is_over()
    assert not call.tickets


def _ended(known: Known, reason: EndReason) -> CallRecord:
    moment = datetime(2026, 1, 5, 9, 3, tzinfo=UTC)
    ending = Ending(outcome=outcome_of(known, reason), end_reason=reason)
    return CallRecord(incoming=incoming(), known=known, ended_at=moment, ending=ending)


WAITING = Known(person=PersonReached.WAITING)
NOBODY = Known(person=PersonReached.NOBODY)
TALKED = Known(person=PersonReached.ANSWERED)
SERVED = Known(served=True)


@pytest.mark.parametrize(
    ("known", "reason", "follow_up"),
    [
        (WAITING, EndReason.CALLER_HUNG_UP, "left_waiting"),
        (NOBODY, EndReason.WE_HUNG_UP, "nobody_free"),
        (WAITING, EndReason.EXCHANGE_RESTARTED, "cut_off"),
        (Known(), EndReason.EXCHANGE_RESTARTED, "cut_off"),
        (NOBODY.and_also(urgency=Urgency.EMERGENCY), EndReason.CALLER_HUNG_UP, "emergency_unheard"),
    ],
)
def test_whoever_was_left_without_help_is_got_back_to_h2_2c(known: Known, reason: EndReason, follow_up: str) -> None:
    """The aftermath opens one follow-up, with its reason."""
    Conversation(aftermath(_ended(known, reason))).has_opened(follow_up).is_over()


@pytest.mark.parametrize("known", [TALKED, SERVED, Known()])
def test_who_was_helped_or_wanted_nothing_is_left_in_peace(known: Known) -> None:
    """No follow-up without a need."""
    Conversation(aftermath(_ended(known, EndReason.CALLER_HUNG_UP))).is_over()


@pytest.mark.parametrize(
    ("known", "reason", "outcome"),
    [
        (TALKED, EndReason.CALLER_HUNG_UP, Outcome.HELPED_BY_PERSON),
        (TALKED, EndReason.EXCHANGE_RESTARTED, Outcome.HELPED_BY_PERSON),
        (WAITING, EndReason.CALLER_HUNG_UP, Outcome.ABANDONED_IN_QUEUE),
        (WAITING, EndReason.EXCHANGE_RESTARTED, Outcome.UNFINISHED),
        (NOBODY, EndReason.WE_HUNG_UP, Outcome.NOT_REACHED),
        (SERVED, EndReason.WE_HUNG_UP, Outcome.SELF_SERVED),
        (Known(), EndReason.CALLER_HUNG_UP, Outcome.ABANDONED_IN_FLOW),
    ],
)
def test_the_outcome_tells_what_became_of_the_call(known: Known, reason: EndReason, outcome: Outcome) -> None:
    """An answered call is never counted as abandoned, a fault of ours never as the caller's choice."""
    assert outcome_of(known, reason) is outcome
