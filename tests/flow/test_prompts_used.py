"""Every sentence that is rendered is spoken somewhere: words that nobody hears are words that nobody checks."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ivr.adapters.prompts.library import PromptLibrary
from ivr.flow.choosing import MOST
from ivr.flow.loss import CHOOSE
from ivr.settings import PROJECT, Settings

RESERVED = {
    "fraud_stay": "for who waits for the officer on duty: on the way there every word costs him a second",
}
"""Sentences that are rendered for what is built next, each with its place there."""
BUILT = {f"press_{place}" for place in range(1, MOST + 1)} | {f"{confirm}_choice" for confirm in CHOOSE}
"""Ids that the story puts together."""
SPEAKING = ("ivr/flow", "ivr/engine", "dialplans")
"""Where sentences are named."""


@cache  # every source file is read for it
def named() -> frozenset[str]:
    """Every word that stands by itself where sentences are named, and in the settings' own list."""
    files = [path for folder in SPEAKING for path in Path(PROJECT / folder).rglob("*") if path.is_file()]
    words = {word for path in files if path.suffix == ".py" for word in _constants(path)}
    for path in files:
        if path.suffix == ".j2":
            words |= set(re.findall(r"\w+", path.read_text("utf-8")))
    return frozenset(words | set(Settings().story.products))


def _constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sentences() -> set[str]:
    """All but the fragments of numbers, which have tests of their own."""
    library = PromptLibrary.load(Settings().prompts_folder)
    return {prompt for prompt in library.ids if not library.prompt(prompt).is_fragment}


def test_every_sentence_is_spoken_somewhere_or_kept_for_what_comes() -> None:
    """Nothing is rendered for nobody."""
    assert sentences() - named() - BUILT - set(RESERVED) == set()


def test_what_is_kept_for_later_is_not_spoken_yet_and_is_there() -> None:
    """The list of the reserved is as short as it can be."""
    assert set(RESERVED) & named() == set()
    assert set(RESERVED) <= sentences()
