"""A shift on fakes: random callers and agents, a clock that jumps from one happening to the next.

What it decides comes from the domain and the policies alone (route, members, choose, the tables of presence and call
backs); what it keeps for the recount is written down by the simulated people themselves, not taken from the events.
"""

import heapq
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

from ivr.adapters.memory.agents import MemoryAgents
from ivr.adapters.memory.callbacks import MemoryCallBacks
from ivr.domain import events as told
from ivr.domain.agent import Agent, Skills, Tier
from ivr.domain.callback import CallBack, CallBackEvent, CallBackKind, Miss, NewCallBack
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallId, NodeId, QueueName, effect_id
from ivr.domain.presence import Presence, PresenceEvent, PresenceState, WrapUp
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import Party, Role
from ivr.policies.calling_back import CallBackOffer, CallBackRules, is_due, next_attempt, offer
from ivr.policies.membership import Waiting, choose, members
from ivr.policies.routing import QueueRule, Route, Rules, Wanted, route

START = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
LENGTH = 900
"""Seconds in which callers arrive."""
RING = 20
NODE = NodeId("n1")
LINE = Party(Role.LINE, NODE)
CUSTOMER = Party(Role.CUSTOMER, "n1-1.1")
WRAP_UP = WrapUp(usual=timedelta(seconds=15), extension=timedelta(seconds=20), longest=timedelta(seconds=60))
PLAIN = Rules()
RULES = Rules(
    queues=(
        *PLAIN.queues,
        QueueRule(name=QueueName("cards"), categories=(Category.LOSS,), patience=60, joins_after=20),
        QueueRule(name=QueueName("english"), languages=(Language.EN,), patience=90),
        QueueRule(name=QueueName("senior"), languages=tuple(Language), tiers=(Tier.SENIOR,), patience=45),
    ),
    senior=QueueName("senior"),
)
BACKS = CallBackRules(offer_after=45, after_busy=timedelta(seconds=60), after_nobody=(timedelta(seconds=90),))
E = PresenceEvent


@dataclass
class Person:
    """A caller, and what he remembers."""

    call_id: CallId
    arrives: int
    wanted: Wanted
    patience: int
    talks: int
    takes_call_back: bool
    way: Route = field(init=False)
    stop: int = 0
    entered: int = 0
    generation: int = 0
    """Tells a timer of an earlier stop from one of this."""
    rings_at: AgentId | None = None
    sequence: int = 0
    end: str = ""
    ended: int = 0
    by: AgentId | None = None
    visits: list[tuple[str, int, int, str]] = field(default_factory=list)
    """Queue, from, until, how it ended."""


class Shift:
    """One of them."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.second = 0
        self.agents, self.backs = MemoryAgents(), MemoryCallBacks()
        self.accounts: list[Agent] = []
        self.people: list[Person] = []
        self.waiting: list[Person] = []
        self.events: list[told.Event] = []
        self.diary: dict[AgentId, list[tuple[int, str]]] = {}
        """What each agent wrote down he does, from which second on."""
        self.handled: list[tuple[AgentId, int, int, int]] = []
        """Agent, talk from, talk until, notes until."""
        self.open_backs: set[str] = set()
        self.dialling: set[str] = set()
        self._heap: list[tuple[int, int, Callable[[], Awaitable[None]]]] = []
        self._turn = count()
        self._presences: dict[AgentId, Presence] = {}
        self._talk: dict[AgentId, tuple[int, int]] = {}

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return START + timedelta(seconds=self.second)

    async def run(self) -> None:
        """The whole shift, until everyone has gone home."""
        await self._staff()
        self._crowd()
        self.later(LENGTH, self._nothing)
        limit = LENGTH * 40
        while self._heap and self.second < limit:
            self.second, _, happen = heapq.heappop(self._heap)
            await happen()
            await self._ring_phones()
            if self.second >= LENGTH and not self.waiting and not self.open_backs:
                await self._go_home()
        assert self.second < limit, "the shift does not end"

    def later(self, seconds: int, happen: Callable[[], Awaitable[None]]) -> None:
        """After so many seconds."""
        heapq.heappush(self._heap, (self.second + seconds, next(self._turn), happen))

    # ---------------------------------------------------------------------------------------------------- who is there
    async def _staff(self) -> None:
        languages = ((Language.ZH,), (Language.ZH, Language.EN), (Language.EN, Language.ZH))
        for number in range(self.chance.randint(1, 4)):
            skills = Skills(
                languages=self.chance.choice(languages),
                categories=self.chance.choice(((), (), (Category.LOSS,))),
                tier=Tier.AGENT if number == 0 else self.chance.choice(list(Tier)),
            )
            agent = Agent(agent=AgentId(str(8001 + number)), name="坐席", skills=skills, created_at=START)
            await self.agents.add(agent)
            self.accounts.append(agent)
            self._presences[agent.agent] = await self.agents.presence(agent.agent)
            self.diary[agent.agent] = []
            self.later(self.chance.randint(0, 60), lambda one=agent.agent: self.wish(one, E.GO_READY))  # type: ignore[misc]
            if self.chance.random() < 0.5:
                self.later(self.chance.randint(60, LENGTH), lambda one=agent.agent: self._pause(one))  # type: ignore[misc]

    def _crowd(self) -> None:
        for number in range(self.chance.randint(2, 14)):
            arrives = self.chance.randint(0, LENGTH)
            wanted = Wanted(
                language=self.chance.choice((Language.ZH, Language.ZH, Language.EN)),
                category=self.chance.choice((None, Category.LOSS, Category.ENQUIRY)),
                urgency=self.chance.choice((Urgency.NORMAL, Urgency.NORMAL, *Urgency)),
                vulnerable=self.chance.random() < 0.1,
                recent_calls=self.chance.choice((0, 0, 0, 2)),
                now=START + timedelta(seconds=arrives),
            )
            person = Person(
                call_id=CallId(f"n1-1767603600.{number + 1}"),
                arrives=arrives,
                wanted=wanted,
                patience=self.chance.choice((2, 5, 20, 90, 300, 900)),
                talks=self.chance.randint(5, 240),
                takes_call_back=self.chance.random() < 0.4,
            )
            person.way = route(wanted, RULES)
            self.people.append(person)
            self.later(arrives, lambda who=person: self._arrive(who))  # type: ignore[misc]

    # ------------------------------------------------------------------------------------------------------- the agent
    async def wish(self, agent: AgentId, event: PresenceEvent, reason: str | None = None) -> None:
        """The agent asks for it himself."""
        await self._move(agent, event, Party(Role.AGENT, agent), reason=reason)

    async def _pause(self, agent: AgentId) -> None:
        state = self._presences[agent].state
        if state in (PresenceState.OFFLINE, PresenceState.BREAK, PresenceState.PAUSED):
            return
        await self.wish(agent, E.TAKE_BREAK, "rest")
        self.later(self.chance.randint(30, 400), lambda: self._back_to_work(agent))

    async def _back_to_work(self, agent: AgentId) -> None:
        if self._presences[agent].state in (PresenceState.BREAK, PresenceState.PAUSED):
            await self.wish(agent, E.GO_READY)
        elif self._presences[agent].wish is not None:
            self.later(30, lambda: self._back_to_work(agent))

    async def _move(
        self,
        agent: AgentId,
        event: PresenceEvent,
        by: Party = LINE,
        *,
        reason: str | None = None,
        call_id: CallId | None = None,
    ) -> None:
        change = await self.agents.move(
            agent, event, by=by, at=self.now, wrap_up=WRAP_UP, reason=reason, call_id=call_id
        )
        presence, entry = change.presence, change.entry
        if self._presences[agent].state is PresenceState.WRAP_UP and presence.state is not PresenceState.WRAP_UP:
            self.handled.append((agent, *self._talk.pop(agent), self.second))
        self._presences[agent] = presence
        self.events.append(
            told.PresenceChanged(
                agent=agent,
                sequence=presence.version,
                node=NODE,
                at=self.now,
                monotonic=self.second,
                before=entry.before.value,
                after=entry.after.value,
                what=event.value,
                by=str(by),
                since=presence.since,
                reason=presence.reason,
                call_id=presence.call_id,
                until=presence.until,
            )
        )
        self.diary[agent].append((self.second, presence.state.value))
        if event in (E.HANG_UP, E.EXTEND):
            self._notes(agent, extend=event is E.HANG_UP and self.chance.random() < 0.2)

    def _notes(self, agent: AgentId, *, extend: bool) -> None:
        until = self._presences[agent].until
        assert until is not None
        if extend:
            self.later(5, lambda: self._extend(agent))
        left = int((until - self.now).total_seconds())
        version = self._presences[agent].version
        self.later(left, lambda: self._notes_over(agent, version))

    async def _extend(self, agent: AgentId) -> None:
        if self._presences[agent].state is PresenceState.WRAP_UP:
            await self.wish(agent, E.EXTEND)

    async def _notes_over(self, agent: AgentId, version: int) -> None:
        presence = self._presences[agent]
        if presence.state is PresenceState.WRAP_UP and presence.version == version:
            await self._move(agent, E.TIME_OVER)

    async def _hang_up(self, agent: AgentId) -> None:
        self._talk[agent] = (self._talk[agent][0], self.second)
        await self._move(agent, E.HANG_UP)

    async def _go_home(self) -> None:
        for agent, presence in self._presences.items():
            gone = presence.state is PresenceState.OFFLINE
            going = presence.wish is not None and presence.wish.event is E.GO_OFFLINE
            if not gone and not going and presence.state is not PresenceState.WRAP_UP:
                await self.wish(agent, E.GO_OFFLINE)

    # ------------------------------------------------------------------------------------------------------ the caller
    def _tell(self, person: Person, kind: type, **what: object) -> None:
        person.sequence += 1
        self.events.append(
            kind(
                call_id=person.call_id,
                sequence=person.sequence,
                node=NODE,
                at=self.now,
                monotonic=self.second,
                **what,
            )
        )

    async def _arrive(self, person: Person) -> None:
        self.waiting.append(person)
        self.later(person.patience, lambda: self._lose_patience(person))
        if person.takes_call_back:
            self.later(50, lambda: self._offer(person))
        self._enter(person)

    def _enter(self, person: Person) -> None:
        stop = person.way.stops[person.stop]
        person.entered, person.generation = self.second, person.generation + 1
        self._tell(person, told.QueueEntered, queue=stop.queue, priority=stop.priority)
        generation = person.generation
        self.later(stop.patience, lambda: self._move_on(person, generation))
        for wider in stop.wider[1:]:
            self.later(wider.after, self._nothing)

    async def _nothing(self) -> None:
        """Phones are looked at after every happening; this is one."""

    async def _leave(self, person: Person, how: str) -> None:
        person.visits.append((person.way.stops[person.stop].queue, person.entered, self.second, how))
        if person.rings_at is not None and how != "answered":
            await self._move(person.rings_at, E.RING_ELSEWHERE)
        person.rings_at = None

    async def _end(self, person: Person, how: str) -> None:
        await self._leave(person, how)
        person.end, person.ended = how, self.second
        self.waiting.remove(person)

    async def _lose_patience(self, person: Person) -> None:
        if person in self.waiting:
            await self._end(person, "abandoned")
            self._tell(person, told.CallerGone, reason="caller_hung_up")

    async def _move_on(self, person: Person, generation: int) -> None:
        if person not in self.waiting or person.generation != generation:
            return
        if person.stop + 1 < len(person.way.stops):
            await self._leave(person, "moved_on")
            self._tell(person, told.QueueExited, how="timed_out")
            person.stop += 1
            self._enter(person)
            return
        await self._end(person, "moved_on")
        self._tell(person, told.QueueExited, how="timed_out")
        self._tell(person, told.FollowUpWritten, reason="nobody_free")
        self._tell(person, told.CallClosed, outcome="not_reached", end_reason="we_hung_up")

    # ------------------------------------------------------------------------------------------------------ the phones
    def _as_waiting(self, person: Person) -> Waiting:
        stop = person.way.stops[person.stop]
        return Waiting(
            call_id=person.call_id,
            queue=stop.queue,
            priority=stop.priority,
            joined_at=START + timedelta(seconds=person.arrives),
            entered_at=START + timedelta(seconds=person.entered),
            wider=stop.wider,
        )

    async def _ring_phones(self) -> None:
        free = {one: each.since for one, each in self._presences.items() if each.takes_calls}
        people = {person.call_id: person for person in self.waiting if person.rings_at is None}
        if not free or not (people or self.open_backs):
            return
        queued = [self._as_waiting(person) for person in people.values()]
        there = members(RULES, self.accounts, self._presences, queued, self.now)
        for caller, member in choose(queued, there, free, self.now, RULES):
            person = people[caller.call_id]
            person.rings_at = member.agent
            del free[member.agent]
            await self._move(member.agent, E.RING, call_id=person.call_id)
            version = self._presences[member.agent].version
            if self.chance.random() < 0.05:
                self.later(RING, lambda who=person, one=member.agent, at=version: self._miss(who, one, at))  # type: ignore[misc]
            else:
                answers = self.chance.randint(0, 6)
                self.later(answers, lambda who=person, one=member.agent, at=version: self._answer(who, one, at))  # type: ignore[misc]
        for agent in list(free):
            await self._dial_one(agent, tuple(caller.place for caller in queued))

    def _rings(self, agent: AgentId, call_id: CallId) -> bool:
        presence = self._presences[agent]
        return presence.state is PresenceState.RINGING and presence.call_id == call_id

    async def _miss(self, person: Person, agent: AgentId, _: int) -> None:
        if person.rings_at == agent and self._rings(agent, person.call_id):
            person.rings_at = None
            await self._move(agent, E.MISS)
            self.later(self.chance.randint(20, 120), lambda: self._back_to_work(agent))

    async def _answer(self, person: Person, agent: AgentId, _: int) -> None:
        if person.rings_at != agent or not self._rings(agent, person.call_id):
            return
        await self._end(person, "answered")
        person.by = agent
        await self._move(agent, E.ANSWER)
        self._talk[agent] = (self.second, self.second)
        queue = person.way.stops[person.stop].queue
        waited = self.second - person.arrives
        self._tell(person, told.PersonAnswered, waited=waited, queue=queue, agent=agent)
        self.later(person.talks, lambda: self._talked(person, agent))

    async def _talked(self, person: Person, agent: AgentId) -> None:
        await self._hang_up(agent)
        if self.chance.random() < 0.5:
            self._tell(person, told.CallerGone, reason="caller_hung_up")
        else:
            self._tell(person, told.QueueExited, how="answered")
            self._tell(person, told.CallClosed, outcome="helped_by_person", end_reason="we_hung_up")

    # -------------------------------------------------------------------------------------------------- the call backs
    async def _offer(self, person: Person) -> None:
        if person not in self.waiting or person.rings_at is not None:
            return
        offered = offer(
            urgency=person.wanted.urgency,
            expected=None,
            waited=self.second - person.arrives,
            now=self.now,
            rules=BACKS,
        )
        if not isinstance(offered, CallBackOffer):
            return
        stop = person.way.stops[person.stop]
        new = NewCallBack(
            kind=CallBackKind.KEEPS_PLACE,
            call_id=person.call_id,
            number="+8613800138000",
            customer=None,
            ticket=None,
            queue=stop.queue,
            priority=stop.priority,
            joined_at=START + timedelta(seconds=person.arrives),
            language=person.wanted.language,
            category=person.wanted.category,
            urgency=person.wanted.urgency,
            asked_at=self.now,
        )
        await self._end(person, "call_back")
        back = await self.backs.ask(
            new, effect_id(person.call_id, 9), due_at=max(offered.earliest, self.now), by=CUSTOMER
        )
        self._tell_back(back, CallBackEvent.ASK)
        self.open_backs.add(back.id)
        self._tell(person, told.QueueExited, how="key")
        self._tell(person, told.CallClosed, outcome="not_reached", end_reason="caller_hung_up")

    def _tell_back(self, back: CallBack, event: CallBackEvent) -> None:
        before = back.history[-1].before
        self.events.append(
            told.CallBackChanged(
                call_back=back.id,
                sequence=back.version,
                node=NODE,
                at=self.now,
                monotonic=self.second,
                call_id=back.call_id,
                queue=back.queue,
                before=before.value if before else None,
                after=back.state.value,
                what=event.value,
                due_at=back.due_at,
                attempts=back.attempts,
                agent=back.agent,
            )
        )

    async def _move_back(self, back: CallBack, event: CallBackEvent, **more: object) -> CallBack:
        after = await self.backs.move(back.id, event, by=LINE, at=self.now, **more)  # type: ignore[arg-type]
        self._tell_back(after, event)
        if after.is_over:
            self.open_backs.discard(after.id)
        return after

    async def _dial_one(self, agent: AgentId, waiting: tuple[object, ...]) -> None:
        for id_ in sorted(self.open_backs - self.dialling):
            back = await self.backs.read(id_)  # type: ignore[arg-type]
            assert back is not None
            due = is_due(
                back,
                self.now,
                waiting=waiting,  # type: ignore[arg-type]
                free_agents=1,
                ageing=RULES.ageing,
                rules=BACKS,
            )
            if due:
                back = await self._move_back(back, CallBackEvent.COME_DUE)
                back = await self._move_back(back, CallBackEvent.DIAL, agent=agent)
                self.dialling.add(id_)
                await self._move(agent, E.CALL_OUT, call_id=back.call_id)
                self._talk[agent] = (self.second, self.second)
                self.later(self.chance.randint(3, 60), lambda one=back: self._dialled(one, agent))  # type: ignore[misc]
                return

    async def _dialled(self, back: CallBack, agent: AgentId) -> None:
        await self._hang_up(agent)
        self.dialling.discard(back.id)
        miss = self.chance.choice((None, *Miss))
        if miss is None:
            await self._move_back(back, CallBackEvent.SPEAK)
            return
        other = miss is Miss.OTHER_PERSON
        back = await self._move_back(back, CallBackEvent.MEET_OTHER if other else CallBackEvent.MEET_NOBODY, miss=miss)
        again = next_attempt(back, miss, self.now, BACKS)
        if again is None:
            await self._move_back(back, CallBackEvent.GIVE_UP)
            return
        await self._move_back(back, CallBackEvent.RETRY, due_at=again)
        self.later(int((again - self.now).total_seconds()), self._nothing)
