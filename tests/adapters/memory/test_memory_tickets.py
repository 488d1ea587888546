"""Tickets and attempts in memory keep the promises of their ports."""

import pytest

from ivr.adapters.memory.attempts import MemoryAttempts
from ivr.adapters.memory.tickets import MemoryTickets
from ivr.domain.ids import effect_id
from ivr.domain.ticket import TicketEvent
from ivr.ports.archive import ArchiveDown
from ivr.ports.tickets import TicketFilter
from tests.contracts.attempts_contract import AttemptsContract
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.tickets import AGENT, CALL, LI, attempt, new_ticket
from tests.contracts.tickets_contract import TicketsContract


class TestMemoryTickets(TicketsContract):
    """Every promise of the port."""

    @pytest.fixture
    def tickets(self) -> MemoryTickets:
        """None yet."""
        return MemoryTickets()


class TestMemoryAttempts(AttemptsContract):
    """Every promise of the port."""

    @pytest.fixture
    def attempts(self) -> MemoryAttempts:
        """None yet."""
        return MemoryAttempts()


async def test_they_can_play_a_database_that_is_down() -> None:
    """Every method says so, and nothing is kept."""
    tickets, attempts = MemoryTickets(), MemoryAttempts()
    known = await tickets.open(new_ticket(), effect_id(CALL, 1))
    tickets.down = attempts.down = True
    for asked in (
        tickets.open(new_ticket(), effect_id(CALL, 2)),
        tickets.read(known.number),
        tickets.of_customer(LI),
        tickets.of_call(CALL),
        tickets.find(TicketFilter()),
        tickets.move(known.number, TicketEvent.TAKE, by=AGENT, at=NINE),
        attempts.note(attempt()),
        attempts.of_call(CALL),
        attempts.of_customer(LI, NINE),
        attempts.of_caller(NUMBER, NINE),
    ):
        with pytest.raises(ArchiveDown):
            await asked
    tickets.down = attempts.down = False
    assert await tickets.find(TicketFilter()) == [known]
    assert await attempts.of_customer(LI, NINE) == []
