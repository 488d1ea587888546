"""Who stands before whom: those on the line, and those who were promised to be called back at their place (H1.2a)."""

from dataclasses import dataclass
from datetime import datetime

from ivr.domain.callback import CallBack, CallBackKind, CallBackState
from ivr.domain.exchange import PhoneState
from ivr.domain.ids import QueueName
from ivr.flow.questions import Line
from ivr.policies.waiting import Ageing, Place, QueueOutlook, expected_wait, place_of, position_of
from ivr.ports.callbacks import CallBackFilter, CallBacks
from ivr.ports.clock import Clock
from ivr.ports.queues import Queues

WAITING_AWAY = frozenset({CallBackState.ASKED, CallBackState.DUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNow:
    """A queue in one look."""

    agents: int
    """At work: phones that are there and not paused."""
    free: int
    """Of them, free now."""
    waiting: tuple[Place, ...]
    """Those on the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """Looks at queues."""

    queues: Queues
    call_backs: CallBacks
    clock: Clock
    ageing: Ageing

    async def now(self, queues: set[QueueName]) -> dict[QueueName, QueueNow]:
        """These queues. Raises ExchangeDown."""
        seen, now = await self.queues.queues(), self.clock.now()
        found = {}
        for queue in queues:
            there = [seat for seat in seen.seats if seat.queue == queue and seat.paused is None]
            at_work = [seat for seat in there if seat.phone is not PhoneState.GONE]
            found[queue] = QueueNow(
                agents=len(at_work),
                free=sum(seat.phone is PhoneState.FREE for seat in at_work),
                waiting=tuple(
                    place_of(each.priority, each.waited, now, self.ageing)
                    for each in seen.callers
                    if each.queue == queue
                ),
            )
        return found

    async def ahead(self, queue: QueueName, priority: int, since: datetime | None) -> Line:
        """As a caller is told. Raises ExchangeDown, ArchiveDown."""
        seen = (await self.now({queue}))[queue]
        backs = await self.call_backs.find(CallBackFilter(states=WAITING_AWAY, queue=queue))
        now = self.clock.now()
        own = Place(priority=priority, joined_at=since or now)
        kept = [place_kept(back) for back in backs if back.kind is CallBackKind.KEEPS_PLACE and back.due_at <= now]
        position = position_of(own, (*seen.waiting, *kept), now, self.ageing)
        outlook = QueueOutlook(position=position, agents=seen.agents, ready=seen.free)
        wait = expected_wait(outlook)
        return Line(
            position=position,
            place=position_of(own, seen.waiting, now, self.ageing),
            free=position <= seen.free,
            at_most=None if wait is None else wait.at_most,
            at=now,
        )


def place_kept(back: CallBack) -> Place:
    """Of one who is called back: as if he had stayed."""
    return Place(priority=back.priority, joined_at=back.joined_at)
