"""The exchange in memory keeps the port's contract, and has the faults that a test wants of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest

from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.exchange import MemoryExchange
from ivr.domain.exchange import DialledOut, LegEnded, LegOpened, LinkDown, LinkUp
from ivr.domain.ids import Uniqueid
from ivr.ports.exchange import ExchangeDown
from ivr.ports.queues import Queues
from tests.contracts.exchange_contract import ExchangeContract, Listener, connected, dial
from tests.contracts.queues_contract import SERVICE, QueuesContract


@dataclass
class MemoryWorld:
    """A hall with one phone in it."""

    exchange: MemoryExchange
    listener: Listener
    answer: Callable[[Uniqueid], Awaitable[None]]
    restart: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    record: Callable[[Uniqueid], Awaitable[None]]
    endpoint: str = "PJSIP/desk1"
    context: str = "desk"
    extension: str = "s"
    elsewhere: str = "elsewhere"


@pytest.fixture
async def world() -> AsyncIterator[MemoryWorld]:
    """Started, and listened to."""
    clock = VirtualClock()
    exchange = MemoryExchange(clock)

    async def answer(uniqueid: Uniqueid) -> None:
        exchange.answer_dial(uniqueid)

    async def restart() -> None:
        await clock.advance(1)
        exchange.restart()

    await exchange.start()

    async def record(uniqueid: Uniqueid) -> None:
        exchange.record_leg(uniqueid)

    yield MemoryWorld(exchange, Listener(exchange), answer, restart, exchange.close, record)
    await exchange.close()


class TestMemoryExchange(ExchangeContract):
    """The contract, kept in memory."""


@dataclass
class MemoryFloor:
    """Queues with one phone of the configuration."""

    queues: Queues
    listener: Listener
    join: Callable[[Uniqueid, int], Awaitable[None]]
    restart: Callable[[], Awaitable[None]]
    static: str = "PJSIP/desk1"
    phone: str = "PJSIP/8001"


@pytest.fixture
async def floor(world: MemoryWorld) -> MemoryFloor:
    """The queues of that world."""
    exchange = world.exchange
    exchange.configure_member(SERVICE, "PJSIP/desk1", "desk1")

    async def join(uniqueid: Uniqueid, priority: int) -> None:
        leg = exchange.open_leg(uniqueid)
        exchange.join_queue(uniqueid, leg.channel, SERVICE, priority)

    return MemoryFloor(exchange, world.listener, join, world.restart)


class TestMemoryQueues(QueuesContract):
    """The contract, kept in memory."""


async def test_what_happens_while_the_link_is_cut_is_told_to_nobody(world: MemoryWorld) -> None:
    """A leg that ends unseen has no LegEnded: the reader finds out by the list."""
    uniqueid = await connected(world, "unseen")
    world.exchange.cut_link()
    world.exchange.end_leg(uniqueid)
    with pytest.raises(ExchangeDown):
        await world.exchange.legs()
    world.exchange.restore_link()
    await world.listener.until_kind(LinkUp, count=2)
    assert [type(event) for event in world.listener.seen[-2:]] == [LinkDown, LinkUp]
    assert not any(isinstance(event, LegEnded) for event in world.listener.seen)
    assert await world.exchange.legs() == []


async def test_a_dial_that_nobody_takes_says_so_and_may_be_dialled_again(world: MemoryWorld) -> None:
    """After a failed dial the leg is gone, so the same name dials anew."""
    uniqueid = await dial(world, "busy")
    world.exchange.fail_dial(uniqueid, reason=5, cause=17)
    result = await world.listener.until_kind(DialledOut, uniqueid)
    assert isinstance(result, DialledOut)
    assert (result.succeeded, result.reason) == (False, 5)
    await dial(world, "busy")
    await world.listener.until_kind(LegOpened, uniqueid, count=2)
    assert len(world.exchange.dialled) == 2


async def test_a_silent_exchange_answers_nothing_and_does_nothing(world: MemoryWorld) -> None:
    """An unanswered originate raises ExchangeDown, and nobody is dialled."""
    world.exchange.fall_silent()
    with pytest.raises(ExchangeDown):
        await dial(world, "silent")
    assert world.exchange.dialled == []
