"""The bus inside one process keeps the same promises as the one on the network."""

import pytest

from ivr.adapters.memory.bus import MemoryBus
from ivr.ports.bus import BusDown
from tests.contracts.bus_contract import BusContract, arrived


class TestMemoryBus(BusContract):
    """The contract."""

    @pytest.fixture
    def bus(self) -> MemoryBus:
        """A new one."""
        return MemoryBus()

    @pytest.fixture
    def other(self, bus: MemoryBus) -> MemoryBus:
        """The same."""
        return bus

    async def test_an_outage_is_told(self, bus: MemoryBus) -> None:
        """Publishing and asking both raise BusDown while it lasts."""
        bus.down = True
        with pytest.raises(BusDown):
            await bus.publish(arrived("n1-1.1"))
        with pytest.raises(BusDown):
            await bus.request("status", {}, patience=1)
