"""Events of the exchange: how much our hardened link to typed domain events costs beside a parser with no manners."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection

import uvloop

from benchmarks.ami_call import LEGS, TOLD, WHOLE, of_call
from benchmarks.measure import Figure, Invalid, Tell, at_least, figure, in_turns
from ivr.adapters.ami.exchange import AmiExchange
from ivr.domain.exchange import LegEnded
from tests.adapters.ami.server import Action, ScriptedAmi, success

CALLS = 2500
ROUNDS = 5
LAST = "n1-last.1"
"""The Uniqueid by whose Hangup both readers know the end."""
LONGEST = 60.0
STREAMS = {"ami_events": WHOLE, "ami_events_told": TOLD}


def ami_events(tell: Tell, *, calls: int = CALLS, rounds: int = ROUNDS) -> Iterator[Figure]:
    """AMI: events a second from the socket to typed domain events, against bare asyncio parsing.

    The stream is what the controller's AMI user was sent during one real call to a person, over and over, poured out by
    another process; in `ami_events_told` only those events of it that the domain has words for, so that none can be
    passed over unread. Bare: an asyncio.Protocol that splits what arrives and makes a dictionary of every message.
    """
    context = multiprocessing.get_context("spawn")
    ours_end, server_end = context.Pipe()
    server = context.Process(target=_serve, args=(server_end, calls), daemon=True)
    server.start()
    try:
        for name, port in ours_end.recv().items():
            count = (calls + 1) * len(STREAMS[name])

            def ours(port: int = port, count: int = count) -> float:
                tell(f"{count} events through the link")
                return count / uvloop.run(_typed(port, calls))

            def bare(port: int = port, count: int = count) -> float:
                tell(f"{count} events by a bare parser")
                return count / uvloop.run(_parsed(port))

            value, baseline = in_turns(rounds, ours, bare)
            yield figure(name, value, "events/s", baseline=baseline, goal=at_least(0.5))
    finally:
        ours_end.send(None)
        server.join(10)
        if server.is_alive():
            server.kill()


def _serve(parent: Connection, calls: int) -> None:
    asyncio.run(_pour(parent, calls))


async def _pour(parent: Connection, calls: int) -> None:
    """Asterisk's part: it lets in, and pours out all events when they are asked for. A server for each stream."""
    servers = {name: ScriptedAmi() for name in STREAMS}
    for name, server in servers.items():
        poured = b"".join(of_call(STREAMS[name], place) for place in range(calls))
        poured += of_call(STREAMS[name], calls, last=LAST)
        server.answers["Events"] = partial(_answer, poured)
        await server.start()
    parent.send({name: server.port for name, server in servers.items()})
    await asyncio.to_thread(parent.recv)
    for server in servers.values():
        await server.close()


def _answer(poured: bytes, action: Action) -> bytes:
    return success(action) + poured


async def _typed(port: int, calls: int) -> float:
    """Seconds from the first event to the last, through the link."""
    exchange = AmiExchange("127.0.0.1", port, "controller", "secret")
    ended, began, took = 0, 0.0, 0.0
    async with asyncio.timeout(LONGEST):
        await exchange.start()
        async for event in exchange.events():
            began = began or time.perf_counter()
            if isinstance(event, LegEnded):
                ended += 1
                if event.uniqueid == LAST:
                    took = time.perf_counter() - began
                    break
    await exchange.close()
    if ended != (calls + 1) * LEGS:
        raise Invalid(f"{ended} legs ended in {calls + 1} calls of {LEGS}")
    return took


class _Bare(asyncio.Protocol):
    """Reads on, whatever comes."""

    def __init__(self) -> None:
        self.began = 0.0
        self.took: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        self.began = self.began or time.perf_counter()
        *messages, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for raw in messages:
            message = dict([line.split(": ", 1) for line in raw.decode().split("\r\n")])
            if message.get("Uniqueid") == LAST and message["Event"] == "Hangup":
                self.took.set_result(time.perf_counter() - self.began)


async def _parsed(port: int) -> float:
    """Seconds from the first event to the last, by the bare parser."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"Action: Events\r\nActionID: 1\r\nEventMask: on\r\n\r\n")
    bare = _Bare()
    writer.transport.set_protocol(bare)
    try:
        return await asyncio.wait_for(bare.took, LONGEST)
    finally:
        writer.close()
