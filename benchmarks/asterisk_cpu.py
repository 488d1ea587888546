"""What a call costs Asterisk when it is told by the controller, and when a static dialplan says the same."""

from collections.abc import Iterator
from statistics import median

import uvloop

from benchmarks.calls import CUT, Kind, in_turns
from benchmarks.line import RECORDED, STATIC, STORY, line
from benchmarks.measure import Figure, Tell, at_most, figure


def asterisk_cpu(tell: Tell) -> Iterator[Figure]:
    """Asterisk: CPU a call, against the same prompts and keys in a static dialplan that records its calls too.

    All in the same Asterisk, batches of calls in turns, every prompt cut to half a second: the longer the prompts, the
    more of the cost is audio that is the same on all sides. AMI and CEL tell of all kinds of calls. What recording
    costs, both sides apart as the hotline has it, is `asterisk_cpu_recording`: the static dialplan with and without.
    """
    with line(**CUT) as ready:
        batches = uvloop.run(in_turns(ready, tell, Kind(STORY), Kind(RECORDED), Kind(STATIC)))
    story, recorded, static = (median(spent.asterisk for spent in each) * 1000 for each in batches)
    yield figure("asterisk_cpu", story, "ms/call", baseline=recorded, goal=at_most(1.2))
    yield figure("asterisk_cpu_recording", recorded, "ms/call", baseline=static)
