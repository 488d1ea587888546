"""What fragments say, in words: read from the texts that ship."""

import re
from collections.abc import Iterable
from functools import cache

from ivr.adapters.prompts.texts import PromptText, read_texts
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from ivr.settings import DEFAULT_CONFIG

TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
ONES = "(?:one|two|three|four|five|six|seven|eight|nine)"


@cache
def texts() -> dict[PromptId, PromptText]:
    """The sentences and fragments that ship."""
    return read_texts(DEFAULT_CONFIG.parent / "prompts")


def words_of(fragments: Iterable[PromptId], language: Language) -> str:
    """As one would write it down: Mandarin without blanks, but for a rest."""
    between, rest = ("", " ") if language is Language.ZH else (" ", ", ")
    written = ""
    for fragment in fragments:
        text = texts()[fragment]
        written += text.text(language) + (rest if text.ends_group else between)
    return re.sub(rf"\b({TENS}) (?={ONES}\b)", r"\1-", written.strip(" ,"))
