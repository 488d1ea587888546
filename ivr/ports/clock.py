"""Time. Nothing in the engine reads a clock but this one."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day and a stopwatch."""

    def now(self) -> datetime:
        """The time, timezone-aware, UTC."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; only differences mean something."""

    async def sleep(self, seconds: float) -> None:
        """Come back after that many seconds."""
