"""A FastAGI server whose sessions are held by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from ivr.adapters.clock import SystemClock
from ivr.adapters.fastagi.arrivals import incoming_of
from ivr.adapters.fastagi.server import FastAgiServer
from ivr.adapters.memory.keyring import MemoryKeyring
from ivr.adapters.recordings import Recordings
from ivr.ports.voice import VoiceSession
from ivr.settings import Settings, load
from tests.adapters.fastagi.peer import KEY, SOON, AsteriskPeer, environment_of
from tests.adapters.fastagi.recorded import record

__all__ = ["Line", "environment_of"]


Peer = TypeVar("Peer", bound=AsteriskPeer)


@cache
def _settings() -> Settings:
    """As they are shipped; read once."""
    return load()


class Line:
    """A server, the peers that call it, and the sessions they got."""

    def __init__(self, stack: AsyncExitStack, folder: Path, *, patience: float, strangers: int) -> None:
        self._stack = stack
        self._sessions: asyncio.Queue[VoiceSession] = asyncio.Queue()
        self._over = asyncio.Event()
        self.faults: list[Exception] = []
        """Raised by the next sessions' handlers."""
        settings = _settings()
        self.sounds = folder / "sounds"
        self.recordings = Recordings(folder / "making", folder / "kept", MemoryKeyring())
        self.server = FastAgiServer(
            "127.0.0.1",
            0,
            KEY,
            self._take,
            self.sounds,
            recordings=self.recordings,
            incoming_of=lambda facts: incoming_of(facts, settings),
            clock=SystemClock(),
            patience=patience,
            strangers=strangers,
        )

    def record(self, prompt: str, seconds: float) -> None:
        """Have a recording of this sentence in Chinese: so long, and a pause."""
        record(self.sounds, prompt, seconds)

    async def call(self, **environment: str) -> AsteriskPeer:
        """A peer that calls."""
        return await self.call_with(AsteriskPeer, environment_of(**environment))

    async def call_with(self, kind: type[Peer], environment: bytes) -> Peer:
        """A peer of that kind that calls."""
        peer = await kind.call(self.server.port, environment)
        self._stack.push_async_callback(peer.close)
        return peer

    async def session(self) -> VoiceSession:
        """The next session; raises when none comes SOON."""
        async with asyncio.timeout(SOON):
            return await self._sessions.get()

    async def meet(self, **environment: str) -> tuple[VoiceSession, AsteriskPeer]:
        """Both ends of a new call."""
        peer = await self.call(**environment)
        return await self.session(), peer

    async def raw(self, content: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A stranger who sends this."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(content)
        self._stack.callback(writer.close)
        return reader, writer

    async def _take(self, session: VoiceSession) -> None:
        if self.faults:
            raise self.faults.pop()
        self._sessions.put_nowait(session)
        await self._over.wait()  # the test holds it


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    """Patience of a second, eight strangers at once."""
    async with AsyncExitStack() as stack:
        line = Line(stack, tmp_path, patience=1.0, strangers=8)
        await line.server.start()
        stack.push_async_callback(line.server.close)
        yield line


@pytest.fixture
async def hasty_line(tmp_path: Path) -> AsyncIterator[Line]:
    """Patience of a twentieth of a second, three strangers at once."""
    async with AsyncExitStack() as stack:
        line = Line(stack, tmp_path, patience=0.05, strangers=3)
        await line.server.start()
        stack.push_async_callback(line.server.close)
        yield line
