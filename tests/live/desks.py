"""Agents' phones in the hands of a test: they ring, answer, refuse and hang up when told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivr.adapters.exchange.install import find
from ivr.adapters.exchange.process import AsteriskProcess
from ivr.home import Home
from tests.live.line import SOON, Hotline


class Ring:
    """One call to one phone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.over = asyncio.Event()

    async def does(self, command: str) -> None:
        """An AGI command, and its answer; nothing when the call is over."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(f"{command}\n".encode())
            await self._writer.drain()

    async def answers(self) -> None:
        """Pick up."""
        await self.does("ANSWER")

    async def refuses(self) -> None:
        """Busy."""
        await self.does("EXEC Hangup 17")

    async def hangs_up(self) -> None:
        """The end, from this side."""
        await self.does("HANGUP")

    async def ends(self) -> None:
        """It is over, whoever ended it."""
        async with asyncio.timeout(SOON):
            await self.over.wait()

    async def watch(self) -> None:
        """Read answers until the call is over."""
        with contextlib.suppress(ConnectionError):
            while line := await self._reader.readline():
                if line.startswith(b"HANGUP"):
                    break
        self.over.set()
        self._writer.close()


class Desks:
    """All phones of a hotline, played by the carrier."""

    def __init__(self) -> None:
        self._rings: dict[str, asyncio.Queue[Ring]] = {}

    async def rings(self, phone: str, patience: float = SOON) -> Ring:
        """The next call to it, already ringing."""
        async with asyncio.timeout(patience):
            return await self._rings.setdefault(phone, asyncio.Queue()).get()

    def is_silent(self, phone: str) -> bool:
        """Nothing rings there that was not taken note of."""
        return self._rings.setdefault(phone, asyncio.Queue()).empty()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call: AGI's greeting, then whatever the test does."""
        told = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(": ")
            told[name] = value
        ring = Ring(reader, writer)
        await ring.does("EXEC Ringing")
        self._rings.setdefault(told["agi_request"].rpartition("/")[2], asyncio.Queue()).put_nowait(ring)
        await ring.watch()


@asynccontextmanager
async def desks_of(hotline: Hotline, *phones: str) -> AsyncIterator[Desks]:
    """These phones do as the test says, as long as the `with` lasts."""
    desks = Desks()
    server = await asyncio.start_server(desks.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = hotline.settings
    carrier = AsteriskProcess(find(settings), Home(settings.home).carrier, settings.ports.carrier_ami)
    for phone in phones:
        await carrier.cli(f"dialplan set global PHONE_AGI_{phone} agi://127.0.0.1:{port}/{phone}")
    try:
        yield desks
    finally:
        server.close()
