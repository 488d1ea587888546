"""The prompt library: which sentences there are, what they say, which recording speaks them and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr.adapters.prompts.audio import Recording, WrongAudio, examine
from ivr.adapters.prompts.texts import PromptText, UnknownPrompt, WrongPrompts, read_texts
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId


@dataclass(frozen=True, slots=True)
class Gap:
    """A sentence that cannot be played in a language."""

    prompt: PromptId
    language: Language
    why: str
    """What is wrong with the recording, and the mend."""


class PromptLibrary:
    """The sentences of one folder: texts in `*.toml`, audio in `audio/zh` and `audio/en`."""

    def __init__(self, folder: Path, texts: dict[PromptId, PromptText]) -> None:
        self.folder = folder
        self._texts = texts

    @classmethod
    def load(cls, folder: Path) -> "PromptLibrary":
        """Read and check the texts. Recordings are looked at when they are asked for. Raises WrongPrompts."""
        return cls(folder, read_texts(folder))

    @property
    def ids(self) -> tuple[PromptId, ...]:
        """Every sentence, in the order of the files."""
        return tuple(self._texts)

    def prompt(self, prompt: str) -> PromptText:
        """The whole entry. Raises UnknownPrompt."""
        try:
            return self._texts[PromptId(prompt)]
        except KeyError:
            raise UnknownPrompt(f"no sentence {prompt!r} in {self.folder}/*.toml") from None

    def text(self, prompt: str, language: Language) -> str:
        """What the sentence says, in words. Raises UnknownPrompt."""
        return self.prompt(prompt).text(language)

    def audio(self, prompt: str, language: Language) -> Path:
        """Where the recording that a caller of this language hears is, or should be. Raises UnknownPrompt."""
        return self.folder / "audio" / self.prompt(prompt).voiced_in(language).value / f"{prompt}.wav"

    def recording(self, prompt: str, language: Language) -> Recording:
        """The recording. Raises UnknownPrompt, WrongPrompts when it is missing, WrongAudio when it cannot be played."""
        path = self.audio(prompt, language)
        try:
            return examine(path)
        except FileNotFoundError:
            raise WrongPrompts(f"no recording at {path}; put one there, or `hotline prompts say {prompt}`") from None

    def seconds(self, prompt: str, language: Language) -> float:
        """How long the sentence lasts. Raises what `recording` raises."""
        return self.recording(prompt, language).seconds

    def durations(self) -> dict[tuple[PromptId, Language], float]:
        """Seconds of every sentence that has a recording."""
        gaps = {(gap.prompt, gap.language) for gap in self.missing()}
        return {key: self.seconds(*key) for key in self.pairs() if key not in gaps}

    def pairs(self) -> Iterator[tuple[PromptId, Language]]:
        """Every sentence in every language."""
        return ((prompt, language) for prompt in self.ids for language in Language)

    def voiced(self) -> Iterator[tuple[PromptId, Language]]:
        """Every recording there should be: a sentence that is always spoken in one language has but one."""
        return (pair for pair in self.pairs() if self.prompt(pair[0]).voiced_in(pair[1]) is pair[1])

    def missing(self) -> list[Gap]:
        """What cannot be played, and why."""
        gaps = []
        for prompt, language in self.voiced():
            try:
                self.recording(prompt, language)
            except (WrongPrompts, WrongAudio) as error:
                gaps.append(Gap(prompt, language, str(error)))
        return gaps
