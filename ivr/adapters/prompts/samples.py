"""Numbers as a caller hears them: fragments joined to whole amounts, digits, dates, within a sentence of the story.

A fragment alone is too short to be recognised, and a number that is understood is the point. The samples hold every
kind of joint: 零 in each place, 两 and 二, 幺, rests between groups, "and", ordinals.
"""

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path

from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.wav import RATE
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from ivr.domain.spoken import Amount, Day, Digits, Duration, Position, TimeOfDay, Unit, Value
from ivr.policies.speech import fragments

_AMOUNTS = (1_005_005, 20_000, 22_222, 123_456_789, 9_999, 150_000_000, 3_504_600, -1_250, 8_080_808, 60_317)
_DIGITS = ("1234", "6222 0210 1151", "9870 3456", "110")
_DAYS = (date(2026, 11, 25), date(2025, 2, 28), date(2027, 7, 1))
_TIMES = (time(15, 5), time(9, 30), time(14, 0), time(22, 47))
_PLACES = (2, 13)
_LENGTHS = ((5, Unit.DAYS), (15, Unit.DAYS), (24, Unit.HOURS))

_AROUND: dict[type, tuple[str, str]] = {
    Amount: ("transfer_out", "transfer_done"),
    Digits: ("ticket_number", "ticket_in_progress"),
    Day: ("ticket_due", ""),
    TimeOfDay: ("as_of", ""),
    Position: ("place_in_line", "place_in_line_wait"),
    Duration: ("complaint_within", "complaint_answered"),
}
"""The sentences that a value is listened to in: without them a recogniser guesses at what kind of thing it hears."""

_TOLD: dict[tuple[type, Language], str] = {(Amount, Language.ZH): "转入五十八元四角六分。转入四百元三角四分。"}
"""What the recogniser is told it has heard before, as a caller knows that a sum comes: else it writes 二角 as 爱角, and
角 as 九. It does not hear what nobody said: 一九七分 is written as that, told or not."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A value within its sentences."""

    value: Value
    prompts: tuple[PromptId, ...]
    """Every recording, in order."""

    @property
    def language(self) -> Language:
        """What it is spoken in."""
        return self.value.language

    @property
    def told(self) -> str:
        """What a recogniser should know that such a value is like, in other figures."""
        return _TOLD.get((type(self.value), self.language), "")


def samples(library: PromptLibrary) -> list[Sample]:
    """A few of each kind, in both languages, as far as the library has what they are made of."""
    known = set(library.ids)
    made = (_sample(value) for language in Language for value in _values(language))
    return [sample for sample in made if known.issuperset(sample.prompts)]


def words_of(library: PromptLibrary, value: Value) -> str:
    """What a value says, written down. Raises UnknownPrompt."""
    return _words(library, fragments(value), value.language)


def sample_words(library: PromptLibrary, sample: Sample) -> str:
    """What is heard in a sample, written down. Raises UnknownPrompt."""
    return _words(library, sample.prompts, sample.language)


def after_words(library: PromptLibrary, sample: Sample) -> str:
    """The sentence after the value, or nothing. Raises UnknownPrompt."""
    after = _AROUND[type(sample.value)][1]
    return library.text(after, sample.language) if after else ""


def join(library: PromptLibrary, prompts: Sequence[PromptId], language: Language, to: Path) -> None:
    """Write these as the caller hears them: recording after recording. Raises FileNotFoundError."""
    with wave.open(str(to), "wb") as joined:
        joined.setnchannels(1)
        joined.setsampwidth(2)
        joined.setframerate(RATE)
        for prompt in prompts:
            with wave.open(str(library.audio(prompt, language)), "rb") as file:
                joined.writeframes(file.readframes(file.getnframes()))


def _sample(value: Value) -> Sample:
    before, after = _AROUND[type(value)]
    return Sample(value, tuple(PromptId(prompt) for prompt in (before, *fragments(value), after) if prompt))


def _words(library: PromptLibrary, prompts: tuple[PromptId, ...], language: Language) -> str:
    between, rest = ("", "，") if language is Language.ZH else (" ", ", ")
    words = "".join(
        library.text(prompt, language) + (rest if library.prompt(prompt).ends_group else between) for prompt in prompts
    )
    return words.strip(f"{between}{rest}")


def _values(language: Language) -> Iterator[Value]:
    yield from (Amount(fen, language) for fen in _AMOUNTS)
    yield from (Digits(text, language) for text in _DIGITS)
    yield from (Day(on, language) for on in _DAYS)
    yield from (TimeOfDay(at, language) for at in _TIMES)
    yield from (Position(number, language) for number in _PLACES)
    yield from (Duration(number, unit, language) for number, unit in _LENGTHS)
