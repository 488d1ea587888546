"""What a live call holds of the controller's memory."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from statistics import median

import psutil
import uvloop

from benchmarks.calls import BETWEEN_CALLS, CUT, THINKS
from benchmarks.line import BARE, STORY, Line, line
from benchmarks.measure import Figure, Invalid, Of, Tell, at_most, figure
from ivr.adapters.carrier.caller import Caller
from ivr.adapters.carrier.placing import Carrier
from ivr.adapters.carrier.scenarios import Scenario
from ivr.domain.call import Outcome
from tests.network import free_ports

FEW, MANY = 20, 100
"""Calls in the menu at the first look, and at the second. The few make it load what it loads at first use."""
ROUNDS = 2
SETTLED = 3.0
"""Seconds from the last call's dialling until all of them wait in the menu, and nothing more is done for them."""
AUDIO_PORTS = 2 * MANY + 50


def memory_per_call(tell: Tell) -> Iterator[Figure]:
    """Controller: memory a live call, waiting in a menu, against a bare FastAGI server.

    Resident memory with 100 calls in the menu less that with 20, by the 80 between. A fresh controller each time: one
    that has had calls before takes new ones into memory that it holds already, and would look better than it is. The
    bare server is measured on the first 100 calls of its life.
    """
    with line(**CUT, **_audio_ports()) as ready:
        value, baseline = uvloop.run(_measure(ready, tell))
    yield figure("memory_per_call", value, "kB/call", baseline=baseline, goal=at_most(100, Of.VALUE))


async def _measure(ready: Line, tell: Tell) -> tuple[float, float]:
    async with ready.carrier() as carrier:
        tell(f"{MANY} calls to the bare server")
        baseline = await _growth(ready, carrier, BARE, BARE)
        values = []
        for turn in range(ROUNDS):
            if turn:
                await ready.restart_controller()
            tell(f"{MANY} calls to the controller, round {turn + 1} of {ROUNDS}")
            values.append(await _growth(ready, carrier, STORY, "controller"))
    return median(values), baseline


def _audio_ports() -> dict[str, str]:
    """Enough of them for so many calls, on both sides."""
    first = free_ports(2 * AUDIO_PORTS)
    return {
        "HOTLINE_PORTS__RTP_FIRST": str(first),
        "HOTLINE_PORTS__RTP_LAST": str(first + AUDIO_PORTS - 1),
        "HOTLINE_PORTS__CARRIER_RTP_FIRST": str(first + AUDIO_PORTS),
        "HOTLINE_PORTS__CARRIER_RTP_LAST": str(first + 2 * AUDIO_PORTS - 1),
    }


async def _growth(ready: Line, carrier: Carrier, dialled: str, process: str) -> float:
    """Kilobytes a call."""
    memory = psutil.Process(ready.pid(process)).memory_info
    async with _parked(carrier, dialled, FEW):
        before = memory().rss
        async with _parked(carrier, dialled, MANY - FEW):
            return float(memory().rss - before) / 1000 / (MANY - FEW)


@asynccontextmanager
async def _parked(carrier: Carrier, dialled: str, calls: int) -> AsyncIterator[None]:
    """So many calls in the menu; they hang up in the end."""
    released = threading.Event()
    scenario = Scenario("parked", partial(_stay, released), Outcome.ABANDONED_IN_FLOW)
    placed = []
    for place in range(calls):
        call = carrier.place(scenario, caller_number=f"139{place:08d}", dialled=dialled)
        placed.append(asyncio.create_task(call))
        await asyncio.sleep(BETWEEN_CALLS)
    await asyncio.sleep(SETTLED)
    try:
        gone = sum(call.done() for call in placed)
        if gone:
            raise Invalid(f"{gone} of {calls} calls to {dialled} did not stay in the menu")
        yield
    finally:
        released.set()
        await asyncio.gather(*placed)


def _stay(released: threading.Event, caller: Caller) -> None:
    """Chooses Mandarin, and stays in the menu that follows."""
    caller.wait(THINKS)
    caller.press("1")
    while not released.is_set():
        caller.wait(0.5)
