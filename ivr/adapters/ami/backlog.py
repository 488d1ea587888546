"""What was heard on the link and not yet read: one queue, in order, bounded in bytes."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from ivr.domain.exchange import LinkDown, LinkUp

Heard: TypeAlias = bytes | LinkUp | LinkDown

_OVERHEAD = 64
"""Bytes that a queued message costs beside its text."""


class Backlog:
    """Raw events between the link and its reader.

    **When the reader is too slow** the link stops reading the socket at `soft` bytes: the kernel's buffers fill, and
    Asterisk, which waits `writetimeout` (0.1 s by default) for a client, ends the connection. That shows as LinkDown
    and, once the reader has caught up, LinkUp: nothing is dropped in silence, nothing grows on either side. While an
    action of ours awaits its reply, which stands behind the events in the same stream, reading goes on up to `hard`
    bytes: the slow reader may be the very one that waits for it.
    """

    def __init__(self, soft: int = 4 << 20, hard: int = 16 << 20) -> None:
        self.soft = soft
        self.hard = hard
        self.size = 0
        """Bytes held."""
        self.on_drain: Callable[[], None] | None = None
        """Called after each read while the link has stopped reading."""
        self._held: deque[Heard] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._closed = False
        self._room = asyncio.Event()
        self._room.set()

    def put(self, heard: Heard) -> None:
        """Add at the end. The bound is kept by whoever reads the socket, and by `room` between two links."""
        self._held.append(heard)
        if isinstance(heard, bytes):
            self.size += len(heard) + _OVERHEAD
            if self.size >= self.soft:
                self._room.clear()
        self._wake()

    async def take(self) -> Heard | None:
        """The oldest; None once closed and read to the end. One reader at a time."""
        while not self._held:
            if self._closed:
                return None
            if self._waiting is not None:
                raise RuntimeError("two readers of one link: each would get half of the events")
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        heard = self._held.popleft()
        if isinstance(heard, bytes):
            self.size -= len(heard) + _OVERHEAD
            if self.size <= self.soft // 2:
                self._room.set()
        if self.on_drain is not None:
            self.on_drain()
        return heard

    async def room(self) -> None:
        """Wait until the reader has caught up."""
        await self._room.wait()

    def close(self) -> None:
        """Nothing more will be put."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
