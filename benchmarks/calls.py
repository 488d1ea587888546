"""Batches of the same call, placed by the carrier to one number or another."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import mean

from benchmarks.line import BARE, STORY, Line
from benchmarks.measure import Invalid, Tell, cpu_seconds
from benchmarks.stories import KEYS
from ivr.adapters.carrier.caller import Caller
from ivr.adapters.carrier.placing import Carrier
from ivr.adapters.carrier.scenarios import Scenario
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.engine import make_engine
from ivr.domain.call import Outcome
from ivr.ports.archive import CallFilter
from ivr.ports.journal import Answered

CALLS, ROUNDS = 40, 5
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


@dataclass(frozen=True, slots=True)
class Kind:
    """Calls to one number that press the same keys."""

    dialled: str
    keys: str = KEYS

    @property
    def scenario(self) -> Scenario:
        """Presses the keys at the same moments in every call, hears the goodbye, is hung up on."""

        def regular(caller: Caller) -> None:
            for place, key in enumerate(self.keys):
                caller.wait(HEARS_OUT if place and place % 3 == 0 else THINKS)
                caller.press(key)
            caller.wait(WAITS_FOR_END)

        return Scenario("regular", regular, Outcome.SELF_SERVED)


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds a call, by process."""

    asterisk: float
    server: float
    """The controller, or the bare server."""
    steps: float
    """Of these calls, on average, by their journals; 0 where no story was told."""


async def in_turns(line: Line, tell: Tell, *kinds: Kind) -> list[list[Spent]]:
    """What calls of these kinds cost, batches of each in turns, A B B A A B …: those of one turn side by side."""
    spent: dict[Kind, list[Spent]] = {kind: [] for kind in kinds}
    async with line.carrier() as carrier:
        tell("the first calls")
        await asyncio.gather(*(_spent(line, carrier, kind, FIRST_CALLS) for kind in spent))
        for turn in range(ROUNDS):
            for kind in spent if turn % 2 == 0 else reversed(spent):
                tell(f"{CALLS} calls to {kind.dialled}, round {turn + 1} of {ROUNDS}")
                began = datetime.now(UTC)
                batch = await _spent(line, carrier, kind, CALLS)
                steps = await _steps(line, began) if kind.dialled == STORY else 0
                spent[kind].append(replace(batch, steps=steps))
    return list(spent.values())


async def _spent(line: Line, carrier: Carrier, kind: Kind, calls: int) -> Spent:
    """Place a batch of calls, wait until all that follows from them is done, and say what they cost, the steps left
    open. Raises Invalid unless every one of them came to its goodbye.
    """
    dialled, scenario = kind.dialled, kind.scenario
    pids = line.pid("asterisk"), line.pid(BARE if dialled == BARE else "controller")
    before = [cpu_seconds(pid) for pid in pids]
    placed = []
    for place in range(calls):
        call = carrier.place(scenario, caller_number=f"139{place:08d}", dialled=dialled)
        placed.append(asyncio.create_task(call))
        await asyncio.sleep(BETWEEN_CALLS)
    reports = await asyncio.gather(*placed)
    await asyncio.sleep(CLEARED_AWAY)
    strayed = sum(report.hung_up_himself for report in reports)
    if strayed:
        raise Invalid(f"{strayed} of {calls} calls to {dialled} did not come to the goodbye")
    asterisk, server = ((cpu_seconds(pid) - then) / calls for pid, then in zip(pids, before, strict=True))
    return Spent(asterisk, server, steps=0)


async def _steps(line: Line, began: datetime) -> float:
    """How many steps a call of the last batch took, as the archive has them: those that the story asked and that were
    answered. Raises Invalid unless all of them are there.
    """
    archive = SqlArchive(make_engine(line.settings.archive_url), FileKeyring(Secrets(line.home.secrets)))
    found = await archive.find(CallFilter(since=began, limit=2 * CALLS))
    told = [call.entries for record in found if (call := await archive.read(record.incoming.call_id))]
    await archive.close()
    steps = [sum(isinstance(entry.fact, Answered) for entry in entries) for entries in told if entries]
    if len(steps) != CALLS:
        raise Invalid(f"{len(steps)} calls were archived where {CALLS} were placed")
    return mean(steps)
