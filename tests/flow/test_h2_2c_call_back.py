"""H2.2c: the call back itself. Who answers may be anyone: nothing personal is said (DOMAIN.md)."""

from datetime import timedelta

import pytest

from ivr.application.step_endings import SOME_DAY
from ivr.domain.call import CallRecord, Ending, EndReason, Outcome, PersonReached
from ivr.domain.callback import CallBackEvent, CallBackState, Miss
from ivr.domain.caller import Language
from ivr.domain.ids import CallBackId, QueueName
from ivr.domain.problem import Category, Urgency
from ivr.flow.aftermath import aftermath
from ivr.flow.call_back import call_back
from ivr.flow.deeds import CallBackSettled, SettleCallBack
from ivr.flow.questions import Promise
from ivr.flow.steps import Do, JoinQueue, QueueExit
from ivr.policies.outcome import outcome_of
from tests.conversation import MANNERS, Conversation, incoming

BACK = CallBackId("n1-1767600000.1/9")
IS_IT_YOU = "call_back_is_it_you"


def rings(state: CallBackState = CallBackState.DIALLING) -> Conversation:
    """Somebody, or something, picked up twenty minutes after he asked."""
    there = incoming(call_back=BACK, language=None, arrived_at=SOME_DAY + timedelta(minutes=20))
    promise = Promise(
        state=state,
        queue=QueueName("service"),
        priority=10,
        joined_at=SOME_DAY,
        language=Language.ZH,
        category=Category.TRANSFER_PROBLEM,
        urgency=Urgency.ELEVATED,
    )
    return Conversation(call_back(there, BACK, MANNERS)).is_answered(promise)


def settles(call: Conversation, event: CallBackEvent, miss: Miss | None = None) -> Conversation:
    """Whom it met is being written down."""
    assert call.step == Do(SettleCallBack(BACK, event, miss))
    return call.is_done(CallBackSettled(CallBackState.REACHED))


def test_who_says_that_he_asked_is_brought_to_a_person_at_his_place_h2_2c() -> None:
    """His waiting went on counting: twenty minutes later an elevated one of ten stands as high as waiting brings him,
    at the front of his equals."""
    call = rings().presses("1")
    settles(call, CallBackEvent.SPEAK).hears("greeting", "recording_notice", "to_a_person").waits_in(
        "service", priority=90
    )
    assert isinstance(call.step, JoinQueue)
    assert (call.step.place, call.step.offers) == (1, False)
    call.comes_back(QueueExit.ANSWERED).hears("after_person").hears("goodbye").is_over()
    assert (call.known.person, call.known.category) == (PersonReached.ANSWERED, Category.TRANSFER_PROBLEM)


def test_before_it_is_sure_who_answers_not_even_who_calls_is_said() -> None:
    """One question, twice, since who picks up speaks first; a machine presses nothing, and is left in peace."""
    call = rings()
    for _ in range(2):
        call.hears(IS_IT_YOU, language=Language.ZH).is_silent()
    settles(call, CallBackEvent.MEET_NOBODY, Miss.MACHINE).hears("call_back_sorry").is_over()


def test_somebody_else_is_told_nothing_and_asked_for_pardon() -> None:
    """Key `2`."""
    call = rings().presses("2")
    settles(call, CallBackEvent.MEET_OTHER, Miss.OTHER_PERSON).hears("call_back_sorry").is_over()
    assert outcome_of(call.known, EndReason.WE_HUNG_UP) is Outcome.NOBODY_MET


@pytest.mark.parametrize("state", [CallBackState.WITHDRAWN, CallBackState.DUE, CallBackState.REACHED])
def test_a_promise_that_stands_otherwise_is_not_kept_twice(state: CallBackState) -> None:
    """Withdrawn while it rang, or lost and planned anew."""
    rings(state).hears("call_back_sorry").is_over()


def test_who_hangs_up_before_a_key_counts_as_nobody() -> None:
    """The aftermath writes it down, and opens no follow-up: it is tried again."""
    call = rings()
    call.hangs_up()
    record = CallRecord(incoming=incoming(call_back=BACK), known=call.known, ending=ENDED)
    after = Conversation(aftermath(record))
    settles(after, CallBackEvent.MEET_NOBODY, Miss.MACHINE).is_over()


def test_a_customer_whom_nobody_answers_after_all_is_not_forgotten_h2_2c() -> None:
    """He was rung, said it is he, and waited in vain: a person gets back to him, and he is told so."""
    call = settles(rings().presses("1"), CallBackEvent.SPEAK).in_a_queue().comes_back(QueueExit.TIMED_OUT)
    call.hears("nobody_free").hears("goodbye").is_over()
    record = CallRecord(incoming=incoming(call_back=BACK), known=call.known, ending=ENDED)
    Conversation(aftermath(record)).has_opened("nobody_free").is_over()


ENDED = Ending(outcome=Outcome.NOBODY_MET, end_reason=EndReason.CALLER_HUNG_UP)
