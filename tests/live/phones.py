"""SIP phones of the carrier's side, in a thread of their own: each speaks with its tone and hears what comes."""

import asyncio
import contextlib
import random
import re
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator

from tests.live.tones import FRAME, Ear, packet

KEYS = "0123456789*#"
PACKET = 0.02
EVENT = 101
"""RTP payload type of keys (RFC 4733), as our offers have it."""


class _Media(asyncio.DatagramProtocol):
    """The sound of one call."""

    def __init__(self, phone: "Phone") -> None:
        self._phone = phone
        self._to: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._sequence = random.randrange(9999)
        self._stamp = 0
        self._source = random.randrange(1 << 31)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Sound, or a key, or something else."""
        if len(data) < 12:
            return
        if data[1] & 127 == EVENT:
            self._phone.ear.keys.append(time.monotonic())
        elif data[1] & 127 == 0:
            self._phone.ear.sound.append((time.monotonic(), data[12:]))

    def go_to(self, sdp: str) -> None:
        """Where the other side wants its sound."""
        found = re.search(r"m=audio (\d+)", sdp)
        if found:
            self._to = ("127.0.0.1", int(found[1]))

    @property
    def port(self) -> int:
        """Where we want ours."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    async def speak(self) -> None:
        """The tone, for ever; keys between as they are pressed."""
        tone, due = packet(self._phone.tone), time.monotonic()
        while True:
            for payload in self._next(tone):
                self._send(*payload)
                due += PACKET
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    def _next(self, tone: bytes) -> Iterator[tuple[int, bytes, int]]:
        if not self._phone.keys:
            yield 0, tone, FRAME
            return
        key = KEYS.index(self._phone.keys.popleft())
        for place in range(8):
            ended = 0x80 if place >= 5 else 0
            duration = struct.pack("!H", min(place + 1, 6) * FRAME)
            yield EVENT | (0x80 if place == 0 else 0), bytes([key, ended | 10]) + duration, FRAME if place == 7 else 0
        for _ in range(5):
            yield 0, tone, FRAME

    def _send(self, kind: int, payload: bytes, ticks: int) -> None:
        head = struct.pack("!BBHII", 0x80, kind, self._sequence & 0xFFFF, self._stamp & 0xFFFFFFFF, self._source)
        if self._transport is not None and self._to is not None:
            self._transport.sendto(head + payload, self._to)
        self._sequence += 1
        self._stamp += ticks

    def close(self) -> None:
        """No more sound."""
        if self._transport is not None:
            self._transport.close()


class Phone(asyncio.DatagramProtocol):
    """One phone, one call at a time. What a test does to it is done in the phones' own thread."""

    def __init__(self, name: str, tone: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name, self.tone = name, tone
        self.ear = Ear()
        self.keys: deque[str] = deque()
        self.busy = False
        """Set to refuse every call."""
        self.rings = 0.1
        """Seconds until it is taken."""
        self.up = False
        self._loop = loop
        self._transport: asyncio.DatagramTransport | None = None
        self._media: _Media | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._dialog: dict[str, str] = {}
        self._number = 100

    # ------------------------------------------------------------------------------------------ what tests do
    @property
    def port(self) -> int:
        """Where it is reached."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def dial(self, extension: str, sip: int) -> None:
        """Call the hotline."""
        self._do(self._dial(extension, sip))

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        self.keys.extend(keys)

    def hang_up(self) -> None:
        """End the call."""
        self._do(self._leave())

    async def until(self, up: bool, patience: float = 15.0) -> None:
        """Wait until it is in a call, or no more."""
        async with asyncio.timeout(patience):
            while self.up is not up:
                await asyncio.sleep(0.01)

    def _do(self, what: object) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop)  # type: ignore[arg-type]

    # ------------------------------------------------------------------------------------------ SIP
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: object) -> None:
        """A request of the hotline's, or the answer to one of ours."""
        text = data.decode(errors="replace")
        task = self._loop.create_task(self._answered(text) if text.startswith("SIP/") else self._asked(text))
        task.add_done_callback(lambda done: done.exception())

    async def _asked(self, text: str) -> None:
        verb, call = text.split(" ", 1)[0], _header(text, "Call-ID")
        ours = call == self._dialog.get("call")
        if verb == "ACK":
            return
        if verb == "INVITE" and not ours:
            await self._rung(text)
        elif verb == "INVITE":
            assert self._media is not None
            self._media.go_to(text)
            self._reply(text, 200, self._sdp())
        elif verb == "CANCEL" and ours:
            self._reply(text, 200)
            self._reply(self._dialog["invite"], 487)
            self._over()
        else:
            self._reply(text, 200)
            if verb == "BYE" and ours:
                self._over()

    async def _rung(self, text: str) -> None:
        if self.busy or self._dialog:
            self._reply(text, 486)
            return
        self._dialog = {
            "call": _header(text, "Call-ID"),
            "uri": re.findall(r"<(.*?)>", _header(text, "Contact"))[0],
            "ours": f"{_header(text, 'To')};tag={self.name}",
            "theirs": _header(text, "From"),
            "invite": text,
        }
        self._reply(text, 180)
        await asyncio.sleep(self.rings)
        if self._dialog.get("invite") == text:  # else it was given up
            await self._open()
            assert self._media is not None
            self._media.go_to(text)
            self._reply(text, 200, self._sdp())
            self._speak()

    async def _answered(self, text: str) -> None:
        code, number = int(text.split()[1]), _header(text, "CSeq")
        if _header(text, "Call-ID") != self._dialog.get("call") or "INVITE" not in number or code < 200:
            return
        self._dialog["theirs"] = _header(text, "To")
        if contact := re.findall(r"<(.*?)>", _header(text, "Contact")):
            self._dialog["uri"] = contact[0]
        self._request("ACK", number=number.split()[0])
        if code == 200:
            assert self._media is not None
            self._media.go_to(text)
            self._speak()
        else:
            self._over()

    async def _dial(self, extension: str, sip: int) -> None:
        await self._open()
        here = f"<sip:{self.name}@127.0.0.1:{self.port}>"
        uri = f"sip:{extension}@127.0.0.1:{sip}"
        self._dialog = {
            "call": f"{random.randrange(1 << 60)}",
            "uri": uri,
            "ours": f"{here};tag={random.randrange(1 << 40)}",
            "theirs": f"<{uri}>",
            "port": str(sip),
        }
        self._request("INVITE", self._sdp())

    async def _leave(self) -> None:
        if self.up:
            self._request("BYE")
            self._over()

    async def _open(self) -> None:
        self.ear = Ear()
        self.keys.clear()
        _, media = await self._loop.create_datagram_endpoint(lambda: _Media(self), local_addr=("127.0.0.1", 0))
        self._media = media

    def _speak(self) -> None:
        if self._speaking is None and self._media is not None:
            self._speaking = self._loop.create_task(self._media.speak())
            self.up = True

    def _over(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
        if self._media is not None:
            self._media.close()
        self._speaking, self._media, self._dialog, self.up = None, None, {}, False

    def _sdp(self) -> str:
        assert self._media is not None
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {self._media.port} RTP/AVP 0 {EVENT}\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:{EVENT} telephone-event/8000\r\na=fmtp:{EVENT} 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
        )

    def _reply(self, text: str, code: int, sdp: str = "") -> None:
        to = _header(text, "To")
        tag = "" if "tag=" in to else f";tag={self.name}"
        vias = "".join(f"Via: {via}\r\n" for via in re.findall(r"^Via:\s*(.*?)\r$", text, re.MULTILINE | re.IGNORECASE))
        head = (
            f"SIP/2.0 {code} .\r\n{vias}From: {_header(text, 'From')}\r\nTo: {to}{tag}\r\n"
            f"Call-ID: {_header(text, 'Call-ID')}\r\nCSeq: {_header(text, 'CSeq')}\r\n"
        )
        via = re.search(r"127\.0\.0\.1:(\d+)", _header(text, "Via"))
        self._send(head, sdp, int(via[1]) if via else 5060)

    def _request(self, verb: str, sdp: str = "", number: str = "") -> None:
        if not number:
            self._number += 1
            number = str(self._number)
        dialog = self._dialog
        head = (
            f"{verb} {dialog['uri']} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{random.randrange(1 << 40)}\r\nMax-Forwards: 70\r\n"
            f"From: {dialog['ours']}\r\nTo: {dialog['theirs']}\r\n"
            f"Call-ID: {dialog['call']}\r\nCSeq: {number} {verb}\r\n"
        )
        where = re.search(r":(\d+)", dialog["uri"].partition("@")[2])
        self._send(head, sdp, int(where[1]) if where else int(dialog.get("port", "5060")))

    def _send(self, head: str, sdp: str, port: int) -> None:
        assert self._transport is not None
        kind = "Content-Type: application/sdp\r\n" if sdp else ""
        contact = f"Contact: <sip:{self.name}@127.0.0.1:{self.port}>\r\n"
        text = f"{head}{contact}{kind}Content-Length: {len(sdp)}\r\n\r\n{sdp}"
        self._transport.sendto(text.encode(), ("127.0.0.1", port))


@contextlib.contextmanager
def phones(**tones: str) -> Iterator[dict[str, Phone]]:
    """Phones by name, each with its person's tone, as long as the `with` lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def one(name: str, tone: str) -> Phone:
        _, phone = await loop.create_datagram_endpoint(lambda: Phone(name, tone, loop), local_addr=("127.0.0.1", 0))
        return phone

    made = {name: asyncio.run_coroutine_threadsafe(one(name, tone), loop).result(5) for name, tone in tones.items()}
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r$", text, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""
