"""Reading the stream of events without missing one.

nats-py's own ordered consumer is not used: it recreates itself only after missed heartbeats (10 s), and one that has
seen nothing yet starts over at the stream's beginning. Here the place in the stream is ours: whenever the link came up
anew, a message is missing, or the server has forgotten the consumer, a new one is made that begins right after the last
event told.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from ivr.adapters.nats.link import STREAM, NatsLink

log = structlog.get_logger(__name__)

LOOK_UP = 0.5
"""Seconds after which a quiet follower looks whether the link is still the same."""
SURE_EVERY = 10
"""So many quiet looks until the server is asked whether it still knows the consumer."""


class Following:
    """One follower's place in the stream."""

    def __init__(self, link: NatsLink, subject: str, since: datetime | None) -> None:
        self._link = link
        self._subject = subject
        self._since = since
        self._told: int | None = None
        """The stream's number of the last message told; None: none, begin at `since`."""
        self._stream: object = None
        """When the stream was made that the number belongs to."""

    async def payloads(self) -> AsyncIterator[bytes]:
        """Messages for ever."""
        while True:
            generation = await self._link.wait_up()
            try:
                subscription = await self._subscribe()
            except (NatsError, OSError, TimeoutError) as error:
                log.debug("follow_not_possible_yet", error=repr(error))
                await asyncio.sleep(0.1)
                continue
            try:
                async for message in self._unbroken(subscription, generation):
                    yield message.data
            finally:
                with contextlib.suppress(NatsError, OSError, TimeoutError):
                    await subscription.unsubscribe()

    async def _subscribe(self) -> JetStreamContext.PushSubscription:
        stream = await self._link.jetstream.stream_info(STREAM)
        if self._told is None and self._since is None:
            self._told = stream.state.last_seq
        if self._told is not None and self._stream not in (None, stream.created):
            self._told = 0  # the server lost its store and counts anew: everything in it is news
        self._stream = stream.created
        config = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True, inactive_threshold=60)
        if self._told is not None:
            config.deliver_policy = DeliverPolicy.BY_START_SEQUENCE
            config.opt_start_seq = self._told + 1
        else:
            config.deliver_policy = DeliverPolicy.BY_START_TIME
            config.opt_start_time = self._since
        return await self._link.jetstream.subscribe(self._subject, stream=STREAM, config=config)

    async def _unbroken(self, subscription: JetStreamContext.PushSubscription, generation: int) -> AsyncIterator[Msg]:
        """Messages until one is missing or the subscription may be gone."""
        number = quiet = 0
        while generation == self._link.generation:
            try:
                message = await subscription.next_msg(timeout=LOOK_UP)
            except TimeoutError:
                quiet += 1
                if quiet % SURE_EVERY == 0 and not await self._known(subscription):
                    return
                continue
            except NatsError:
                return
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError  # swallowed: wait_for of Python 3.11 prefers what came in the same turn
            quiet = 0
            number += 1
            if message.metadata.sequence.consumer != number:
                return
            self._told = message.metadata.sequence.stream
            yield message

    @staticmethod
    async def _known(subscription: JetStreamContext.PushSubscription) -> bool:
        try:
            await subscription.consumer_info()
        except (NatsError, OSError, TimeoutError):
            return False
        return True
