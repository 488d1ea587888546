"""The texts of `config/texts.toml`, checked when they are loaded."""

import string
import tomllib
from pathlib import Path

from ivr.domain.caller import Language
from ivr.domain.errors import HotlineError


class WrongText(HotlineError):
    """A text that cannot be used; the sentence names the file, the text and the mend."""


class Texts:
    """Every text, in both languages."""

    def __init__(self, texts: dict[tuple[str, Language], str]) -> None:
        self._texts = texts

    @classmethod
    def load(cls, file: Path) -> "Texts":
        """Read and check them. Raises WrongText."""
        try:
            tables = tomllib.loads(file.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise WrongText(f"{file}: {error}") from None
        texts = {}
        for name, table in tables.items():
            places = set(table.get("places", ()))
            for language in Language:
                text = table.get(language.value)
                if not isinstance(text, str) or not text.strip():
                    raise WrongText(f"{file}: [{name}] has no {language.value}")
                asked = {place for _, place, _, _ in string.Formatter().parse(text) if place is not None}
                if unknown := asked - places:
                    raise WrongText(
                        f"{file}: [{name}] {language.value} has a place {{{unknown.pop()}}}; there are "
                        f"{', '.join(sorted(places)) or 'none'}"
                    )
                texts[name, language] = text
        return cls(texts)

    def __call__(self, name: str, language: Language) -> str:
        """A text with its places. Raises WrongText for one that does not exist."""
        try:
            return self._texts[name, language]
        except KeyError:
            raise WrongText(f"there is no text {name!r} in {language.value}") from None
