"""Speaking to one caller and hearing every key.

Asterisk drops a key that ends while nothing plays or listens. So something always does, and is not let end but is ended
by the next command (`AgiChannel`): each sentence has a pause after it (`sentence_sounds`), in which the next one
begins, or the next step's. When the pause is nearly over and none came, a long WAIT FOR DIGIT takes its place. How long
a step is patient our own clock says.

What is ordered in between (music, a routine of the dialplan, a recording) is followed by such a WAIT FOR DIGIT without
a gap, and so is the arrival's question before the first word. The channel obeys nobody only where no key can end: for
10 ms after a key, since no finger and no signalling makes two within that, and the next prompt mostly plays by then.
What is left is a process that is kept from the processor (for longer than the pause, or for as long as it takes to
press a second key), and what was pressed before the call came to us (docs/decisions/0015).
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ivr.adapters.fastagi.channel import AgiChannel, carried_out
from ivr.adapters.fastagi.commands import (
    Command,
    Kind,
    channel_status,
    set_variable,
    stream_file,
    stream_rest,
)
from ivr.adapters.fastagi.flight import Outcome, Unplayed
from ivr.adapters.fastagi.listening_behind import LISTENING, LONG
from ivr.adapters.fastagi.replies import Answer
from ivr.adapters.sentence_sounds import PAUSE, seconds_of
from ivr.adapters.wav import RATE
from ivr.ports.voice import SessionLost

AFTER_KEY = 0.010
"""Seconds."""
LATE = 0.020
"""Seconds by which Asterisk may begin a sound late (it is as much ahead with it) before its last word would be cut."""
IN_TIME = 0.100
"""Seconds before it would end by itself that a command is followed by another."""
_UP = 6
"""CHANNEL STATUS of a channel that is up."""


class Sound(NamedTuple):
    """A recorded sentence."""

    file: str
    """Its path without extension."""
    language: str
    played: int = 0
    """Samples of it that were heard already."""


class _Order(NamedTuple):
    command: Command
    outcome: asyncio.Future[Outcome]
    last: bool


class Dialogue:
    """Plays sounds and collects keys on one channel. One step at a time."""

    def __init__(self, channel: AgiChannel, on_missing: Callable[[Sound], None], language_told: str) -> None:
        """`language_told`: the one the dialplan goes by."""
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._on_missing = on_missing
        self._sounds: deque[Sound] = deque()
        self._patience = 0.0
        self._whole = False
        """No key ends the step: it waits."""
        self._step: asyncio.Future[None] | None = None
        self._begins = False
        """Nothing of the step was said yet."""
        self._order: _Order | None = None
        self._ordering = False
        self._language_told = language_told
        self._spoken: Sound | None = None
        self._spoken_until = 0.0
        """When the sentence's last word is over; infinite where only Asterisk knows."""
        self._patient_until: float | None = None
        self._heard_until = 0.0
        """Until then something hears the caller, or nothing needs to."""
        self._alarm: asyncio.TimerHandle | None = None
        self.keys: deque[str] = deque()
        """Keys that no step has taken yet, the oldest first."""
        channel.on_lost = self._lost
        self._look_who_hears()
        channel.heard_by(self._listened)
        self._go_on()

    # ------------------------------------------------------------------------------------ what can be asked
    async def speak(self, sounds: Sequence[Sound], *, whole: bool = False) -> None:
        """Play until the last word or the first key; `whole`: until the last word, keys wait. A key stops the sound, as
        Asterisk hears none where none may; it goes on where it stopped. Raises SessionLost.
        """
        self._whole = whole
        try:
            await self._carry_out(sounds, 0.0)
        finally:
            self._whole = False

    async def hear(self, sounds: Sequence[Sound], patience: float) -> str | None:
        """The next key: one that waits already, or one pressed while the sounds play or within `patience` seconds
        after the last word; None when there was none. Raises SessionLost.
        """
        await self._carry_out(sounds, patience)
        return self.keys.popleft() if self.keys else None

    async def order(self, command: Command, *, last: bool = False) -> Answer:
        """Carry out a command that neither plays nor listens. Behind the `last` one, after which the channel is let go
        of, nothing listens. Raises SessionLost, CommandRefused.
        """
        self._check_free()
        outcome: asyncio.Future[Outcome] = self._loop.create_future()
        self._order = _Order(command, outcome, last)
        self._go_on()
        try:
            return carried_out(command, await outcome)
        finally:
            self._order = None

    async def _carry_out(self, sounds: Sequence[Sound], patience: float) -> None:
        self._check_free()
        if self.keys and not self._whole:
            return
        self._sounds.extend(sounds)
        self._patience, self._patient_until, self._begins = patience, None, True
        self._step = step = self._loop.create_future()
        self._go_on()
        try:
            await step
        finally:
            self._sounds.clear()
            self._spoken, self._spoken_until = None, 0.0
            self._step = None

    def _check_free(self) -> None:
        if self._channel.lost is not None:
            raise SessionLost(self._channel.lost)
        if self._step is not None or self._order is not None:
            raise RuntimeError("a session carries out one step at a time")

    # -------------------------------------------------------------------------------- what is sent, and when
    def _go_on(self) -> None:
        """Do what is due, and be back when more is."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._channel.lost is not None or self._ordering:
            return
        now = self._loop.time()
        if now < self._spoken_until:
            self._be_back(self._spoken_until)
            return
        deed = self._what_is_due(now)
        if deed is None:
            patient = self._patient_until if self._in_step and self._patient_until is not None else math.inf
            self._be_back(min(self._heard_until, patient))
        elif wait := self._channel.free_in:
            self._be_back(now + wait)
        else:
            deed()

    def _what_is_due(self, now: float) -> Callable[[], None] | None:
        if self._order is not None:
            return self._send_order
        if self._in_step:
            if self._sounds:
                language = self._sounds[0].language
                return self._tell(language) if self._begins and language != self._language_told else self._play
            if self._patient_until is None:
                self._patient_until = now + self._patience
            if now >= self._patient_until:
                self._end_step()
        return None if now < self._heard_until else self._listen

    def _be_back(self, when: float) -> None:
        if when < math.inf:
            self._alarm = self._loop.call_at(when, self._go_on)

    def _play(self) -> None:
        sound = self._sounds.popleft()
        play = stream_rest(sound.file, sound.played) if sound.played else stream_file(sound.file)
        seconds = seconds_of(sound.file)
        if seconds is None:
            self._spoken_until = self._heard_until = math.inf
        else:
            self._spoken_until = self._loop.time() + max(0.0, seconds - sound.played / RATE) + LATE
            self._heard_until = self._spoken_until + PAUSE - LATE - IN_TIME
        self._spoken, self._begins = sound, False
        self._channel.send(play, lambda outcome: self._played(sound, outcome))
        self._be_back(self._spoken_until)

    def _listen(self) -> None:
        self._channel.send(LISTENING, self._listened)
        self._look_who_hears()
        self._go_on()

    def _look_who_hears(self) -> None:
        listens = self._channel.doing is Kind.LISTENING
        self._heard_until = self._loop.time() + LONG / 1000 - IN_TIME if listens else 0.0

    def _send_order(self) -> None:
        assert self._order is not None  # noqa: S101  # that is why it is due
        command, outcome, last = self._order
        self._ordering = True
        self._channel.send(command, lambda answer: self._ordered(outcome, answer), then_listen=not last)

    @property
    def _in_step(self) -> bool:
        return self._step is not None and not self._step.done()

    def _end_step(self) -> None:
        if self._step is not None and not self._step.done():
            self._step.set_result(None)

    def _tell(self, language: str) -> Callable[[], None]:
        """The dialplan's holding prompt speaks the caller's language even after this controller was killed: the one in
        which the step begins.
        """

        def told(_: Outcome) -> None:
            self._ordering = False
            self._look_who_hears()
            self._go_on()

        def tell() -> None:
            self._language_told, self._ordering = language, True
            self._channel.send(set_variable("HOTLINE_LANGUAGE", language), told, then_listen=True)

        return tell

    # ------------------------------------------------------------------------------------- what is answered
    def _ordered(self, outcome: asyncio.Future[Outcome], answer: Outcome) -> None:
        self._ordering = False
        if not outcome.done():
            outcome.set_result(answer)
        if self._order is not None and self._order.outcome is outcome:  # or another: nobody waited for this one
            self._order = None
        self._look_who_hears()
        # After the last one the channel is let go of at once; only when it is not is it to listen.
        self._loop.call_soon(self._loop.call_soon, self._go_on)

    def _key(self, key: str) -> None:
        self.keys.append(key)
        if self._channel.doing is not Kind.LISTENING:
            self._heard_until = self._loop.time() + AFTER_KEY
        if not self._whole:
            self._spoken, self._spoken_until = None, 0.0
            if self._in_step:
                self._end_step()
        self._go_on()

    def _played(self, sound: Sound, outcome: Outcome) -> None:
        """`sound` is the one spoken, or one that ended just when the next command came."""
        latest = sound is self._spoken
        if latest:
            self._spoken, self._spoken_until = None, 0.0
        if isinstance(outcome, Unplayed):
            if latest:
                self._sounds.appendleft(sound)
            self._look_who_hears()
            self._go_on()
        elif isinstance(outcome, Answer) and outcome.key is not None:
            if latest and self._whole and self._in_step:
                self._rest_of(sound, outcome.endpos or 0)
            self._key(outcome.key)
        elif self._channel.doing is None:
            self._heard_until = 0.0
            if isinstance(outcome, Answer) and not outcome.failed:
                self._go_on()
            else:
                self._look_why(lambda: self._on_missing(sound))

    def _rest_of(self, sound: Sound, position: int) -> None:
        """What is to be heard whole goes on where a key stopped it, unless that was in the pause after it."""
        seconds = seconds_of(sound.file)
        if seconds is None or position < seconds * RATE:
            self._sounds.appendleft(sound._replace(played=position))

    def _listened(self, outcome: Outcome) -> None:
        if isinstance(outcome, Answer) and outcome.key is not None:
            self._key(outcome.key)
        elif self._channel.doing in (None, Kind.DEED):
            self._heard_until = 0.0
            if isinstance(outcome, Answer) and not outcome.failed:
                self._go_on()
            elif self._channel.doing is None:
                self._look_why(lambda: self._channel.lose("the channel is down"))

    def _look_why(self, otherwise: Callable[[], None]) -> None:
        """-1 means a hangup or a missing file. A missing recording never ends a call: on with the next sentence. A
        hangup is not told at once: HANGUP stands in the next line or the next segment, and says it better.
        """

        def looked(status: Outcome) -> None:
            self._ordering = False
            self._look_who_hears()
            if isinstance(status, Answer) and status.result == _UP:
                otherwise()
                self._go_on()
            else:
                self._channel.lose("the channel is down")

        self._ordering = True
        self._channel.send(channel_status(), looked, then_listen=True)

    def _lost(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        for waiting in (self._step, self._order and self._order.outcome):
            if waiting is not None and not waiting.done():
                waiting.set_exception(SessionLost(self._channel.lost))
