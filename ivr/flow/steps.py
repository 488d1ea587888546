"""The steps a story may ask for, every reply each may get, and the verbs that ask.

A story is a generator: it yields a Step and is sent that step's Reply. Steps and replies are frozen values, since both
are journalled: the step before it starts, the reply before it is acted on. A timeout, a wrong key, an absent agent are
replies; only a hangup is an exception (`ivr.domain.errors.HungUp`), thrown in once by the teller.

Three kinds of step, told apart by what a crash between asked and answered allows:

- repeatable (`Say`, `Menu`, `Ask`, `Note`): done again;
- hand-over (`JoinQueue`): the dialplan carries it out and tells how it ended, whoever is there to hear;
- deeds (`OpenFollowUp`; later the bank's and the SMS gateway's): carried out through a port under the effect id
  `CALL_ID/STEP`, so that doing it again is doing it once.

A secret never enters a story. A step that collects one (the verify and identify of chapter 2) is carried out and
checked inside its adapter; its reply is an outcome and a token, never a digit.
"""

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar, cast

from ivr.domain.call import Known, PersonReached
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId, QueueName
from ivr.domain.spoken import Value


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of `config/prompts/`, in one language."""

    prompt: PromptId
    language: Language


Utterance: TypeAlias = Sentence | Value
"""What can be spoken: a sentence, or a value that is joined from fragments (`words.py` has a verb for each)."""


# ---------------------------------------------------------------------------------------------- replies
@dataclass(frozen=True, slots=True)
class Said:
    """The sentences were spoken. `interrupted`: a key cut them short; it waits for the next step that listens."""

    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Chose:
    """The caller pressed a key that the menu offers."""

    key: str


@dataclass(frozen=True, slots=True)
class WrongKey:
    """The caller pressed a key that the menu does not offer."""

    key: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing was pressed in time."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The digits keyed in, without the closing key. Personal: journalled encrypted, never logged."""

    digits: str


@dataclass(frozen=True, slots=True)
class Escaped:
    """While a number was keyed in: `*0` asked for a person, `*9` told an emergency (key `0` or `9`)."""

    key: str


@dataclass(frozen=True, slots=True)
class Noted:
    """The fact stands in the journal."""


class QueueExit(Enum):
    """The ways out of a queue."""

    ANSWERED = "answered"
    """A person talked with the caller and left; the caller is back with us."""
    KEY = "key"
    TIMED_OUT = "timed_out"
    NOBODY_THERE = "nobody_there"
    """No agent is logged in, or the queue is full or closed."""
    WITHDRAWN = "withdrawn"
    """Taken out on purpose, by QueueWithdrawCaller."""
    FAILED = "failed"
    """The exchange did not know the queue, or gave no reason."""


@dataclass(frozen=True, slots=True)
class LeftQueue:
    """The caller is out of the queue and still on the line."""

    how: QueueExit
    key: str | None = None
    """With QueueExit.KEY: which."""


@dataclass(frozen=True, slots=True)
class FollowUpOpened:
    """The follow-up is on the list. Opening it again found the same one."""


Reply: TypeAlias = Said | Chose | WrongKey | Silence | Keyed | Escaped | Noted | LeftQueue | FollowUpOpened


# ------------------------------------------------------------------------------------------------ steps
@dataclass(frozen=True, slots=True)
class Say:
    """Speak the sentences in order. Any key cuts them short and is kept for the next listening step."""

    sentences: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """Speak the sentences and take one key: Chose, WrongKey or Silence."""

    sentences: tuple[Utterance, ...]
    keys: str
    """The keys on offer, e.g. `12345*09`."""
    patience: float
    """Seconds to wait for a key after the last word."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Speak the sentences and take a number that is no secret: Keyed, Escaped or Silence."""

    sentences: tuple[Utterance, ...]
    longest: int
    """Digits after which the number is taken as whole."""
    closing_key: str
    patience: float
    """Seconds to wait for each key, the first after the last word."""


@dataclass(frozen=True, slots=True)
class Note:
    """Write down what has been found out, whole: it replaces what was noted before."""

    known: Known


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """Wait for a person, talk with one, and come back: LeftQueue."""

    queue: QueueName
    priority: int
    """Higher is served earlier; an emergency is always above anything else."""
    language: Language
    patience: int
    """Seconds to wait at most."""


@dataclass(frozen=True, slots=True)
class OpenFollowUp:
    """Put the call on the list of those a person has to get back to. A deed: done once."""

    reason: str
    """Why, as a word of the glossary: `left_waiting`, `nobody_free`, `cut_off`."""


Step: TypeAlias = Say | Menu | Ask | Note | JoinQueue | OpenFollowUp

T = TypeVar("T")
Flow: TypeAlias = Generator[Step, Reply, T]
"""A story: yields steps, is sent replies, returns a T."""


def _asked(step: Step, answers: type[T] | tuple[type[Any], ...]) -> Flow[T]:
    """Yield the step; the reply must be one of its answers (the teller checks what it sends, so does this)."""
    reply = yield step
    if not isinstance(reply, answers):
        raise TypeError(f"{type(step).__name__} was answered by {type(reply).__name__}")
    return cast(T, reply)


# ------------------------------------------------------------------------------------------------ verbs
def say(language: Language, *spoken: str | Value) -> Flow[Said]:
    """Speak these sentences (by id) and values in their order."""
    return (yield from _asked(Say(sentences(language, *spoken)), Said))


def choose(spoken: tuple[Utterance, ...], keys: str, patience: float) -> Flow[Chose | WrongKey | Silence]:
    """Offer keys once. The manners around it (again, wrong key, a person) are in `menus.py`."""
    return (yield from _asked(Menu(spoken, keys, patience), (Chose, WrongKey, Silence)))


def ask(
    spoken: tuple[Utterance, ...], *, longest: int, patience: float, closing_key: str = "#"
) -> Flow[Keyed | Escaped | Silence]:
    """Ask once for a number that is no secret."""
    return (yield from _asked(Ask(spoken, longest, closing_key, patience), (Keyed, Escaped, Silence)))


def note(known: Known) -> Flow[Known]:
    """Write down what is known, and hand it back."""
    yield from _asked(Note(known), Noted)
    return known


def join_queue(queue: str, *, priority: int, language: Language, patience: int) -> Flow[LeftQueue]:
    """Wait for a person, talk, come back."""
    return (yield from _asked(JoinQueue(QueueName(queue), priority, language, patience), LeftQueue))


def open_follow_up(reason: str) -> Flow[FollowUpOpened]:
    """Make sure that a person gets back to this caller."""
    return (yield from _asked(OpenFollowUp(reason), FollowUpOpened))


def sentences(language: Language, *spoken: str | Value) -> tuple[Utterance, ...]:
    """Sentences by id in one language, and values (which know theirs), ready to be spoken."""
    return tuple(Sentence(PromptId(word), language) if isinstance(word, str) else word for word in spoken)


__all__ = [
    "Ask",
    "Chose",
    "Escaped",
    "Flow",
    "FollowUpOpened",
    "JoinQueue",
    "Keyed",
    "LeftQueue",
    "Menu",
    "Note",
    "Noted",
    "OpenFollowUp",
    "PersonReached",
    "QueueExit",
    "Reply",
    "Said",
    "Say",
    "Sentence",
    "Silence",
    "Step",
    "Utterance",
    "WrongKey",
    "ask",
    "choose",
    "join_queue",
    "note",
    "open_follow_up",
    "say",
    "sentences",
]
