"""Checking by ear: a speech recogniser writes down what it hears, and that is held against the sentence.

Mandarin is compared by the sound of its syllables without tones, since a recogniser picks among homophones as it likes
(稍候, 稍后) and a listener cannot tell them apart either; English by its letters. Numbers joined from fragments are
held against the value itself (`numerals.py`): one wrong figure is a wrong number.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.adapters.prompts import numerals
from ivr.adapters.prompts.kit import VoiceKit
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.samples import after_words, join, sample_words, samples
from ivr.adapters.prompts.voice import Pair
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from ivr.domain.spoken import Value

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBERS = {word: str(value) for value, word in enumerate(_ONES)}
_NUMBERS |= {word: str(value * 10) for value, word in enumerate(_TENS, 2)}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Something to listen to: a sentence, or a sample of joined fragments."""

    name: str
    """Its id; of a sample the kind of its value, `<amount>`."""
    language: Language
    file: Path
    meant: str
    value: Value | None = None
    """Of a sample: what has to be understood."""
    before: str = ""
    """Of a sample: another of its kind, with other figures, that the recogniser is told it has heard already."""
    after: str = ""
    """Of a sample: the sentence after the value."""
    lead: str = ""
    """Of a short sentence: what is heard right before it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser wrote down of one recording."""

    spoken: Spoken
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One recording held against what it should say."""

    heard: Heard
    error_rate: float
    """Syllables (zh) or letters (en) wrong, missing or too many ÷ those of the sentence; may be above 1."""

    def is_good(self, threshold: float) -> bool:
        """A sentence may be misheard that much, a short one by a syllable; of a number every figure has to be right."""
        spoken = self.heard.spoken
        value = spoken.value
        if value is None:
            one_syllable = 1 / _length(spoken) if spoken.lead else 0.0
            return self.error_rate <= max(threshold, one_syllable)
        words = numerals.without(self.heard.words, self.heard.spoken.after)
        return self.error_rate == 0 or numerals.heard(words, value) == numerals.meant(value)


def recordings(library: PromptLibrary, pairs: Sequence[Pair], folder: Path) -> list[Spoken]:
    """These sentences to listen to. Those of a few syllables, which alone are not understood (请按一 as 亲爱的), are
    joined in that folder to the sentence that every caller hears first."""
    return [_recording(library, pair, folder) for pair in pairs]


SHORT = 4
"""Syllables of Mandarin."""
LEAD = PromptId("greeting")


def _recording(library: PromptLibrary, pair: Pair, folder: Path) -> Spoken:
    prompt, language = pair
    text = library.text(*pair)
    is_short = language is Language.ZH and len(plain(text, language)) <= SHORT
    if not is_short or LEAD not in library.ids:
        return Spoken(prompt, language, library.audio(*pair), text)
    file = folder / f"{LEAD}-{prompt}.wav"
    join(library, (LEAD, prompt), language, file)
    return Spoken(prompt, language, file, text, lead=library.text(LEAD, language))


def joined(library: PromptLibrary, folder: Path) -> list[Spoken]:
    """The samples to listen to, joined in that folder. Raises FileNotFoundError."""
    spoken = []
    for number, sample in enumerate(samples(library)):
        file = folder / f"{number}.wav"
        join(library, sample.prompts, sample.language, file)
        words = sample_words(library, sample)
        name = f"<{sample.value.kind}>"
        spoken.append(
            Spoken(name, sample.language, file, words, sample.value, sample.told, after_words(library, sample))
        )
    return spoken


def listen(kit: VoiceKit, spoken: Sequence[Spoken]) -> Iterator[Heard]:
    """Hear these recordings one after the other. Raises KitBroke."""
    orders = [{"file": str(one.file), "language": one.language.value, "before": one.before} for one in spoken]
    for report, one in zip(kit.run("hear", orders, len(spoken)), spoken, strict=True):
        yield Heard(one, report["heard"])


def judge(kit: VoiceKit, hearings: Sequence[Heard]) -> list[Verdict]:
    """Hold what was heard against what was meant. Raises KitBroke."""
    meant = _sounds(kit, [(heard.spoken.lead + heard.spoken.meant, heard.spoken.language) for heard in hearings])
    got = _sounds(kit, [(heard.words, heard.spoken.language) for heard in hearings])
    return [
        Verdict(heard, edits(*sounds) / max(1, _length(heard.spoken)))
        for heard, *sounds in zip(hearings, meant, got, strict=True)
    ]


def _length(spoken: Spoken) -> int:
    return len(plain(spoken.meant, spoken.language))


def plain(text: str, language: Language) -> str:
    """The words without punctuation, numbers written one way: 幺幺零 for 110, 二十四 for 24; in English in digits."""
    if language is Language.ZH:
        return re.sub(r"[^\u3400-\u9fff]", "", re.sub(r"\d+", _in_mandarin, text))
    words = re.findall(r"[a-z]+|\d+", text.lower().replace("'", ""))
    numbered = " ".join(_NUMBERS.get(word, word) for word in words)
    return re.sub(r"\b([2-9])0 ([1-9])\b", r"\1\2", numbered).replace(" ", "")  # twenty four


def edits(meant: Sequence[str], heard: Sequence[str]) -> int:
    """From the one to the other (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, sound in enumerate(meant, 1):
        above, row[0] = row[0], number
        for place, other in enumerate(heard, 1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (sound != other))
    return row[-1]


def _sounds(kit: VoiceKit, texts: list[tuple[str, Language]]) -> list[list[str]]:
    """What a listener tells apart: syllables without tone, or letters."""
    mandarin = [plain(text, language) for text, language in texts if language is Language.ZH]
    syllables = (report["syllables"] for report in list(kit.run("syllables", mandarin, len(mandarin))))
    return [next(syllables) if language is Language.ZH else list(plain(text, language)) for text, language in texts]


def _in_mandarin(number: "re.Match[str]") -> str:
    """A number as it is spoken: up to 99 as a number, longer ones digit by digit with 幺."""
    digits = number.group()
    if len(digits) == 1:
        return _DIGITS[digits]
    if len(digits) == 2 and digits[0] != "0":
        tens = "" if digits[0] == "1" else _DIGITS[digits[0]]
        ones = "" if digits[1] == "0" else _DIGITS[digits[1]]
        return f"{tens}十{ones}"
    return "".join("幺" if digit == "1" else _DIGITS[digit] for digit in digits)
