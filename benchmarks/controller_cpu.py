"""What a step costs the controller, all that it does for a call counted in."""

import asyncio
from collections.abc import Iterator
from statistics import median

import uvloop

from benchmarks.calls import CUT, in_turns
from benchmarks.line import BARE, STORY, line
from benchmarks.measure import Figure, Of, Tell, at_most, figure
from benchmarks.stories import appends_of_a_call
from ivr.ports.journal import Answered


def controller_cpu(tell: Tell) -> Iterator[Figure]:
    """Controller: CPU a step, journal included, against a bare FastAGI server that plays and hears the same.

    The CPU (user and system, all threads) that the process spends from the first of 40 calls at once to the archiver's
    round after the last one: arrival, dialogue, journal, AMI and live events, archiving. The start and the first calls,
    which load what is loaded once, are not in it. It is divided by the steps: a step is one that the story asked and
    the journal has an answer to, notes included (13 a call, of which 5 are notes). Bare: no story, no journal, no
    events, on the same loop, called in the same Asterisk; its cost is divided by the same steps.
    """
    appends = asyncio.run(appends_of_a_call())
    steps = sum(isinstance(entry.fact, Answered) for entries in appends for entry in entries)
    with line(**CUT) as ready:
        story, bare = uvloop.run(in_turns(ready, tell, STORY, BARE))
    value, baseline = (median(spent.server for spent in batches) * 1000 / steps for batches in (story, bare))
    yield figure("controller_cpu", value, "ms/step", baseline=baseline, goal=at_most(0.5, Of.VALUE))
