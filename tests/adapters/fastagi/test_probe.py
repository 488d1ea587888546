"""The watchdog's question."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from ivr.adapters.fastagi.probe import probe
from tests.adapters.fastagi.conftest import Line
from tests.adapters.fastagi.peer import KEY, SOON

Respond = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Listen = Callable[[Respond], Awaitable[int]]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Start something that listens, and say where."""
    async with AsyncExitStack() as stack:

        async def start(respond: Respond) -> int:
            server = await asyncio.start_server(respond, "127.0.0.1", 0)
            stack.callback(server.close)
            return int(server.sockets[0].getsockname()[1])

        yield start


async def test_a_controller_that_takes_calls_is_alive(line: Line) -> None:
    """With a call in hand as without."""
    assert await probe("127.0.0.1", line.server.port, KEY, SOON)
    await line.meet()
    assert await probe("127.0.0.1", line.server.port, KEY, SOON)


async def test_a_controller_with_another_key_is_not_ours(line: Line) -> None:
    """Another hotline's, on our port."""
    assert not await probe("127.0.0.1", line.server.port, "another", SOON)


async def test_nobody_there_is_not_alive(listen: Listen) -> None:
    """A port that nobody listens on."""
    port = await listen(_silent)
    assert not await probe("127.0.0.1", port + 1 if port < 65535 else port - 1, KEY, 0.2)


async def test_a_controller_that_hangs_is_not_alive(listen: Listen) -> None:
    """It accepts, and says nothing."""
    assert not await probe("127.0.0.1", await listen(_silent), KEY, 0.05)


@pytest.mark.parametrize(
    "words",
    [b"", b"SSH-2.0-x\r\n", b"x" * 200_000, b"GET VARIABLE HOTLINE_KEY\nNOOP dead\n", b"GET VARIABLE HOTLINE_KEY\n"],
)
async def test_something_else_on_the_port_is_not_alive(listen: Listen, words: bytes) -> None:
    """It says something else, or leaves early."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        writer.close()

    assert not await probe("127.0.0.1", await listen(respond), KEY, SOON)


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()
