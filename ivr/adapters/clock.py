"""The machine's clock."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Implements ivr.ports.clock.Clock; the stopwatch starts when it is made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def now(self) -> datetime:
        """The time, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return time.monotonic() - self._started

    async def sleep(self, seconds: float) -> None:
        """Come back after that many seconds."""
        await asyncio.sleep(seconds)
