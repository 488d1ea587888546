"""One stretch of a call during which its channel obeys us: `ivr.ports.voice.VoiceSession` over FastAGI."""

import asyncio
import math
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import structlog

from ivr.adapters.fastagi.channel import AgiChannel, CommandRefused
from ivr.adapters.fastagi.commands import gosub, record_file, set_music, set_variables
from ivr.adapters.fastagi.dialogue import Dialogue, Sound
from ivr.adapters.fastagi.keypad import EMERGENCY, WAYS_OUT, NumberEntry, SecretEntry
from ivr.adapters.recordings import Recordings
from ivr.adapters.sentence_sounds import FOLDER
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
    Silence,
    Utterance,
    WrongKey,
)
from ivr.flow.words import recorded
from ivr.policies.seating import own_penalty
from ivr.ports.voice import Arrival, Keypad, RecordingRefused, SessionLost

log = structlog.get_logger()

T = TypeVar("T")

TOO_MUCH = 1.0
"""Seconds without a key after which nothing of a secret is to come any more."""
BREATH = 1.5
"""Seconds of silence that nobody notices; after them music plays."""


class FastAgiSession:
    """Implements ivr.ports.voice.VoiceSession.

    It raises SessionLost and never HungUp: a caller who hung up, a redirect and a time limit look the same from here
    (`200 result=-1`, `HANGUP`, end). Which it was, the exchange says on its side door (LegEnded).
    """

    def __init__(
        self, channel: AgiChannel, arrival: Arrival, sounds: Path, recordings: Recordings, *, language: str
    ) -> None:
        """`sounds` holds `zh/dialogue/ID.wav`; `language` is the one the dialplan goes by."""
        self._channel = channel
        self._arrival = arrival
        self._sounds = sounds
        self._recordings = recordings
        self._dialogue = Dialogue(channel, self._missing, language)

    @property
    def call_id(self) -> CallId:
        """The call this session is a stretch of."""
        return self._arrival.incoming.call_id

    @property
    def arrival(self) -> Arrival:
        """How the call came to us this time."""
        return self._arrival

    async def say(self, step: Say, *, whole: bool = False) -> Said:
        """Speak; with a key waiting, nothing more is said, unless it is to be heard whole."""
        await self._dialogue.speak(self._recorded(step.sentences), whole=whole)
        return Said(interrupted=bool(self._dialogue.keys))

    async def menu(self, step: Menu) -> Chose | WrongKey | Silence:
        """Speak, and take one key."""
        key = await self._dialogue.hear(self._recorded(step.sentences), step.patience)
        if key is None:
            return Silence()
        return Chose(key) if key in step.keys else WrongKey(key)

    async def ask(self, step: Ask) -> Keyed | Escaped | Silence:
        """Speak, and take a number. Digits followed by silence are no number: nobody said that they were all."""
        entry = NumberEntry(step)
        sounds: Sequence[Sound] = self._recorded(step.sentences)
        while (key := await self._dialogue.hear(sounds, step.patience)) is not None:
            taken = entry.press(key)
            if taken is not None:
                return taken
            sounds = ()
        return Silence()

    async def keypad(
        self, sentences: tuple[Utterance, ...], keypad: Keypad, patience: float
    ) -> SecretDigits | Incomplete | Escaped | Silence:
        """Speak, and take digits that nobody may see. Raises SessionLost."""
        if keypad.flush:
            self._dialogue.keys.clear()
        entry = SecretEntry(keypad.shortest, keypad.longest)
        sounds: Sequence[Sound] = self._recorded(sentences)
        taken: SecretDigits | Incomplete | Escaped | None = None
        while taken is None and not entry.closed and (key := await self._dialogue.hear(sounds, patience)) is not None:
            taken = entry.press(key)
            sounds = ()
        if isinstance(taken, Escaped):
            return taken  # the keys after `*9` confirm it: they are no part of a secret any more
        if keypad.flush and not entry.closed:
            await self._swallow()
            taken = taken or entry.given_up()
        elif taken is None and not keypad.flush:
            taken = entry.so_far()
        return taken or Silence()

    async def _swallow(self) -> None:
        """Drop what is keyed too much, so that no digit of a secret is taken for a choice."""
        while (key := await self._dialogue.hear((), TOO_MUCH)) is not None:
            if key == CLOSING_KEY:
                return

    async def record(self, step: Record, name: RecordingName) -> Recorded | Escaped | Silence:
        """Speak, and keep what the caller says. Raises SessionLost when nothing was said before it."""
        await self._dialogue.speak(self._recorded(step.sentences))
        if self._dialogue.keys:
            key = self._dialogue.keys.popleft()
            return Escaped(key) if key in WAYS_OUT else Silence()
        path, answer = self._recordings.path(name), None
        try:
            answer = await self._dialogue.order(record_file(str(path), step.longest, math.ceil(step.patience)))
        except CommandRefused as refused:
            raise SessionLost(str(refused)) from refused
        except SessionLost:  # a hangup loses nothing of what was said
            log.info("recording_cut_off", call_id=self.call_id, name=name)
        seconds = await asyncio.to_thread(self._recordings.seal, name)
        if answer is None and not seconds:
            raise SessionLost("the caller is gone and had said nothing")
        ended_by = answer.key if answer is not None else None
        if ended_by is not None and ended_by in WAYS_OUT and (ended_by == EMERGENCY or not seconds):
            return Escaped(ended_by)  # who has told it and wants a person gets one anyway
        return Recorded(name, seconds) if seconds else Silence()

    async def record_call(self) -> None:
        """The dialplan does it. Raises RecordingRefused, SessionLost."""
        try:
            done = await self._dialogue.order(gosub("record", "begin"))
        except CommandRefused as refused:
            raise RecordingRefused(str(refused)) from refused
        if done.failed:
            raise RecordingRefused("the dialplan's [record] did not come to its end")

    async def meanwhile(self, work: Coroutine[Any, Any, T], spoken: tuple[Utterance, ...] = ()) -> T:
        """Do the work; when it takes longer than a breath, with these words and music."""
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=BREATH)
            if not done:
                with suppress(SessionLost):
                    await self._dialogue.speak(self._recorded(spoken))
            if not task.done():
                await self._music(on=True)
                await asyncio.wait({task})
                await self._music(on=False)
            return await task
        except asyncio.CancelledError:
            task.cancel()
            raise

    async def _music(self, *, on: bool) -> None:
        """Whether it can be played or not, the work goes on."""
        with suppress(SessionLost, CommandRefused):
            await self._dialogue.order(set_music(on=on))

    async def hand_over(self, step: JoinQueue, effect: EffectId) -> None:
        """Tell the dialplan which queue, and let go of the channel."""
        await self._leave(
            "queue",
            HOTLINE_QUEUE=step.queue,
            HOTLINE_PRIORITY=str(step.priority),
            HOTLINE_PATIENCE=str(step.patience),
            HOTLINE_ONLY="" if step.only is None else str(own_penalty(step.only)),
            HOTLINE_MOST=_most(step),
            HOTLINE_EFFECT=effect,
            HOTLINE_LANGUAGE=step.language.value,
            HOTLINE_OFFERS="yes" if step.offers else "",
            HOTLINE_PLACE="" if step.place is None else str(step.place),
        )

    async def finish(self) -> None:
        """Have the dialplan hang up."""
        await self._leave("finish")

    async def to_fallback(self) -> None:
        """Have the dialplan's static fallback take the call."""
        await self._leave("fallback")

    def close(self) -> None:
        """Let go of the channel as it is. The dialplan brings a call that was told nothing back to us."""
        self._channel.close()

    async def _leave(self, way: str, **variables: str) -> None:
        """In one command, HOTLINE_NEXT last: a controller killed before it has changed nothing."""
        try:
            await self._dialogue.order(set_variables(variables | {"HOTLINE_NEXT": way}), last=True)
        except CommandRefused as refused:
            raise SessionLost(str(refused)) from refused
        finally:
            self._channel.close()

    def _recorded(self, spoken: Sequence[Utterance]) -> list[Sound]:
        return [
            Sound(f"{self._sounds}/{sentence.language.value}/{FOLDER}/{sentence.prompt}", sentence.language.value)
            for sentence in recorded(spoken)
        ]

    def _missing(self, sound: Sound) -> None:
        log.error(
            "recording_missing",
            call_id=self.call_id,
            file=sound.file,
            mend="`hotline prompts` renders it, or drop the recording there",
        )


def _most(step: JoinQueue) -> str:
    if step.only is not None:
        return str(own_penalty(step.only))
    return "" if step.most is None else str(step.most)
