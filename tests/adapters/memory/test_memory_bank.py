"""The bank in memory keeps the bank's promises, and plays the faults that tests of calls need."""

import asyncio

import pytest

from ivr.adapters.bank.people import Example, example
from ivr.adapters.memory.bank import MemoryBank, memory_password
from ivr.adapters.memory.clock import VirtualClock
from ivr.ports.bank import BankDown
from tests.contracts.bank_contract import ONE, BankContract, World


class TestMemoryBank(BankContract):
    """Every promise of the port."""

    @pytest.fixture
    def world(self) -> World:
        """Forty customers."""
        clock = VirtualClock()
        bank = MemoryBank(clock=clock)
        return World(bank=bank, people=bank.people, password=memory_password, clock=clock)


async def test_it_can_play_a_bank_that_is_down() -> None:
    """Nothing is done then."""
    bank = MemoryBank()
    customer = bank.token_of(example(Example.ORDINARY, bank.people))
    bank.down = True
    for asked in (bank.facts(customer), bank.stop_payments(customer, ONE), bank.outcome(ONE)):
        with pytest.raises(BankDown):
            await asked
    bank.down = False
    assert await bank.outcome(ONE) is None


async def test_it_can_play_a_link_that_breaks_after_the_deed() -> None:
    """The deed is done, and its outcome known, though the answer never came."""
    bank = MemoryBank()
    customer = bank.token_of(example(Example.ORDINARY, bank.people))
    bank.loses_answers = True
    with pytest.raises(BankDown):
        await bank.stop_payments(customer, ONE)
    bank.loses_answers = False
    assert await bank.outcome(ONE) == await bank.stop_payments(customer, ONE)


async def test_it_can_take_its_time() -> None:
    """Seconds of the virtual clock."""
    clock = VirtualClock()
    bank = MemoryBank(clock=clock)
    bank.takes = 4.0
    asked = asyncio.create_task(bank.recognise("+8613800000003"))
    await clock.advance(3.9)
    assert not asked.done()
    await clock.advance(0.2)
    assert await asked is not None
