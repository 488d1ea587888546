"""H1.2e, H2.4: brought to a person, and parted from."""

from datetime import UTC, datetime

import pytest

from ivr.domain.call import CallRecord, Ending, EndReason, Known, Outcome, PersonReached
from ivr.domain.problem import Urgency
from ivr.flow.aftermath import aftermath
from ivr.flow.steps import QueueExit
from ivr.policies.outcome import outcome_of
from tests.conversation import Conversation, at_the_menu, incoming


def test_after_the_talk_the_caller_is_thanked_and_the_call_ends_h2_4() -> None:
    """Who has talked with a person hears the goodbye."""
    call = at_the_menu().presses("0").hears("to_a_person").comes_back(QueueExit.ANSWERED).hears("goodbye")
    call.is_over()
    assert call.known.person is PersonReached.ANSWERED


@pytest.mark.parametrize(
    "how", [QueueExit.TIMED_OUT, QueueExit.NOBODY_THERE, QueueExit.FAILED, QueueExit.WITHDRAWN, QueueExit.KEY]
)
def test_without_a_person_the_caller_is_told_what_happens_next(how: QueueExit) -> None:
    """Every way out of a queue without a talk promises to get back."""
    call = at_the_menu().presses("0").hears("to_a_person").comes_back(how).hears("nobody_free", "goodbye")
    call.is_over()
    assert call.known.person is PersonReached.NOBODY


@pytest.mark.parametrize("steps", range(1, 6))
def test_a_hangup_anywhere_is_taken_quietly(steps: int) -> None:
    """A hangup ends the story wherever it stands."""
    call = at_the_menu()
    for key in "*7*95"[:steps]:
        call.presses(key)
    call.hangs_up()
    call.is_over()


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
