"""Closed calls move into the archive, each once."""

import asyncio
from collections.abc import Sequence

import pytest

from ivr.adapters.memory.archive import MemoryArchive
from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.journal import MemoryJournal
from ivr.adapters.memory.voice import HangsUp, ScriptedCaller
from ivr.engine.archiver import Archiver
from ivr.ports.archive import ArchivedCall, ArchiveDown, CallFilter
from tests.contracts.calls import call
from tests.engine.line import CALL, Line, numbered


async def closed_calls(count: int) -> Line:
    """A line on which so many calls came and went."""
    line = Line()
    for place in range(count):
        await line.arrives(ScriptedCaller(HangsUp(during="greeting")), numbered(place))
    return line


async def test_a_closed_call_moves_whole_and_leaves_the_journal() -> None:
    """Record and every entry stand in the archive."""
    line, archive = await closed_calls(1), MemoryArchive()
    call_id = numbered(0).call_id
    entries = await line.entries(call_id)
    assert await Archiver(line.journal, archive, line.clock).move_once() == 1
    archived = await archive.read(call_id)
    assert archived is not None
    assert list(archived.entries) == entries
    assert await line.entries(call_id) == []


async def test_a_live_call_stays() -> None:
    """What is not closed is not archived."""
    line, archive = Line(), MemoryArchive()
    await line.arrives(ScriptedCaller())
    assert await Archiver(line.journal, archive, line.clock).move_once() == 0 or not await archive.has([CALL])


async def test_killed_between_storing_and_marking_nothing_is_doubled() -> None:
    """The call is stored again, which changes nothing, and then leaves the journal."""
    line, archive = await closed_calls(1), MemoryArchive()

    class Killed(Exception):
        pass

    class DyingJournal(MemoryJournal):
        async def mark_archived(self, call_ids: object) -> None:
            raise Killed

    dying = DyingJournal()
    for entry in await line.entries(numbered(0).call_id):
        await dying.append([entry])
    with pytest.raises(Killed):
        await Archiver(dying, archive, line.clock).move_once()
    assert await Archiver(line.journal, archive, line.clock).move_once() == 1
    assert await archive.has([numbered(0).call_id])
    assert await line.journal.entries(numbered(0).call_id) == []


async def test_a_database_that_is_down_loses_nothing() -> None:
    """The call waits in the journal."""
    line, archive = await closed_calls(1), MemoryArchive()
    archive.down = True
    with pytest.raises(ArchiveDown):
        await Archiver(line.journal, archive, line.clock).move_once()
    archive.down = False
    assert await Archiver(line.journal, archive, line.clock).move_once() == 1


async def test_the_archiver_comes_back_after_an_outage_and_takes_all_batches() -> None:
    """More calls than a batch holds go in one go, once the database answers."""
    line, archive, clock = await closed_calls(25), MemoryArchive(), VirtualClock()
    archive.down = True
    archiver = Archiver(line.journal, archive, clock, interval=1.0, batch=10)
    running = asyncio.create_task(archiver.run())
    await clock.advance(120)
    assert archiver.down
    archive.down = False
    await clock.advance(60)
    await line.settle()
    running.cancel()
    assert not archiver.down
    assert len(await archive.has([numbered(place).call_id for place in range(25)])) == 25


async def test_a_day_of_backlog_drains_a_batch_at_a_time() -> None:
    """Ten thousand calls that waited for the database: none is lost, and no more than a batch of them is ever in
    memory for it."""
    journal, clock, batch = MemoryJournal(), VirtualClock(), 200
    for place in range(10_000):
        await journal.append(call(numbered(place).call_id, 1))
    held: set[int] = set()

    class Counting(MemoryArchive):
        async def store(self, calls: Sequence[ArchivedCall]) -> None:
            held.add(len(calls))
            await super().store(calls)

    archive = Counting()
    archive.down = True
    archiver = Archiver(journal, archive, clock, interval=1.0, batch=batch)
    running = asyncio.create_task(archiver.run())
    await clock.advance(300)
    assert archiver.down
    archive.down = False
    await clock.advance(60)
    for _ in range(10_000):
        if len(archive.all()) == 10_000:
            break
        await asyncio.sleep(0)
    running.cancel()
    assert max(held) == batch
    assert await archive.count(CallFilter()) == 10_000
    assert await archive.count(CallFilter(words=("transfer_problem",))) == 10_000
    assert [entries async for entries in journal.closed_calls(1)] == []


async def test_a_hurried_archiver_does_not_wait_for_its_round() -> None:
    """A call that was just closed is found within a second by who looks for it."""
    line, archive, clock = Line(), MemoryArchive(), VirtualClock()
    archiver = Archiver(line.journal, archive, clock, interval=3600)
    running = asyncio.create_task(archiver.run())
    await line.settle()
    await line.arrives(ScriptedCaller(HangsUp(during="greeting")))
    archiver.hurry()
    await line.settle()
    assert not await archive.has([CALL])  # another call may be over in a moment
    await clock.advance(1)
    await line.settle()
    running.cancel()
    assert await archive.has([CALL])
