"""Batches of the same call, placed by the carrier to one number or another."""

import asyncio
from dataclasses import dataclass

from benchmarks.line import BARE, Line
from benchmarks.measure import Invalid, Tell, cpu_seconds
from benchmarks.stories import KEYS
from ivr.adapters.carrier.caller import Caller
from ivr.adapters.carrier.placing import Carrier
from ivr.adapters.carrier.scenarios import Scenario
from ivr.domain.call import Outcome

CALLS, ROUNDS = 40, 3
"""Calls of a batch, and batches to each number."""
FIRST_CALLS = 2
"""They warm up what is loaded at first use, and are not counted."""
BETWEEN_CALLS = 0.05
"""Seconds from one call's beginning to the next one's: so many do not dial at the same moment."""
CLEARED_AWAY = 1.5
"""Seconds after the last call for the archiver's round, and for what Asterisk has to clear away."""
THINKS = 0.5
"""Seconds before a key: in the middle of a menu's words."""
HEARS_OUT = 1.3
"""Seconds before a key after a product and the hours: they are heard out, so that the key meets the menu after them."""
CUT = {
    "HOTLINE_PROMPTS__CUT_MS": "500",
    "HOTLINE_STORY__KEY_PATIENCE": "60",
    "HOTLINE_STORY__SURVEY": "false",
    "HOTLINE_STORY__PRODUCTS": '["about_deposits"]',
}
"""Every prompt's first half second: a call in which next to nothing but the dialogue costs anything."""
WAITS_FOR_END = 20.0


def regular(caller: Caller) -> None:
    """Presses KEYS at the same moments in every call, hears the goodbye, is hung up on."""
    for place, key in enumerate(KEYS):
        caller.wait(HEARS_OUT if place and place % 3 == 0 else THINKS)
        caller.press(key)
    caller.wait(WAITS_FOR_END)


REGULAR = Scenario("regular", regular, Outcome.SELF_SERVED)


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds a call, by process."""

    asterisk: float
    server: float
    """The controller, or the bare server."""


async def in_turns(line: Line, tell: Tell, first: str, second: str) -> tuple[list[Spent], list[Spent]]:
    """What calls to these two numbers cost, batches of each in turns: A B B A A B."""
    spent: dict[str, list[Spent]] = {first: [], second: []}
    async with line.carrier() as carrier:
        tell("the first calls")
        await asyncio.gather(*(_spent(line, carrier, dialled, FIRST_CALLS) for dialled in spent))
        for turn in range(ROUNDS):
            for dialled in spent if turn % 2 == 0 else reversed(spent):
                tell(f"{CALLS} calls to {dialled}, round {turn + 1} of {ROUNDS}")
                spent[dialled].append(await _spent(line, carrier, dialled, CALLS))
    return spent[first], spent[second]


async def _spent(line: Line, carrier: Carrier, dialled: str, calls: int) -> Spent:
    """Place a batch of regular calls, wait until all that follows from them is done, and say what they cost.

    Raises Invalid unless every one of them came to its goodbye.
    """
    pids = line.pid("asterisk"), line.pid(BARE if dialled == BARE else "controller")
    before = [cpu_seconds(pid) for pid in pids]
    placed = []
    for place in range(calls):
        call = carrier.place(REGULAR, caller_number=f"139{place:08d}", dialled=dialled)
        placed.append(asyncio.create_task(call))
        await asyncio.sleep(BETWEEN_CALLS)
    reports = await asyncio.gather(*placed)
    await asyncio.sleep(CLEARED_AWAY)
    strayed = sum(report.hung_up_himself for report in reports)
    if strayed:
        raise Invalid(f"{strayed} of {calls} calls to {dialled} did not come to the goodbye")
    return Spent(*((cpu_seconds(pid) - then) / calls for pid, then in zip(pids, before, strict=True)))
