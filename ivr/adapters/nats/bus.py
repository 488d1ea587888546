"""The bus on NATS: events in a JetStream stream, commands by request and reply.

Subjects: `hotline.events.CALL` (the call id with `_` for `.`; a message holds some events of a call, a line each),
`hotline.command.NAME`.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime
from functools import lru_cache

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from ivr.adapters.nats.following import Following
from ivr.adapters.nats.link import EVENTS, NatsLink
from ivr.adapters.nats.outbox import Letter, Outbox
from ivr.adapters.repeats import Repeats
from ivr.domain.errors import HotlineError
from ivr.domain.events import Event
from ivr.ports.bus import BusDown, CommandHandler, CommandRefused
from ivr.ports.codec import decode_event, encode_event

log = structlog.get_logger(__name__)

COMMANDS = "hotline.command"
AT_ONCE = 64
"""Commands one server works on at the same time; more are refused."""


class NatsBus:
    """`ivr.ports.bus.Bus` on a NATS server. Connects in the background, for as long as it takes."""

    def __init__(self, url: str, token: str, *, name: str = "hotline", kept: int = 10_000) -> None:
        self._link = NatsLink(url, token, name)
        self._outbox = Outbox(self._link, kept)
        self._handlers: dict[str, CommandHandler] = {}
        self._subscriber: asyncio.Task[None] | None = None
        self._at_work: set[asyncio.Task[None]] = set()

    @property
    def dropped(self) -> int:
        """Events refused since the start, because the bus was away and the outbox full."""
        return self._outbox.dropped

    @property
    def waiting(self) -> int:
        """Events that are published and not stored yet."""
        return len(self._outbox)

    async def connect(self, patience: float) -> None:
        """Wait for the connection. Raises BusDown. Nobody needs to: every method connects by itself."""
        await self._link.wait_up(patience)

    async def publish(self, event: Event) -> None:
        """Keep the event for sending; never waits. Raises BusDown when the outbox is full."""
        self.offer(event)

    def offer(self, event: Event) -> None:
        """The same for code that cannot await."""
        stream = event.stream
        self._outbox.put(Letter(_subject(stream), f"{stream}/{event.sequence}", encode_event(event)))

    async def follow(self, call_id: str | None = None, since: datetime | None = None) -> AsyncIterator[Event]:
        """Events as they come; see the port."""
        subject = _subject(call_id) if call_id else f"{EVENTS}.*"
        repeats = Repeats()
        async for payload in Following(self._link, subject, since).payloads():
            for line in payload.split(b"\n"):
                try:
                    event = decode_event(line)
                except ValueError:
                    log.warning("event_not_understood", bytes=len(line))  # of a newer version, or not ours
                    continue
                if not repeats.is_one(event):
                    yield event

    async def request(self, command: str, content: dict[str, object], patience: float) -> dict[str, object]:
        """Ask and wait for the reply; see the port."""
        async with asyncio.timeout(patience):
            await self._link.wait_up(patience * 0.9)
            try:
                message = await self._link.client.request(
                    f"{COMMANDS}.{_word(command)}", json.dumps(content).encode(), timeout=patience
                )
            except NoRespondersError:
                raise TimeoutError(f"nobody serves the command {command!r} now") from None
            except TimeoutError:
                raise TimeoutError(f"the command {command!r} was not answered within {patience:g} s") from None
            except (NatsError, OSError) as error:
                raise BusDown(f"the bus was lost while it carried {command!r}: {error}") from error
        reply = json.loads(message.data)
        if "refused" in reply:
            raise CommandRefused(reply["refused"])
        return dict(reply["done"])

    async def serve(self, command: str, handler: CommandHandler) -> None:
        """Answer this command from now on, or as soon as the bus is there."""
        self._handlers[_word(command)] = handler
        if self._subscriber is None:
            self._link.start()
            self._subscriber = asyncio.create_task(self._subscribe(), name="nats commands")
        elif self._link.is_up:
            await self._hear(command)

    async def close(self) -> None:
        """Send what waits (2 s at most), let go of the rest, leave."""
        await self._outbox.close(patience=2.0)
        for task in (*self._at_work, *([self._subscriber] if self._subscriber else [])):
            task.cancel()
        await self._link.close()

    async def _subscribe(self) -> None:
        """Once; nats-py renews plain subscriptions itself after a reconnect."""
        await self._link.wait_up()
        for command in tuple(self._handlers):
            await self._hear(command)

    async def _hear(self, command: str) -> None:
        await self._link.client.subscribe(f"{COMMANDS}.{command}", cb=self._take)

    async def _take(self, message: Msg) -> None:
        """As a task of its own: nats-py hands the next message over only when this has returned."""
        if len(self._at_work) >= AT_ONCE:
            await _answer(message, {"refused": f"{AT_ONCE} commands are being worked on; try again"})
            return
        task = asyncio.create_task(self._serve(message))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _serve(self, message: Msg) -> None:
        command = message.subject.removeprefix(f"{COMMANDS}.")
        try:
            content = json.loads(message.data)
            if not isinstance(content, dict):
                raise CommandRefused(f"{command} takes a JSON object")
            reply: dict[str, object] = {"done": await self._handlers[command](content)}
        except HotlineError as error:
            reply = {"refused": str(error)}
        except ValueError as error:
            reply = {"refused": f"{command}: {error}"}
        except Exception:
            log.exception("command_failed", command=command)
            reply = {"refused": f"{command} failed; the controller's log says why"}
        await _answer(message, reply)


async def _answer(message: Msg, reply: dict[str, object]) -> None:
    try:
        await message.respond(json.dumps(reply).encode())
    except (NatsError, OSError) as error:
        log.warning("reply_not_sent", subject=message.subject, error=str(error))


@lru_cache(maxsize=1024)
def _subject(call_id: str) -> str:
    """Where a call's events go: its id as one word. `_` stands in no call id, so no two calls share one."""
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,100}", call_id):
        raise ValueError(f"{call_id!r} is no call id")
    return f"{EVENTS}.{call_id.replace('.', '_')}"


def _word(command: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,40}", command):
        raise ValueError(f"{command!r} is no command's name")
    return command
