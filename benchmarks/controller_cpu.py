"""What a step costs the controller, all that it does for a call counted in."""

from collections.abc import Iterator
from statistics import mean, median

import uvloop

from benchmarks.calls import CUT, Kind, Spent, in_turns
from benchmarks.line import BARE, STORY, line
from benchmarks.measure import Figure, Of, Tell, at_most, figure, middle

LONG = "1" + "541" * 4 + "542"
"""Products and hours five times where KEYS has them twice."""


def controller_cpu(tell: Tell) -> Iterator[Figure]:
    """Controller: CPU a step, journal included, against a bare FastAGI server that plays and hears the same.

    The CPU (user and system, all threads) that the process spends from the first of 40 calls at once to the archiver's
    round after the last one: arrival, dialogue, journal, AMI and live events, archiving, the sealed recording, and what
    it does all the time. The start and the first calls, which load what is loaded once, are not in it. It is divided by
    the steps: a step is one that the story asked and the journal has an answer to, notes included, counted in the
    archive of these very calls. Bare: no story, no journal, no events, on the same loop, called in the same Asterisk;
    its cost is divided by the same steps.

    `controller_cpu_more` is what a step more costs: calls of twice the steps against these, so that what every call
    costs whatever its length is not in it; its baseline is the figure with it.
    """
    with line(**CUT) as ready:
        longer, story, bare = uvloop.run(in_turns(ready, tell, Kind(STORY, LONG), Kind(STORY), Kind(BARE)))
    steps, more = (mean(batch.steps for batch in batches) for batches in (story, longer))
    tell(f"{steps:.1f} and {more:.1f} steps a call")
    costs, others, longest = _costs(story), _costs(bare), _costs(longer)
    value, baseline = (cost / steps for cost in middle(zip(costs, others, strict=True)))
    yield figure("controller_cpu", value, "ms/step", baseline=baseline, goal=at_most(0.5, Of.VALUE))
    slope = median(long - short for long, short in zip(longest, costs, strict=True)) / (more - steps)
    yield figure("controller_cpu_more", slope, "ms/step", baseline=value)


def _costs(batches: list[Spent]) -> list[float]:
    """Milliseconds a call."""
    return [batch.server * 1000 for batch in batches]
