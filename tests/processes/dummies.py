"""Small real processes that play children."""

import asyncio
import sys
from pathlib import Path

from ivr.processes.child import Definition

SERVER = """
import os, signal, socket, sys, time
port, delay = int(sys.argv[1]), float(sys.argv[2])
time.sleep(delay)
if "--deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
listener = socket.create_server(("127.0.0.1", port))
print("listening as", os.getpid(), flush=True)
while True:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"well\\n")
"""
"""Answers every connection with a line: an ordinary child."""


async def answers(port: int, patience: float = 0.2) -> bool:
    """A dummy server there is well."""
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await reader.readline() == b"well\n"
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


def server(name: str, port: int, *flags: str, delay: float = 0.0, **more: float) -> Definition:
    """A child that serves `port`."""

    async def is_ready() -> bool:
        return await answers(port)

    command = (sys.executable, "-S", "-c", SERVER, str(port), str(delay), *flags)
    return Definition(name=name, command=command, is_ready=is_ready, **more)  # type: ignore[arg-type]


def failing(name: str, says: str) -> Definition:
    """A child that ends as soon as it is started."""

    async def never() -> bool:
        return False

    code = f"import sys; print({says!r}); sys.exit(3)"
    return Definition(name=name, command=(sys.executable, "-S", "-c", code), is_ready=never)


def lines_of(path: Path) -> list[str]:
    """A log's lines."""
    return path.read_text(encoding="utf-8").splitlines()
