"""What was published and not yet stored by the bus: bounded, in order, sent by one task.

`publish` must never make a call wait, so it only puts the event here. While the bus is away events gather up to a
limit; beyond it new ones are refused (BusDown) and counted, old ones are kept: a follower that catches up sees an
unbroken beginning. The journal holds every fact anyway.
"""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass

import structlog
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js.api import Header

from ivr.adapters.nats.link import NatsLink, end
from ivr.ports.bus import BusDown

log = structlog.get_logger(__name__)

ACKNOWLEDGED_WITHIN = 1.0
"""Seconds. Sent again after that under the same id; the server drops the repetition."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to be stored."""

    subject: str
    message_id: str
    payload: bytes


class Outbox:
    """Letters on their way to the stream."""

    def __init__(self, link: NatsLink, limit: int) -> None:
        self._link = link
        self._limit = limit
        self._letters: deque[Letter] = deque()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self._sender: asyncio.Task[None] | None = None
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._letters)

    def put(self, letter: Letter) -> None:
        """Take a letter. Raises BusDown when the outbox is full; that letter is counted in `dropped`."""
        if self._sender is None:
            self._link.start()
            self._sender = asyncio.create_task(self._send(), name="nats outbox")
        if len(self._letters) >= self._limit:
            self.dropped += 1
            raise BusDown(f"{self._limit} events wait for the bus already; {self.dropped} were not kept")
        self._letters.append(letter)
        self._emptied.clear()
        self._filled.set()

    async def close(self, patience: float) -> None:
        """Send what is left for so many seconds at most, then stop."""
        if self._sender is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience if self._link.is_up else 0):
                await self._emptied.wait()
        await end(self._sender)

    async def _send(self) -> None:
        while True:
            while not self._letters:
                self._emptied.set()
                self._filled.clear()
                await self._filled.wait()
            await self._link.wait_up()
            if await self._stored(self._letters[0]):
                self._letters.popleft()
            else:
                await asyncio.sleep(0.05)

    async def _stored(self, letter: Letter) -> bool:
        """The stream has it, or never will."""
        try:
            await self._link.jetstream.publish(
                letter.subject,
                letter.payload,
                timeout=ACKNOWLEDGED_WITHIN,
                headers={Header.MSG_ID.value: letter.message_id},
            )
        except MaxPayloadError:
            self.dropped += 1
            log.exception("event_too_large", message_id=letter.message_id, bytes=len(letter.payload))
        except (NatsError, OSError, TimeoutError) as error:
            log.debug("event_not_stored_yet", message_id=letter.message_id, error=repr(error))
            return False
        return True
