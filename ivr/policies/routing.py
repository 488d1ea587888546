"""H2.1d, H1.2e, H1.1c: to whom a call goes, and where it stands among those who wait. Pure; with its reasons.

A route is a list of stops. Specialists or seniors come first where they fit and are open; the last is always the
service queue, which never closes. Within a stop the exchange holds and rings: it serves the higher priority first, then
who came first, and rings the lowest penalty (`ivr.policies.membership`) that the caller's `wider` allows by then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from ivr.domain.agent import Tier
from ivr.domain.banking import CustomerKind
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.ids import AgentId, QueueName
from ivr.domain.presence import Presence
from ivr.domain.problem import Category, Urgency
from ivr.domain.route_reasons import RouteReason
from ivr.policies.deadlines import BEIJING
from ivr.policies.hours import Calendar, Span, closed_today, is_open, opens_next
from ivr.policies.waiting import EMERGENCY_PRIORITY, Ageing, aged

BASE = {Urgency.NORMAL: 0, Urgency.ELEVATED: 10, Urgency.URGENT: 20, Urgency.EMERGENCY: EMERGENCY_PRIORITY}
"""The priority an urgency comes with."""
CARE, PROVEN = 4, 1
"""Added for who needs care, and for who is verified: together less than a step of urgency."""
PENALTY_STEP = 10
"""Of penalties from one line of agents to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRule:
    """A queue: whom it is for, who answers it, and when."""

    name: QueueName
    patience: int = 180
    """Seconds a caller waits there at most."""
    languages: tuple[Language, ...] = (Language.ZH,)
    categories: tuple[Category, ...] = ()
    """Whom it is for; empty: any."""
    customers: tuple[CustomerKind, ...] = ()
    """Whom it is for; empty: any."""
    tiers: tuple[Tier, ...] = (Tier.AGENT, Tier.SENIOR)
    """Who answers: the first rings first, each next joins later."""
    joins_after: int = 30
    """Seconds of waiting until the next line of agents joins (H1.2e)."""
    weight: int = 0
    """An agent of several queues is rung for the heavier first."""
    hours: tuple[Span, ...] = ()
    """Empty: always."""

    def suits(self, wanted: "Wanted") -> bool:
        """Whether it is for this caller."""
        return (
            wanted.language in self.languages
            and (not self.categories or wanted.category in self.categories)
            and (not self.customers or wanted.customer in self.customers)
        )

    @property
    def narrowness(self) -> int:
        """How much it is for some callers only; 0: for all."""
        return bool(self.categories) + bool(self.customers) + (Language.ZH not in self.languages)


_SERVICE, _EMERGENCY = QueueName("service"), QueueName("emergency")


def _two_queues() -> tuple[QueueRule, ...]:
    everyone = (Language.ZH, Language.EN)
    return (
        QueueRule(name=_SERVICE, languages=everyone),
        QueueRule(name=_EMERGENCY, languages=everyone, patience=120, tiers=(Tier.DUTY, Tier.SENIOR), weight=100),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that routing goes by. Raises ValueError where a queue is missing, or the last resort could be closed."""

    queues: tuple[QueueRule, ...] = field(default_factory=_two_queues)
    service: QueueName = _SERVICE
    """Every route ends there."""
    emergency: QueueName = _EMERGENCY
    senior: QueueName | None = None
    """The second line's own queue; None: seniors only join others."""
    ageing: Ageing = field(default_factory=Ageing)
    same_agent_within: timedelta = timedelta(hours=24)
    """So long after a talk the customer is brought to the same agent first …"""
    same_agent_patience: int = 15
    """… for so many seconds; 0: never."""
    second_line_calls: int = 2
    """So many calls before this one in the last days bring a caller to the second line; 0: never."""
    calendar: Calendar = field(default_factory=Calendar)
    zone: tzinfo = BEIJING

    def __post_init__(self) -> None:
        names = [queue.name for queue in self.queues]
        for role, name in (("service", self.service), ("emergency", self.emergency), ("senior", self.senior)):
            if name is not None and name not in names:
                raise ValueError(f"the {role} queue is {name!r}; queues are {sorted(names)}")
        for name in (self.service, self.emergency):
            if self.queue(name).hours:
                raise ValueError(f"queue {name!r} has hours; the last resort and emergencies are open at any time")

    def queue(self, name: str) -> QueueRule:
        """By name. Raises KeyError."""
        found = next((queue for queue in self.queues if queue.name == name), None)
        if found is None:
            raise KeyError(name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All of a caller that bears on his route."""

    language: Language = Language.ZH
    category: Category | None = None
    urgency: Urgency = Urgency.NORMAL
    customer: CustomerKind | None = None
    vulnerable: bool = False
    verification: VerificationLevel = VerificationLevel.UNKNOWN
    recent_calls: int = 0
    """Of the same number in the last days, before this one."""
    last_agent: AgentId | None = None
    """Who helped this customer last …"""
    last_handled_at: datetime | None = None
    """… and when, UTC."""
    waited: float = 0.0
    """Seconds in queues until now, on this call."""
    now: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class Wider:
    """From so many seconds at a stop on, agents up to this penalty are rung; None: everyone."""

    after: int
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place to wait, for so many seconds at most."""

    queue: QueueName
    patience: int
    priority: int
    """Among those who wait there, as of `Wanted.waited`; higher is served earlier. It rises with waiting."""
    agent: AgentId | None = None
    """Only this agent is rung, while he is free; at once onward otherwise."""
    wider: tuple[Wider, ...] = ()
    """In order; empty: everyone from the beginning."""
    reasons: tuple[RouteReason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A queue, or agent, that would have suited and is passed by."""

    queue: QueueName
    reason: RouteReason
    until: datetime | None = None
    """UTC; when it opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a call goes: the first stop, and the next when nobody answers there."""

    stops: tuple[Stop, ...]
    reasons: tuple[RouteReason, ...]
    """For the priority."""
    skipped: tuple[Skipped, ...] = ()

    @property
    def priority(self) -> int:
        """It begins with."""
        return self.stops[0].priority


def route(wanted: Wanted, rules: Rules, presences: Mapping[AgentId, Presence] | None = None) -> Route:
    """Where this caller goes, and why. Without `presences` nobody knows who is free; the exchange finds out then."""
    priority, reasons = priority_of(wanted, rules.ageing)
    fitting = _fitting(wanted, rules)
    there, skipped = _open_ones(fitting, wanted, rules)
    stops = [_stop(rule, why, wanted, priority) for rule, why in there]
    same, missed = _same_agent(wanted, rules, stops[0], presences)
    return Route(stops=tuple(_with_overflow([*same, *stops])), reasons=reasons, skipped=(*missed, *skipped))


def priority_of(wanted: Wanted, ageing: Ageing) -> tuple[int, tuple[RouteReason, ...]]:
    """Where he stands among those who wait, and why."""
    base, reasons = BASE[wanted.urgency], []
    if wanted.urgency is not Urgency.NORMAL:
        reasons.append(RouteReason[wanted.urgency.name])
    if wanted.urgency is Urgency.EMERGENCY:
        return base, tuple(reasons)
    if wanted.vulnerable:
        base += CARE
        reasons.append(RouteReason.VULNERABLE)
    if wanted.verification >= VerificationLevel.VERIFIED:
        base += PROVEN
        reasons.append(RouteReason.VERIFIED)
    risen = aged(base, wanted.waited, ageing)
    return risen, (*reasons, RouteReason.WAITED) if risen > base else tuple(reasons)


_Fitting = list[tuple[QueueRule, RouteReason]]


def _fitting(wanted: Wanted, rules: Rules) -> _Fitting:
    """The queues for this caller in order, the last resort at the end."""
    service = (rules.queue(rules.service), RouteReason.SERVICE)
    if wanted.urgency is Urgency.EMERGENCY:
        return [(rules.queue(rules.emergency), RouteReason.EMERGENCY), service]
    found: _Fitting = []
    if rules.senior is not None and 0 < rules.second_line_calls <= wanted.recent_calls:
        second = rules.queue(rules.senior)
        if wanted.language in second.languages:
            found.append((second, RouteReason.SECOND_LINE))
    kept = (rules.service, rules.emergency, rules.senior)
    narrow = [rule for rule in rules.queues if rule.narrowness and rule.name not in kept and rule.suits(wanted)]
    for rule in sorted(narrow, key=lambda rule: -rule.narrowness):
        by_matter = rule.categories or rule.customers
        found.append((rule, RouteReason.SPECIALIST if by_matter else RouteReason.LANGUAGE))
    return [*found, service]


def _open_ones(fitting: _Fitting, wanted: Wanted, rules: Rules) -> tuple[_Fitting, list[Skipped]]:
    """Of the narrow ones the first that is open (and the second line), and those passed by because they are closed."""
    local = wanted.now.astimezone(rules.zone)
    there: _Fitting = []
    skipped: list[Skipped] = []
    found = False
    for rule, why in fitting:
        narrow = why in (RouteReason.SPECIALIST, RouteReason.LANGUAGE)
        if narrow and found:
            continue
        if is_open(rule.hours, local, rules.calendar):
            found = found or narrow
            there.append((rule, why))
            continue
        closed = closed_today(rule.hours, local, rules.calendar)
        opens = opens_next(rule.hours, local, rules.calendar)
        reason = RouteReason.CLOSED_HOLIDAY if closed else RouteReason.CLOSED_NOW
        until = opens.astimezone(wanted.now.tzinfo) if opens else None
        skipped.append(Skipped(queue=rule.name, reason=reason, until=until))
    return there, skipped


def _stop(rule: QueueRule, why: RouteReason, wanted: Wanted, priority: int) -> Stop:
    wider = _wider(rule, wanted)
    lines = () if len(rule.tiers) == 1 else (RouteReason.SENIORS_LATER if wider else RouteReason.SENIORS_AT_ONCE,)
    return Stop(queue=rule.name, patience=rule.patience, priority=priority, wider=wider, reasons=(why, *lines))


def _wider(rule: QueueRule, wanted: Wanted) -> tuple[Wider, ...]:
    """Each next line of agents joins after its time; at once for an urgent caller, or who has waited that long."""
    if wanted.urgency >= Urgency.URGENT or rule.joins_after == 0:
        return ()
    steps: list[Wider] = []
    for line in range(1, len(rule.tiers) + 1):
        most = None if line == len(rule.tiers) else line * PENALTY_STEP - 1
        after = max(int((line - 1) * rule.joins_after - wanted.waited), 0)
        if after == 0:
            steps.clear()
        steps.append(Wider(after, most))
    return tuple(steps) if steps[0].most is not None else ()


def _same_agent(
    wanted: Wanted, rules: Rules, first: Stop, presences: Mapping[AgentId, Presence] | None
) -> tuple[list[Stop], list[Skipped]]:
    """The agent who helped last: he knows the story. Never for an emergency, and nobody waits twice for him."""
    agent, at = wanted.last_agent, wanted.last_handled_at
    if agent is None or at is None or wanted.waited > 0 or not rules.same_agent_patience:
        return [], []
    if wanted.urgency is Urgency.EMERGENCY or not timedelta() <= wanted.now - at <= rules.same_agent_within:
        return [], []
    if presences is not None and not (agent in presences and presences[agent].takes_calls):
        return [], [Skipped(queue=first.queue, reason=RouteReason.SAME_AGENT_AWAY)]
    stop = Stop(
        queue=first.queue,
        patience=rules.same_agent_patience,
        priority=first.priority,
        agent=agent,
        reasons=(RouteReason.SAME_AGENT,),
    )
    return [stop], []


def _with_overflow(stops: list[Stop]) -> list[Stop]:
    """Each after the first says that it takes over."""
    return [*stops[:1], *(replace(stop, reasons=(*stop.reasons, RouteReason.OVERFLOW)) for stop in stops[1:])]
