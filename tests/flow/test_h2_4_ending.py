"""H1.2e, H2.4: brought to a person, and parted from."""

import pytest

from ivr.domain.call import Known, PersonReached
from ivr.domain.caller import Language
from ivr.domain.problem import Category, Urgency
from ivr.flow.hotline import take_over
from ivr.flow.manners import Manners
from ivr.flow.steps import QueueExit
from ivr.flow.talk import Talk
from tests.conversation import LI, LOCKED, MANNERS, Conversation, at_the_menu, incoming


def test_after_the_talk_the_caller_is_thanked_and_the_call_ends_h2_4() -> None:
    """Who has talked with a person hears thanks and the goodbye."""
    call = (
        at_the_menu()
        .presses("0")
        .hears("to_a_person")
        .comes_back(QueueExit.ANSWERED)
        .hears("after_person")
        .hears("goodbye")
    )
    call.is_over()
    assert call.known.person is PersonReached.ANSWERED


@pytest.mark.parametrize(
    "how", [QueueExit.TIMED_OUT, QueueExit.NOBODY_THERE, QueueExit.FAILED, QueueExit.WITHDRAWN, QueueExit.KEY]
)
def test_without_a_person_the_caller_is_told_what_happens_next(how: QueueExit) -> None:
    """Every way out of a queue without a talk promises to get back."""
    call = at_the_menu().presses("0").hears("to_a_person").comes_back(how).hears("nobody_free").hears("goodbye")
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


SURVEYED = Manners()


def informed() -> Conversation:
    """Served by the line itself, and asked whether there is more."""
    return at_the_menu(manners=SURVEYED).presses("5", "4").expects("anything_else")


@pytest.mark.parametrize("key", "54321")
def test_whoever_was_served_is_asked_for_a_score_once_h2_4(key: str) -> None:
    """非常满意请按5, down to 1."""
    call = informed().presses("2").expects("survey_question").presses(key).hears("survey_thanks").hears("goodbye")
    call.is_over()
    assert call.known.score == int(key)


def test_whoever_talked_with_a_person_is_asked_for_a_score_too_h2_4() -> None:
    """After the talk."""
    call = at_the_menu(manners=SURVEYED).presses("0").in_a_queue().comes_back(QueueExit.ANSWERED)
    call.expects("survey_question").presses("4").hears("survey_thanks").hears("goodbye").is_over()


@pytest.mark.parametrize("key", [None, "7"])
def test_a_caller_owes_us_no_score_h2_4(key: str | None) -> None:
    """Silence and other keys end it without a word of reproach."""
    call = informed().presses("2").expects("survey_question")
    (call.is_silent() if key is None else call.presses(key)).hears("goodbye").is_over()
    assert call.known.score is None


def test_the_question_for_a_score_is_heard_again_by_star_h2_4() -> None:
    """As everywhere."""
    informed().presses("2", "*").hears("survey_question")


def test_a_person_and_an_emergency_are_reached_from_the_last_question_h2_4() -> None:
    """And nobody is asked for a score twice."""
    call = informed().presses("2", "0").hears("to_a_person").in_a_queue().comes_back(QueueExit.ANSWERED)
    call.hears("after_person").hears("goodbye").is_over()
    informed().presses("2", "9", "9").hears("to_duty").waits_in("emergency", priority=100)


def test_whom_nobody_helped_is_not_asked_how_content_he_is_h2_4() -> None:
    """Nobody free: an apology and a promise; a locked caller: the goodbye."""
    call = at_the_menu(manners=SURVEYED).presses("0").in_a_queue().comes_back(QueueExit.TIMED_OUT)
    call.hears("nobody_free").hears("goodbye").is_over()
    call = at_the_menu(manners=SURVEYED).presses("5", "1").keys_in(LI).is_denied(0).hears(*LOCKED).presses("2")
    call.hears("goodbye").is_over()


def test_whoever_was_served_and_falls_silent_is_let_go_h2_4() -> None:
    """A phone put down beside him calls no agent."""
    call = informed().is_silent().expects("nothing_heard", "anything_else").is_silent().is_silent()
    call.expects("survey_question").is_silent().hears("goodbye").is_over()


def test_a_call_of_another_version_goes_to_a_person_with_what_is_known_h1_2e() -> None:
    """Its ticket is not opened again."""
    filed = Known(category=Category.LOSS, filed=Category.LOSS, language=Language.EN, urgency=Urgency.URGENT)
    call = Conversation(take_over(Talk(incoming(), MANNERS, filed))).hears("to_a_person", language=Language.EN)
    call.waits_in("service", priority=20).comes_back(QueueExit.ANSWERED).hears("after_person").hears(
        "goodbye"
    ).is_over()
    assert not call.tickets
