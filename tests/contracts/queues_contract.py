"""What the queues of every exchange keep, the one in memory and app_queue.

A test class derives from `QueuesContract` and gives a fixture `floor`.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from ivr.domain.exchange import MemberSeen, PhoneState, QueueJoined
from ivr.domain.ids import QueueName, Uniqueid
from ivr.ports.exchange import ExchangeRefused
from ivr.ports.queues import QueuedCaller, Queues, Seat
from tests.contracts.exchange_contract import Listener

SERVICE = QueueName("service")


class QueuesWorld(Protocol):
    """Queues with one static member, and callers who may join them."""

    queues: Queues
    listener: Listener
    static: str
    """The interface of the static member of SERVICE."""
    phone: str
    """The interface of a phone that answers nothing, and is there."""
    join: Callable[[Uniqueid, int], Awaitable[None]]
    """Somebody comes to wait in SERVICE, with this priority."""
    restart: Callable[[], Awaitable[None]]


async def seat_of(floor: QueuesWorld, interface: str) -> Seat | None:
    """That phone in SERVICE."""
    seats = (await floor.queues.queues()).seats
    return next((seat for seat in seats if (seat.queue, seat.interface) == (SERVICE, interface)), None)


async def line_of(floor: QueuesWorld) -> list[QueuedCaller]:
    """Who waits in SERVICE, the front first."""
    callers = [caller for caller in (await floor.queues.queues()).callers if caller.queue == SERVICE]
    return sorted(callers, key=lambda caller: caller.position)


class QueuesContract:
    """The promises of the port `Queues`."""

    async def test_a_member_is_added_as_asked_and_told(self, floor: QueuesWorld) -> None:
        """With name, penalty and its pause; everyone hears what its phone does."""
        await floor.queues.add_member(SERVICE, floor.phone, name="8001", penalty=12, paused="break")
        seat = await seat_of(floor, floor.phone)
        assert seat is not None
        assert (seat.name, seat.penalty, seat.paused, seat.static) == ("8001", 12, "break", False)
        seen = await floor.listener.until(
            lambda event: isinstance(event, MemberSeen) and event.agent_interface == floor.phone
        )
        assert isinstance(seen, MemberSeen)
        assert (seen.queue, seen.phone) == (SERVICE, PhoneState.FREE)

    async def test_a_member_changes_and_goes(self, floor: QueuesWorld) -> None:
        """Penalty and pause are another from then on, and in the end it is in the queue no more."""
        await floor.queues.add_member(SERVICE, floor.phone, name="8001", penalty=0, paused=None)
        await floor.queues.set_penalty(SERVICE, floor.phone, 10)
        await floor.queues.pause_member(SERVICE, floor.phone, "missed_call")
        paused = await seat_of(floor, floor.phone)
        assert paused is not None
        assert (paused.penalty, paused.paused) == (10, "missed_call")
        await floor.queues.pause_member(SERVICE, floor.phone, None)
        free = await seat_of(floor, floor.phone)
        assert free is not None
        assert free.paused is None
        await floor.queues.remove_member(SERVICE, floor.phone)
        assert await seat_of(floor, floor.phone) is None

    async def test_a_static_member_can_be_paused_and_not_removed(self, floor: QueuesWorld) -> None:
        """It is of the configuration: it stays, and says so."""
        await floor.queues.pause_member(SERVICE, floor.static, "offline")
        with pytest.raises(ExchangeRefused):
            await floor.queues.remove_member(SERVICE, floor.static)
        seat = await seat_of(floor, floor.static)
        assert seat is not None
        assert (seat.static, seat.paused) == (True, "offline")

    async def test_what_cannot_be_is_refused(self, floor: QueuesWorld) -> None:
        """Twice the same member, a member or caller that is not there."""
        await floor.queues.add_member(SERVICE, floor.phone, name="8001", penalty=0, paused=None)
        with pytest.raises(ExchangeRefused):
            await floor.queues.add_member(SERVICE, floor.phone, name="8001", penalty=0, paused=None)
        for act in (
            floor.queues.remove_member(SERVICE, "PJSIP/nobody"),
            floor.queues.pause_member(SERVICE, "PJSIP/nobody", "x"),
            floor.queues.set_penalty(SERVICE, "PJSIP/nobody", 1),
            floor.queues.place_caller(SERVICE, "PJSIP/nobody-00000001", 1),
        ):
            with pytest.raises(ExchangeRefused):
                await act

    async def test_a_caller_who_rises_stands_before_the_others_at_once(self, floor: QueuesWorld) -> None:
        """The higher priority comes before the lower, whoever came first."""
        await floor.queues.pause_member(SERVICE, floor.static, "nobody is to answer")
        for name in ("first", "second"):
            await floor.join(Uniqueid(name), 0)
        line = await line_of(floor)
        assert [caller.position for caller in line] == [1, 2]
        joined = await floor.listener.until_kind(QueueJoined, line[1].uniqueid)
        assert isinstance(joined, QueueJoined)
        await floor.queues.place_caller(SERVICE, joined.channel, 20)
        risen = await line_of(floor)
        assert [caller.uniqueid for caller in risen] == [line[1].uniqueid, line[0].uniqueid]
        assert risen[0].priority == 20

    async def test_a_restart_leaves_only_the_configuration(self, floor: QueuesWorld) -> None:
        """Members that were added are gone, static ones are back and ring."""
        await floor.queues.add_member(SERVICE, floor.phone, name="8001", penalty=0, paused=None)
        await floor.queues.pause_member(SERVICE, floor.static, "offline")
        await floor.restart()
        seats = (await floor.queues.queues()).seats
        assert [(seat.interface, seat.paused) for seat in seats] == [(floor.static, None)]
