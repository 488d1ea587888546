"""What a call costs Asterisk when it is told by the controller, and when a static dialplan says the same."""

from collections.abc import Iterator

import uvloop

from benchmarks.calls import CUT, Kind, in_turns
from benchmarks.line import RECORDED, STATIC, STORY, line
from benchmarks.measure import Figure, Tell, at_most, figure, middle


def asterisk_cpu(tell: Tell) -> Iterator[Figure]:
    """Asterisk: CPU a call, against the same prompts and keys in a static dialplan that records its calls too.

    All in the same Asterisk, batches of calls in turns, every prompt cut to half a second: the longer the prompts, the
    more of the cost is audio that is the same on all sides. AMI and CEL tell of all kinds of calls. What recording
    costs, both sides apart as the hotline has it, is `asterisk_cpu_recording`: the static dialplan with and without.
    """
    with line(**CUT) as ready:
        batches = uvloop.run(in_turns(ready, tell, Kind(STORY), Kind(RECORDED), Kind(STATIC)))
    story, recorded, static = ([spent.asterisk * 1000 for spent in each] for each in batches)
    value, baseline = middle(zip(story, recorded, strict=True))
    yield figure("asterisk_cpu", value, "ms/call", baseline=baseline, goal=at_most(1.2))
    value, baseline = middle(zip(recorded, static, strict=True))
    yield figure("asterisk_cpu_recording", value, "ms/call", baseline=baseline)
