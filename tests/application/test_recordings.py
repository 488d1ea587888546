"""Taking a recording out leaves a trace, and the check finds whatever is wrong with any."""

from datetime import timedelta

import pytest

from ivr.adapters.memory.archive import MemoryArchive
from ivr.adapters.memory.recordings import MemoryRecordings, MemoryRegister
from ivr.application.recordings import Fault, NoReason, check, take_out
from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording
from ivr.ports.archive import ArchiveDown
from ivr.ports.recording import Access, NoSuchRecording
from tests.contracts.archive_contract import archived
from tests.contracts.calls import NINE
from tests.contracts.recording_contract import CALL, LOUD, SOFT

LATER = NINE + timedelta(hours=2)


class Shelf:
    """Recordings and what the archive knows of them."""

    def __init__(self) -> None:
        self.archive, self.recordings = MemoryArchive(), MemoryRecordings()
        self.register = MemoryRegister(self.archive)
        self.slept = 0.0

    async def put(self, call_id: CallId, *, segments: tuple[int, ...] = (1,), settled: bool = True) -> None:
        """A call that was recorded."""
        await self.archive.store([archived(call_id)])
        for segment in segments:
            self.recordings.write(call_id, segment, LOUD, SOFT)
        joined = await self.recordings.join(call_id)
        if settled and joined is not None:
            await self.register.settle({call_id: joined})

    async def sleep(self, seconds: float) -> None:
        """No time passes."""
        self.slept += seconds

    async def wrong(self) -> list[tuple[CallId, Fault]]:
        """What the check finds."""
        checked = await check(self.recordings, self.register, LATER, self.sleep)
        return [(one.call_id, one.what) for one in checked.wrong]


@pytest.fixture
def shelf() -> Shelf:
    """An empty one."""
    return Shelf()


def access(reason: str = "complaint 10000007") -> Access:
    """Somebody wants CALL's."""
    return Access(call_id=CALL, at=LATER, who="qa7", reason=reason)


async def test_who_takes_one_out_is_noted_before_the_first_sound_h1_3b(shelf: Shelf) -> None:
    """With name, time and reason."""
    await shelf.put(CALL)
    pieces = take_out(shelf.recordings, shelf.register, access())
    first = await anext(pieces)
    assert first[:4] == b"RIFF"
    assert await shelf.register.accesses(CALL) == [access()]


@pytest.mark.parametrize("reason", ["", "  "])
async def test_nobody_takes_one_out_without_a_reason(shelf: Shelf, reason: str) -> None:
    """Blanks are none."""
    await shelf.put(CALL)
    with pytest.raises(NoReason):
        await anext(take_out(shelf.recordings, shelf.register, access(reason)))
    assert await shelf.register.accesses(CALL) == []


async def test_what_cannot_be_noted_is_not_handed_out(shelf: Shelf) -> None:
    """The archive is away."""
    await shelf.put(CALL)
    shelf.archive.down = True
    with pytest.raises(ArchiveDown):
        await anext(take_out(shelf.recordings, shelf.register, access()))


async def test_a_call_without_one_says_where_to_look(shelf: Shelf) -> None:
    """And nothing is noted."""
    with pytest.raises(NoSuchRecording, match="calls show"):
        await anext(take_out(shelf.recordings, shelf.register, access()))
    assert await shelf.register.accesses(CALL) == []


async def test_nothing_is_wrong_where_every_call_has_one_or_a_reason(shelf: Shelf) -> None:
    """Counted all the same."""
    await shelf.put(CALL)
    other = CallId("n1-1767603600.8")
    await shelf.archive.store([archived(other)])
    await shelf.register.settle({other: NoRecording.BEFORE_NOTICE})
    checked = await check(shelf.recordings, shelf.register, LATER, shelf.sleep)
    assert (checked.calls, checked.kept, checked.wrong) == (2, 1, ())


async def test_each_fault_is_told_by_its_name(shelf: Shelf) -> None:
    """All of them at once, in the order of the calls."""
    names = [CallId(f"n1-1767603600.{place}") for place in range(1, 7)]
    missing, damaged, incomplete, lost, unsettled, orphaned = names
    for call_id in (damaged, incomplete):
        await shelf.put(call_id, segments=(1, 3) if call_id == incomplete else (1,))
    shelf.recordings.damage(damaged)
    await shelf.archive.store([archived(call_id) for call_id in (missing, lost, unsettled)])
    kept = await shelf.recordings.kept(damaged)
    assert kept is not None
    await shelf.register.settle({missing: kept})
    await shelf.register.settle({lost: NoRecording.LOST})
    shelf.recordings.write(orphaned, 1, LOUD, SOFT)
    await shelf.recordings.join(orphaned)
    assert await shelf.wrong() == [
        (missing, Fault.MISSING),
        (damaged, Fault.DAMAGED),
        (incomplete, Fault.INCOMPLETE),
        (lost, Fault.LOST),
        (unsettled, Fault.UNSETTLED),
        (orphaned, Fault.ORPHANED),
    ]


async def test_another_sound_than_was_noted_is_damaged(shelf: Shelf) -> None:
    """Though it can be read."""
    other = CallId("n1-1767603600.8")
    shelf.recordings.write(other, 1, SOFT, LOUD)
    strange = await shelf.recordings.join(other)
    assert strange is not None
    await shelf.put(CALL, settled=False)
    await shelf.register.settle({CALL: strange})
    assert (CALL, Fault.DAMAGED) in await shelf.wrong()


async def test_a_call_of_a_moment_ago_is_not_missed_yet(shelf: Shelf) -> None:
    """It may last still, or wait to be sealed."""
    await shelf.archive.store([archived(CALL, arrived_at=LATER - timedelta(minutes=5))])
    assert await shelf.wrong() == []


async def test_what_is_archived_while_it_is_looked_at_is_no_orphan(shelf: Shelf) -> None:
    """Looked at again after a moment."""
    shelf.recordings.write(CALL, 1, LOUD, SOFT)
    joined = await shelf.recordings.join(CALL)
    assert joined is not None

    async def archive_it(_: float) -> None:
        await shelf.archive.store([archived(CALL)])
        await shelf.register.settle({CALL: joined})

    checked = await check(shelf.recordings, shelf.register, LATER, archive_it)
    assert checked.wrong == ()
