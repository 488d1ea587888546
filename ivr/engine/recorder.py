"""The recording of live calls: begun with the notice, muted around every secret.

What begins it is the dialplan, asked by the session; what mutes it is the exchange's side door, whose answer is awaited
before a secret is asked for. A recording that cannot be muted is no reason to hear a secret: it is not asked for then,
and the caller goes on as where verification cannot be had. Whatever becomes of the recording, the call goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog

from ivr.domain.ids import CallId, Uniqueid
from ivr.domain.recording import NoRecording
from ivr.flow.steps import Menu, Say, Sentence
from ivr.ports.exchange import Exchange, ExchangeDown, ExchangeRefused
from ivr.ports.journal import Entry, Fact, NotRecorded, RecordingBegan, RecordingMuted
from ivr.ports.recording import CallRecordings
from ivr.ports.voice import RecordingRefused, VoiceSession

log = structlog.get_logger(__name__)

NOTICE = "recording_notice"
"""The sentence that tells the caller."""

Spoken = TypeVar("Spoken", Say, Menu)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Begins, mutes and unmutes. Each answers with what came of it and raises nothing of its own."""

    recordings: CallRecordings
    exchange: Exchange

    async def begin(self, session: VoiceSession) -> NoRecording | None:
        """Record the call from now on; why not, otherwise. Raises what the session raises."""
        bound = log.bind(call_id=session.call_id, effect="the call goes on, unrecorded")
        if not await self.recordings.has_room():
            bound.error("recording_without_room", mend="make room below the home, or shorten the retention")
            return NoRecording.DISK_FULL
        try:
            await session.record_call()
        except RecordingRefused as refused:
            bound.error("recording_refused", why=str(refused), mend="`hotline doctor`; `hotline render` and reload")
            return NoRecording.REFUSED
        return None

    async def mute(self, call_id: CallId) -> bool:
        """Whether nothing of this call is heard by its recording from now on."""
        bound = log.bind(call_id=call_id)
        try:
            await self.exchange.mute_recording(Uniqueid(call_id), on=True)
        except (ExchangeDown, ExchangeRefused) as fault:
            bound.error("recording_not_muted", why=str(fault), effect="no secret is asked for")
            return False
        return True

    async def unmute(self, call_id: CallId) -> bool:
        """Whether it hears the call again. A leg that is gone has nothing to be heard."""
        bound = log.bind(call_id=call_id)
        try:
            await self.exchange.mute_recording(Uniqueid(call_id), on=False)
        except ExchangeRefused as gone:
            bound.info("recording_not_unmuted", why=str(gone))
            return False
        except ExchangeDown as fault:
            bound.error("recording_stays_muted", why=str(fault), effect="silent until tried again")
            return False
        return True


class Tape:
    """One call's recording, as its journal has it."""

    def __init__(
        self,
        call_id: CallId,
        recorder: Recorder,
        write: Callable[[Fact], Coroutine[Any, Any, None]],
        entries: Sequence[Entry] = (),
    ) -> None:
        """`write` journals a fact of this call."""
        self._call_id = call_id
        self._recorder = recorder
        self._write = write
        self._decided = self.runs = self.muted = False
        for entry in entries:
            self._take(entry.fact)

    async def from_the_notice_on(self, session: VoiceSession, step: Spoken) -> Spoken:
        """Begin with the notice, where this step tells it: what is said before it is said first, unrecorded, and the
        notice whole, whatever is pressed (docs/decisions/0013). What is left of the step to be said. Raises what the
        session raises, and JournalFull.
        """
        spoken = step.sentences
        place = next((at for at, one in enumerate(spoken) if isinstance(one, Sentence) and one.prompt == NOTICE), None)
        if place is None:
            return step
        if place:
            await session.say(Say(spoken[:place]))
        if not self._decided:
            why_not = await self._recorder.begin(session)
            await self._note(RecordingBegan() if why_not is None else NotRecorded(why=why_not))
        await session.say(Say(spoken[place : place + 1]), whole=True)
        return replace(step, sentences=spoken[place + 1 :])

    @asynccontextmanager
    async def unheard(self) -> AsyncIterator[bool]:
        """What is said and keyed inside is in no recording. False: it would be, so nothing secret is to be asked.
        Raises JournalFull.
        """
        safe = await self.mute()
        try:
            yield safe
        except asyncio.CancelledError:  # this controller stops; the next one asks again, and unmutes then
            raise
        except BaseException:
            await self.unmute()
            raise
        await self.unmute()

    async def mute(self) -> bool:
        """Hear nothing from now on, noted; True too where nothing is recorded anyway."""
        if not self.runs:
            return True
        if not await self._recorder.mute(self._call_id):
            return False
        await self._note(RecordingMuted(on=True))
        return True

    async def unmute(self) -> None:
        """Hear again what was muted, noted."""
        if self.muted and await self._recorder.unmute(self._call_id):
            await self._note(RecordingMuted(on=False))

    async def unmute_what_was_left(self) -> None:
        """A secret was asked for by an earlier controller, or could not be unmuted at once; what comes now is none."""
        if self.muted:
            await self.unmute()

    async def _note(self, fact: Fact) -> None:
        await self._write(fact)
        self._take(fact)

    def _take(self, fact: Fact) -> None:
        match fact:
            case RecordingBegan():
                self._decided = self.runs = True
            case NotRecorded():
                self._decided = True
            case RecordingMuted(on=on):
                self.muted = on
