"""One of several things, read out with the key that takes each."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ivr.flow.menus import offer
from ivr.flow.steps import Flow, Utterance, sentences
from ivr.flow.talk import Talk

T = TypeVar("T")

MOST = 5
"""Options a menu has at most (DOMAIN.md)."""


def choose_one(
    talk: Talk, things: Sequence[T], spoken: Callable[[T], tuple[Utterance, ...]], first: tuple[str, ...] = ()
) -> Flow[T]:
    """The one that was chosen, after these first words; a single one needs no choice. More than five come in fours,
    with a fifth key for the next, round and round. Raises WantsPerson, Emergency.
    """
    if len(things) == 1:
        return things[0]
    page = MOST if len(things) <= MOST else MOST - 1
    start = 0
    while True:
        shown = things[start : start + page]
        words = sentences(talk.language, *first)
        for place, thing in enumerate(shown, 1):
            words += spoken(thing) + sentences(talk.language, f"press_{place}")
        more = len(things) > page
        if more:
            words += sentences(talk.language, "more_press_5")
        key = yield from offer(talk, words, "".join(str(n + 1) for n in range(len(shown))) + ("5" if more else ""))
        if int(key) <= len(shown):
            return shown[int(key) - 1]
        start = start + page if start + page < len(things) else 0
