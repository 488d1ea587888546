"""The steps a story may ask for, every reply each may get, and the verbs that ask.

A story is a generator: it yields a Step and is sent that step's Reply. Steps and replies are frozen values, since both
are journalled: the step before it starts, the reply before it is acted on. A timeout, a wrong key, an absent agent are
replies; only a hangup is an exception (`ivr.domain.errors.HungUp`), thrown in once by the teller.

Three kinds of step, told apart by what a crash between asked and answered allows:

- repeatable (`Say`, `Menu`, `Ask`, `Record`, `Identify`, `Verify`, `Lookup`, `Note`): done again;
- hand-over (`JoinQueue`): the dialplan carries it out and tells how it ended, whoever is there to hear;
- deeds (`Do`, `OpenFollowUp`): carried out through a port under the effect id `CALL_ID/STEP`, so that doing it again is
  doing it once.

A secret never enters a story. A step that collects one (`Identify`, `Verify`) hands the sealed digits from the keypad
straight to whoever checks them; its reply is an outcome and a token, never a digit.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias, TypeVar, cast

from ivr.domain.banking import ContactToken, CustomerFacts, CustomerToken, IdKind
from ivr.domain.call import Known, PersonReached
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, EffectId, PromptId, QueueName, RecordingName
from ivr.domain.spoken import Value
from ivr.domain.verification import Means
from ivr.flow.deeds import Deed, Result
from ivr.flow.questions import Answer, Question


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
    learned: Known | None = None
    """What is known now, where the person found something out; None: what was known before."""


@dataclass(frozen=True, slots=True)
class FollowUpOpened:
    """The follow-up is on the list. Opening it again found the same one."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the caller said is kept, sealed, under this name."""

    name: RecordingName
    seconds: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """The number keyed in is this customer's: level 2."""

    facts: CustomerFacts
    kind: IdKind
    """Which number it was."""
    last_four: str


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """The number keyed in is nobody's, or is no such number."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Fewer digits than it has were keyed in: nothing was checked, and no try counted."""


@dataclass(frozen=True, slots=True)
class Verified:
    """It was right."""

    contact: ContactToken | None = None
    """Of a company: who of its authorised contacts it was."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Something was wrong; nobody is told which part."""

    left: int
    """Tries left in this call; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class Expired:
    """The one-time code is older than it lives. No try was counted."""


@dataclass(frozen=True, slots=True)
class LockedOut:
    """Too many wrong tries, today or on this number: verification by keypad is closed for now (24 hours)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked up."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The bank (or whoever knows) did not answer in its time. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class DidIt:
    """The deed is done, now or when it was first asked for."""

    result: Result


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side understood and said no; nothing was changed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """The other side did not answer: it may be done or not. A person has to look."""


Reply: TypeAlias = (
    Said
    | Chose
    | WrongKey
    | Silence
    | Keyed
    | Escaped
    | Recorded
    | Recognised
    | Unrecognised
    | Incomplete
    | Verified
    | Denied
    | Expired
    | LockedOut
    | Found
    | Unavailable
    | DidIt
    | Refused
    | Unsure
    | Noted
    | LeftQueue
    | FollowUpOpened
)


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
class Record:
    """Speak the sentences and keep what the caller then says: Recorded, Escaped (a single `0` or `9`) or Silence."""

    sentences: tuple[Utterance, ...]
    longest: int
    """Seconds."""
    closing_key: str
    patience: float
    """Seconds of silence that end it; nothing but that is Silence."""


@dataclass(frozen=True, slots=True)
class Identify:
    """Speak the sentences and take a number that says who the caller is: Recognised, Unrecognised, Escaped, Silence,
    LockedOut (this phone has guessed too often), Unavailable.
    """

    sentences: tuple[Utterance, ...]
    ways: tuple[IdKind, ...]
    """Which numbers are taken; told apart by their length and check digit."""
    closing_key: str
    patience: float


@dataclass(frozen=True, slots=True)
class Verify:
    """Speak the sentences and take a secret: Verified, Denied, Expired, LockedOut, Incomplete, Escaped, Silence,
    Unavailable. Keys typed ahead are dropped before, and what is keyed too much is dropped after: no digit of a secret
    reaches a menu.
    """

    sentences: tuple[Utterance, ...]
    customer: CustomerToken
    means: Means
    closing_key: str
    patience: float
    contact_sentences: tuple[Utterance, ...] = ()
    """Of a company: spoken first, to take the number of its authorised contact."""
    code: EffectId | None = None
    """With Means.CODE: the deed that sent it."""
    sent_at: datetime | None = None
    """With Means.CODE: when; UTC."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Look something up, with music when it takes long: Found, Unavailable."""

    question: Question


@dataclass(frozen=True, slots=True)
class Do:
    """Have something done, with music when it takes long: DidIt, Refused, Unsure. A deed: done once."""

    deed: Deed


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
    only: AgentId | None = None
    """Wait for this agent, and no other; one who is not free is not waited for."""
    most: int | None = None
    """Agents up to this penalty are rung at first, the next line later; None: everyone at once."""
    offers: bool = False
    """Tell him now and then, with the music, that `1` brings a call back."""
    place: int | None = None
    """Of who has waited already: 1 is the front, or as near to it as his priority goes. None: behind his equals."""


@dataclass(frozen=True, slots=True)
class OpenFollowUp:
    """Put the call on the list of those a person has to get back to. A deed: done once."""

    reason: str
    """Why, as a word of the glossary: `left_waiting`, `nobody_free`, `cut_off`."""


Step: TypeAlias = Say | Menu | Ask | Record | Identify | Verify | Lookup | Do | Note | JoinQueue | OpenFollowUp

CLOSING_KEY = "#"
"""Ends a number, a secret, a recording."""

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


def say_all(spoken: tuple[Utterance, ...]) -> Flow[Said]:
    """Speak what is put together already."""
    return (yield from _asked(Say(spoken), Said))


def choose(spoken: tuple[Utterance, ...], keys: str, patience: float) -> Flow[Chose | WrongKey | Silence]:
    """Offer keys once. The manners around it (again, wrong key, a person) are in `menus.py`."""
    return (yield from _asked(Menu(spoken, keys, patience), (Chose, WrongKey, Silence)))


def ask(
    spoken: tuple[Utterance, ...], *, longest: int, patience: float, closing_key: str = CLOSING_KEY
) -> Flow[Keyed | Escaped | Silence]:
    """Ask once for a number that is no secret."""
    return (yield from _asked(Ask(spoken, longest, closing_key, patience), (Keyed, Escaped, Silence)))


def record(spoken: tuple[Utterance, ...], *, longest: int, patience: float) -> Flow[Recorded | Escaped | Silence]:
    """Keep what the caller says."""
    return (yield from _asked(Record(spoken, longest, CLOSING_KEY, patience), (Recorded, Escaped, Silence)))


def identify(
    spoken: tuple[Utterance, ...], ways: tuple[IdKind, ...], patience: float
) -> Flow[Recognised | Unrecognised | Incomplete | Escaped | Silence | Unavailable]:
    """Ask once who calls. The manners around it are in `identity.py`."""
    answers = (Recognised, Unrecognised, Incomplete, Escaped, Silence, Unavailable)
    return (yield from _asked(Identify(spoken, ways, CLOSING_KEY, patience), answers))


def verify(
    step: Verify,
) -> Flow[Verified | Denied | Expired | LockedOut | Incomplete | Escaped | Silence | Unavailable]:
    """Ask once for a secret. The manners around it are in `identity.py`."""
    answers = (Verified, Denied, Expired, LockedOut, Incomplete, Escaped, Silence, Unavailable)
    return (yield from _asked(step, answers))


def look_up(question: Question, kind: type[T]) -> Flow[T | None]:
    """The answer, of that kind; None when nobody could give it."""
    reply: Found | Unavailable = yield from _asked(Lookup(question), (Found, Unavailable))
    if isinstance(reply, Unavailable):
        return None
    if not isinstance(reply.answer, kind):
        raise TypeError(f"{type(question).__name__} was answered by {type(reply.answer).__name__}")
    return reply.answer


def do(deed: Deed) -> Flow[DidIt | Refused | Unsure]:
    """Have it done, once."""
    return (yield from _asked(Do(deed), (DidIt, Refused, Unsure)))


def note(known: Known) -> Flow[Known]:
    """Write down what is known, and hand it back."""
    yield from _asked(Note(known), Noted)
    return known


def join_queue(
    queue: str,
    *,
    priority: int,
    language: Language,
    patience: int,
    only: AgentId | None = None,
    most: int | None = None,
    offers: bool = False,
    place: int | None = None,
) -> Flow[LeftQueue]:
    """Wait for a person, talk, come back."""
    return (
        yield from _asked(
            JoinQueue(QueueName(queue), priority, language, patience, only, most, offers, place), LeftQueue
        )
    )


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
    "say_all",
    "sentences",
]
