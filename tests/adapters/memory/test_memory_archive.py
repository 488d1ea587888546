"""The archive in memory keeps the archive's promises."""

import pytest

from ivr.adapters.memory.archive import MemoryArchive, MemoryFollowUps
from ivr.domain.ids import effect_id
from ivr.ports.archive import ArchiveDown, CallFilter, FollowUp
from tests.contracts.archive_contract import ONE, ArchiveContract, FollowUpsContract, archived
from tests.contracts.calls import NINE


class TestMemoryArchive(ArchiveContract):
    """Every promise of the port."""

    @pytest.fixture
    def archive(self) -> MemoryArchive:
        """An empty one."""
        return MemoryArchive()


class TestMemoryFollowUps(FollowUpsContract):
    """Every promise of the port."""

    @pytest.fixture
    def follow_ups(self) -> MemoryFollowUps:
        """An empty list."""
        return MemoryFollowUps()


async def test_it_can_play_a_database_that_is_down() -> None:
    """Every method says so, and nothing is kept."""
    archive, follow_ups = MemoryArchive(), MemoryFollowUps()
    archive.down = follow_ups.down = True
    follow_up = FollowUp(effect_id=effect_id(ONE, 1), call_id=ONE, reason="cut_off", opened_at=NINE)
    for asked in (
        archive.store([archived(ONE)]),
        archive.has([ONE]),
        archive.find(CallFilter()),
        archive.read(ONE),
        follow_ups.open(follow_up),
        follow_ups.of_call(ONE),
    ):
        with pytest.raises(ArchiveDown):
            await asked
    archive.down = follow_ups.down = False
    assert await archive.read(ONE) is None
    assert await follow_ups.of_call(ONE) == []
