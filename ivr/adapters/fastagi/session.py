"""One stretch of a call during which its channel obeys us: `ivr.ports.voice.VoiceSession` over FastAGI."""

from collections.abc import Sequence
from pathlib import Path

import structlog

from ivr.adapters.fastagi.channel import AgiChannel, CommandRefused
from ivr.adapters.fastagi.commands import set_variable
from ivr.adapters.fastagi.dialogue import Dialogue, Sound
from ivr.adapters.fastagi.keypad import NumberEntry
from ivr.domain.ids import CallId, EffectId
from ivr.flow.steps import Ask, Chose, Escaped, JoinQueue, Keyed, Menu, Said, Say, Silence, Utterance, WrongKey
from ivr.flow.words import recorded
from ivr.ports.voice import Arrival, SessionLost

log = structlog.get_logger()


class FastAgiSession:
    """Implements ivr.ports.voice.VoiceSession.

    It raises SessionLost and never HungUp: a caller who hung up, a redirect and a time limit look the same from here
    (`200 result=-1`, `HANGUP`, end). Which it was, the exchange says on its side door (LegEnded).
    """

    def __init__(self, channel: AgiChannel, arrival: Arrival, sounds: Path) -> None:
        self._channel = channel
        self._arrival = arrival
        self._sounds = sounds
        self._dialogue = Dialogue(channel, self._missing)

    @property
    def call_id(self) -> CallId:
        """The call this session is a stretch of."""
        return self._arrival.incoming.call_id

    @property
    def arrival(self) -> Arrival:
        """How the call came to us this time."""
        return self._arrival

    async def say(self, step: Say) -> Said:
        """Speak; with a key waiting, nothing more is said."""
        await self._dialogue.speak(self._recorded(step.sentences))
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

    async def hand_over(self, step: JoinQueue, effect: EffectId) -> None:
        """Tell the dialplan which queue, and let go of the channel."""
        await self._leave(
            "queue",
            HOTLINE_QUEUE=step.queue,
            HOTLINE_PRIORITY=str(step.priority),
            HOTLINE_PATIENCE=str(step.patience),
            HOTLINE_EFFECT=effect,
            HOTLINE_LANGUAGE=step.language.value,
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
        """HOTLINE_NEXT is told last: a controller killed before it has changed nothing."""
        try:
            for name, value in variables.items():
                await self._dialogue.order(set_variable(name, value))
            await self._dialogue.order(set_variable("HOTLINE_NEXT", way))
        except CommandRefused as refused:
            raise SessionLost(str(refused)) from refused
        finally:
            self._channel.close()

    def _recorded(self, spoken: Sequence[Utterance]) -> list[Sound]:
        return [
            Sound(f"{self._sounds}/{sentence.language.value}/hotline/{sentence.prompt}", sentence.language.value)
            for sentence in recorded(spoken)
        ]

    def _missing(self, sound: Sound) -> None:
        log.error(
            "recording_missing",
            call_id=self.call_id,
            file=sound.file,
            mend="`hotline prompts` renders it, or drop the recording there",
        )
