"""What a step costs the controller, all that it does for a call counted in."""

import asyncio
from collections.abc import Iterator
from statistics import median

import uvloop

from benchmarks.calls import CUT, in_turns
from benchmarks.line import BARE, STORY, line
from benchmarks.measure import Figure, Of, Tell, at_most, figure
from benchmarks.stories import appends_of_a_call
from ivr.ports.journal import Asked


def controller_cpu(tell: Tell) -> Iterator[Figure]:
    """Controller: CPU a step, journal included, against a bare FastAGI server that plays and hears the same.

    Everything the process does for a call is counted in (arrival, journal, AMI and live events, archiving) and divided
    by the steps of its story, as the journal counts them. Bare: no story, no journal, no events, on the same loop,
    called in the same Asterisk; its cost is divided by the same steps.
    """
    appends = asyncio.run(appends_of_a_call())
    steps = sum(isinstance(entry.fact, Asked) for entries in appends for entry in entries)
    with line(**CUT) as ready:
        story, bare = uvloop.run(in_turns(ready, tell, STORY, BARE))
    value, baseline = (median(spent.server for spent in batches) * 1000 / steps for batches in (story, bare))
    yield figure("controller_cpu", value, "ms/step", baseline=baseline, goal=at_most(0.5, Of.VALUE))
