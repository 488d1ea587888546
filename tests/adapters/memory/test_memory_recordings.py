"""Recordings in memory keep the promises of those in files, and the register those of a database's."""

import pytest

from ivr.adapters.memory.archive import MemoryArchive
from ivr.adapters.memory.recordings import MemoryRecordings, MemoryRegister
from ivr.domain.ids import CallId
from tests.contracts.recording_contract import RecordingsContract, RegisterContract


class MemoryStudio:
    """What happens to them from outside."""

    def __init__(self) -> None:
        self.recordings = MemoryRecordings()

    def write(self, call_id: CallId, segment: int, caller: bytes, line: bytes) -> None:
        """As the exchange does."""
        self.recordings.write(call_id, segment, caller, line)

    def damage(self, call_id: CallId) -> None:
        """It is read no more."""
        self.recordings.damage(call_id)

    def fill_the_disk(self) -> None:
        """It takes no more."""
        self.recordings.full = True


class TestMemoryRecordings(RecordingsContract):
    """Every promise of the port."""

    @pytest.fixture
    def studio(self) -> MemoryStudio:
        """An empty one."""
        return MemoryStudio()


class TestMemoryRegister(RegisterContract):
    """Every promise of the port."""

    @pytest.fixture
    def archive(self) -> MemoryArchive:
        """An empty one."""
        return MemoryArchive()

    @pytest.fixture
    def register(self, archive: MemoryArchive) -> MemoryRegister:
        """Over that archive."""
        return MemoryRegister(archive)
