"""A caller made of a script, and the session in which the engine speaks to him: tests read as conversations.

    caller = ScriptedCaller(Listens("greeting"), Presses("1"), StaysSilent(), HangsUp())
    session = MemorySession(arrival, caller)

The caller does one thing after the other, each as soon as it is its turn: `Listens("greeting")` is over once that
sentence was spoken to its end, and the next act begins before the next sentence does; of two `Presses` the second comes
when the first has had its effect. A caller with nothing left to do is silent for ever. Time is virtual:
`caller.elapsed` says how long it would have taken.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ivr.adapters.fastagi.keypad import WAYS_OUT, NumberEntry, SecretEntry
from ivr.domain.errors import HungUp
from ivr.domain.ids import CallId, EffectId, RecordingName
from ivr.domain.secret import SecretDigits
from ivr.flow.steps import (
    CLOSING_KEY,
    Ask,
    Chose,
    Escaped,
    Incomplete,
    JoinQueue,
    Keyed,
    Menu,
    Record,
    Recorded,
    Said,
    Say,
    Sentence,
    Silence,
    Utterance,
    WrongKey,
)
from ivr.flow.words import recorded
from ivr.ports.voice import Arrival, Keypad, SessionLost

T = TypeVar("T")

TOO_MUCH = 1.0
"""Seconds without a key after which nothing of a secret is to come any more."""
AT_ONCE = 20
"""Turns of everyone else within which work is done that takes no time."""
SENTENCE = 2.0
"""Virtual seconds that a sentence lasts."""


@dataclass(frozen=True, slots=True)
class Listens:
    """Hears these sentences to their end, whatever is said in between."""

    prompts: tuple[str, ...]

    def __init__(self, *prompts: str) -> None:
        object.__setattr__(self, "prompts", prompts)


@dataclass(frozen=True, slots=True)
class Presses:
    """Presses these keys one after the other, at once; or, with `during`, into the middle of that sentence."""

    keys: str
    during: str | None = None


@dataclass(frozen=True, slots=True)
class StaysSilent:
    """Lets one listening step run out of patience."""


@dataclass(frozen=True, slots=True)
class HangsUp:
    """Is gone from here on; or, with `during`, in the middle of that sentence."""

    during: str | None = None


@dataclass(frozen=True, slots=True)
class LosesSession:
    """The channel obeys no more, though the caller is still there; he goes on with his script in the next session."""

    during: str | None = None


@dataclass(frozen=True, slots=True)
class Waits:
    """Does nothing, and lets no time pass, until the event is set: a test does something to the engine meanwhile."""

    event: asyncio.Event


@dataclass(frozen=True, slots=True)
class Speaks:
    """Says something for so many seconds, once the line listens to words."""

    seconds: int


Act: TypeAlias = Listens | Presses | Speaks | StaysSilent | HangsUp | LosesSession | Waits


class ScriptedCaller:
    """Plays his script through however many sessions it takes."""

    def __init__(self, *script: Act) -> None:
        self._script = deque(script)
        self.heard: list[str] = []
        """Prompts that began to be spoken to him, in order; of an amount or digits each fragment."""
        self.sentences: list[Sentence] = []
        """The same, with their languages."""
        self.elapsed = 0.0
        """Virtual seconds on the phone."""
        self.gone = False
        """He has hung up."""
        self._hears = asyncio.Event()

    @property
    def left_to_do(self) -> list[Act]:
        """The acts whose turn has not come: empty at the end of a test that went as it should."""
        return list(self._script)

    def then(self, *acts: Act) -> None:
        """He does this too, after all else."""
        self._script.extend(acts)

    # ------------------------------------------------------------------------- what a session asks of him
    async def keys_now(self, sentence: Sentence | None = None) -> str:
        """The keys he presses now, between two sentences or in the middle of this one. Raises HungUp, SessionLost."""
        if self.gone:
            raise HungUp
        while self._script and _its_turn(self._script[0], sentence):
            match self._script.popleft():
                case Presses(keys):
                    return keys
                case HangsUp():
                    self.gone = True
                    raise HungUp
                case LosesSession():
                    raise SessionLost("the channel was taken away")
                case Waits(event):
                    await event.wait()
        return ""

    async def speaks(self) -> int:
        """For how many seconds he speaks now."""
        if self._script and isinstance(act := self._script[0], Speaks):
            self._script.popleft()
            self.elapsed += act.seconds
            return act.seconds
        return 0

    def begins_to_hear(self, sentence: Sentence) -> None:
        """This sentence begins."""
        self.heard.append(sentence.prompt)
        self._hears.set()
        self.sentences.append(sentence)
        self.elapsed += SENTENCE / 2

    async def has_begun_to_hear(self, prompt: str) -> None:
        """Wait until this is being spoken to him."""
        while prompt not in self.heard:
            self._hears.clear()
            await self._hears.wait()

    def has_heard(self, sentence: Sentence) -> None:
        """This sentence was spoken to its end."""
        self.elapsed += SENTENCE / 2
        if self._script and isinstance(act := self._script[0], Listens):
            left = list(act.prompts)
            if sentence.prompt in left:
                left.remove(sentence.prompt)
            self._script[0] = Listens(*left)
            if not left:
                self._script.popleft()

    def is_silent_for(self, seconds: float) -> None:
        """A step's patience ends."""
        self.elapsed += seconds
        if self._script and isinstance(self._script[0], StaysSilent):
            self._script.popleft()


def _its_turn(act: Act, sentence: Sentence | None) -> bool:
    match act:
        case Presses(during=during) | HangsUp(during=during) | LosesSession(during=during):
            return during == (sentence.prompt if sentence else None)
        case Waits():
            return True
        case Listens() | StaysSilent() | Speaks():
            return False


class MemorySession:
    """Implements ivr.ports.voice.VoiceSession with a ScriptedCaller."""

    def __init__(self, arrival: Arrival, caller: ScriptedCaller, record: Callable[[], None] = lambda: None) -> None:
        """`record`: the exchange begins to record; raises RecordingRefused."""
        self._arrival = arrival
        self._record = record
        self._caller = caller
        self._keys: deque[str] = deque()
        self.handed_over: tuple[JoinQueue, EffectId] | None = None
        """The queue the call was given to, and under which effect."""
        self.left_for: str | None = None
        """`queue`, `finish` or `fallback`, once the session was ended so."""
        self.lost = False
        """The channel obeys no more."""

    @property
    def call_id(self) -> CallId:
        """The call this session is a stretch of."""
        return self._arrival.incoming.call_id

    @property
    def arrival(self) -> Arrival:
        """How the call came to us this time."""
        return self._arrival

    async def say(self, step: Say, *, whole: bool = False) -> Said:
        """Speak until the last word or, unless it is to be heard whole, a key."""
        await self._speak(step.sentences, whole=whole)
        return Said(interrupted=bool(self._keys))

    async def menu(self, step: Menu) -> Chose | WrongKey | Silence:
        """Speak, and take one key."""
        key = await self._hear(step.sentences, step.patience)
        if key is None:
            return Silence()
        return Chose(key) if key in step.keys else WrongKey(key)

    async def ask(self, step: Ask) -> Keyed | Escaped | Silence:
        """Speak, and take a number."""
        entry = NumberEntry(step)
        spoken = step.sentences
        while (key := await self._hear(spoken, step.patience)) is not None:
            taken = entry.press(key)
            if taken is not None:
                return taken
            spoken = ()
        return Silence()

    async def keypad(
        self, sentences: tuple[Utterance, ...], keypad: Keypad, patience: float
    ) -> SecretDigits | Incomplete | Escaped | Silence:
        """Speak, and take digits that nobody may see."""
        if keypad.flush:
            self._keys.clear()
        entry = SecretEntry(keypad.shortest, keypad.longest)
        taken: SecretDigits | Incomplete | Escaped | None = None
        while taken is None and not entry.closed and (key := await self._hear(sentences, patience)) is not None:
            taken = entry.press(key)
            sentences = ()
        if isinstance(taken, Escaped):
            return taken
        if keypad.flush and not entry.closed:
            while (key := await self._hear((), TOO_MUCH)) is not None and key != CLOSING_KEY:
                pass
            taken = taken or entry.given_up()
        elif taken is None and not keypad.flush:
            taken = entry.so_far()
        return taken or Silence()

    async def record(self, step: Record, name: RecordingName) -> Recorded | Escaped | Silence:
        """Speak, and keep how long the caller speaks."""
        await self._speak(step.sentences)
        seconds = 0 if self._keys else await self._caller.speaks()
        if self._keys and self._keys[0] in WAYS_OUT:
            return Escaped(self._keys.popleft())
        self._keys.clear()
        if not seconds:
            self._caller.is_silent_for(step.patience)
            return Silence()
        return Recorded(name, min(seconds, step.longest))

    async def record_call(self) -> None:
        """Have it recorded from now on."""
        await self._take_keys()
        self._record()

    async def meanwhile(self, work: Coroutine[Any, Any, T], spoken: tuple[Utterance, ...] = ()) -> T:
        """Do the work; what does not end by itself takes long, and these words are spoken. Nobody hears the music."""
        task = asyncio.ensure_future(work)
        try:
            for _ in range(AT_ONCE):
                await asyncio.sleep(0)
                if task.done():
                    break
            else:
                with suppress(HungUp, SessionLost):
                    await self._speak(spoken)
            return await task
        except asyncio.CancelledError:
            task.cancel()
            raise

    async def hand_over(self, step: JoinQueue, effect: EffectId) -> None:
        """Give the call to the dialplan. The test brings it back, in a new session with the same caller."""
        await self._leave("queue")
        self.handed_over = (step, effect)

    async def finish(self) -> None:
        """Hang up."""
        await self._leave("finish")

    async def to_fallback(self) -> None:
        """Give the call to the static fallback."""
        await self._leave("fallback")

    # ------------------------------------------------------------------------------------------------
    async def _hear(self, spoken: tuple[Utterance, ...], patience: float) -> str | None:
        await self._speak(spoken)
        if not self._keys:
            await self._take_keys()
        if not self._keys:
            self._caller.is_silent_for(patience)
            return None
        return self._keys.popleft()

    async def _speak(self, spoken: tuple[Utterance, ...], *, whole: bool = False) -> None:
        await self._take_keys()
        for sentence in recorded(spoken):
            if self._keys and not whole:
                return
            self._caller.begins_to_hear(sentence)
            await self._take_keys(sentence)
            if self._keys and not whole:
                return
            self._caller.has_heard(sentence)
            await self._take_keys()

    async def _take_keys(self, during: Sentence | None = None) -> None:
        await asyncio.sleep(0)  # everyone else has a turn, as at every await of the real one
        self._check_ours()
        try:
            self._keys.extend(await self._caller.keys_now(during))
        except SessionLost:
            self.lost = True
            raise

    async def _leave(self, way: str) -> None:
        await asyncio.sleep(0)
        self._check_ours()
        if self._caller.gone:
            raise HungUp
        self.left_for = way

    def _check_ours(self) -> None:
        if self.lost or self.left_for is not None:
            raise SessionLost("the session is over")
