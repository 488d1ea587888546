"""How the shipped audio is made, and which recording was made from what.

`audio/recipe.toml` says how; `audio/manifest.json` remembers for each recording the digest of its recipe (words, voice,
pace, finish) and of the file. So a changed sentence is known to need new audio, and a recording that is not the one we
rendered is known to be the bank's own.
"""

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.texts import PromptText, WrongPrompts
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId


class Standing(Enum):
    """What a recording is to its sentence."""

    RENDERED = "rendered"
    """Made by us, from these very words."""
    STALE = "stale"
    """Made by us, from other words or by another recipe."""
    OWN = "own"
    """Not made by us: the bank's recording. Never overwritten unless asked for by name."""
    MISSING = "missing"


class Speaker(BaseModel):
    """Who reads a language."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    voice: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}_[a-z]{1,30}$")]
    speed: Annotated[float, Field(ge=0.5, le=2)]
    """1 is the voice's own pace."""


class Finish(BaseModel):
    """What is done to every recording."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    loudness: Annotated[float, Field(ge=-40, le=-10)]
    """dBFS, RMS where something sounds."""
    peak: Annotated[float, Field(ge=-20, le=-0.5)]
    """dBFS."""
    head_ms: Annotated[int, Field(ge=0, le=1000)]
    tail_ms: Annotated[int, Field(ge=0, le=2000)]
    pause_ms: Annotated[int, Field(ge=50, le=2000)]


class Recipe(BaseModel):
    """`audio/recipe.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: Speaker
    en: Speaker
    finish: Finish

    @classmethod
    def load(cls, folder: Path) -> "Recipe":
        """Read it. Raises WrongPrompts."""
        path = folder / "audio" / "recipe.toml"
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise WrongPrompts(f"no {path}: it says by which voice the sentences are rendered") from None
        except (ValidationError, tomllib.TOMLDecodeError) as error:
            raise WrongPrompts(f"{path}: {error}") from error

    def speaker(self, language: Language) -> Speaker:
        """Who reads this language."""
        return self.zh if language is Language.ZH else self.en

    def order(self, text: PromptText, language: Language) -> dict[str, object]:
        """What the voice is told of one recording, but for the file."""
        order: dict[str, object] = {
            "language": language.value,
            "spoken": text.spoken(language),
            **self.speaker(language).model_dump(),
        }
        if text.is_fragment:
            speed = round(self.speaker(language).speed * text.pace, 3)
            order |= {"speed": speed, "carrier": text.carrier, "tail_ms": text.tail_ms}
        return order

    def digest(self, text: PromptText, language: Language) -> str:
        """16 hex digits that change with the words or with anything that shapes their sound."""
        parts: list[object] = [text.spoken(language), self.speaker(language).model_dump(), self.finish.model_dump()]
        if text.is_fragment:
            parts.append(self.order(text, language))
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Made:
    """One recording that we made."""

    recipe: str
    audio: str
    """Digest of the file."""


class Manifest:
    """`audio/manifest.json`: `LANGUAGE/ID` → what the recording was made from."""

    def __init__(self, library: PromptLibrary, recipe: Recipe) -> None:
        """Read it; where there is none, nothing is known to be ours. Raises WrongPrompts."""
        self._library, self._recipe = library, recipe
        self.path = library.folder / "audio" / "manifest.json"
        try:
            written = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
            self._made = {key: Made(**made) for key, made in written.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise WrongPrompts(f"{self.path} is damaged ({error}); take it from the release again") from error

    def standing(self, prompt: PromptId, language: Language) -> Standing:
        """What the recording of a sentence is. Raises UnknownPrompt."""
        path = self._library.audio(prompt, language)
        if not path.is_file():
            return Standing.MISSING
        voiced_in = self._library.prompt(prompt).voiced_in(language)
        made = self._made.get(_key(prompt, voiced_in))
        if made is None or made.audio != file_digest(path):
            return Standing.OWN
        return Standing.RENDERED if made.recipe == self._digest(prompt, voiced_in) else Standing.STALE

    def remember(self, prompt: PromptId, language: Language) -> None:
        """The recording there now was made by us from the sentence as it is now. Written at once."""
        path = self._library.audio(prompt, language)
        self._made[_key(prompt, language)] = Made(self._digest(prompt, language), file_digest(path))
        known = {_key(*pair) for pair in self._library.voiced()}
        plain = {key: asdict(made) for key, made in sorted(self._made.items()) if key in known}
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.path)

    def _digest(self, prompt: PromptId, language: Language) -> str:
        return self._recipe.digest(self._library.prompt(prompt), language)


def file_digest(path: Path) -> str:
    """16 hex digits of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _key(prompt: PromptId, language: Language) -> str:
    return f"{language.value}/{prompt}"
