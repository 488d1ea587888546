"""The manners around whatever is keyed in or spoken: `*0` a person, `*9` an emergency, silence offers both."""

from collections.abc import Callable
from typing import TypeVar

from ivr.flow.menus import EMERGENCY, confirm_emergency
from ivr.flow.steps import Escaped, Flow, Silence, Utterance, sentences
from ivr.flow.talk import NeedsPerson, Talk, WantsPerson

T = TypeVar("T")


def patiently(talk: Talk, prompt: str, ask: Callable[[tuple[Utterance, ...]], Flow[T | Escaped | Silence]]) -> Flow[T]:
    """Ask until something is keyed in. Raises WantsPerson, NeedsPerson (silent `manners.tries` times), Emergency."""
    preface: tuple[Utterance, ...] = ()
    failures = 0
    while failures < talk.manners.tries:
        reply = yield from ask(preface + sentences(talk.language, prompt))
        if isinstance(reply, Escaped):
            yield from escape(talk, reply.key)
            preface = ()
        elif isinstance(reply, Silence):
            failures += 1
            preface = sentences(talk.language, "entry_silence")
        else:
            return reply
    raise NeedsPerson


def escape(talk: Talk, key: str) -> Flow[None]:
    """The way out that was keyed. Returns only when it was a wish to hear again."""
    if key != EMERGENCY:
        raise WantsPerson
    yield from confirm_emergency(talk)
