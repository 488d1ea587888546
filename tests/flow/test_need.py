"""H2.1b, H2.2a, H2.1d: what is needed, of which kind, how urgent."""

import pytest

from ivr.domain.call import PersonReached
from ivr.domain.problem import Category, Urgency
from ivr.flow.hotline import hotline
from ivr.flow.steps import QueueExit
from tests.conversation import MANNERS, MENU, Conversation, at_the_menu, incoming


def test_the_need_is_asked_with_the_standard_question_h2_1b() -> None:
    """Fraud and loss come first, complaints stand in the first menu."""
    at_the_menu().hears(*MENU)


@pytest.mark.parametrize(
    ("key", "category", "priority"),
    [
        ("1", Category.LOSS_OR_FRAUD, 20),
        ("2", Category.ACCOUNT_ANOMALY, 10),
        ("3", Category.TRANSFER_PROBLEM, 0),
        ("4", Category.COMPLAINT, 10),
    ],
)
def test_each_problem_is_classed_and_brought_to_a_person_h2_2a(key: str, category: Category, priority: int) -> None:
    """The category is noted before anyone is asked to help, and the urgent wait less."""
    call = at_the_menu().presses(key).hears("to_a_person").waits_in("service", priority=priority)
    assert call.known.category is category
    assert call.known.person is PersonReached.WAITING


def test_an_enquiry_is_served_at_once_h2_3() -> None:
    """What can be done without a person is done, and the caller asked whether there is more."""
    call = at_the_menu().presses("5").hears("about_us").hears("anything_else").presses("2").hears("goodbye")
    call.is_over()
    assert call.known.served
    assert call.known.person is PersonReached.NOT_ASKED


def test_more_is_asked_for_with_the_same_menu() -> None:
    """After one answer the caller may have another need, which gets its own category."""
    call = at_the_menu().presses("5").hears("about_us").presses("1").hears(*MENU).presses("4").hears("to_a_person")
    assert call.known.category is Category.COMPLAINT


def test_star_repeats_the_menu() -> None:
    """`*` hears the same again, with no reproach."""
    at_the_menu().presses("*").hears(*MENU)


def test_a_wrong_key_is_told_and_the_menu_offered_again() -> None:
    """The caller learns what went wrong."""
    at_the_menu().presses("7").hears("wrong_key", *MENU)


def test_silence_is_told_and_the_menu_offered_again() -> None:
    """The caller learns that nothing was heard."""
    at_the_menu().is_silent().hears("nothing_heard", *MENU)


def test_three_failures_bring_the_caller_to_a_person() -> None:
    """No menu is a dead end."""
    at_the_menu().is_silent().presses("7").is_silent().hears("to_a_person").waits_in("service", priority=0)


def test_hearing_again_is_no_failure() -> None:
    """A caller may listen as often as needed."""
    call = at_the_menu()
    for _ in range(20):
        call.presses("*")
    call.hears(*MENU)


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


def test_an_english_caller_of_a_number_that_asks_hears_only_english_afterwards() -> None:
    """After the choice no word of the other language is heard."""
    call = Conversation(hotline(incoming(), MANNERS)).presses("2")
    assert call.step is not None
    assert {sentence.language.value for sentence in call.step.sentences} == {"en"}  # type: ignore[union-attr]
