"""What a story says besides sentences, and how anything that is said becomes recordings.

    yield from say(language, "your_account", digits(language, last_four), "has_available", amount(language, fen))

Each verb makes a value of `ivr.domain.spoken`; each raises `Unsayable` (a ValueError) on what nobody could say.
"""

from collections.abc import Iterable
from datetime import date, time

from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from ivr.domain.spoken import Amount, Count, Day, Digits, Duration, Position, TimeOfDay, Unit
from ivr.flow.steps import Sentence, Utterance
from ivr.policies.speech import fragments


def amount(language: Language, fen: int) -> Amount:
    """Money, in fen."""
    return Amount(fen, language)


def digits(language: Language, text: str) -> Digits:
    """One by one; blanks part groups: `digits(language, "6222 0210")`."""
    return Digits(text, language)


def day(language: Language, on: date, *, with_year: bool = True) -> Day:
    """A date."""
    return Day(on, language, with_year)


def time_of_day(language: Language, at: time) -> TimeOfDay:
    """A time, to the minute, as the clock on the caller's wall shows it."""
    return TimeOfDay(at, language)


def count(language: Language, number: int) -> Count:
    """How many; what is counted begins the next sentence."""
    return Count(number, language)


def position(language: Language, number: int) -> Position:
    """第 number 位, "the number-th"."""
    return Position(number, language)


def days(language: Language, number: int) -> Duration:
    """So many days."""
    return Duration(number, Unit.DAYS, language)


def hours(language: Language, number: int) -> Duration:
    """So many hours."""
    return Duration(number, Unit.HOURS, language)


def minutes(language: Language, number: int) -> Duration:
    """So many minutes."""
    return Duration(number, Unit.MINUTES, language)


def recorded(spoken: Iterable[Utterance]) -> tuple[Sentence, ...]:
    """The recordings that speak these, in order: a sentence is one, a value as many as its fragments."""
    return tuple(sentence for utterance in spoken for sentence in _recorded(utterance))


def name_of(utterance: Utterance) -> PromptId:
    """How an event, a log or a picture names it: a sentence by its id, a value by its kind alone (`<amount>`)."""
    return utterance.prompt if isinstance(utterance, Sentence) else PromptId(f"<{utterance.kind}>")


def _recorded(utterance: Utterance) -> tuple[Sentence, ...]:
    if isinstance(utterance, Sentence):
        return (utterance,)
    return tuple(Sentence(fragment, utterance.language) for fragment in fragments(utterance))
