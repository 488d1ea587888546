"""Agents and call backs in memory keep the promises of their ports."""

import pytest

from ivr.adapters.memory.agents import MemoryAgents
from ivr.adapters.memory.callbacks import MemoryCallBacks
from ivr.domain.callback import CallBackEvent
from ivr.domain.ids import CallBackId, effect_id
from ivr.domain.presence import PresenceEvent
from ivr.ports.archive import ArchiveDown
from ivr.ports.callbacks import CallBackFilter
from tests.contracts.agents_contract import AgentsContract
from tests.contracts.callbacks_contract import CallBacksContract
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.staff import CHEN, SELF, WRAP_UP, agent, new_call_back
from tests.contracts.tickets import CALL, CUSTOMER, LI


class TestMemoryAgents(AgentsContract):
    """Every promise of the port."""

    @pytest.fixture
    def agents(self) -> MemoryAgents:
        """Nobody yet."""
        return MemoryAgents()


class TestMemoryCallBacks(CallBacksContract):
    """Every promise of the port."""

    @pytest.fixture
    def call_backs(self) -> MemoryCallBacks:
        """None yet."""
        return MemoryCallBacks()


async def test_they_can_play_a_database_that_is_down() -> None:
    """Every method says so, and nothing is kept."""
    agents, backs = MemoryAgents(), MemoryCallBacks()
    agents.down = backs.down = True
    back = CallBackId("n1-1.1/1")
    for asked in (
        agents.add(agent()),
        agents.change(agent()),
        agents.remove(CHEN),
        agents.read(CHEN),
        agents.all(),
        agents.presence(CHEN),
        agents.presences(),
        agents.move(CHEN, PresenceEvent.GO_READY, by=SELF, at=NINE, wrap_up=WRAP_UP),
        agents.history(CHEN, NINE),
        agents.credentials(CHEN),
        agents.last_handled(LI),
        backs.ask(new_call_back(), effect_id(CALL, 1), due_at=NINE, by=CUSTOMER),
        backs.read(back),
        backs.find(CallBackFilter()),
        backs.of_number(NUMBER),
        backs.move(back, CallBackEvent.WITHDRAW, by=SELF, at=NINE),
    ):
        with pytest.raises(ArchiveDown):
            await asked
    agents.down = backs.down = False
    assert await agents.all() == []
    assert await backs.find(CallBackFilter()) == []
