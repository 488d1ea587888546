"""One connection to the bus, kept up: nats-py reconnects, this keeps the stream in place and says when it is usable."""

import asyncio
import contextlib

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from ivr.ports.bus import BusDown

log = structlog.get_logger(__name__)

STREAM = "hotline-events"
EVENTS = "hotline.events"
KEPT_SECONDS = 7 * 86_400
"""How long events can be caught up with. Facts are kept by journal and archive; this is for desks that were away."""
KEPT_BYTES = 512 * 1024 * 1024
RETRY = 0.2
"""Seconds between two tries to connect: the server is beside us, or in the same network."""


def stream_config() -> StreamConfig:
    """The stream of live events: on disk, bounded in age and size, the oldest given up first."""
    return StreamConfig(
        name=STREAM,
        subjects=[f"{EVENTS}.*"],
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=KEPT_SECONDS,
        max_bytes=KEPT_BYTES,
        duplicate_window=120,
    )


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task until it has ended: `asyncio.wait_for` of Python 3.11, which nats-py connects with, swallows a
    cancellation that comes in the same turn as its result.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.05)


class NatsLink:
    """The connection. `generation` counts how often it came up: a new number means that subscriptions held by the
    server may be gone.
    """

    def __init__(self, url: str, token: str, name: str) -> None:
        self._url = url
        self._token = token
        self._name = name
        self._client = Client()
        self._js = self._client.jetstream(timeout=2.0)
        self._up = asyncio.Event()
        self._news = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._trouble = "not connected yet"
        self.generation = 0

    @property
    def client(self) -> Client:
        """The client, connected or not."""
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        """Its stream side."""
        return self._js

    @property
    def is_up(self) -> bool:
        """Connected, and the stream is in place."""
        return self._up.is_set() and self._client.is_connected

    def start(self) -> None:
        """Begin connecting, in the background. Calling it again changes nothing."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name="nats link")

    async def wait_up(self, patience: float | None = None) -> int:
        """Come back when the link is up, with its generation. Raises BusDown after `patience` seconds."""
        self.start()
        try:
            async with asyncio.timeout(patience):
                await self._up.wait()
        except TimeoutError:
            raise BusDown(f"the bus at {self._url} does not answer: {self._trouble}") from None
        return self.generation

    async def close(self) -> None:
        """Leave."""
        if self._keeper is None:
            return
        await end(self._keeper)
        self._up.clear()
        if not self._client.is_closed:
            with contextlib.suppress(NatsError, OSError, TimeoutError):
                await self._client.close()

    async def _keep(self) -> None:
        await self._client.connect(
            servers=[self._url],
            token=self._token,
            name=self._name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RETRY,  # type: ignore[arg-type]  # typed int, used as seconds for a sleep
            connect_timeout=2,
            ping_interval=5,
            max_outstanding_pings=2,
            error_cb=self._on_error,
            disconnected_cb=self._on_lost,
            reconnected_cb=self._on_back,
        )
        while True:
            self._news.clear()
            if self._client.is_connected and not self._up.is_set():
                try:
                    await self._prepare()
                except (NatsError, OSError, TimeoutError) as error:
                    self._trouble = f"its stream cannot be used ({error})"
                    await asyncio.sleep(RETRY)
                    continue
                self.generation += 1
                self._trouble = "the connection was lost"
                self._up.set()
                log.info("bus_reached", generation=self.generation)
            await self._news.wait()

    async def _prepare(self) -> None:
        """The server may be new and empty, or hold a stream of an earlier version's limits."""
        try:
            await self._js.add_stream(stream_config())
        except BadRequestError:
            await self._js.update_stream(stream_config())

    async def _on_error(self, error: Exception) -> None:
        trouble = str(error) or type(error).__name__
        if "authorization" in self._trouble.lower() and isinstance(error, OSError):
            return  # the server closes after it refuses: the refusal is the reason worth telling
        if trouble != self._trouble:  # a server that is away is one line in the log, not five a second
            log.warning("bus_troubled", error=trouble)
        self._trouble = trouble

    async def _on_lost(self) -> None:
        self._up.clear()
        self._news.set()

    async def _on_back(self) -> None:
        self._up.clear()
        self._news.set()
