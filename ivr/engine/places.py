"""Who waits, and where: the places that rise with waiting are told to the exchange when they do (H1.2a)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from ivr.domain.exchange import QueueJoined
from ivr.domain.ids import CallId, QueueName, Uniqueid
from ivr.policies.membership import Waiting
from ivr.policies.routing import Rules
from ivr.policies.waiting import EMERGENCY_PRIORITY, priority_at
from ivr.ports.clock import Clock
from ivr.ports.exchange import ExchangeRefused
from ivr.ports.queues import QueuedCaller, Queues

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InLine:
    """A caller in a queue."""

    waiting: Waiting
    channel: str
    told: int
    """The priority that the exchange knows."""


class WaitingRoom:
    """The callers of all queues, from the exchange's events."""

    def __init__(
        self,
        queues: Queues,
        rules: Rules,
        clock: Clock,
        asked_for: Callable[[CallId], int | None],
        raised: Callable[[CallId, QueueName, int], Awaitable[None]],
    ) -> None:
        """`asked_for` tells with which priority a call was sent to its queue; `raised` hears of every rise."""
        self._queues = queues
        self._rules = rules
        self._names = {rule.name for rule in rules.queues}
        self._clock = clock
        self._asked_for = asked_for
        self._raised = raised
        self._line: dict[Uniqueid, _InLine] = {}
        self._begun: dict[Uniqueid, tuple[datetime, int]] = {}
        """When a caller began to wait, on this call, and with which priority: other queues before included."""

    @property
    def waiting(self) -> list[Waiting]:
        """Everyone who waits now, in a queue of the rules."""
        return [each.waiting for each in self._line.values()]

    def joined(self, event: QueueJoined) -> None:
        """Somebody came to stand in a queue."""
        asked = self._asked_for(CallId(event.uniqueid)) or 0
        waiting = self._waiting(event.uniqueid, event.queue, asked, self._clock.now())
        self._stand(waiting, event.channel, asked)

    def left(self, uniqueid: Uniqueid, queue: QueueName) -> None:
        """He stands there no more; he may come to stand elsewhere."""
        there = self._line.get(uniqueid)
        if there is not None and there.waiting.queue == queue:
            del self._line[uniqueid]

    def gone(self, uniqueid: Uniqueid) -> None:
        """His leg has ended."""
        self._line.pop(uniqueid, None)
        self._begun.pop(uniqueid, None)

    def begin_anew(self, callers: tuple[QueuedCaller, ...]) -> None:
        """These wait, and nobody else."""
        now = self._clock.now()
        before, self._line = self._line, {}
        for caller in callers:
            entered = now - timedelta(seconds=caller.waited)
            known = before.get(caller.uniqueid)
            if known is not None and known.waiting.queue == caller.queue:
                self._line[caller.uniqueid] = replace(known, channel=caller.channel, told=caller.priority)
                continue
            asked = self._asked_for(CallId(caller.uniqueid))
            asked = caller.priority if asked is None else asked
            waiting = self._waiting(caller.uniqueid, caller.queue, asked, entered)
            self._stand(waiting, caller.channel, caller.priority)
        self._begun = {uniqueid: begun for uniqueid, begun in self._begun.items() if uniqueid in self._line}

    async def raise_those_due(self) -> None:
        """Tell the exchange of every place that has risen. Raises ExchangeDown."""
        now = self._clock.now()
        for uniqueid, each in list(self._line.items()):
            waiting = each.waiting
            priority = priority_at(waiting.place, now, self._rules.ageing)
            if priority <= each.told:
                continue
            try:
                await self._queues.place_caller(waiting.queue, each.channel, priority)
            except ExchangeRefused as refused:  # answered, or gone: the event is on its way
                log.info("place_not_raised", call_id=waiting.call_id, why=str(refused))
            else:
                await self._raised(waiting.call_id, waiting.queue, priority)
            if uniqueid in self._line:
                self._line[uniqueid] = replace(each, told=priority)

    def _waiting(self, uniqueid: Uniqueid, queue: QueueName, asked: int, entered: datetime) -> Waiting:
        """Who comes again comes with what his waiting has added (`flow/person.py`): that is not added twice."""
        since, base = self._begun.get(uniqueid, (entered, asked))
        base = asked if asked >= EMERGENCY_PRIORITY else min(base, asked)
        self._begun[uniqueid] = since, base
        return Waiting(call_id=CallId(uniqueid), queue=queue, priority=base, joined_at=since, entered_at=entered)

    def _stand(self, waiting: Waiting, channel: str, told: int) -> None:
        if waiting.queue in self._names:
            self._line[Uniqueid(waiting.call_id)] = _InLine(waiting=waiting, channel=channel, told=told)
