"""The archiver: moves closed calls from the journal into the archive, in batches, each once."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from ivr.engine.course import course_of
from ivr.engine.record import record_of
from ivr.ports.archive import Archive, ArchivedCall, ArchiveDown
from ivr.ports.clock import Clock
from ivr.ports.journal import Entry, Journal

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = 30.0
"""Seconds between two tries while the database is down."""
_GATHERED = 0.5
"""Seconds from a call's close to the next round: a round costs more than the calls in it, so several share one."""


def archived_call(entries: Sequence[Entry]) -> ArchivedCall:
    """What the archive keeps of a call: all that its journal tells. Raises Misfit."""
    return ArchivedCall(record=record_of(entries), course=course_of(entries), entries=tuple(entries))


class Archiver:
    """Killed at any point, it has lost nothing and doubled nothing: storing a call again changes nothing, and the
    journal lets go of a call only after the archive has it.
    """

    def __init__(
        self, journal: Journal, archive: Archive, clock: Clock, *, interval: float = 1.0, batch: int = 200
    ) -> None:
        """`interval`: seconds between two rounds; `batch`: calls a transaction."""
        self._journal = journal
        self._archive = archive
        self._clock = clock
        self._interval = interval
        self._batch = batch
        self._hurried = asyncio.Event()
        self.on_moved: Callable[[Sequence[ArchivedCall]], None] = lambda _: None
        """Called with the calls that have come into the archive."""
        self.down = False
        """The database could not be reached at the last try."""

    def hurry(self) -> None:
        """A call was closed: the next round comes soon, unless the database is down."""
        self._hurried.set()

    async def run(self) -> None:
        """Round after round, for ever."""
        pause = self._interval
        while True:
            try:
                moved = await self.move_once()
                self._note(up=True)
                pause = self._interval
                if moved == self._batch:
                    continue
            except ArchiveDown as down:
                self._note(up=False, why=str(down))
                pause = min(pause * 2, _LONGEST_PAUSE)
            await self._wait(pause)

    async def move_once(self) -> int:
        """Move at most one batch; how many calls. Raises ArchiveDown."""
        batch = [archived_call(entries) async for entries in self._journal.closed_calls(self._batch)]
        if batch:
            await self._archive.store(batch)
            await self._journal.mark_archived([call.record.incoming.call_id for call in batch])
            self.on_moved(batch)
        return len(batch)

    async def _wait(self, seconds: float) -> None:
        """The pause, cut short by `hurry` while the database is up, to what is left of it or to `_GATHERED`."""
        self._hurried.clear()
        sleeping = asyncio.create_task(self._clock.sleep(seconds))
        hurried = asyncio.create_task(self._hurried.wait())
        waited_for = {sleeping} if self.down else {sleeping, hurried}
        try:
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if not sleeping.done():
                gathering = asyncio.create_task(self._clock.sleep(_GATHERED))
                await asyncio.wait({sleeping, gathering}, return_when=asyncio.FIRST_COMPLETED)
                gathering.cancel()
        finally:
            sleeping.cancel()
            hurried.cancel()

    def _note(self, *, up: bool, why: str = "") -> None:
        """Say it once each time it changes."""
        if self.down and up:
            log.info("archive_back")
        if not self.down and not up:
            log.error("archive_down", why=why, effect="calls go on and wait in the journal")
        self.down = not up
