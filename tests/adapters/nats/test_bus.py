"""The bus on a real nats-server: the contract, and what outages do to it."""

import asyncio

import pytest
from structlog.testing import capture_logs

from ivr.adapters.nats.bus import NatsBus
from ivr.adapters.nats.link import STREAM
from ivr.ports.bus import BusDown
from tests.adapters.nats.conftest import Server
from tests.contracts.bus_contract import SOON, BusContract, a_moment_ago, arrived, asked_until_served, key_pressed, take

pytestmark = pytest.mark.live


class TestNatsBus(BusContract):
    """The contract; the fixtures are in conftest.py."""


async def test_an_event_published_twice_is_told_once(bus: NatsBus, other: NatsBus) -> None:
    """Within one message the outbox drops it; a whole message sent again is dropped by the server, by its id."""
    events = other.follow(since=a_moment_ago())
    for event in (arrived("n1-1.1"), arrived("n1-1.1"), key_pressed("n1-1.1", 2)):
        await bus.publish(event)
    assert [event.sequence for event in await take(events, 2)] == [1, 2]


async def test_what_was_published_before_the_server_is_there_arrives(stopped_nats: Server) -> None:
    """A controller that starts first loses nothing."""
    bus = stopped_nats.client()
    since = a_moment_ago()
    pressed = [key_pressed("n1-1.1", number) for number in range(1, 21)]
    for event in pressed:
        await bus.publish(event)
    stopped_nats.start()
    assert await take(bus.follow(since=since), 20) == pressed
    await bus.close()


async def test_a_follower_misses_nothing_over_a_killed_server(nats: Server, bus: NatsBus, other: NatsBus) -> None:
    """Events before, during and after an outage come once each, in order; nobody has to connect anew."""
    events = other.follow("n1-1.1", since=a_moment_ago())
    pressed = [key_pressed("n1-1.1", number) for number in range(1, 31)]
    for event in pressed[:10]:
        await bus.publish(event)
    heard = await take(events, 10)
    nats.kill()
    for event in pressed[10:20]:
        await bus.publish(event)
    nats.start()
    heard += await take(events, 10)
    for event in pressed[20:]:
        await bus.publish(event)
    heard += await take(events, 10)
    assert heard == pressed


async def test_a_server_that_lost_its_store_is_followed_on(nats: Server, bus: NatsBus, other: NatsBus) -> None:
    """The stream is made again, and its count from one does not make followers wait."""
    events = other.follow(since=a_moment_ago())
    for number in range(1, 6):
        await bus.publish(key_pressed("n1-1.1", number))
    await take(events, 5)
    nats.kill()
    nats.forget()
    nats.start()
    await bus.publish(key_pressed("n1-1.1", 6))
    assert [event.sequence for event in await take(events, 1)] == [6]


async def test_commands_are_served_again_after_a_restart(nats: Server, bus: NatsBus, other: NatsBus) -> None:
    """Handlers stay, whatever happens to the server."""

    async def status(content: dict[str, object]) -> dict[str, object]:
        return {"calls": []}

    await bus.serve("status", status)
    await asked_until_served(other, "status", {})
    nats.kill()
    with pytest.raises((BusDown, TimeoutError)):
        await other.request("status", {}, patience=0.3)
    nats.start()
    async with asyncio.timeout(SOON):
        while True:
            try:
                assert await other.request("status", {}, patience=1) == {"calls": []}
                break
            except (BusDown, TimeoutError):
                await asyncio.sleep(0.05)


async def test_a_full_outbox_refuses_and_counts(stopped_nats: Server) -> None:
    """While the bus is away memory is bounded, publishing never waits, and the loss is told."""
    bus = stopped_nats.client(kept=5)
    for number in range(1, 6):
        await bus.publish(key_pressed("n1-1.1", number))
    for number in range(6, 9):
        with pytest.raises(BusDown, match="5 events wait"):
            await bus.publish(key_pressed("n1-1.1", number))
    assert (bus.waiting, bus.dropped) == (5, 3)
    async with asyncio.timeout(1):
        await bus.close()


async def test_what_calls_tell_in_one_turn_is_a_message_a_call(bus: NatsBus, other: NatsBus) -> None:
    """However many events it is, each is told by itself and in order."""
    since = a_moment_ago()
    for number in range(1, 9):
        for call in ("n1-1.1", "n1-2.1"):
            await bus.publish(key_pressed(call, number))
    for call in ("n1-1.1", "n1-2.1"):
        heard = await take(other.follow(call, since=since), 8)
        assert [event.sequence for event in heard] == list(range(1, 9))
    stream = await bus._link.jetstream.stream_info(STREAM)
    assert stream.state.messages == 2


async def test_what_does_not_fit_into_one_message_follows_in_the_next(bus: NatsBus, other: NatsBus) -> None:
    """In order, and the outbox is empty in the end."""
    events = other.follow("n1-1.1", since=a_moment_ago())
    pressed = [key_pressed("n1-1.1", number, key="1" * 20_000) for number in range(1, 21)]
    for event in pressed:
        await bus.publish(event)
    assert await take(events, 20) == pressed
    async with asyncio.timeout(SOON):
        while bus.waiting:
            await asyncio.sleep(0.01)
    stream = await bus._link.jetstream.stream_info(STREAM)
    assert 5 <= stream.state.messages <= 10


async def test_an_event_too_large_for_the_bus_is_dropped_and_holds_up_no_other(bus: NatsBus, other: NatsBus) -> None:
    """It is counted and logged, and the call's next event arrives."""
    events = other.follow("n1-1.1", since=a_moment_ago())
    with capture_logs() as logged:
        for number, key in ((1, "1" * 1_100_000), (2, "2")):
            await bus.publish(key_pressed("n1-1.1", number, key=key))
        assert [event.sequence for event in await take(events, 1)] == [2]
    assert bus.dropped == 1
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["event_too_large"]


async def test_what_was_published_last_is_sent_before_leaving(nats: Server, other: NatsBus) -> None:
    """Closing does not let go of what was only gathered."""
    bus = nats.client()
    await bus.connect(patience=10)
    since = a_moment_ago()
    await bus.publish(key_pressed("n1-1.1", 1))
    await bus.close()
    assert len(await take(other.follow("n1-1.1", since=since), 1)) == 1


async def test_a_wrong_token_is_told_as_the_reason(nats: Server) -> None:
    """Whoever reads the error knows that it is the token, not the network."""
    bus = nats.client(token="wrong")
    with pytest.raises(BusDown, match=r"(?i)authorization"):
        await bus.connect(patience=0.5)
    await bus.close()
