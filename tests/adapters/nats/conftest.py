"""A real nats-server for the tests beside this file, on a port and in a folder of its own."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pytest

from ivr.adapters.nats import server
from ivr.adapters.nats.bus import NatsBus
from ivr.adapters.secrets import Secrets
from ivr.home import Home
from ivr.settings import Ports, Settings, load
from tests.network import free_port


class Server:
    """A nats-server that can be stopped and started again with what it stored."""

    def __init__(self, root: Path) -> None:
        self.settings: Settings = load().model_copy(update={"home": root, "ports": Ports(nats=free_port())})
        self.home = Home(root)
        self.home.make()
        self.secrets = Secrets(self.home.secrets)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting for it: clients must manage."""
        path = server.write_configuration(self.settings, self.home, self.secrets)
        with (self.home.log / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(server.command(nats_server(), path), stdout=log, stderr=log)

    def listens(self) -> bool:
        """It takes connections by now."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.settings.ports.nats)) == 0

    def kill(self) -> None:
        """End it without warning."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def forget(self) -> None:
        """Lose everything it stored. Only while it is stopped."""
        shutil.rmtree(self.home.nats / "store")

    def client(self, token: str | None = None, kept: int = 10_000) -> NatsBus:
        """A bus on it."""
        return NatsBus(server.url(self.settings), token or self.secrets.word(server.TOKEN), kept=kept)


@cache
def nats_server() -> tuple[str, ...]:
    """The machine's own, else that of the private packages."""
    if own := shutil.which("nats-server"):
        return (own,)
    from ivr.adapters.exchange import install  # noqa: PLC0415  (only where the machine has none of its own)

    return install.find(load()).nats_server


@pytest.fixture
def stopped_nats(tmp_path: Path) -> Iterator[Server]:
    """One that does not run yet."""
    it = Server(tmp_path / "home")
    yield it
    it.kill()


@pytest.fixture
def nats(stopped_nats: Server) -> Server:
    """One that runs, and is waited for: a client that finds nobody tries again a fifth of a second later only."""
    stopped_nats.start()
    until = time.monotonic() + 10
    while not stopped_nats.listens():
        assert time.monotonic() < until, "nats-server does not listen: its log is in the home"
        time.sleep(0.002)
    return stopped_nats


@pytest.fixture
async def bus(nats: Server) -> AsyncIterator[NatsBus]:
    """A connected client."""
    async for client in connected(nats):
        yield client


@pytest.fixture
async def other(nats: Server) -> AsyncIterator[NatsBus]:
    """Another."""
    async for client in connected(nats):
        yield client


async def connected(nats: Server) -> AsyncIterator[NatsBus]:
    """A client, closed at the end."""
    client = nats.client()
    await client.connect(patience=10)
    yield client
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(client.close(), 5)
