"""A manager interface that does what it is told, bad manners included."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from ivr.adapters.ami.link import Timing

Action: TypeAlias = dict[str, str]
Answer: TypeAlias = Callable[[Action], bytes]

QUICK = Timing(answer=1, connect=1, boot=1, silence=5, backoff_first=0.005, backoff_most=0.01, jitter=0.001, steady=0.0)
"""Patience for tests: a wait that is meant to end takes its length of the test."""


def message(**headers: object) -> bytes:
    """One message; `_` in a name is `-`."""
    return "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def success(action: Action, **more: object) -> bytes:
    """Yes."""
    return message(Response="Success", ActionID=action["ActionID"], **more)


def refusal(action: Action, sentence: str) -> bytes:
    """No."""
    return message(Response="Error", ActionID=action["ActionID"], Message=sentence)


def listed(action: Action, event: str, complete: str, items: list[dict[str, object]]) -> bytes:
    """A list, as Asterisk sends it."""
    body = b"".join(message(Event=event, ActionID=action["ActionID"], **item) for item in items)
    start = success(action, EventList="start", Message="will follow")
    return (
        start + body + message(Event=complete, ActionID=action["ActionID"], EventList="Complete", ListItems=len(items))
    )


def channel(uniqueid: str = "n1-1795497858.1", **different: object) -> dict[str, object]:
    """The block of headers that stands for a channel in every event."""
    return {
        "Channel": "PJSIP/carrier-00000001",
        "ChannelState": "4",
        "ChannelStateDesc": "Ring",
        "CallerIDNum": "13800138000",
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "Language": "en",
        "AccountCode": "",
        "Context": "from-carrier",
        "Exten": "95000",
        "Priority": "1",
        "Uniqueid": uniqueid,
        "Linkedid": uniqueid,
        **different,
    }


def event(name: str, **headers: object) -> bytes:
    """An event, as Asterisk sends it to a user with rights."""
    return message(Event=name, Privilege="call,all", SystemName="n1", **headers)


def hangup(uniqueid: str) -> bytes:
    """The shortest event that tells something."""
    return event("Hangup", **channel(uniqueid), Cause="16", Cause_txt="Normal Clearing")


class ScriptedAmi:
    """Listens on a free port, keeps what it was sent, answers as scripted."""

    def __init__(self) -> None:
        self.banner = b"Asterisk Call Manager/11.0.0\r\n"
        self.received: list[Action] = []
        self.raw = b""
        """Every byte that arrived, on all connections."""
        self.connections = 0
        self.uptime = 10
        self.booted = ("2026-11-24", "05:24:17")
        self.answers: dict[str, Answer] = {
            "Login": lambda action: success(action) + event("FullyBooted", Uptime=self.uptime, Status="Fully Booted"),
            "CoreSettings": lambda action: success(action, AsteriskVersion="22.10.1"),
            "CoreStatus": lambda action: success(
                action, CoreStartupDate=self.booted[0], CoreStartupTime=self.booted[1]
            ),
            "Status": lambda action: refusal(action, "No such channel"),
            "Originate": lambda action: success(action, Message="Originate successfully queued"),
        }
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self._news = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()
        self.cut()

    def say(self, raw: bytes) -> None:
        """Send bytes to whoever is connected now."""
        for writer in self._writers:
            writer.write(raw)

    async def drain(self) -> None:
        """Until what was said is in the peer's hands, nearly."""
        for writer in self._writers:
            await writer.drain()

    def cut(self) -> None:
        """End every connection at once."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def of(self, name: str) -> list[Action]:
        """The actions of that name that arrived."""
        return [action for action in self.received if action["Action"] == name]

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until something that arrived makes it true."""
        async with asyncio.timeout(5):
            while not wanted():
                self._news.clear()
                await self._news.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        self._news.set()
        writer.write(self.banner)
        try:
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                self.raw += raw
                action = dict(line.split(": ", 1) for line in raw.decode().split("\r\n") if line)
                self.received.append(action)
                self._news.set()
                writer.write(self.answers.get(action["Action"], success)(action))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def nothing(action: Action) -> bytes:
    """No answer at all."""
    return b""
