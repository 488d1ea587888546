"""What a call costs Asterisk when it is told by the controller, and when a static dialplan says the same."""

from collections.abc import Iterator
from statistics import median

import uvloop

from benchmarks.calls import CUT, Kind, in_turns
from benchmarks.line import STATIC, STORY, line
from benchmarks.measure import Figure, Tell, at_most, figure


def asterisk_cpu(tell: Tell) -> Iterator[Figure]:
    """Asterisk: CPU a call, against the same prompts and keys in a static dialplan.

    Both in the same Asterisk, batches of calls in turns, every prompt cut to half a second: the longer the prompts, the
    more of the cost is audio that is the same on both sides. AMI and CEL tell of both kinds of calls.
    """
    with line(**CUT) as ready:
        story, static = uvloop.run(in_turns(ready, tell, Kind(STORY), Kind(STATIC)))
    value, baseline = (median(spent.asterisk for spent in batches) * 1000 for batches in (story, static))
    yield figure("asterisk_cpu", value, "ms/call", baseline=baseline, goal=at_most(1.2))
