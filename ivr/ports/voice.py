"""The caller's dialogue: one stretch of a call during which its channel obeys the controller (FastAGI)."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ivr.domain.call import Incoming
from ivr.domain.ids import CallId, EffectId, RecordingName
from ivr.domain.secret import SecretDigits
from ivr.flow.steps import (
    Ask,
    Chose,
    Escaped,
    Incomplete,
    JoinQueue,
    Keyed,
    LeftQueue,
    Menu,
    Record,
    Recorded,
    Said,
    Say,
    Silence,
    Utterance,
    WrongKey,
)

T = TypeVar("T")


class SessionLost(Exception):
    """The channel no longer obeys this session, though the caller may still be there (redirected, link broken).

    The dialplan brings such a call back in a new session; until then the story waits.
    """


class RecordingRefused(Exception):
    """The exchange does not begin the recording. The session goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What the exchange says when it hands a call to the controller."""

    incoming: Incoming
    attempt: int
    """1 when the call is new to the dialplan; more when an earlier controller was lost in the middle."""
    back_from: EffectId | None = None
    """The hand-over step the call comes back from, if any."""
    left: LeftQueue | None = None
    """How that hand-over ended."""
    at_keypad: bool = False
    """The caller comes from a person, to key in a secret, and is brought back when the session ends."""


@dataclass(frozen=True, slots=True)
class Keypad:
    """How digits that nobody may see are taken."""

    shortest: int
    """Fewer digits are Incomplete."""
    longest: int
    """Digits after which they are taken as whole."""
    flush: bool
    """Keys typed ahead are dropped before, and keys too many after: no digit of a secret reaches another step."""


class VoiceSession(Protocol):
    """Speak to one caller and hear the keys. Every method raises HungUp when the caller is gone, SessionLost when
    the session is. Keys pressed at any moment of a session are kept for the next listening step.
    """

    @property
    def call_id(self) -> CallId:
        """The call this session is a stretch of."""

    @property
    def arrival(self) -> Arrival:
        """How the call came to us this time."""

    async def say(self, step: Say, *, whole: bool = False) -> Said:
        """Speak; a key (already waiting, or pressed meanwhile) cuts it short and stays in the buffer. `whole`: it cuts
        nothing short, and stays there all the same.
        """

    async def menu(self, step: Menu) -> Chose | WrongKey | Silence:
        """Speak, interruptible by any key, and take one key."""

    async def ask(self, step: Ask) -> Keyed | Escaped | Silence:
        """Speak and take a number."""

    async def keypad(
        self, sentences: tuple[Utterance, ...], keypad: Keypad, patience: float
    ) -> SecretDigits | Incomplete | Escaped | Silence:
        """Speak and take digits that nobody may see: sealed at once, kept nowhere, in no log. A final `*` before the
        closing key is the X of a resident id; `**` begins anew. Nothing but the closing key is Silence; too few digits,
        or too few and silence, are Incomplete.
        """

    async def record(self, step: Record, name: RecordingName) -> Recorded | Escaped | Silence:
        """Speak and keep what the caller says, sealed under this name (again under the same name replaces it). What was
        said until a hangup is kept too. A single `0` or `9` is Escaped; any other key ends it.
        """

    async def record_call(self) -> None:
        """Have the exchange record the call from now on, to its end, in whichever bridge it is. Doing it again changes
        nothing. Raises RecordingRefused.
        """

    async def meanwhile(self, work: Coroutine[Any, Any, T], spoken: tuple[Utterance, ...] = ()) -> T:
        """Do this work to its end. When it takes longer than a breath these sentences are spoken to the caller, and
        music plays. Whatever becomes of the session or the caller, the work is not disturbed, and nothing but what it
        raises is raised.
        """

    async def hand_over(self, step: JoinQueue, effect: EffectId) -> None:
        """Give the channel to the dialplan for this step, and end the session. The call comes back in a new
        session whose arrival says `back_from=effect`.
        """

    async def finish(self) -> None:
        """The story is over: hang up, and end the session."""

    async def to_fallback(self) -> None:
        """Give the caller to the static fallback of the exchange, and end the session: we cannot go on."""
