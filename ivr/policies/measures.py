"""H1.2a: the measures of the floor, from events alone (COPC and Amazon Connect definitions, as in DOMAIN.md). Pure.

What is counted is a *wait*: from the entry into a queue until a person answers, the caller leaves, or nobody came; the
queues that he passes through on the way are one wait. It belongs to the interval in which it began, work to the
interval in which it was done. Events may come in any order and twice; those before the interval say how it began.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from ivr.domain import events as told
from ivr.domain.callback import CallBackState
from ivr.domain.conversation import Phase
from ivr.domain.ids import AgentId, CallId, QueueName
from ivr.domain.presence import PresenceState

IN_TIME = 30.0
"""Seconds from the entry into the queue within which a person answers (H1.2a)."""
SHORT = 5.0
"""Seconds below which an abandon says more of the caller than of us; counted beside, not left out."""


class WaitEnd(Enum):
    """How a wait, or a visit to one queue, ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """The caller hung up."""
    CALL_BACK = "call_back"
    """He is to be called back: no abandon."""
    MOVED_ON = "moved_on"
    """Nobody answered there; of a whole wait: nobody at all."""
    STILL = "still"
    """He waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A caller's wait, or his visit to one queue."""

    call_id: CallId
    queue: QueueName
    """Of a wait: where it began."""
    began: datetime
    ended: datetime | None
    end: WaitEnd
    agent: AgentId | None = None

    @property
    def seconds(self) -> float:
        """How long; 0 while he waits."""
        return (self.ended - self.began).total_seconds() if self.ended else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """A stretch of an agent's time."""

    agent: AgentId
    state: PresenceState
    began: datetime
    ended: datetime
    call_id: CallId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Counts and seconds of an interval, and what is made of them. None where there is nothing to divide by."""

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    called_back: int = 0
    moved_on: int = 0
    """Of one queue: went on to the next; of all: nobody came."""
    waiting: int = 0
    """Not decided yet, and in no rate."""
    answered_wait: float = 0.0
    longest_wait: float = 0.0
    handled: int = 0
    """Talks whose notes were finished."""
    talk: float = 0.0
    hold: float = 0.0
    wrap_up: float = 0.0
    """Of those that were handled, as is `talk` and `hold`."""
    busy: float = 0.0
    """Agents' seconds in talk, hold and wrap-up within the interval."""
    available: float = 0.0
    """Agents' seconds ready, ringing included, within the interval."""

    @property
    def offered(self) -> int:
        """Waits that are decided."""
        return self.answered + self.abandoned + self.called_back + self.moved_on

    @property
    def service_level(self) -> float | None:
        """Answered within the time ÷ offered."""
        return self.answered_in_time / self.offered if self.offered else None

    @property
    def abandon_rate(self) -> float | None:
        """Abandoned ÷ offered; call backs are no abandons."""
        return self.abandoned / self.offered if self.offered else None

    @property
    def asa(self) -> float | None:
        """Seconds: mean wait of those that were answered."""
        return self.answered_wait / self.answered if self.answered else None

    @property
    def aht(self) -> float | None:
        """Seconds: (talk + hold + wrap-up) ÷ handled."""
        return (self.talk + self.hold + self.wrap_up) / self.handled if self.handled else None

    @property
    def occupancy(self) -> float | None:
        """(talk + hold + wrap-up) ÷ (that + available)."""
        return self.busy / (self.busy + self.available) if self.busy + self.available else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From a moment until another, that one not included; UTC."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether it lies in it."""
        return self.since <= moment < self.until

    def within(self, began: datetime, ended: datetime) -> float:
        """Seconds of that stretch that lie in it."""
        return max((min(ended, self.until) - max(began, self.since)).total_seconds(), 0.0)


def measure(events: Iterable[told.Event], interval: Interval, in_time: float = IN_TIME) -> Measures:
    """Of everyone together."""
    there = ordered(events)
    waits = [wait for wait in waits_of(there) if interval.holds(wait.began)]
    return _work(doings_of(there, interval.until), holds_of(there), interval, _counted(waits, in_time))


def by_queue(events: Iterable[told.Event], interval: Interval, in_time: float = IN_TIME) -> dict[QueueName, Measures]:
    """Of each queue: its visits. Agents' time belongs to no queue."""
    found: dict[QueueName, list[Wait]] = defaultdict(list)
    for visit in visits_of(ordered(events)):
        if interval.holds(visit.began):
            found[visit.queue].append(visit)
    return {queue: _counted(visits, in_time) for queue, visits in sorted(found.items())}


def by_agent(events: Iterable[told.Event], interval: Interval) -> dict[AgentId, Measures]:
    """Of each agent: his time."""
    there = ordered(events)
    holds = holds_of(there)
    found: dict[AgentId, list[Doing]] = defaultdict(list)
    for doing in doings_of(there, interval.until):
        found[doing.agent].append(doing)
    return {agent: _work(doings, holds, interval, Measures()) for agent, doings in sorted(found.items())}


def ordered(events: Iterable[told.Event]) -> Sequence[told.Event]:
    """Each once, in the order in which they happened."""
    once = {(event.stream, event.sequence): event for event in events}
    return sorted(once.values(), key=lambda event: (event.at, event.stream, event.sequence))


def visits_of(events: Sequence[told.Event]) -> list[Wait]:
    """The visits to queues, in the order in which they began."""
    done: list[Wait] = []
    open_: dict[CallId, Wait] = {}
    backs = _called_back(events)

    def close(call_id: CallId, at: datetime, end: WaitEnd, agent: AgentId | None = None) -> None:
        visit = open_.pop(call_id, None)
        if visit is None:
            return
        if end in (WaitEnd.ABANDONED, WaitEnd.MOVED_ON) and visit.began <= backs.get(call_id, _NEVER) <= at:
            end = WaitEnd.CALL_BACK
        done.append(replace(visit, ended=at, end=end, agent=agent))

    for event in events:
        match event:
            case told.QueueEntered(call_id=call_id, queue=queue, at=at):
                if call_id in open_ and open_[call_id].queue == queue:
                    continue  # handed over again after a crash: he waits all the time
                close(call_id, at, WaitEnd.MOVED_ON)
                open_[call_id] = Wait(call_id=call_id, queue=queue, began=at, ended=None, end=WaitEnd.STILL)
            case told.PersonAnswered(call_id=call_id, agent=agent, at=at):
                close(call_id, at, WaitEnd.ANSWERED, agent)
            case told.QueueExited(call_id=call_id, at=at):
                close(call_id, at, WaitEnd.MOVED_ON)
            case told.CallerGone(call_id=call_id, at=at) | told.CallClosed(call_id=call_id, at=at):
                close(call_id, at, WaitEnd.ABANDONED)
    return sorted([*done, *open_.values()], key=lambda visit: (visit.began, visit.call_id))


def waits_of(events: Sequence[told.Event]) -> list[Wait]:
    """The whole waits, in the order in which they began."""
    found: list[Wait] = []
    running: dict[CallId, int] = {}
    for visit in visits_of(events):
        place = running.get(visit.call_id)
        if place is None:
            running[visit.call_id] = len(found)
            found.append(visit)
        else:
            found[place] = replace(found[place], ended=visit.ended, end=visit.end, agent=visit.agent)
        if visit.end is WaitEnd.ANSWERED:
            del running[visit.call_id]
    return found


def doings_of(events: Sequence[told.Event], until: datetime) -> list[Doing]:
    """What agents did; the last of each goes on until `until`."""
    found: list[Doing] = []
    now: dict[AgentId, tuple[PresenceState, datetime, CallId | None]] = {}

    def close(agent: AgentId, at: datetime) -> None:
        if agent in now:
            state, began, call_id = now[agent]
            found.append(Doing(agent=agent, state=state, began=began, ended=at, call_id=call_id))

    for event in events:
        if isinstance(event, told.PresenceChanged) and event.before != event.after:
            close(event.agent, event.at)
            now[event.agent] = (PresenceState(event.after), event.at, event.call_id)
    for agent in now:
        close(agent, max(until, now[agent][1]))
    return found


ON_HOLD = frozenset({Phase.ON_HOLD, Phase.CALLING, Phase.CONSULTING})
"""The caller waits for persons. At the keypad he does not: that is handling."""
_RETRIEVED = told.ConversationChanged | told.CallerGone | told.QueueExited


def holds_of(events: Sequence[told.Event]) -> dict[CallId, float]:
    """Seconds on hold of each call."""
    found: dict[CallId, float] = defaultdict(float)
    began: dict[CallId, datetime] = {}
    for event in events:
        if isinstance(event, told.ConversationChanged) and Phase(event.phase) in ON_HOLD:
            began.setdefault(event.call_id, event.at)
        elif isinstance(event, _RETRIEVED) and event.call_id in began:
            found[event.call_id] += (event.at - began.pop(event.call_id)) / timedelta(seconds=1)
    return found


_NEVER = datetime.max.replace(tzinfo=UTC)


def _called_back(events: Sequence[told.Event]) -> dict[CallId, datetime]:
    """When a call back was asked for, by the call it was asked on."""
    asked = CallBackState.ASKED.value
    return {
        event.call_id: event.at
        for event in events
        if isinstance(event, told.CallBackChanged) and event.before is None and event.after == asked
    }


def _counted(waits: Iterable[Wait], in_time: float) -> Measures:
    of = defaultdict(list)
    for wait in waits:
        of[wait.end].append(wait.seconds)
    answered, abandoned = of[WaitEnd.ANSWERED], of[WaitEnd.ABANDONED]
    return Measures(
        answered=len(answered),
        answered_in_time=sum(seconds <= in_time for seconds in answered),
        abandoned=len(abandoned),
        abandoned_short=sum(seconds < SHORT for seconds in abandoned),
        called_back=len(of[WaitEnd.CALL_BACK]),
        moved_on=len(of[WaitEnd.MOVED_ON]),
        waiting=len(of[WaitEnd.STILL]),
        answered_wait=sum(answered),
        longest_wait=max((seconds for all_ in of.values() for seconds in all_), default=0.0),
    )


def _work(doings: Sequence[Doing], holds: dict[CallId, float], interval: Interval, measures: Measures) -> Measures:
    talking, wrap_up = PresenceState.TALKING, PresenceState.WRAP_UP
    busy = sum(interval.within(each.began, each.ended) for each in doings if each.state in (talking, wrap_up))
    free = (PresenceState.READY, PresenceState.RINGING)
    available = sum(interval.within(each.began, each.ended) for each in doings if each.state in free)
    handled, talk, hold, notes = 0, 0.0, 0.0, 0.0
    for talked, wrote in _handlings(doings):
        if interval.holds(wrote.ended):
            held = holds.get(talked.call_id, 0.0) if talked.call_id else 0.0
            spoke = (talked.ended - talked.began).total_seconds()
            handled += 1
            talk += spoke - min(held, spoke)
            hold += min(held, spoke)
            notes += (wrote.ended - wrote.began).total_seconds()
    return replace(measures, handled=handled, talk=talk, hold=hold, wrap_up=notes, busy=busy, available=available)


def _handlings(doings: Sequence[Doing]) -> Iterator[tuple[Doing, Doing]]:
    """Each talk with the notes after it."""
    last: dict[AgentId, Doing] = {}
    for doing in sorted(doings, key=lambda each: (each.began, each.ended)):
        before = last.get(doing.agent)
        if doing.state is PresenceState.WRAP_UP and before is not None and before.state is PresenceState.TALKING:
            yield before, doing
        last[doing.agent] = doing
