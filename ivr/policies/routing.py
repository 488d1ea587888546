"""H2.1d, H1.2e: to whom a call goes, and where it stands among those who wait. Pure; with its reasons."""

from dataclasses import dataclass

from ivr.domain.problem import Urgency

_PRIORITY = {Urgency.NORMAL: 0, Urgency.ELEVATED: 10, Urgency.URGENT: 20, Urgency.EMERGENCY: 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A queue to wait in, for so many seconds at most."""

    queue: str
    patience: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """The queues there are, by what they are for."""

    service: Stop
    emergency: Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a call goes: the first stop, and the next when nobody answers there."""

    stops: tuple[Stop, ...]
    priority: int
    """Higher is served earlier."""


def route(urgency: Urgency, queues: Queues) -> Route:
    """An emergency goes to the officers on duty first, then to the front of the service queue; all else to service, the
    more urgent before the less."""
    stops = (queues.emergency, queues.service) if urgency is Urgency.EMERGENCY else (queues.service,)
    return Route(stops=stops, priority=_PRIORITY[urgency])
