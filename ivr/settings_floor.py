"""Settings of who answers: queues and their hours, routing, agents, breaks, call backs."""

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from ivr.domain.agent import Tier
from ivr.domain.banking import CustomerKind
from ivr.domain.caller import Language
from ivr.domain.ids import QueueName
from ivr.domain.presence import WrapUp
from ivr.domain.problem import Category
from ivr.policies.calling_back import CallBackRules
from ivr.policies.hours import Calendar, Days, Span
from ivr.policies.routing import QueueRule, Rules
from ivr.policies.waiting import Ageing
from ivr.settings_base import Seconds, Section, Word


class HoursSettings(Section):
    """One span of opening hours."""

    days: Days = Days.ALL
    """`all`, `working` (days of the country, with its holidays), or `off`."""
    opens: time
    """`"09:00"`."""
    closes: time
    """`"00:00"` is midnight."""

    @model_validator(mode="after")
    def _some_time(self) -> "HoursSettings":
        _ = self.span
        return self

    @property
    def span(self) -> Span:
        """As the policy knows it. Raises ValueError."""
        return Span(days=self.days, opens=self.opens, closes=self.closes)


class Queue(Section):
    """Where callers wait for a person."""

    name: Word
    ring: Seconds = 20
    """Seconds a phone rings before the next is tried."""
    patience: Annotated[int, Field(ge=5, le=3600)] = 180
    """Seconds a caller waits before the story goes on without a person."""
    exit_keys: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{0,12}$")] = ""
    """Keys that take a waiting caller out of the queue and back to the story; empty: keys do nothing there."""
    strategy: Literal["rrmemory", "leastrecent", "fewestcalls", "random", "ringall", "linear"] = "rrmemory"
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = (Language.ZH, Language.EN)
    """Its callers speak one of them; its agents too."""
    categories: tuple[Category, ...] = ()
    """Specialists of these answer, and callers with these come; empty: any."""
    customers: tuple[CustomerKind, ...] = ()
    """It is for these only: personal, corporate, internal; empty: any."""
    tiers: tuple[Tier, ...] = ()
    """Who answers, the first line first: agent, senior, duty. Empty: agents, then seniors; of the emergency queue the
    officers on duty, then seniors; of the senior queue seniors."""
    joins_after: Annotated[int, Field(ge=0, le=3600)] = 30
    """Seconds of waiting until the next line joins; 0: at once."""
    weight: Annotated[int, Field(ge=0, le=99)] = 0
    """An agent of several queues is rung for the heavier first; the emergency queue is above all."""
    hours: Word | None = None
    """A name below `[hours]`; none: always open."""


class RoutingSettings(Section):
    """To whom calls go, beside the queues' own keys."""

    senior_queue: Word | None = None
    """The second line's own queue, for callers who were not helped before; none: seniors only join other queues."""
    second_line_calls: Annotated[int, Field(ge=0, le=99)] = 2
    """So many earlier calls in the last days bring a caller there; 0: never."""
    ageing_every: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds of waiting that raise a caller's priority …"""
    ageing_step: Annotated[int, Field(ge=0, le=99)] = 5
    """… by so much."""
    ageing_most: Annotated[int, Field(ge=0, le=99)] = 90
    """Waiting brings nobody higher; an emergency is 100."""
    same_agent_hours: Annotated[float, Field(ge=0, le=720)] = 24
    """So long after a talk a customer is brought to the same agent first …"""
    same_agent_patience: Annotated[int, Field(ge=0, le=300)] = 15
    """… for so many seconds, while that agent is free; 0: never."""


class AgentSettings(Section):
    """How agents work."""

    wrap_up: Annotated[int, Field(ge=0, le=3600)] = 30
    """Seconds for the notes after a talk."""
    wrap_up_extension: Annotated[int, Field(ge=1, le=3600)] = 60
    """Seconds that one extension adds."""
    wrap_up_longest: Annotated[int, Field(ge=0, le=7200)] = 600
    number_told: bool = True
    """The caller hears the number of the agent who has answered, and is with him then (H2.1a); not in an emergency."""

    @model_validator(mode="after")
    def _in_order(self) -> "AgentSettings":
        if self.wrap_up > self.wrap_up_longest:
            raise ValueError(f"wrap_up {self.wrap_up} is longer than wrap_up_longest {self.wrap_up_longest}")
        return self

    @property
    def times(self) -> WrapUp:
        """As the domain knows them."""
        return WrapUp(
            usual=timedelta(seconds=self.wrap_up),
            extension=timedelta(seconds=self.wrap_up_extension),
            longest=timedelta(seconds=self.wrap_up_longest),
        )


class BreakSettings(Section):
    """A reason for a break."""

    name: Word
    zh: Annotated[str, Field(min_length=1, max_length=32)]
    en: Annotated[str, Field(min_length=1, max_length=32)]
    minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15
    """Longer ones are shown to supervisors."""


class CallBackSettings(Section):
    """How callers are called back instead of waiting."""

    enabled: bool = True
    call_from: time = time(8, 0)
    """Customers are rung between these, emergencies at any time."""
    call_until: time = time(21, 0)
    tries: Annotated[int, Field(ge=1, le=20)] = 3
    after_busy: Seconds = 300
    """Seconds to the next attempt after a busy line."""
    after_nobody: Annotated[tuple[Seconds, ...], Field(min_length=1)] = (1800, 7200)
    """Seconds to the next attempt after the first, the second … that nobody answered."""
    offer_after: Annotated[int, Field(ge=0, le=3600)] = 60
    """Seconds of waiting, past or expected, from which it is offered."""
    furthest_days: Annotated[int, Field(ge=1, le=60)] = 7
    ring: Annotated[int, Field(ge=5, le=120)] = 30
    """Seconds a customer's phone rings."""
    at_once: Annotated[int, Field(ge=1, le=100)] = 5
    """So many are rung at one time at most."""
    trunk: Word | None = None
    """Over which they are rung; none: the first."""
    abroad: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")], ...] = ()
    """Countries (ISO 3166) besides the trunk's own whose numbers may be rung: whoever calls in has us pay for them."""
    international: bool = False
    """The trunk takes numbers as `+86…`; false: as they are dialled at home."""

    @model_validator(mode="after")
    def _possible(self) -> "CallBackSettings":
        _ = self.rules
        return self

    @property
    def rules(self) -> CallBackRules:
        """As the policy knows them. Raises ValueError."""
        return CallBackRules(
            enabled=self.enabled,
            call_from=self.call_from,
            call_until=self.call_until,
            tries=self.tries,
            after_busy=timedelta(seconds=self.after_busy),
            after_nobody=tuple(timedelta(seconds=pause) for pause in self.after_nobody),
            offer_after=self.offer_after,
            furthest=timedelta(days=self.furthest_days),
        )


def floor_hangs_together(
    queues: Sequence[Queue],
    hours: Mapping[str, Sequence[HoursSettings]],
    routing: RoutingSettings,
    *,
    service: str,
    emergency: str,
) -> None:
    """Raises ValueError where a name leads nowhere, or callers could come to a closed door (H1.1c)."""
    names = sorted(queue.name for queue in queues)
    if routing.senior_queue is not None and routing.senior_queue not in names:
        raise ValueError(f"routing.senior_queue is {routing.senior_queue!r}; queues are {names}")
    if routing.senior_queue in (service, emergency):
        raise ValueError(
            f"routing.senior_queue is {routing.senior_queue!r}, which has another task; name one of its own"
        )
    for queue in queues:
        if queue.hours is not None and queue.hours not in hours:
            raise ValueError(f"queues: {queue.name} has hours {queue.hours!r}; hours are {sorted(hours)}")
        if queue.hours is not None and queue.name in (service, emergency):
            raise ValueError(
                f"queues: {queue.name} has hours {queue.hours!r}; the line is open at any time: remove them"
            )


def rules_of(
    queues: Sequence[Queue],
    hours: Mapping[str, Sequence[HoursSettings]],
    routing: RoutingSettings,
    calendar: Calendar,
    *,
    service: str,
    emergency: str,
) -> Rules:
    """What routing goes by."""
    usual = {emergency: (Tier.DUTY, Tier.SENIOR), routing.senior_queue: (Tier.SENIOR,)}
    return Rules(
        queues=tuple(
            QueueRule(
                name=QueueName(queue.name),
                patience=queue.patience,
                languages=queue.languages,
                categories=queue.categories,
                customers=queue.customers,
                tiers=queue.tiers or usual.get(queue.name, (Tier.AGENT, Tier.SENIOR)),
                joins_after=queue.joins_after,
                weight=100 if queue.name == emergency else queue.weight,
                hours=tuple(span.span for span in hours[queue.hours]) if queue.hours else (),
            )
            for queue in queues
        ),
        service=QueueName(service),
        emergency=QueueName(emergency),
        senior=QueueName(routing.senior_queue) if routing.senior_queue else None,
        ageing=Ageing(every=routing.ageing_every, step=routing.ageing_step, most=routing.ageing_most),
        same_agent_within=timedelta(hours=routing.same_agent_hours),
        same_agent_patience=routing.same_agent_patience,
        second_line_calls=routing.second_line_calls,
        calendar=calendar,
    )
