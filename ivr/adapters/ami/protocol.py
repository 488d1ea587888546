"""panoramisk's protocol, hardened: what arrives is untrusted, and what was sent is never sent again."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from traceback import format_exception
from typing import Any, TypeAlias, cast

import structlog
from panoramisk import actions
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from ivr.adapters.ami.backlog import Backlog
from ivr.adapters.ami.translate import Garbled, headers, relevant
from ivr.ports.exchange import ExchangeDown, ExchangeRefused

log = structlog.get_logger(__name__)

ActionHeaders: TypeAlias = Mapping[str, str | Sequence[str]]

END = b"\r\n\r\n"
BANNER = b"Asterisk Call Manager/"
MESSAGE_CAP = 64 << 10
"""Bytes of one message. Asterisk's longest of ours are below 3 kB."""
BANNER_CAP = 256
WRITE_CAP = 1 << 20
"""Bytes of actions that the peer has not taken."""


class Unsendable(ExchangeRefused):
    """An action that would not arrive as what it is. It was not sent."""


def checked(action: ActionHeaders) -> dict[str, str | list[str]]:
    """The action's headers, if none can write another header or action. Raises Unsendable."""
    safe: dict[str, str | list[str]] = {}
    for name, value in action.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
            raise Unsendable(f"an action's header is named {name!r}; letters, digits and - are allowed")
        values = [value] if isinstance(value, str) else list(value)
        for text in values:
            if not isinstance(text, str):
                raise Unsendable(f"header {name} holds a {type(text).__name__}; only text can be sent")
            if re.search(r"[\r\n\0]", text):
                raise Unsendable(f"header {name} holds a line end or NUL: it would inject another action")
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise Unsendable(f"header {name} holds half a surrogate pair, which is no UTF-8") from error
        safe[name] = value if isinstance(value, str) else values
    return safe


class Request(actions.Action):  # type: ignore[misc]  # panoramisk carries no types
    """One action and what is answered to it: one response; with `complete` also the events of a list up to that one.

    panoramisk guesses from the message's words whether more follows: a QueueAdd then waits for ever, a PlayDTMF ends
    the connection. Here the sender says what he expects.
    """

    def __init__(self, action: ActionHeaders, *, complete: str = "", limit: int = 0) -> None:
        super().__init__(checked(action))
        self.complete = complete
        self.limit = limit
        self.listed: list[dict[str, str]] = []

    def add_message(self, message: Message) -> bool:
        """Take a message with our ActionID. True when that was the last."""
        if self.future.done():
            return True
        if "Response" in message:
            self.responses.append(message)
            if self.complete and message.success:
                return False
        elif message["Event"] != self.complete:
            return self._add_item(message)
        if not self.responses:
            return False
        self.future.set_result(self.responses[0])
        return True

    def _add_item(self, message: Message) -> bool:
        self.listed.append({name: value for name, value in message.items() if name != "content"})
        if len(self.listed) <= self.limit:
            return False
        self.future.set_exception(
            ExchangeDown(f"{self['Action']}: more than {self.limit} in the list; the rest is unread")
        )
        return True


class HardenedProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk carries no types
    """One connection. Bytes are buffered and decoded a message at a time; nothing that arrives can end the process,
    grow without bound, or reach anyone but the backlog and the action that asked.
    """

    def __init__(self, backlog: Backlog, message_cap: int = MESSAGE_CAP) -> None:
        self._loop = asyncio.get_running_loop()
        self._backlog = backlog
        self._message_cap = message_cap
        self._rest = b""
        self._paused = False
        self.greeted: asyncio.Future[str] = self._loop.create_future()
        """The AMI version of the banner."""
        self.booted: asyncio.Future[dict[str, str]] = self._loop.create_future()
        """The FullyBooted event."""
        self.lost: asyncio.Future[str] = self._loop.create_future()
        """Why the connection ended."""
        self.heard_at = self._loop.time()
        """Loop time of the last byte."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        super().connection_made(transport)
        self.closed = False
        self.responses: dict[str, Request] = {}

    # ------------------------------------------------------------------------------------------ in
    def data_received(self, data: bytes) -> None:
        """Take bytes as they come."""
        if self.closed:
            return
        self.heard_at = self._loop.time()
        if self._rest:
            data = self._rest + data
        if self.version is None:
            self._rest = data
            if not self._take_banner():
                return
            data = self._rest
        *messages, self._rest = data.split(END)
        cap = self._message_cap
        if len(self._rest) > cap:
            self.drop(f"a message of more than {cap} bytes")
            return
        for raw in messages:
            try:
                self._take(raw)
            except Garbled as error:
                log.warning("ami message not believed", reason=str(error))
            except Exception as error:  # one message that cannot be handled must not end the link
                # As text: a traceback drawn with its variables would show the caller's number.
                log.error("ami message not handled", bytes=len(raw), trace="".join(format_exception(error)))  # noqa: TRY400
            if self.closed:
                return
        self.regulate()

    def _take_banner(self) -> bool:
        line, end, rest = self._rest.partition(b"\r\n")
        if not line.startswith(BANNER[: len(line)]) or len(line) > BANNER_CAP:
            self.drop("what answers there is not Asterisk's AMI (no banner)")
            return False
        if not end:
            return False
        self.version = line[len(BANNER) :].decode("ascii", "replace").strip()
        self._rest = rest
        if not self.greeted.done():
            self.greeted.set_result(self.version)
        return True

    def _take(self, raw: bytes) -> None:
        if raw[:7] == b"Event: ":
            end = raw.find(b"\r\n", 7)
            name = raw[7:end] if end > 0 else raw[7:]
            if relevant(name, raw):
                if len(raw) > self._message_cap:
                    self.drop(f"a message of more than {self._message_cap} bytes")
                else:
                    self._backlog.put(raw)
            elif name == b"FullyBooted":
                if not self.booted.done():
                    self.booted.set_result(headers(raw, repeated=True))
            elif self.responses and b"\r\nActionID: " in raw:
                self.handle_message(Message(headers(raw)))
        elif raw.strip():
            self._take_other(raw)

    def _take_other(self, raw: bytes) -> None:
        if len(raw) > self._message_cap:
            self.drop(f"a message of more than {self._message_cap} bytes")
            return
        found = headers(raw, repeated=True)
        if "Response" in found:
            self.handle_message(Message(found))
        else:
            log.warning("ami message is neither response nor event", headers=sorted(found)[:10], bytes=len(raw))

    def handle_message(self, message: Message) -> None:
        """Give a message to the action that asked."""
        request = self.responses.get(message.action_id)
        if request is None:
            # The answer to an action that was given up, or to one nobody sent.
            log.debug("ami answer awaited by nobody", response=message.response)
        elif request.add_message(message):
            self.forget(request)

    def regulate(self) -> None:
        """Stop or go on reading, as the backlog allows."""
        bound = self._backlog.hard if self.responses else self._backlog.soft
        if self._paused:
            if self._backlog.size <= bound // 2:
                self._paused = False
                self._backlog.on_drain = None
                self.transport.resume_reading()
                self.heard_at = self._loop.time()
        elif self._backlog.size >= bound:
            self._paused = True
            self._backlog.on_drain = self.regulate
            self.transport.pause_reading()
            log.warning("ami reading paused: the reader of events is too slow", held_bytes=self._backlog.size)

    @property
    def paused(self) -> bool:
        """Not reading, since the reader of events is too slow."""
        return self._paused

    # ------------------------------------------------------------------------------------------ out
    def send(self, data: Request, as_list: bool | None = None) -> asyncio.Future[Any]:
        """Send an action, once; the future has its response. Raises ExchangeDown when it was not sent."""
        del as_list  # panoramisk's way to say that a list follows; the request says it
        if self.closed or self.transport.is_closing():
            raise ExchangeDown("the link is down")
        if self.transport.get_write_buffer_size() > WRITE_CAP:
            self.drop("the exchange takes no more actions")
            raise ExchangeDown("the exchange takes no more actions")
        self.responses[data.id] = data
        self.transport.write(str(data).encode())
        if self._paused:
            self.regulate()
        return cast("asyncio.Future[Any]", data.future)

    def forget(self, request: Request) -> None:
        """Await no answer to it any more."""
        self.responses.pop(request.id, None)

    # ------------------------------------------------------------------------------------------ end
    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed."""
        self._end(f"connection lost: {exc}" if exc else "the exchange closed the connection")

    def close(self) -> None:
        """End the connection."""
        self.drop("closed")

    def drop(self, reason: str) -> None:
        """End the connection at once, saying why."""
        self._end(reason)
        self.transport.abort()

    def _end(self, reason: str) -> None:
        if self.closed:
            return
        self.closed = True
        self._rest = b""
        self._backlog.on_drain = None
        if not self.lost.done():
            self.lost.set_result(reason)
        pending, self.responses = list(self.responses.values()), {}
        for request in pending:
            if not request.future.done():
                request.future.set_exception(
                    ExchangeDown(f"{request['Action']}: {reason} before the answer; it may have been carried out")
                )
