"""Speaking to one caller and hearing the keys, so that next to none is lost.

Asterisk drops a key that ends while no command listens, so the channel listens all the time: while a prompt plays,
while a step waits, and between two steps, when journal or bank work. A gap between two commands is a tenth of a
millisecond where the loop is free, longer where it is not, so there are few: between steps it listens twice for a
moment, which mostly is the whole pause, and then for as long as it takes. The moments end by themselves (to end one
early takes longer, and Asterisk logs a warning); a long wait is ended when a command is due (`AgiChannel.interrupt`).
After a key the first moment comes 10 ms later: no finger and no signalling makes two keys within it, and by then the
next prompt mostly plays. What ends in a gap all the same is lost: of 67,200 keys, at 16 calls a second and with a gap
after every half second of sound, 28 were.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ivr.adapters.fastagi.channel import AgiChannel, CommandRefused
from ivr.adapters.fastagi.commands import (
    Command,
    channel_status,
    set_variable,
    stream_file,
    stream_rest,
    wait_for_digit,
)
from ivr.adapters.fastagi.replies import Answer, Refusal
from ivr.ports.voice import SessionLost

MOMENTS = (5, 10)
LONG = 60_000
"""Milliseconds."""
AFTER_KEY = 0.010
"""Seconds."""
_UP = 6
"""CHANNEL STATUS of a channel that is up."""


class Sound(NamedTuple):
    """A recorded sentence."""

    file: str
    """Its path without extension."""
    language: str
    played: int = 0
    """Samples of it that were heard already."""


class Dialogue:
    """Plays sounds and collects keys on one channel. One step at a time."""

    def __init__(self, channel: AgiChannel, on_missing: Callable[[Sound], None]) -> None:
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self._on_missing = on_missing
        self._sounds: deque[Sound] = deque()
        self._patience = 0.0
        self._whole = False
        """No key ends the step: it waits."""
        self._step: asyncio.Future[None] | None = None
        self._begun = False
        self._order: tuple[Command, asyncio.Future[Answer | Refusal]] | None = None
        self._moments = 0
        self._listening_long = False
        self._rest: asyncio.TimerHandle | None = None
        self._language = self._language_told = ""
        self.keys: deque[str] = deque()
        """Keys that no step has taken yet, the oldest first."""
        channel.on_lost = self._lost
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

    async def order(self, command: Command) -> Answer:
        """Carry out a command that neither plays nor listens. Raises SessionLost, CommandRefused."""
        self._check_free()
        answered: asyncio.Future[Answer | Refusal] = self._loop.create_future()
        self._order = (command, answered)
        self._go_on()
        try:
            answer = await answered
        finally:
            self._order = None
        if isinstance(answer, Refusal):
            raise CommandRefused(f"{answer.code} to {command.line.split(b' ')[0].decode()}")
        return answer

    async def _carry_out(self, sounds: Sequence[Sound], patience: float) -> None:
        self._check_free()
        if self.keys and not self._whole:
            return
        self._sounds.extend(sounds)
        self._patience = patience
        self._begun = False
        self._step = step = self._loop.create_future()
        self._go_on()
        try:
            await step
        finally:
            self._sounds.clear()
            self._step = None

    def _check_free(self) -> None:
        if self._channel.lost is not None:
            raise SessionLost(self._channel.lost)
        if self._step is not None or self._order is not None:
            raise RuntimeError("a session carries out one step at a time")

    # -------------------------------------------------------------------------------- what is sent, and when
    def _go_on(self) -> None:
        """Send what is due, if nothing is in flight."""
        channel = self._channel
        if channel.lost is not None:
            return
        if channel.busy:
            if self._listening_long and (self._in_step or self._order is not None):
                channel.interrupt()
            return
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if self._order is not None:
            command, answered = self._order
            channel.send(command, lambda answer: self._ordered(answered, answer))
        elif self._language != self._language_told and (self._begun or not self._in_step):
            self._tell_language()
        elif not self._in_step:
            self._listen()
        elif self._sounds:
            sound = self._sounds.popleft()
            self._begun = True
            play = stream_rest(sound.file, sound.played) if sound.played else stream_file(sound.file)
            channel.send(play, lambda answer: self._played(sound, answer))
        elif self._patience:
            self._begun = True
            channel.send(wait_for_digit(max(1, round(self._patience * 1000))), self._waited)
        else:
            self._end_step()
            self._go_on()

    def _listen(self) -> None:
        if self._moments < len(MOMENTS):
            self._channel.send(wait_for_digit(MOMENTS[self._moments]), self._listened)
            self._moments += 1
        else:
            self._listening_long = True
            self._channel.send(wait_for_digit(LONG), self._listened)

    @property
    def _in_step(self) -> bool:
        return self._step is not None and not self._step.done()

    def _end_step(self) -> None:
        self._moments = 0
        if self._step is not None and not self._step.done():
            self._step.set_result(None)

    def _tell_language(self) -> None:
        """The dialplan's holding prompt speaks the caller's language even after this controller was killed. Told where
        nobody waits for a first word: after a sentence, or in a pause."""
        self._language_told = self._language
        self._channel.send(set_variable("HOTLINE_LANGUAGE", self._language), lambda _: self._go_on())

    # ------------------------------------------------------------------------------------- what is answered
    def _key(self, key: str) -> None:
        self.keys.append(key)
        if self._whole:
            self._go_on()
        elif self._in_step or self._order is None:
            self._end_step()
            self._rest = self._loop.call_later(AFTER_KEY, self._go_on)
        else:
            self._go_on()

    def _played(self, sound: Sound, answer: Answer | Refusal) -> None:
        self._language = sound.language
        if isinstance(answer, Answer) and answer.key is not None:
            if self._whole:
                self._sounds.appendleft(sound._replace(played=answer.endpos or 0))
            self._key(answer.key)
        elif isinstance(answer, Answer) and not answer.failed:
            self._go_on()
        else:
            self._channel.send(channel_status(), lambda status: self._missing(sound, status))

    def _missing(self, sound: Sound, status: Answer | Refusal) -> None:
        """-1 means a hangup or a missing file. A missing recording never ends a call: on with the next sentence."""
        if isinstance(status, Answer) and status.result == _UP:
            self._on_missing(sound)
            self._go_on()
        else:
            self._channel.lose("the channel is down")

    def _waited(self, answer: Answer | Refusal) -> None:
        if isinstance(answer, Answer) and answer.result == 0:
            self._end_step()
            self._go_on()
        else:
            self._listened(answer)

    def _listened(self, answer: Answer | Refusal) -> None:
        self._listening_long = False
        if isinstance(answer, Refusal) or answer.failed:
            # Not at once: HANGUP stands in the next line or the next segment, and says it better.
            self._channel.send(channel_status(), lambda _: self._channel.lose("the channel is down"))
        elif answer.key is not None:
            self._key(answer.key)
        else:
            self._go_on()

    def _ordered(self, answered: asyncio.Future[Answer | Refusal], answer: Answer | Refusal) -> None:
        self._order = None
        if not answered.done():
            answered.set_result(answer)
        # The next order mostly follows at once; only when none does is the channel to listen.
        self._loop.call_soon(self._loop.call_soon, self._go_on)

    def _lost(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        for waiting in (self._step, self._order and self._order[1]):
            if waiting is not None and not waiting.done():
                waiting.set_exception(SessionLost(self._channel.lost))
