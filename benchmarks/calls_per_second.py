"""How many calls a second one machine takes, each of them served, recorded and archived."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import uvloop

from benchmarks.calls import CUT, HEARS_OUT, THINKS
from benchmarks.line import STATIC, STORY, Line, line
from benchmarks.measure import Figure, Invalid, Tell, figure, percentile
from benchmarks.phone import calling
from benchmarks.stories import KEYS
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.engine import make_engine
from ivr.ports.archive import CallFilter
from tests.network import free_ports

HELD = 600.0
"""Seconds."""
TRIAL = 25.0
"""Seconds at each rate on the way up."""
FIRST, STEP = 2.0, 1.3
"""Calls a second at the first trial, and how many times as many at the next."""
GIVES_WAY = 0.85
"""What was held in a short trial may not be held for long: so many times that rate is held first, and then again."""
ATTEMPTS = 5
LATE = 1.0
"""Seconds that a call may take longer than one alone, at the 99th percentile: what its caller waits more in all."""
STRAYED = 0.005
"""Share of calls that may not come to their goodbye: a static dialplan loses a key that ends in the moment between two
prompts, of which these half-second ones have many."""
GREETED = 0.6
"""Seconds from the answer to the first word: for the first audio of a phone that sends none Asterisk's Answer() waits
half a second, and no key of that time is heard."""
LONE_CALLS = 3
OVER_WITHIN = 60.0
ARCHIVED_WITHIN = 60.0
SETTLED = 3.0
MOST_CALLS = 900
"""At the same time: there is a pair of audio ports for each, and twice as many."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of calls at one rate."""

    placed: int
    unanswered: int
    strayed: int
    """Not hung up on after a goodbye."""
    longest: float
    """Seconds a call took, at the 99th percentile."""


def calls_per_second(tell: Tell, *, held: float = HELD, trial: float = TRIAL) -> Iterator[Figure]:
    """One machine: calls a second held for ten minutes, every call archived, against the static dialplan.

    Phones of our own on the same machine dial, press the same seven keys at the same moments, and are hung up on after
    the goodbye. The rate goes up in short trials until one is not held; then the rate below it is held for ten minutes,
    or a lower one. Held: every call is answered, 199 of 200 come to their goodbye, and 99 of 100 take at most a second
    longer than a call alone. At the hotline every one of them has to be in the archive a minute after the last. It
    records each call and seals the recording; the static dialplan plays the same prompts and does nothing else. The
    phones send keys and no other audio.
    """
    with line(**CUT, **_audio_ports()) as ready:
        value, baseline = uvloop.run(_measure(ready, tell, held, trial))
    yield figure("calls_per_second", value, "calls/s", baseline=baseline)


def _audio_ports() -> dict[str, str]:
    first = free_ports(2 * MOST_CALLS)
    return {"HOTLINE_PORTS__RTP_FIRST": str(first), "HOTLINE_PORTS__RTP_LAST": str(first + 2 * MOST_CALLS - 1)}


async def _measure(ready: Line, tell: Tell, held: float, trial: float) -> tuple[float, float]:
    archive = SqlArchive(make_engine(ready.settings.archive_url), FileKeyring(Secrets(ready.home.secrets)))
    try:
        story, static = Crowd(ready, STORY, archive), Crowd(ready, STATIC, None)
        return await story.most(tell, held, trial), await static.most(tell, held, trial)
    finally:
        await archive.close()


class Crowd:
    """Callers of one number, each with a number of his own."""

    def __init__(self, ready: Line, dialled: str, archive: SqlArchive | None) -> None:
        self._sip = ready.settings.ports.sip
        self._dialled = dialled
        self._archive = archive
        self._callers = 0
        self._alone = 0.0

    async def most(self, tell: Tell, held: float, trial: float) -> float:
        """Calls a second that are held for so many seconds. Raises Invalid when none of the ATTEMPTS is."""
        tell(f"{self._dialled}: a call alone")
        self._alone = median([await self._call() for _ in range(LONE_CALLS)])
        rate = FIRST
        while await self._holds(rate, trial, tell):
            rate *= STEP
        for _ in range(ATTEMPTS):
            rate *= GIVES_WAY
            if await self._holds(rate, held, tell):
                return rate
        raise Invalid(f"{self._dialled}: not even {rate:.1f} calls a second are held for {held:g} s")

    async def _holds(self, rate: float, seconds: float, tell: Tell) -> bool:
        tell(f"{self._dialled}: {rate:.1f} calls a second for {seconds:g} s")
        began = datetime.now(UTC)
        batch = await self._batch(rate, seconds)
        strayed = batch.strayed
        if self._archive is not None and not batch.unanswered:
            strayed = batch.placed - await self._archived(self._archive, began, batch.placed)
        await asyncio.sleep(SETTLED)
        in_time = batch.longest <= self._alone + LATE
        return not batch.unanswered and strayed <= batch.placed * STRAYED and in_time

    async def _batch(self, rate: float, seconds: float) -> Batch:
        loop = asyncio.get_running_loop()
        began = loop.time()
        calls: list[asyncio.Task[float]] = []
        for place in range(max(1, round(rate * seconds))):
            await asyncio.sleep(began + place / rate - loop.time())
            calls.append(asyncio.create_task(self._call()))
        ended = await asyncio.gather(*calls, return_exceptions=True)
        took = [span for span in ended if isinstance(span, float)]
        unforeseen = [fault for fault in ended if isinstance(fault, BaseException) and not isinstance(fault, Invalid)]
        if unforeseen:
            raise unforeseen[0]
        strayed = sum(span >= OVER_WITHIN for span in took)
        return Batch(len(ended), len(ended) - len(took), strayed, percentile(took, 99) if took else OVER_WITHIN)

    async def _call(self) -> float:
        """Seconds from dialling to being hung up on, OVER_WITHIN or more where that does not come. Raises Invalid where
        nobody answers."""
        self._callers += 1
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with calling(self._dialled, self._sip, caller=f"139{self._callers:08d}", mute=True) as phone:
            await asyncio.sleep(GREETED)
            for place, key in enumerate(KEYS):
                await asyncio.sleep(HEARS_OUT if place and place % 3 == 0 else THINKS)
                await phone.press(key)
            with suppress(TimeoutError):
                await asyncio.wait_for(phone.over.wait(), OVER_WITHIN)
        return loop.time() - began

    async def _archived(self, archive: SqlArchive, began: datetime, placed: int) -> int:
        """How many of them were served to the end. Raises Invalid where one is not in the archive."""
        found = 0
        until = asyncio.get_running_loop().time() + ARCHIVED_WITHIN
        while asyncio.get_running_loop().time() < until:
            found = await archive.count(CallFilter(since=began))
            if found == placed:
                return await archive.count(CallFilter(since=began, outcome="self_served"))
            await asyncio.sleep(1)
        raise Invalid(f"of {placed} calls {found} are archived after {ARCHIVED_WITHIN:g} s")
