"""The manners around whatever is keyed in or spoken: `*0` a person, `*9` an emergency, silence offers both, and what
was too short is told so.
"""

from collections.abc import Callable
from typing import TypeVar

from ivr.flow.menus import EMERGENCY, confirm_emergency
from ivr.flow.steps import Escaped, Flow, Incomplete, Silence, Utterance, sentences
from ivr.flow.talk import NeedsPerson, Talk, WantsPerson

T = TypeVar("T")
Entry = Callable[[tuple[Utterance, ...]], Flow[T | Escaped | Silence | Incomplete]]
"""Asks once, after these words."""


def patiently(
    talk: Talk,
    prompts: tuple[str, ...],
    ask: Entry[T],
    *,
    silence: tuple[str, ...] = ("entry_silence",),
    urge: bool = True,
) -> Flow[T]:
    """Ask until something whole is keyed in. `silence`: what is said after one. Not to `urge` is to take the first
    silence for a no.

    Raises WantsPerson, NeedsPerson (nothing whole in `manners.tries` times), Emergency.
    """
    preface: tuple[Utterance, ...] = ()
    failures = 0
    while failures < talk.manners.tries:
        reply = yield from ask(preface + sentences(talk.language, *prompts))
        if isinstance(reply, Escaped):
            yield from escape(talk, reply.key)
            preface = ()
        elif isinstance(reply, Silence):
            if not urge:
                break
            failures += 1
            preface = sentences(talk.language, *silence)
        elif isinstance(reply, Incomplete):
            failures += 1
            preface = sentences(talk.language, "number_incomplete")
        else:
            return reply
    raise NeedsPerson


def escape(talk: Talk, key: str) -> Flow[None]:
    """The way out that was keyed. Returns only when it was a wish to hear again."""
    if key != EMERGENCY:
        raise WantsPerson
    yield from confirm_emergency(talk)
