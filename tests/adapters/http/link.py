"""A link between two houses that breaks as a test wants it: a TCP relay that understands just enough of HTTP."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

THROUGH, SILENT, LOSES_ANSWER, CUT = "through", "silent", "loses answer", "cut"


def answer(status: int, content: bytes, kind: str = "application/json") -> bytes:
    """A whole HTTP answer."""
    head = f"HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\nconnection: close\r\n\r\n"
    return head.encode() + content


@dataclass(slots=True)
class Link:
    """`async with` it; then the peer is at `url`."""

    peer: str
    """Its URL behind the link."""
    plays: str | bytes = THROUGH
    """What happens to the next requests; bytes are the answer, whatever was asked."""
    requests: list[bytes] = field(default_factory=list)
    """What passed, whole."""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> "Link":
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where to ask."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._carry(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.plays == CUT:
            return
        request = await _whole(reader)
        self.requests.append(request)
        if self.plays == SILENT:
            await asyncio.sleep(3600)
        if isinstance(self.plays, bytes):
            writer.write(self.plays)
            await writer.drain()
            return
        there = urlsplit(self.peer)
        assert there.hostname is not None
        back, out = await asyncio.open_connection(there.hostname, there.port)
        try:
            out.write(request)
            reply = await _whole(back)
        finally:
            out.close()
        if self.plays != LOSES_ANSWER:
            writer.write(reply.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1))
            await writer.drain()


async def _whole(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    return head + await reader.readexactly(length)
