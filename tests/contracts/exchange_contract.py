"""What every exchange keeps, the one in memory and the one over AMI.

A test class derives from `ExchangeContract` and gives a fixture `world`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from ivr.domain.exchange import DialledOut, ExchangeEvent, LegAnswered, LegEnded, LegOpened, LinkDown, LinkUp
from ivr.domain.ids import Uniqueid
from ivr.ports.exchange import Exchange, ExchangeDown, ExchangeRefused, Place

PATIENCE = 20.0
"""Seconds after which an event that did not come is missed."""


class Listener:
    """Reads an exchange's events as they come."""

    def __init__(self, exchange: Exchange) -> None:
        self.seen: list[ExchangeEvent] = []
        self._more = asyncio.Event()
        self._exchange = exchange
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for event in self._exchange.events():
                self.seen.append(event)
                self._more.set()
        finally:
            self._more.set()

    async def until(self, wanted: Callable[[ExchangeEvent], bool], count: int = 1) -> ExchangeEvent:
        """The `count`-th event that fits, come already or to come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                fitting = [event for event in self.seen if wanted(event)]
                if len(fitting) >= count:
                    return fitting[count - 1]
                if self._task.done():
                    await self._task
                    raise AssertionError(f"events ended; seen {self.seen}")
                self._more.clear()
                await self._more.wait()

    async def until_kind(self, kind: type, uniqueid: Uniqueid | None = None, count: int = 1) -> ExchangeEvent:
        """The `count`-th event of that kind, of that leg if one is named."""
        return await self.until(
            lambda event: isinstance(event, kind) and uniqueid in (None, getattr(event, "uniqueid", None)), count
        )

    async def end(self) -> None:
        """All that was told, once the exchange is closed."""
        async with asyncio.timeout(PATIENCE):
            await self._task


class World(Protocol):
    """An exchange that is started, somebody who listens, and a phone that answers when dialled."""

    exchange: Exchange
    listener: Listener
    endpoint: str
    context: str
    extension: str
    elsewhere: str
    """Another context, with the same extension."""
    answer: Callable[[Uniqueid], Awaitable[None]]
    restart: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    record: Callable[[Uniqueid], Awaitable[None]]
    """A leg is recorded from now on."""


async def dial(world: World, name: str) -> Uniqueid:
    """Have the phone dialled under that name."""
    uniqueid = Uniqueid(name)
    await world.exchange.originate(
        uniqueid=uniqueid,
        endpoint=world.endpoint,
        context=world.context,
        extension=world.extension,
        caller_id='"Hotline" <95000>',
        patience=5,
        variables={"HOTLINE_EFFECT": f"{name}/1"},
    )
    return uniqueid


async def connected(world: World, name: str) -> Uniqueid:
    """A leg of that name, up."""
    uniqueid = await dial(world, name)
    await world.listener.until_kind(LegOpened, uniqueid)
    await world.answer(uniqueid)
    await world.listener.until_kind(DialledOut, uniqueid)
    await world.listener.until_kind(LegAnswered, uniqueid)
    return uniqueid


async def names_of(world: World) -> set[Uniqueid]:
    """Of every leg that lives."""
    return {leg.uniqueid for leg in await world.exchange.legs()}


async def context_of(world: World, uniqueid: Uniqueid) -> str | None:
    """Where in the dialplan the leg is."""
    return {leg.uniqueid: leg.context for leg in await world.exchange.legs()}.get(uniqueid)


class ExchangeContract:
    """The promises of the port `Exchange`."""

    async def test_the_first_that_is_told_is_that_the_link_stands(self, world: World) -> None:
        """Events begin with LinkUp, which says since when the exchange runs."""
        await world.listener.until_kind(LinkUp)
        first = world.listener.seen[0]
        assert isinstance(first, LinkUp)
        assert first.booted_at.tzinfo is not None

    async def test_a_dialled_leg_bears_the_name_of_its_effect(self, world: World) -> None:
        """The Uniqueid given is the leg's own: in events, in the list, and in the result."""
        uniqueid = await connected(world, "contract-name")
        result = await world.listener.until_kind(DialledOut, uniqueid)
        assert isinstance(result, DialledOut)
        assert result.succeeded
        assert uniqueid in await names_of(world)

    async def test_a_leg_that_lives_is_not_dialled_again(self, world: World) -> None:
        """Originate under the name of a living leg is no second phone call, before the answer and after it."""
        uniqueid = await dial(world, "contract-once")
        await dial(world, "contract-once")
        await world.listener.until_kind(LegOpened, uniqueid)
        await world.answer(uniqueid)
        await world.listener.until_kind(DialledOut, uniqueid)
        await dial(world, "contract-once")
        other = await connected(world, "contract-another")
        legs = [event for event in world.listener.seen if isinstance(event, LegOpened) and event.uniqueid == uniqueid]
        results = [
            event for event in world.listener.seen if isinstance(event, DialledOut) and event.uniqueid == uniqueid
        ]
        assert (len(legs), len(results)) == (1, 1)
        assert {uniqueid, other} <= await names_of(world)

    async def test_a_leg_that_is_hung_up_ends(self, world: World) -> None:
        """hang_up ends the leg: LegEnded is told, and the list knows it no more."""
        uniqueid = await connected(world, "contract-end")
        await world.exchange.hang_up(uniqueid)
        ended = await world.listener.until_kind(LegEnded, uniqueid)
        assert isinstance(ended, LegEnded)
        assert ended.cause == 16
        assert uniqueid not in await names_of(world)

    async def test_a_redirected_leg_is_elsewhere(self, world: World) -> None:
        """redirect moves the leg to the other context, and it lives on."""
        uniqueid = await connected(world, "contract-move")
        await world.exchange.redirect(uniqueid, world.elsewhere, world.extension)
        async with asyncio.timeout(PATIENCE):
            while await context_of(world, uniqueid) != world.elsewhere:  # no event tells of it
                await asyncio.sleep(0.01)

    async def test_two_legs_are_sent_elsewhere_as_one_act(self, world: World) -> None:
        """redirect_both moves each to its own place, and both live on."""
        one, other = await connected(world, "contract-one"), await connected(world, "contract-other")
        place = Place(world.elsewhere, world.extension)
        await world.exchange.redirect_both(one, place, other, place)
        async with asyncio.timeout(PATIENCE):
            while {await context_of(world, one), await context_of(world, other)} != {world.elsewhere}:
                await asyncio.sleep(0.01)

    async def test_of_two_legs_one_of_which_is_gone_neither_moves(self, world: World) -> None:
        """redirect_both is refused as a whole."""
        one = await connected(world, "contract-stays")
        before, place = await context_of(world, one), Place(world.elsewhere, world.extension)
        with pytest.raises(ExchangeRefused):
            await world.exchange.redirect_both(one, place, "PJSIP/nobody-00000001", place)
        assert await context_of(world, one) == before

    async def test_a_variable_is_set_on_a_leg_that_lives(self, world: World) -> None:
        """assign is carried out on a living leg, and refused on another."""
        one = await connected(world, "contract-variable")
        await world.exchange.assign(one, {"HOTLINE_QUEUE": "service", "HOTLINE_PATIENCE": "60"})
        with pytest.raises(ExchangeRefused):
            await world.exchange.assign("PJSIP/nobody-00000001", {"HOTLINE_QUEUE": "service"})

    async def test_a_channel_that_does_not_exist_is_refused(self, world: World) -> None:
        """redirect and hang_up of an unknown channel are refused, not swallowed."""
        await world.listener.until_kind(LinkUp)
        with pytest.raises(ExchangeRefused):
            await world.exchange.redirect("PJSIP/nobody-00000001", world.context, world.extension)
        with pytest.raises(ExchangeRefused):
            await world.exchange.hang_up("PJSIP/nobody-00000001")

    async def test_a_restart_is_told_and_leaves_no_leg(self, world: World) -> None:
        """LinkDown, then LinkUp with a later boot; no leg lives, and actions work again."""
        before = await world.listener.until_kind(LinkUp)
        await connected(world, "contract-lost")
        await world.restart()
        await world.listener.until_kind(LinkDown)
        after = await world.listener.until_kind(LinkUp, count=2)
        assert isinstance(before, LinkUp)
        assert isinstance(after, LinkUp)
        assert after.booted_at > before.booted_at
        assert await names_of(world) == set()
        await connected(world, "contract-lost")

    async def test_after_the_end_nothing_is_done_and_nothing_told(self, world: World) -> None:
        """A closed exchange refuses every action as down, and its events end."""
        await world.listener.until_kind(LinkUp)
        await world.close()
        await world.listener.end()
        assert isinstance(world.listener.seen[-1], LinkDown)
        with pytest.raises(ExchangeDown):
            await world.exchange.legs()
        with pytest.raises(ExchangeDown):
            await dial(world, "contract-late")

    async def test_a_recorded_leg_is_muted_and_heard_again(self, world: World) -> None:
        """Each carried out when it is answered; doing it again changes nothing."""
        leg = await connected(world, "n1-recorded.1")
        await world.record(leg)
        for on in (True, True, False, False):
            await world.exchange.mute_recording(leg, on=on)

    async def test_what_is_not_recorded_is_not_muted(self, world: World) -> None:
        """Neither a leg without a recording nor one that is not there: whoever asks for a secret must know."""
        leg = await connected(world, "n1-unrecorded.1")
        for named in (leg, Uniqueid("n1-nobody.1")):
            with pytest.raises(ExchangeRefused):
                await world.exchange.mute_recording(named, on=True)
