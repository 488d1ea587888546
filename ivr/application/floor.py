"""The floor's bus commands: presence, that accounts were changed, and how the queues stand."""

from collections.abc import Mapping
from typing import Protocol

from ivr.application.roster import Roster
from ivr.domain.errors import HotlineError
from ivr.domain.ids import AgentId
from ivr.domain.presence import Presence
from ivr.ports.bus import CommandHandler
from ivr.ports.exchange import ExchangeDown
from ivr.ports.queues import Queues, QueuesSeen, Seat

Answer = dict[str, object]


class NoLink(HotlineError):
    """The exchange does not say how its queues stand."""


class FollowsPresence(Protocol):
    """Who has to hear of it (`ivr.engine.floor.Floor`)."""

    @property
    def standing(self) -> Mapping[AgentId, Presence]:
        """How it stands with everyone, by staff number."""

    def presence_changed(self) -> None:
        """The queues follow."""

    def accounts_changed(self) -> None:
        """Accounts are read anew."""


class FloorCommands:
    """Answers the bus."""

    def __init__(self, roster: Roster, floor: FollowsPresence, queues: Queues) -> None:
        self._roster = roster
        self._floor = floor
        self._queues = queues

    @property
    def by_name(self) -> Mapping[str, CommandHandler]:
        """What the bus serves."""
        return {"presence": self.presence, "agents_changed": self.agents_changed, "queues": self.queues}

    async def presence(self, content: Answer) -> Answer:
        """Move somebody's presence (`Roster.command`); the queues follow at once."""
        told = await self._roster.command(content)
        self._floor.presence_changed()
        return told

    async def agents_changed(self, _: Answer) -> Answer:
        """An account, its skills or its credentials are others than before."""
        self._floor.accounts_changed()
        return {}

    async def queues(self, _: Answer) -> Answer:
        """Who waits, the front first, and who is rung, with presence and phone. Raises NoLink."""
        try:
            seen = await self._queues.queues()
        except ExchangeDown as down:
            raise NoLink(str(down)) from down
        return {"queues": self._told(seen)}

    def _told(self, seen: QueuesSeen) -> list[Answer]:
        names = sorted({seat.queue for seat in seen.seats} | {caller.queue for caller in seen.callers})
        return [
            {
                "queue": name,
                "waiting": [
                    {
                        "position": caller.position,
                        "call_id": caller.uniqueid,
                        "priority": caller.priority,
                        "waited": caller.waited,
                    }
                    for caller in sorted(seen.callers, key=lambda caller: caller.position)
                    if caller.queue == name
                ],
                "members": [
                    self._member(seat)
                    for seat in sorted(seen.seats, key=lambda seat: (seat.penalty, seat.name))
                    if seat.queue == name
                ],
            }
            for name in names
        ]

    def _member(self, seat: Seat) -> Answer:
        presence = self._floor.standing.get(AgentId(seat.name))
        return {
            "member": seat.name,
            "phone": seat.interface,
            "phone_state": seat.phone.value,
            "penalty": seat.penalty,
            "paused": seat.paused,
            "state": presence.state.value if presence else None,
            "since": presence.since.isoformat() if presence else None,
            "call_id": presence.call_id if presence else None,
        }
