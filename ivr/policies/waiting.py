"""H1.2a: where a caller stands among those who wait, and how long it will be. Pure; the clock is handed in."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

EMERGENCY_PRIORITY = 100
"""Of an emergency; nothing else ever comes so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ageing:
    """Whoever waits rises, so that nobody starves behind later and more urgent callers. Raises ValueError where a
    priority would fall, or reach an emergency's."""

    every: int = 60
    """Seconds of waiting that raise …"""
    step: int = 5
    """… by so much: an ordinary caller of four minutes stands where an urgent one of this moment does."""
    most: int = 90
    """Further than this waiting alone brings nobody; among equals who came first is served first."""

    def __post_init__(self) -> None:
        if self.every < 1 or self.step < 0 or not 0 <= self.most < EMERGENCY_PRIORITY:
            raise ValueError(
                f"ageing: every {self.every} s (1 or more), step {self.step} (0 or more), most {self.most} "
                f"(0 to {EMERGENCY_PRIORITY - 1})"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A waiting caller, as far as his place is concerned."""

    priority: int
    """He came with."""
    joined_at: datetime
    """UTC; the beginning of all his waiting, earlier queues included."""


def aged(priority: int, waited: float, ageing: Ageing) -> int:
    """The priority after so many seconds of waiting: never lower, and below an emergency unless it was one."""
    if priority >= EMERGENCY_PRIORITY:
        return priority
    return max(priority, min(priority + int(max(waited, 0) // ageing.every) * ageing.step, ageing.most))


def priority_at(place: Place, now: datetime, ageing: Ageing) -> int:
    """What the exchange is to know of him now."""
    return aged(place.priority, (now - place.joined_at).total_seconds(), ageing)


def position_of(own: Place, others: Iterable[Place], now: datetime, ageing: Ageing) -> int:
    """Where he stands, or would, among these: 1 is the front; who came first goes first among equals."""
    mine = (-priority_at(own, now, ageing), own.joined_at)
    return 1 + sum((-priority_at(each, now, ageing), each.joined_at) < mine for each in others)


def place_of(priority: int, waited: float, now: datetime, ageing: Ageing) -> Place:
    """The place of one whom the exchange has at this priority by now, his rises included."""
    gain = 0 if priority >= EMERGENCY_PRIORITY else int(waited // ageing.every) * ageing.step
    return Place(priority=max(priority - gain, 0), joined_at=now - timedelta(seconds=waited))


def next_rise(priority: int, waited: float, ageing: Ageing) -> float | None:
    """In how many seconds his priority changes; None: never."""
    if ageing.step == 0 or priority >= ageing.most or aged(priority, waited, ageing) >= ageing.most:
        return None
    return ageing.every - max(waited, 0) % ageing.every


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOutlook:
    """What an estimate is made from."""

    position: int
    """Of the caller; 1 is the front."""
    agents: int
    """At work for this queue: ready, ringing, talking or writing notes; not on a break."""
    ready: int = 0
    """Of them, free now."""
    handle_time: float | None = None
    """Seconds that a call takes, notes included, of late; None: not known, `usual` is taken."""
    handled: int = 0
    """Calls it was measured over: of few, it says little."""


USUAL_HANDLE_TIME = 240.0
"""Seconds; where nothing is measured yet (advice)."""
ENOUGH = 30
"""Calls from which on a mean is believed."""
FAR = 20
"""Turns beyond which agents come and go too much for a likely time."""
SPREAD = 1.3
"""Of a mean wait to what nine of ten do not exceed, per square root of the turns waited for, roughly (advice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedWait:
    """An estimate, honest about itself. Whole minutes, as it is spoken."""

    minutes: int
    """Most likely; 0 is less than one."""
    at_most: int
    """Nine of ten wait no longer, as far as one can say."""
    sure: bool
    """False: little is known; only `at_most` should be spoken."""

    @property
    def seconds_at_most(self) -> int:
        """For rules that count in seconds."""
        return self.at_most * 60


def expected_wait(outlook: QueueOutlook) -> ExpectedWait | None:
    """How long it will be; None where nobody is at work, and nobody can say."""
    if outlook.agents < 1:
        return None
    known = outlook.handle_time is not None and outlook.handled >= ENOUGH
    handle = outlook.handle_time if outlook.handle_time is not None else USUAL_HANDLE_TIME
    turns = max(outlook.position - outlook.ready, 0)
    # With n at work, one becomes free every handle/n seconds; the first after that time on average too, since how far
    # each is with his call is not known.
    mean = turns * handle / outlook.agents
    # The more turns, the more the long and the short calls even out.
    spread = SPREAD * (1.0 if known else 2.0) * handle / outlook.agents * math.sqrt(turns)
    minutes = _nearest(mean)
    return ExpectedWait(minutes=minutes, at_most=max(_above(mean + spread), minutes, 1), sure=known and turns <= FAR)


def _above(seconds: float) -> int:
    minutes = math.ceil(seconds / 60)
    return minutes if minutes < 10 else 5 * math.ceil(minutes / 5)


def _nearest(seconds: float) -> int:
    """Whole minutes; from ten on in fives: nobody knows it better."""
    minutes = seconds / 60
    return round(minutes) if minutes < 10 else 5 * round(minutes / 5)
