"""H2.1a: the first words."""

from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from ivr.flow.hotline import hotline
from ivr.flow.steps import Menu, Sentence
from tests.conversation import MANNERS, MENU, OPENING, Conversation, incoming


def test_the_first_words_are_the_standard_greeting_h2_1a() -> None:
    """On connect the greeting comes first, in Mandarin, and then the recording notice."""
    call = Conversation(hotline(incoming(), MANNERS))
    assert isinstance(call.step, Menu)
    assert call.step.sentences[0] == Sentence(PromptId("greeting"), Language.ZH)
    call.hears(*OPENING)


def test_a_number_of_one_language_does_not_ask_for_it() -> None:
    """A line of one language goes straight from the notice to H2.1b."""
    call = Conversation(hotline(incoming(language=Language.EN), MANNERS))
    call.hears("greeting", "recording_notice", language=Language.EN)
    call.hears(*MENU, language=Language.EN)


def test_whoever_chooses_english_hears_the_notice_in_english_too() -> None:
    """A recording notice that is not understood is none."""
    call = Conversation(hotline(incoming(), MANNERS)).hears(*OPENING).presses("2")
    call.hears("recording_notice", language=Language.EN).hears(*MENU, language=Language.EN)
    assert call.known.language is Language.EN


def test_silence_at_the_language_goes_on_in_mandarin() -> None:
    """Who says nothing is not kept waiting."""
    call = Conversation(hotline(incoming(), MANNERS)).hears(*OPENING).is_silent()
    call.hears(*MENU, language=Language.ZH)


def test_a_key_that_is_no_language_goes_on_in_mandarin() -> None:
    """A wrong key at the language is no failure worth telling."""
    Conversation(hotline(incoming(), MANNERS)).presses("7").hears(*MENU, language=Language.ZH)


def test_star_hears_the_languages_again_without_the_greeting() -> None:
    """`*` repeats the question, not the opening."""
    Conversation(hotline(incoming(), MANNERS)).presses("*").hears("choose_language_zh", "choose_language_en")


def test_zero_in_the_greeting_reaches_a_person() -> None:
    """A person is one key away from the first word on."""
    Conversation(hotline(incoming(), MANNERS)).presses("0").hears("to_a_person").waits_in("service", priority=0)


def test_nine_twice_in_the_greeting_reaches_the_duty_officer_h2_1d() -> None:
    """An emergency needs no menu."""
    call = Conversation(hotline(incoming(), MANNERS)).presses("9").hears("confirm_emergency").presses("9")
    call.hears("to_duty").waits_in("emergency", priority=100)
