"""Figures, their goals, and how they are taken: value and baseline in turns, since a machine has moods."""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum

from ivr.domain.errors import HotlineError

Tell = Callable[[str], None]
"""Says what a benchmark is at, for whoever waits."""


class Invalid(HotlineError):
    """What was measured did not go as it had to, so that there is no figure."""


class Of(Enum):
    """What a goal is about."""

    VALUE = "value"
    RATIO = "ratio"
    MORE = "value - baseline"


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound, in the figure's unit or, for a ratio, in none."""

    of: Of
    sign: str
    """`<=` or `>=`."""
    bound: float

    def holds(self, value: float, baseline: float) -> bool:
        """Whether these two keep it."""
        match self.of:
            case Of.VALUE:
                judged = value
            case Of.RATIO:
                judged = ratio(value, baseline)
            case Of.MORE:
                judged = value - baseline
        return judged <= self.bound if self.sign == "<=" else judged >= self.bound

    def __str__(self) -> str:
        return f"{self.of.value} {self.sign} {self.bound:g}"


def at_most(bound: float, of: Of = Of.RATIO) -> Goal:
    """No more than that."""
    return Goal(of, "<=", bound)


def at_least(bound: float, of: Of = Of.RATIO) -> Goal:
    """No less than that."""
    return Goal(of, ">=", bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing measured. Without a goal `holds` is None too."""

    name: str
    value: float
    unit: str
    baseline: float
    ratio: float
    goal: str | None
    holds: bool | None

    def plain(self) -> dict[str, object]:
        """For `--json`."""
        rounded = {key: float(f"{getattr(self, key):.4g}") for key in ("value", "baseline", "ratio")}
        return {**asdict(self), **rounded}


def middle(pairs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Of values and the baselines that were measured beside them, the pair whose ratio is the median one: a machine
    changes its speed from one minute to the next by more than what is looked for.
    """
    ordered = sorted(pairs, key=lambda pair: ratio(*pair))
    return ordered[(len(ordered) - 1) // 2]


def figure(name: str, value: float, unit: str, *, baseline: float, goal: Goal | None = None) -> Figure:
    """Judge a value beside its baseline."""
    return Figure(
        name=name,
        value=value,
        unit=unit,
        baseline=baseline,
        ratio=ratio(value, baseline),
        goal=None if goal is None else str(goal),
        holds=None if goal is None else goal.holds(value, baseline),
    )


def ratio(value: float, baseline: float) -> float:
    """The value as so many times the baseline."""
    return value / baseline if baseline else math.copysign(math.inf, value)


def in_turns(rounds: int, *runs: Callable[[], float]) -> list[float]:
    """Run them A B A B …, and take the median of each. Every second round goes backwards, B A: what wears off or
    warms up meets both alike.
    """
    taken: list[list[float]] = [[] for _ in runs]
    for turn in range(rounds):
        places = range(len(runs)) if turn % 2 == 0 else reversed(range(len(runs)))
        for place in places:
            taken[place].append(runs[place]())
    return [statistics.median(values) for values in taken]


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that so many per cent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, ended threads included: the clock of clock_getcpuclockid(3).

    In nanoseconds; what `/proc` and psutil tell comes in ticks of 10 ms, as much as a whole call takes.
    """
    return time.clock_gettime((~pid << 3) | 2)
