"""A clock that stands still until it is moved: tests of long waits take no time."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

EPOCH = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""A Monday, 17:00 in Beijing."""


class VirtualClock:
    """Implements ivr.ports.clock.Clock. `advance` moves it and wakes the sleepers in their order."""

    def __init__(self, start: datetime = EPOCH, *, tick: timedelta = timedelta()) -> None:
        """`tick`: how much later it is each time somebody looks, so that no two moments are the same."""
        self._start = start
        self._tick = tick
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._turn = count()

    def now(self) -> datetime:
        """The virtual time, UTC."""
        self._start += self._tick
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Virtual seconds since the start."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Come back once the clock was moved that far."""
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + max(seconds, 0.0), next(self._turn), waking))
        await waking

    async def advance(self, seconds: float) -> None:
        """Let that much time pass; everyone who sleeps no longer has run until waiting again."""
        until = self._elapsed + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, waking = heapq.heappop(self._sleepers)
            self._elapsed = at
            if not waking.done():
                waking.set_result(None)
            await _settle()
        self._elapsed = until

    @property
    def sleepers(self) -> int:
        """How many wait for the time."""
        return sum(not waking.done() for _, _, waking in self._sleepers)


async def _settle() -> None:
    """Give every task that can run its turn. Twenty rounds carry a wake-up through any chain of ours."""
    for _ in range(20):
        await asyncio.sleep(0)
