"""The sentences as `config/prompts/*.toml` has them: a table per sentence, both languages, and where it comes from.

A table with `fragments` holds many at once: the pieces that amounts, digits and dates are joined from, in one language.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ivr.domain.caller import Language
from ivr.domain.errors import HotlineError
from ivr.domain.ids import PromptId

Spoken = Annotated[str, StringConstraints(pattern=r"^\S[^\x00-\x1f\x7f]*$", max_length=400)]
"""One line that says something."""


LONGEST_IN_GROUP = 100
"""Milliseconds between two figures of one group; more is heard as a rest."""


class WrongPrompts(HotlineError):
    """The prompts cannot be used as they are; the sentence lists every fault, its place and the mend."""


class UnknownPrompt(HotlineError):
    """Somebody asks for a sentence that no file has."""


class PromptText(BaseModel):
    """One sentence, as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: Spoken
    en: Spoken
    zh_spoken: Spoken | None = None
    en_spoken: Spoken | None = None
    always_spoken: Language | None = None
    """The one language of the audio, whatever the caller's is."""
    source: Annotated[str, Field(min_length=1)]
    """The rule it comes from, or why it is there."""
    carrier: str | None = None
    """Of a fragment: the words it is rendered with and cut off from, itself as `{}`."""
    tail_ms: Annotated[int, Field(ge=0, le=250)] = 0
    """Of a fragment: the silence after it."""
    pace: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    """Of a fragment: × the speaker's speed."""

    def text(self, language: Language) -> str:
        """What the sentence means, in this language."""
        return self.zh if language is Language.ZH else self.en

    def spoken(self, language: Language) -> str:
        """What the voice is given to read."""
        hint = self.zh_spoken if language is Language.ZH else self.en_spoken
        return hint or self.text(language)

    @property
    def is_fragment(self) -> bool:
        """A piece of a number, an amount, a date; no sentence."""
        return self.carrier is not None

    @property
    def ends_group(self) -> bool:
        """A listener hears a rest after it."""
        return self.tail_ms > LONGEST_IN_GROUP

    def voiced_in(self, language: Language) -> Language:
        """The language a caller of `language` hears the sentence in."""
        return self.always_spoken or language


class Fragments(BaseModel):
    """Many fragments of one language, as the file has them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Language
    carrier: Annotated[str, StringConstraints(pattern=r"^[^{}]*\{\}[^{}]+$")]
    """`{}` among words: each is rendered in its place and cut out; without words before it, at the pause after it."""
    tail_ms: int = 0
    pace: float = 1.0
    source: Annotated[str, Field(min_length=1)]
    fragments: dict[str, Spoken]
    """By id: the words."""
    spoken: dict[str, Spoken] = {}
    """By id: what the voice reads instead."""

    def texts(self) -> dict[str, dict[str, object]]:
        """Each as a table of its own."""
        shared: dict[str, object] = {
            "always_spoken": self.language,
            "carrier": self.carrier,
            "tail_ms": self.tail_ms,
            "pace": self.pace,
            "source": self.source,
        }
        hint = f"{self.language.value}_spoken"
        return {
            name: {"zh": words, "en": words, hint: self.spoken.get(name), **shared}
            for name, words in self.fragments.items()
        }


def read_texts(folder: Path) -> dict[PromptId, PromptText]:
    """Every sentence below the folder, in the order of the files. Raises WrongPrompts with all faults at once."""
    texts: dict[PromptId, PromptText] = {}
    places: dict[str, str] = {}
    faults: list[str] = []
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise WrongPrompts(f"no prompt texts (*.toml) in {folder}; prompts.folder in the configuration names the place")
    for file in files:
        for name, table in _single(file, _tables(file, faults), faults):
            if name in places:
                faults.append(f"{file.name}: [{name}] stands in {places[name]} already; ids are unique")
                continue
            places[name] = file.name
            text = _sentence(file, name, table, faults)
            if text is not None:
                texts[PromptId(name)] = text
    if faults:
        raise WrongPrompts(f"prompts in {folder}:\n  " + "\n  ".join(faults))
    return texts


def _tables(file: Path, faults: list[str]) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{file.name}: not TOML: {error}")
    except UnicodeDecodeError:
        faults.append(f"{file.name}: not UTF-8; save it in that encoding")
    return {}


def _single(file: Path, tables: dict[str, object], faults: list[str]) -> Iterator[tuple[str, object]]:
    """Every sentence and fragment with its own table."""
    for name, table in tables.items():
        if not (isinstance(table, dict) and "fragments" in table):
            yield name, table
            continue
        try:
            yield from Fragments.model_validate(table).texts().items()
        except ValidationError as error:
            _tell(file, name, error, faults)


def _sentence(file: Path, name: str, table: object, faults: list[str]) -> PromptText | None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,47}", name):
        faults.append(f"{file.name}: [{name}] is no id: lower-case letters, digits and _, at most 48")
        return None
    try:
        return PromptText.model_validate(table)
    except ValidationError as error:
        _tell(file, name, error, faults)
        return None


def _tell(file: Path, name: str, error: ValidationError, faults: list[str]) -> None:
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"]) or "the table"
        faults.append(f"{file.name}: [{name}] {key}: {_sentence_of(fault['type'], fault['msg'])}")


def _sentence_of(kind: str, message: str) -> str:
    known = {
        "missing": "is missing; every sentence has zh, en and source",
        "extra_forbidden": "is no key of a sentence; allowed are " + ", ".join(PromptText.model_fields),
        "string_pattern_mismatch": "must be one line of text",
        "model_type": "must be a table with zh, en and source",
    }
    return known.get(kind, message)
