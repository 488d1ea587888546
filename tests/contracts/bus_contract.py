"""What every bus keeps to. Subclass it with the fixtures `bus` and `other` (the same bus, seen by another process)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from ivr.domain.errors import HotlineError
from ivr.domain.events import CallArrived, Event, KeyPressed
from ivr.domain.ids import CallId, NodeId
from ivr.ports.bus import Bus, CommandRefused

SOON = 5.0
"""Seconds; a bound, not a wait."""


def key_pressed(call: str, sequence: int, key: str = "1") -> KeyPressed:
    """An event."""
    return KeyPressed(
        call_id=CallId(call), sequence=sequence, node=NodeId("n1"), at=datetime.now(UTC), monotonic=1.5, key=key
    )


def arrived(call: str) -> CallArrived:
    """A call's first event."""
    return CallArrived(
        call_id=CallId(call),
        sequence=1,
        node=NodeId("n1"),
        at=datetime.now(UTC),
        monotonic=1.0,
        trunk="carrier",
        line_of_business="personal",
    )


def a_moment_ago() -> datetime:
    """Before anything this test did, after nothing it minds."""
    return datetime.now(UTC) - timedelta(seconds=1)


async def take(events: AsyncIterator[Event], count: int) -> list[Event]:
    """The next events."""
    async with asyncio.timeout(SOON):
        return [await anext(events) for _ in range(count)]


class BusContract:
    """The promises."""

    async def test_an_event_reaches_a_follower_whole(self, bus: Bus, other: Bus) -> None:
        """What arrives equals what was published."""
        event = arrived("n1-1.1")
        events = other.follow(since=a_moment_ago())
        await bus.publish(event)
        assert await take(events, 1) == [event]

    async def test_a_calls_events_come_in_order(self, bus: Bus, other: Bus) -> None:
        """A hundred keys arrive as they were pressed."""
        pressed = [key_pressed("n1-2.1", number) for number in range(1, 101)]
        events = other.follow("n1-2.1", since=a_moment_ago())
        for event in pressed:
            await bus.publish(event)
        assert await take(events, 100) == pressed

    async def test_an_event_published_again_is_told_once(self, bus: Bus, other: Bus) -> None:
        """At once, or in a later message after it and others were told: a controller that was killed says again what it
        is not sure to have said.
        """
        call = "n1-2.2"
        events = other.follow(call, since=a_moment_ago())
        first, second, third = (key_pressed(call, number) for number in (1, 2, 3))
        for event in (first, first, second):
            await bus.publish(event)
        assert await take(events, 2) == [first, second]
        for event in (second, first, third):
            await bus.publish(event)
        assert await take(events, 1) == [third]

    async def test_a_follower_of_one_call_hears_no_other(self, bus: Bus, other: Bus) -> None:
        """Two calls whose ids differ in one sign stay apart."""
        events = other.follow("n1-3.1", since=a_moment_ago())
        for call in ("n1-3.11", "n1-31", "n1-3.1"):
            await bus.publish(arrived(call))
        assert [event.call_id for event in await take(events, 1)] == ["n1-3.1"]

    async def test_a_follower_from_now_on_is_not_told_the_past(self, bus: Bus, other: Bus) -> None:
        """Without `since` only what comes is told."""
        await bus.publish(arrived("n1-4.1"))
        await take(other.follow("n1-4.1", since=a_moment_ago()), 1)
        events = other.follow("n1-4.1")
        first = asyncio.ensure_future(anext(events))  # type: ignore[arg-type]  # typed Awaitable in typeshed
        later = [key_pressed("n1-4.1", number) for number in range(2, 200)]
        for event in later:
            await bus.publish(event)
            await asyncio.sleep(0.005)
            if first.done():
                break
        async with asyncio.timeout(SOON):
            assert (await first).sequence >= 2

    async def test_two_followers_both_hear(self, bus: Bus, other: Bus) -> None:
        """An event is for everyone, not for the first who takes it."""
        since = a_moment_ago()
        await bus.publish(arrived("n1-5.1"))
        for follower in (bus, other):
            assert len(await take(follower.follow("n1-5.1", since=since), 1)) == 1

    async def test_a_command_is_answered(self, bus: Bus, other: Bus) -> None:
        """The reply is what the handler returned."""

        async def drain(content: dict[str, object]) -> dict[str, object]:
            return {"heard": content["asked_by"], "live": 3}

        await bus.serve("drain", drain)
        async with asyncio.timeout(SOON):
            reply = await asked_until_served(other, "drain", {"asked_by": "operator"})
        assert reply == {"heard": "operator", "live": 3}

    async def test_a_refusal_is_told_in_the_handlers_words(self, bus: Bus, other: Bus) -> None:
        """A HotlineError goes back to who asked, as a sentence."""

        async def refuse(content: dict[str, object]) -> dict[str, object]:
            raise HotlineError("not while it drains")

        await bus.serve("refuse", refuse)
        with pytest.raises(CommandRefused, match="not while it drains"):
            await asked_until_served(other, "refuse", {})

    async def test_a_command_nobody_serves_ends_at_once(self, other: Bus) -> None:
        """TimeoutError long before the patience is over."""
        async with asyncio.timeout(SOON):
            with pytest.raises(TimeoutError, match="nobody serves"):
                await other.request("unheard-of", {}, patience=60)

    async def test_a_slow_command_is_given_up_and_holds_up_no_other(self, bus: Bus, other: Bus) -> None:
        """While one handler hangs, the next command is answered."""
        never = asyncio.Event()

        async def hang(content: dict[str, object]) -> dict[str, object]:
            if content.get("hang"):
                await never.wait()
            return {"served": True}

        await bus.serve("hang", hang)
        assert await asked_until_served(other, "hang", {}) == {"served": True}
        slow = asyncio.create_task(other.request("hang", {"hang": True}, patience=0.1))
        assert await other.request("hang", {}, patience=SOON) == {"served": True}
        with pytest.raises(TimeoutError):
            await slow


async def asked_until_served(bus: Bus, command: str, content: dict[str, object]) -> dict[str, object]:
    """`serve` returns before the server of a network bus knows of it; ask until it does, within SOON."""
    async with asyncio.timeout(SOON):
        while True:
            try:
                return await bus.request(command, content, patience=SOON)
            except TimeoutError as error:
                if "nobody serves" not in str(error):
                    raise
                await asyncio.sleep(0.01)
