"""The watchdog's question: does the controller still take calls?

It is asked as Asterisk asks, over the same port and the same loop, so a controller that hangs cannot answer it.
"""

import asyncio

from ivr.adapters.fastagi.commands import get_variable, noop
from ivr.adapters.fastagi.server import ALIVE, KEY_VARIABLE

_ENVIRONMENT = b"agi_network: yes\nagi_network_script: health\nagi_threadid: 0\n\n"
_ASKED_FOR_KEY = get_variable(KEY_VARIABLE).line
_ALIVE = noop(ALIVE).line


async def probe(host: str, port: int, key: str, patience: float) -> bool:
    """Whether the controller answers within `patience` seconds. Never raises for what the other side does."""
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(_ENVIRONMENT)
                if await reader.readline() != _ASKED_FOR_KEY:
                    return False
                writer.write(b"200 result=1 (" + key.encode() + b")\n")
                alive = await reader.readline() == _ALIVE
                if alive:
                    writer.write(b"200 result=0\n")
                return alive
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):  # ValueError: a line longer than a stream's limit
        return False
