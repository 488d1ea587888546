"""The exchange's queues are given the members that presence and skills say."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from ivr.domain.ids import QueueName
from ivr.engine.attendance import Attendance
from ivr.policies.membership import Waiting, members
from ivr.policies.routing import Rules
from ivr.policies.seating import ONE_AGENT, Add, Change, Pause, Penalise, Remove, Seated, alone, changes, interface_of
from ivr.ports.queues import QueuedCaller, Queues, Seat

log = structlog.get_logger(__name__)


class Seats:
    """What the exchange was found to have, and what was changed since: read anew whenever something went wrong."""

    def __init__(self, queues: Queues, rules: Rules) -> None:
        self._queues = queues
        self._rules = rules
        self._names = {ONE_AGENT, *(rule.name for rule in rules.queues)}
        self._there: dict[tuple[QueueName, str], Seated] | None = None

    def forget(self) -> None:
        """Look again before the next change."""
        self._there = None

    async def look(self) -> tuple[Seat, ...]:
        """What is so now, of our queues. Raises ExchangeDown."""
        seats = tuple(seat for seat in (await self._queues.queues()).seats if seat.queue in self._names)
        self._there = {(seat.queue, seat.interface): _seated(seat) for seat in seats}
        return seats

    async def callers(self) -> tuple[QueuedCaller, ...]:
        """Who waits now. Raises ExchangeDown."""
        return (await self._queues.queues()).callers

    async def follow(self, attendance: Attendance, waiting: Sequence[Waiting], now: datetime) -> None:
        """Make the queues what they are to be. Raises ExchangeDown, ExchangeRefused: then look again, and go on."""
        if self._there is None:
            await self.look()
        accounts = list(attendance.accounts.values())
        wanted = list(members(self._rules, accounts, attendance.standing, waiting, now))
        if self._rules.same_agent_patience:
            wanted += alone(accounts, attendance.standing)
        owned = {interface_of(agent.endpoint) for agent in accounts}
        for change in changes(wanted, list((self._there or {}).values()), owned):
            await self._carry_out(change)

    async def _carry_out(self, change: Change) -> None:
        seat, queues = change.seat, self._queues
        there = self._there if self._there is not None else {}
        key = seat.queue, seat.interface
        match change:
            case Add():
                await queues.add_member(
                    seat.queue, seat.interface, name=seat.name, penalty=seat.penalty, paused=seat.paused
                )
                there[key] = seat
            case Remove():
                await queues.remove_member(seat.queue, seat.interface)
                there.pop(key, None)
            case Penalise():
                await queues.set_penalty(seat.queue, seat.interface, seat.penalty)
                there[key] = seat
            case Pause():
                await queues.pause_member(seat.queue, seat.interface, seat.paused)
                there[key] = seat
        log.debug("seat_changed", what=type(change).__name__.lower(), queue=seat.queue, phone=seat.interface)


def _seated(seat: Seat) -> Seated:
    return Seated(
        queue=seat.queue,
        interface=seat.interface,
        name=seat.name,
        penalty=seat.penalty,
        paused=seat.paused,
        static=seat.static,
    )
