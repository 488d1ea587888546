"""The journal in memory keeps the journal's promises."""

import pytest

from ivr.adapters.memory.journal import MemoryJournal
from ivr.ports.journal import JournalFull
from tests.contracts.calls import call
from tests.contracts.journal_contract import ONE, JournalContract


class TestMemoryJournal(JournalContract):
    """Every promise of the port."""

    @pytest.fixture
    def journal(self) -> MemoryJournal:
        """An empty one."""
        return MemoryJournal()


async def test_it_can_play_a_full_disk() -> None:
    """Set full it refuses and keeps nothing, set free it goes on."""
    journal = MemoryJournal()
    journal.full = True
    with pytest.raises(JournalFull):
        await journal.append(call(ONE))
    journal.full = False
    await journal.append(call(ONE))
    assert await journal.entries(ONE) == call(ONE)
