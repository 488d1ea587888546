"""H2.1b: what is needed is asked in a friendly and exact way, and no menu is a dead end."""

from ivr.domain.problem import Category
from ivr.flow.hotline import hotline
from ivr.flow.need import OPTIONS
from tests.conversation import MANNERS, MENU, Conversation, at_the_menu, incoming


def test_the_need_is_asked_with_the_standard_question_h2_1b() -> None:
    """Fraud and loss come first, complaints stand in the first menu."""
    at_the_menu().hears(*MENU)


def test_fraud_and_loss_come_first_and_complaints_stand_in_the_first_menu_h2_1b() -> None:
    """Regulators ask for both; five options at most."""
    at_the_menu().hears("how_can_we_help", *MENU[1:])
    assert MENU[1] == "menu_loss_or_fraud"
    assert "menu_complaint" in MENU
    assert list(OPTIONS) == ["1", "2", "3", "4", "5"]


def test_more_is_asked_for_with_the_same_menu_h2_1b() -> None:
    """After one answer the caller may have another need, which gets its own category."""
    call = at_the_menu().presses("5", "4").hears("about_deposits").presses("1").hears(*MENU).presses("4")
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


def test_an_english_caller_of_a_number_that_asks_hears_only_english_afterwards() -> None:
    """After the choice no word of the other language is heard."""
    call = Conversation(hotline(incoming(), MANNERS)).presses("2")
    assert call.step is not None
    assert {sentence.language.value for sentence in call.step.sentences} == {"en"}  # type: ignore[union-attr]
