"""What was published and not yet stored by the bus: bounded, in order per call, sent by one task.

`publish` must never make a call wait, so it only puts the event here. While the bus is away events gather up to a
limit; beyond it new ones are refused (BusDown) and counted, old ones are kept: a follower that catches up sees an
unbroken beginning. The journal holds every fact anyway.

A message costs the same however much is in it, so what a call tells within LINGER goes as one, a line each, and the
messages of all calls go together. Of one call there is only one on the way: were a second there, it could be stored
where the first one was refused.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js.api import Header

from ivr.adapters.nats.link import NatsLink, end
from ivr.ports.bus import BusDown

log = structlog.get_logger(__name__)

LINGER = 0.05
"""Seconds that events are gathered for: nobody who watches notices, and the last word of a call meets its close."""
TOGETHER = 100
"""Messages on the way at once, a call each."""
LARGEST = 65_536
"""Bytes of a message of several events."""
ACKNOWLEDGED_WITHIN = 1.0
"""Seconds. Sent again after that under the same id; the server drops the repetition."""


class Letter(NamedTuple):
    """One event to be stored. Letters of one subject go in order."""

    subject: str
    message_id: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Letters of one subject that go as one message, under the last one's id."""

    letters: list[Letter]

    @property
    def payload(self) -> bytes:
        return b"\n".join(letter.payload for letter in self.letters)


class Outbox:
    """Letters on their way to the stream."""

    def __init__(self, link: NatsLink, limit: int) -> None:
        self._link = link
        self._limit = limit
        self._letters: dict[str, dict[str, Letter]] = {}
        """By subject and id; what has waited longest comes first. A repetition within one message the server would not
        see."""
        self._count = 0
        self._on_the_way: dict[str, _Parcel] = {}
        """By the subject of their acknowledgement."""
        self._sent = 0
        self._replies = ""
        self._settled = asyncio.Event()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self._closing = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self.dropped = 0

    def __len__(self) -> int:
        return self._count

    def put(self, letter: Letter) -> None:
        """Take a letter. Raises BusDown when the outbox is full; that letter is counted in `dropped`."""
        if self._sender is None:
            self._link.start()
            self._sender = asyncio.create_task(self._send(), name="nats outbox")
        if self._count >= self._limit:
            self.dropped += 1
            raise BusDown(f"{self._limit} events wait for the bus already; {self.dropped} were not kept")
        waiting = self._letters.get(letter.subject)
        if waiting is None:
            waiting = self._letters[letter.subject] = {}
        elif letter.message_id in waiting:
            return
        waiting[letter.message_id] = letter
        self._count += 1
        self._emptied.clear()
        self._filled.set()

    async def close(self, patience: float) -> None:
        """Send what is left for so many seconds at most, then stop."""
        if self._sender is None:
            return
        self._closing.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience if self._link.is_up else 0):
                await self._emptied.wait()
        await end(self._sender)

    # ------------------------------------------------------------------------------------ the one task
    async def _send(self) -> None:
        while True:
            await self._filled.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER):
                    await self._closing.wait()
            parcels = list(self._packed())
            while parcels:
                await self._link.wait_up()
                parcels = await self._refused(parcels)
                if parcels:
                    await asyncio.sleep(LINGER)
            if not self._count:
                self._filled.clear()
                self._emptied.set()

    def _packed(self) -> Iterator[_Parcel]:
        """The next parcels, one a subject; what does not fit into one waits for the next time."""
        for subject in list(self._letters)[:TOGETHER]:
            waiting = list(self._letters.pop(subject).values())
            fits, size = 1, len(waiting[0].payload)
            while fits < len(waiting) and (size := size + 1 + len(waiting[fits].payload)) <= LARGEST:
                fits += 1
            if waiting[fits:]:
                self._letters[subject] = {letter.message_id: letter for letter in waiting[fits:]}
            yield _Parcel(waiting[:fits])

    async def _refused(self, parcels: list[_Parcel]) -> list[_Parcel]:
        """Send them, and wait until the stream has each of them, or never will; those it has not."""
        self._settled.clear()
        try:
            if not self._replies:
                self._replies = self._link.client.new_inbox()
                await self._link.client.subscribe(f"{self._replies}.*", cb=self._acknowledged)
            for parcel in parcels:
                await self._publish(parcel)
            if self._on_the_way:
                async with asyncio.timeout(ACKNOWLEDGED_WITHIN):
                    await self._settled.wait()
        except (NatsError, OSError, TimeoutError) as error:
            log.debug("events_not_stored_yet", error=repr(error))
        missing, self._on_the_way = list(self._on_the_way.values()), {}
        return missing

    async def _publish(self, parcel: _Parcel) -> None:
        last = parcel.letters[-1]
        self._sent += 1
        reply = f"{self._replies}.{self._sent}"
        self._on_the_way[reply] = parcel
        try:
            await self._link.client.publish(
                last.subject, parcel.payload, reply=reply, headers={Header.MSG_ID.value: last.message_id}
            )
        except MaxPayloadError:
            log.exception("event_too_large", message_id=last.message_id, bytes=len(parcel.payload))
            self.dropped += len(parcel.letters)
            self._done(reply)

    async def _acknowledged(self, message: Msg) -> None:
        """The stream's answer to one parcel. One without a stream behind it (503) has a header and nothing in it."""
        if message.data.startswith(b"{") and b'"error"' not in message.data:
            self._done(message.subject)
        elif message.subject in self._on_the_way:
            log.debug("events_refused", answer=message.data[:200].decode(errors="replace"))

    def _done(self, reply: str) -> None:
        parcel = self._on_the_way.pop(reply, None)
        if parcel is not None:
            self._count -= len(parcel.letters)
            if not self._on_the_way:
                self._settled.set()
