"""app_queue as the port `Queues`: its members and its callers, over the same link as everything else."""

from collections.abc import Mapping

import structlog

from ivr.adapters.ami.link import Link
from ivr.adapters.ami.translate import PHONE_STATES
from ivr.domain.exchange import PhoneState
from ivr.domain.ids import QueueName, Uniqueid
from ivr.ports.queues import QueuedCaller, QueuesSeen, Seat

log = structlog.get_logger(__name__)

MOST_ROWS = 20_000
"""Rows of one look: a queue each, a row a member of each, a row a caller."""


class AmiQueues:
    """The half of `AmiExchange` that speaks to app_queue. QueueStatus and QueueChangePriorityCaller need no class of
    manager.conf, the rest `agent`."""

    _link: Link

    async def queues(self) -> QueuesSeen:
        """What is so now. A row that cannot be read is left out, and logged."""
        rows = await self._link.collect({"Action": "QueueStatus"}, "QueueStatusComplete", MOST_ROWS)
        seats, callers = [], []
        for row in rows:
            try:
                match row.get("Event"):
                    case "QueueMember":
                        seats.append(_seat(row))
                    case "QueueEntry":
                        callers.append(_caller(row))
            except (KeyError, ValueError) as error:
                log.warning("ami queue row not believed", lacks=str(error))
        return QueuesSeen(seats=tuple(seats), callers=tuple(callers))

    async def add_member(
        self, queue: QueueName, interface: str, *, name: str, penalty: int, paused: str | None
    ) -> None:
        """Let the queue ring this phone; QueueAdd takes no reason, so a pause is given its own in a second act."""
        await self._link.act(
            {
                "Action": "QueueAdd",
                "Queue": queue,
                "Interface": interface,
                "MemberName": name,
                "StateInterface": interface,
                "Penalty": str(penalty),
                "Paused": "true" if paused is not None else "false",
            }
        )
        if paused:
            await self.pause_member(queue, interface, paused)

    async def remove_member(self, queue: QueueName, interface: str) -> None:
        """Let it ring this phone no more."""
        await self._link.act({"Action": "QueueRemove", "Queue": queue, "Interface": interface})

    async def set_penalty(self, queue: QueueName, interface: str, penalty: int) -> None:
        """Lower is rung first."""
        await self._link.act(
            {"Action": "QueuePenalty", "Queue": queue, "Interface": interface, "Penalty": str(penalty)}
        )

    async def pause_member(self, queue: QueueName, interface: str, reason: str | None) -> None:
        """No call rings there; None: calls ring again."""
        await self._link.act(
            {
                "Action": "QueuePause",
                "Queue": queue,
                "Interface": interface,
                "Paused": "false" if reason is None else "true",
                "Reason": reason or "",
            }
        )

    async def place_caller(self, queue: QueueName, channel: str, priority: int) -> None:
        """A priority and, by `Immediate`, its place: without it only the number changes."""
        await self._link.act(
            {
                "Action": "QueueChangePriorityCaller",
                "Queue": queue,
                "Caller": channel,
                "Priority": str(priority),
                "Immediate": "yes",
            }
        )


def _seat(row: Mapping[str, str]) -> Seat:
    return Seat(
        queue=QueueName(row["Queue"]),
        interface=row["Location"],
        name=row["Name"],
        penalty=int(row["Penalty"]),
        paused=row.get("PausedReason", "") if row["Paused"] == "1" else None,
        static=row["Membership"] == "static",
        phone=PHONE_STATES.get(row["Status"], PhoneState.FREE),
    )


def _caller(row: Mapping[str, str]) -> QueuedCaller:
    return QueuedCaller(
        queue=QueueName(row["Queue"]),
        uniqueid=Uniqueid(row["Uniqueid"]),
        channel=row["Channel"],
        position=int(row["Position"]),
        priority=int(row["Priority"]),
        waited=int(row["Wait"]),
    )
