"""H1.2e, H1.2a: which agents are in which queue, with which penalty, paused or not; and who is rung for whom. Pure.

The controller sets what `members` says in the exchange (QueueAdd, QueuePenalty, QueuePause). `choose` is what the
exchange makes of it, for simulation and explanation: the heavier queue first, in it the higher priority, then who came
first; of the free agents the lowest penalty, then who has been free longest. Between queues of one weight the exchange
knows no priorities: there `members` pauses an agent while a more urgent caller waits for him elsewhere (`RESERVED`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.agent import Agent
from ivr.domain.ids import AgentId, CallId, QueueName
from ivr.domain.presence import Presence, PresenceState
from ivr.policies.routing import PENALTY_STEP, QueueRule, Rules, Wider
from ivr.policies.waiting import Place, priority_at

GENERALIST = 5
"""Added in a specialists' queue to who is none, but could."""
RESERVED = "reserved"
"""Paused here because a more urgent caller waits for him in another queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An agent in a queue."""

    queue: QueueName
    agent: AgentId
    endpoint: str
    """That rings."""
    penalty: int
    """Lower is rung first."""
    paused: str | None = None
    """Why no call of this queue rings for him now; None: one may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A caller in a queue."""

    call_id: CallId
    queue: QueueName
    priority: int
    """He came with."""
    joined_at: datetime
    """UTC; when he began to wait, earlier queues included: his place comes from it."""
    entered_at: datetime
    """UTC; when he entered this queue: `wider` counts from it."""
    wider: tuple[Wider, ...] = ()
    agent: AgentId | None = None
    """Waits for this one only."""

    @property
    def place(self) -> Place:
        """As ageing sees it."""
        return Place(priority=self.priority, joined_at=self.joined_at)


def penalty_in(rule: QueueRule, agent: Agent) -> int | None:
    """An agent's penalty in a queue; None: he does not answer it."""
    skills = agent.skills
    shared = [language for language in skills.languages if language in rule.languages]
    if skills.tier not in rule.tiers or not shared:
        return None
    penalty = rule.tiers.index(skills.tier) * PENALTY_STEP + skills.languages.index(shared[0])
    if rule.categories and not set(rule.categories) & set(skills.categories):
        return None if skills.categories else penalty + GENERALIST
    return penalty


def members(
    rules: Rules,
    agents: Iterable[Agent],
    presences: Mapping[AgentId, Presence],
    waiting: Sequence[Waiting] = (),
    now: datetime | None = None,
) -> tuple[Member, ...]:
    """Of every queue, by queue and penalty. Who is offline is in none. With `waiting` (and `now`, for their ageing) the
    most urgent caller of all is served first."""
    found = []
    for rule in rules.queues:
        for agent in agents if isinstance(agents, Sequence) else tuple(agents):
            penalty, presence = penalty_in(rule, agent), presences.get(agent.agent)
            if penalty is None or presence is None or presence.state is PresenceState.OFFLINE:
                continue
            found.append(
                Member(
                    queue=rule.name,
                    agent=agent.agent,
                    endpoint=agent.endpoint,
                    penalty=penalty,
                    paused=pause_of(presence),
                )
            )
    found.sort(key=lambda member: (member.queue, member.penalty, member.agent))
    return tuple(found if now is None else _reserved(rules, found, waiting, now))


def pause_of(presence: Presence) -> str | None:
    """Why he is paused in every queue. Who talks is paused already: between hanging up and his notes no call may slip
    in."""
    match presence.state:
        case PresenceState.READY:
            return None
        case PresenceState.RINGING:
            return presence.wish.event.value if presence.wish else None
        case PresenceState.BREAK | PresenceState.PAUSED:
            return presence.reason or presence.state.value
    return str(presence.state.value)


def choose(
    waiting: Iterable[Waiting],
    members_: Iterable[Member],
    free_since: Mapping[AgentId, datetime],
    now: datetime,
    rules: Rules,
) -> list[tuple[Waiting, Member]]:
    """Who is rung for whom now, in the order in which it happens; `free_since` holds the agents that are free."""
    of_queue: dict[QueueName, list[Member]] = defaultdict(list)
    for member in members_:
        if member.paused is None and member.agent in free_since:
            of_queue[member.queue].append(member)
    taken: set[AgentId] = set()
    pairs = []
    for caller in sorted(waiting, key=lambda caller: _turn(caller, now, rules)):
        may = [
            member for member in of_queue[caller.queue] if member.agent not in taken and _reaches(caller, member, now)
        ]
        if may:
            best = min(may, key=lambda member: (member.penalty, free_since[member.agent], member.agent))
            taken.add(best.agent)
            pairs.append((caller, best))
    return pairs


def most_penalty(caller: Waiting, now: datetime) -> int | None:
    """Up to which penalty agents are rung for him by now; None: everyone."""
    here = (now - caller.entered_at).total_seconds()
    reached = [step for step in caller.wider if step.after <= here]
    return reached[-1].most if reached else None


def _reaches(caller: Waiting, member: Member, now: datetime) -> bool:
    if caller.agent is not None:
        return member.agent == caller.agent
    most = most_penalty(caller, now)
    return most is None or member.penalty <= most


def _turn(caller: Waiting, now: datetime, rules: Rules) -> tuple[int, int, datetime, str]:
    weight = rules.queue(caller.queue).weight
    return -weight, -priority_at(caller.place, now, rules.ageing), caller.joined_at, caller.call_id


def _reserved(rules: Rules, found: Sequence[Member], waiting: Sequence[Waiting], now: datetime) -> Iterable[Member]:
    """Pause an agent here while in another queue, no lighter, as many more urgent callers wait as agents are free."""
    free = {member.agent for member in found if member.paused is None}
    queues_of: dict[AgentId, set[QueueName]] = defaultdict(set)
    for member in found:
        queues_of[member.agent].add(member.queue)
    ranks: dict[QueueName, list[int]] = defaultdict(list)
    for caller in waiting:
        ranks[caller.queue].append(priority_at(caller.place, now, rules.ageing))
    room = {rule.name: sum(rule.name in queues_of[agent] for agent in free) for rule in rules.queues}
    for member in found:
        best = max(ranks[member.queue], default=None) if member.queue in ranks else None
        outranked = (
            member.paused is None
            and best is not None
            and any(
                rules.queue(other).weight >= rules.queue(member.queue).weight
                and sum(rank > best for rank in ranks[other]) >= room[other]
                for other in queues_of[member.agent]
                if other != member.queue and other in ranks
            )
        )
        yield Member(
            queue=member.queue,
            agent=member.agent,
            endpoint=member.endpoint,
            penalty=member.penalty,
            paused=RESERVED if outranked else member.paused,
        )
