"""The bus inside one process: for tests, and for tools that need no other process."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from ivr.adapters.repeats import Repeats
from ivr.domain.errors import HotlineError
from ivr.domain.events import Event
from ivr.ports.bus import BusDown, CommandHandler, CommandRefused

KEPT = 10_000
"""Events that can be caught up with."""


class MemoryBus:
    """`ivr.ports.bus.Bus` without a network. `down = True` plays an outage."""

    def __init__(self) -> None:
        self.down = False
        self._kept: deque[tuple[datetime, Event]] = deque(maxlen=KEPT)
        self._followers: set[asyncio.Queue[Event]] = set()
        self._handlers: dict[str, CommandHandler] = {}

    async def publish(self, event: Event) -> None:
        """Hand it to everyone who follows. Raises BusDown while `down`."""
        if self.down:
            raise BusDown("the bus is down, as the test asked")
        self._kept.append((datetime.now(UTC), event))
        for follower in self._followers:
            follower.put_nowait(event)

    async def follow(self, call_id: str | None = None, since: datetime | None = None) -> AsyncIterator[Event]:
        """Events as they come; see the port."""
        news: asyncio.Queue[Event] = asyncio.Queue()
        repeats = Repeats()
        for at, event in self._kept:
            if since is not None and at >= since:
                news.put_nowait(event)
        self._followers.add(news)
        try:
            while True:
                event = await news.get()
                if call_id in (None, event.stream) and not repeats.is_one(event):
                    yield event
        finally:
            self._followers.discard(news)

    async def request(self, command: str, content: dict[str, object], patience: float) -> dict[str, object]:
        """Ask and wait for the reply; see the port."""
        if self.down:
            raise BusDown("the bus is down, as the test asked")
        if command not in self._handlers:
            raise TimeoutError(f"nobody serves the command {command!r} now")
        try:
            async with asyncio.timeout(patience):
                return await self._handlers[command](content)
        except (HotlineError, ValueError) as error:
            raise CommandRefused(str(error)) from error

    async def serve(self, command: str, handler: CommandHandler) -> None:
        """Answer this command from now on."""
        self._handlers[command] = handler

    async def close(self) -> None:
        """Leave."""
        self._handlers.clear()
        self._followers.clear()
