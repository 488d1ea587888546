"""The keeper: every answered call has one sealed recording, or a reason why not.

It looks at what lies in clear and what the exchange carries: a call whose leg is gone is joined and sealed. Then at the
archive: a call of which nothing is noted yet gets its digest, or its reason. Killed at any point it finds the same work
again; what an earlier controller or a killed exchange left is no other case.
"""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording, Recording
from ivr.ports.archive import Archive, ArchivedCall, ArchiveDown
from ivr.ports.clock import Clock
from ivr.ports.exchange import Exchange, ExchangeDown
from ivr.ports.journal import NotRecorded, RecordingBegan, ServedByFallback
from ivr.ports.recording import CallRecordings, DamagedRecording, NoRoom, RecordingRegister, StillWritten

log = structlog.get_logger(__name__)

_GATHERED = 0.5
"""Seconds from a call's end to the next round: several share one."""
_SOON = 2.0
"""Seconds until the next round where something could not be done in this one."""
_BATCH = 1000
"""Calls settled a round."""
_SHORT_BY = 5.0
"""Seconds that a recording may be shorter than its call without anybody being told."""


class Keeper:
    """Runs when it is hurried, and every `interval` seconds."""

    def __init__(
        self,
        *,
        recordings: CallRecordings,
        register: RecordingRegister,
        archive: Archive,
        exchange: Exchange,
        clock: Clock,
        is_live: Callable[[CallId], bool],
        interval: float = 20.0,
    ) -> None:
        """`is_live`: a story is being told to this call."""
        self._recordings = recordings
        self._register = register
        self._archive = archive
        self._exchange = exchange
        self._clock = clock
        self._is_live = is_live
        self._interval = interval
        self._hurried = asyncio.Event()
        self._moved: dict[CallId, ArchivedCall] = {}
        """Calls that were archived a moment ago: they need not be read from the archive. Others are."""
        self.full = False
        """The last recording could not be sealed: the disk takes no more."""

    def hurry(self) -> None:
        """A call has ended."""
        self._hurried.set()

    def moved(self, calls: Sequence[ArchivedCall]) -> None:
        """These calls have come into the archive."""
        room = max(0, _BATCH - len(self._moved))
        self._moved.update((call.record.incoming.call_id, call) for call in calls[:room])
        self._hurried.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._hurried.clear()  # before the look: whatever ends during it is looked for again
            pause = self._interval
            try:
                pause = self._interval if await self.look_once() else _SOON
            except (ExchangeDown, ArchiveDown) as down:
                log.info("recordings_put_off", why=str(down))
            except Exception:  # one strange file must not end the controller, and with it every dialogue
                log.exception("recordings_failed")
            await self._pause(pause)

    async def look_once(self) -> bool:
        """Seal what has ended, note what is archived; whether nothing has to be tried again soon. Raises ExchangeDown,
        ArchiveDown.
        """
        sealed = await self._seal_ended()
        settled = await self._settle()
        return sealed and settled

    async def _pause(self, seconds: float) -> None:
        sleeping = asyncio.create_task(self._clock.sleep(seconds))
        hurried = asyncio.create_task(self._hurried.wait())
        try:
            await asyncio.wait({sleeping, hurried}, return_when=asyncio.FIRST_COMPLETED)
            if not sleeping.done():
                await self._clock.sleep(_GATHERED)
        finally:
            sleeping.cancel()
            hurried.cancel()

    # ------------------------------------------------------------------------------------------------
    async def _seal_ended(self) -> bool:
        over = [call_id for call_id in await self._recordings.left() if not self._is_live(call_id)]
        if not over:
            return True
        legs = {CallId(leg.uniqueid) for leg in await self._exchange.legs()}
        ended = [call_id for call_id in over if call_id not in legs and not self._is_live(call_id)]
        return all([await self._seal(call_id) for call_id in ended])

    async def _seal(self, call_id: CallId) -> bool:
        """Whether it need not be tried again soon."""
        try:
            joined = await self._recordings.join(call_id)
        except StillWritten:
            return False
        except NoRoom as full:
            self._sound_alarm(call_id, full)
            return True
        except Exception:  # the others are sealed all the same
            log.exception("recording_not_sealed", call_id=call_id, effect="its parts stay where they are, in clear")
            return True
        self.full = False
        if joined is None:
            log.error("recording_empty", call_id=call_id)
        elif joined.lacking:
            log.error("recording_incomplete", call_id=call_id, lacking=joined.lacking, segments=joined.segments)
        else:
            log.info("recording_sealed", call_id=call_id, seconds=joined.seconds, segments=joined.segments)
        return True

    def _sound_alarm(self, call_id: CallId, why: NoRoom) -> None:
        if not self.full:
            mend = "make room below the home; what is recorded waits in clear until then"
            log.error("recordings_without_room", call_id=call_id, why=str(why), mend=mend)
        self.full = True

    async def _settle(self) -> bool:
        """Whether that was all there is."""
        moved, self._moved = self._moved, {}
        unsettled = await self._register.unsettled(_BATCH)  # before the look at what is left: a file is there first
        if not unsettled:
            return True
        in_clear = set(await self._recordings.left())
        found: dict[CallId, Recording | NoRecording] = {}
        for call_id in unsettled:
            call = moved.get(call_id)
            if call_id in in_clear:
                self._moved |= {call_id: call} if call else {}
            elif call := call or await self._archive.read(call_id):
                found[call_id] = await self._found(call)
        await self._register.settle(found)
        return len(unsettled) < _BATCH

    async def _found(self, call: ArchivedCall) -> Recording | NoRecording:
        """What became of its recording, told to the operator where it is not as it should be."""
        call_id = call.record.incoming.call_id
        found: Recording | NoRecording
        try:
            found = await self._recordings.kept(call_id) or _why_not(call)
        except DamagedRecording as damaged:
            log.error("recording_damaged", call_id=call_id, why=str(damaged))  # noqa: TRY400  # the sentence says all
            found = NoRecording.LOST
        _tell(call, found)
        return found


def _why_not(call: ArchivedCall) -> NoRecording:
    if not call.entries:
        return NoRecording.NO_CONTROLLER
    facts = [entry.fact for entry in call.entries]
    for fact in facts:
        if isinstance(fact, NotRecorded):
            return fact.why
    if any(isinstance(fact, RecordingBegan) for fact in facts):
        return NoRecording.LOST
    if any(isinstance(fact, ServedByFallback) for fact in facts):
        return NoRecording.NO_CONTROLLER
    return NoRecording.BEFORE_NOTICE


def _tell(call: ArchivedCall, found: Recording | NoRecording) -> None:
    record = call.record
    began = next((entry.at for entry in call.entries if isinstance(entry.fact, RecordingBegan)), None)
    if found is NoRecording.LOST:
        log.error("recording_lost", call_id=record.incoming.call_id, mend="`hotline recordings check` names them all")
    elif isinstance(found, Recording) and began is not None and record.ended_at is not None:
        short_by = (record.ended_at - began).total_seconds() - found.seconds
        if short_by > _SHORT_BY:
            log.warning("recording_short", call_id=record.incoming.call_id, short_by=round(short_by, 1))
