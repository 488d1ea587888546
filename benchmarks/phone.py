"""A telephone for measuring with: it dials by SIP, presses keys by RFC 4733, and knows to the packet when it hears
something. Only as much of the protocols as a call on loopback to our own Asterisk needs.
"""

import asyncio
import re
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.measure import Invalid

PACE = 0.020
"""Seconds of audio in a packet."""
SAMPLES = 160
ALAW, EVENTS = 8, 101
"""Payload types."""
SILENCE = b"\xd5" * SAMPLES
TONE_PACKETS = 5
"""A key is held for 100 ms."""
AUDIBLE = 500
"""Of 32768: -36 dB. Speech begins above it within a few samples, A-law's noise stays below 10."""
ANSWERED_WITHIN = 10.0
_HEAD = struct.Struct(">BBHII")
_KEYS = {key: event for event, key in enumerate("0123456789*#")}


def _loud(code: int) -> bool:
    """Whether this A-law byte is audible (G.711)."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    size = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return size > AUDIBLE


_LOUD = re.compile(b"[" + b"".join(re.escape(bytes([code])) for code in range(256) if _loud(code)) + b"]")


class Phone(asyncio.DatagramProtocol):
    """One call's audio: sends a packet every 20 ms, and notes when something is to be heard."""

    def __init__(self, *, mute: bool = False) -> None:
        """Mute: it sends keys and nothing between them, so that a machine can hold many of it."""
        self._mute = mute
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.DatagramTransport | None = None
        self._far = ("", 0)
        self._source = secrets.randbits(32)
        self._sequence, self._stamp = 0, 0
        self._pressed: tuple[int, asyncio.Future[float]] | None = None
        self._held = 0
        self._heard_at = 0.0
        self._sound: asyncio.Future[float] | None = None
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.over = asyncio.Event()
        """The other side has hung up."""

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._transport is not None  # noqa: S101  # made by create_datagram_endpoint
        return int(self._transport.get_extra_info("sockname")[1])

    # ----------------------------------------------------------------------------------- what a person does
    async def press(self, key: str) -> float:
        """Press a key; the loop's time at which its tone ended."""
        ended: asyncio.Future[float] = self._loop.create_future()
        self._pressed, self._held = (_KEYS[key], ended), 0
        if self._mute:
            self._stamp += SAMPLES * round((self._loop.time() - self._next) / PACE)
            self._next = self._loop.time()
            self._tick()
        return await ended

    async def silence(self, seconds: float) -> None:
        """Until nothing was to be heard for so long."""
        while (rest := self._heard_at + seconds - self._loop.time()) > 0:  # noqa: ASYNC110  (each sound puts it off)
            await asyncio.sleep(rest)

    async def first_sound(self, patience: float) -> float:
        """The loop's time of the next audible sample. Raises Invalid when there is none."""
        self._sound = self._loop.create_future()
        try:
            return await asyncio.wait_for(self._sound, patience)
        except TimeoutError:
            raise Invalid(f"nothing was to be heard for {patience:g} s") from None

    # ------------------------------------------------------------------------------------------- the packets
    def connect(self, host: str, port: int) -> None:
        """Begin to send."""
        self._far = (host, port)
        self._heard_at = self._next = self._loop.time()
        if not self._mute:
            self._tick()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's is none by inheritance

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        if self._mute or data[1] & 0x7F != ALAW:
            return
        found = _LOUD.search(data, _HEAD.size)
        if found is None:
            return
        # Played out as it arrives, a sample each eighth of a millisecond.
        self._heard_at = self._loop.time() + (found.start() - _HEAD.size) / 8000
        if self._sound is not None and not self._sound.done():
            self._sound.set_result(self._heard_at)

    def hang_up(self) -> None:
        """Send no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()

    def _tick(self) -> None:
        self._stamp += SAMPLES
        if self._pressed is None:
            self._send(ALAW, self._stamp, SILENCE)
        else:
            self._hold(*self._pressed)
        self._next += PACE
        if self._pressed is not None or not self._mute:
            self._timer = self._loop.call_at(self._next, self._tick)

    def _hold(self, event: int, ended: "asyncio.Future[float]") -> None:
        self._held += 1
        began = self._stamp - (self._held - 1) * SAMPLES
        last = self._held > TONE_PACKETS
        duration = min(self._held, TONE_PACKETS) * SAMPLES
        payload = struct.pack(">BBH", event, 10 | (0x80 if last else 0), duration)
        for _ in range(3 if last else 1):  # the end is said three times
            self._send(EVENTS, began, payload, first=self._held == 1)
        if last:
            self._pressed = None
            if not ended.done():
                ended.set_result(self._loop.time())

    def _send(self, kind: int, stamp: int, payload: bytes, *, first: bool = False) -> None:
        assert self._transport is not None  # noqa: S101  # made by create_datagram_endpoint
        self._sequence = self._sequence + 1 & 0xFFFF
        mark = 0x80 if first else 0
        head = _HEAD.pack(0x80, kind | mark, self._sequence, stamp & 0xFFFFFFFF, self._source)
        self._transport.sendto(head + payload, self._far)


class _Dialling(asyncio.DatagramProtocol):
    """One SIP dialogue, from INVITE to BYE."""

    def __init__(self, target: str, sip_port: int, audio_port: int, caller: str) -> None:
        self._caller = caller
        self._far = ("127.0.0.1", sip_port)
        self._target = f"sip:{target}@127.0.0.1:{sip_port}"
        self._audio_port = audio_port
        self._transport: asyncio.DatagramTransport | None = None
        self._call = secrets.token_hex(8)
        self._tag = secrets.token_hex(4)
        self._to = f"<{self._target}>"
        self._acknowledged = False
        self.answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The port of the other side's audio."""
        self.over = asyncio.Event()
        """The other side has hung up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's is none by inheritance
        self._port = int(transport.get_extra_info("sockname")[1])
        described = "\r\n".join(
            (
                "v=0",
                "o=- 1 1 IN IP4 127.0.0.1",
                "s=-",
                "c=IN IP4 127.0.0.1",
                "t=0 0",
                f"m=audio {self._audio_port} RTP/AVP {ALAW} {EVENTS}",
                f"a=rtpmap:{ALAW} PCMA/8000",
                f"a=rtpmap:{EVENTS} telephone-event/8000",
                f"a=fmtp:{EVENTS} 0-15",
                "a=ptime:20",
                "",
            )
        )
        self._request("INVITE", 1, described)

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        if first.startswith("SIP/2.0 "):
            self._response(int(first.split()[1]), dict(headers), body)
        elif not first.startswith("ACK "):
            self._obey(first.split()[0], headers)

    def hang_up(self) -> None:
        """End the call, if the other side has not."""
        if self._acknowledged and not self.over.is_set():
            self._request("BYE", 2)
        asyncio.get_running_loop().call_later(0.5, self._close)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _response(self, code: int, headers: dict[str, str], body: str) -> None:
        if code < 200 or not headers.get("cseq", "").endswith("INVITE"):
            return
        self._to = headers["to"]
        self._request("ACK", 1)
        if self._acknowledged or self.answered.done():
            return
        port = re.search(r"^m=audio (\d+)", body, re.MULTILINE)
        if code == 200 and port:
            self._acknowledged = True
            self.answered.set_result(int(port[1]))
        else:
            self.answered.set_exception(Invalid(f"{self._target} is answered by {code}"))

    def _obey(self, method: str, headers: list[tuple[str, str]]) -> None:
        """Say yes to whatever the other side asks for."""
        kept = [f"{name}: {value}" for name, value in headers if name in ("via", "from", "to", "call-id", "cseq")]
        self._send("\r\n".join(("SIP/2.0 200 OK", *kept, "content-length: 0", "", "")))
        if method == "BYE":
            self.over.set()

    def _request(self, method: str, number: int, body: str = "") -> None:
        self._send(
            "\r\n".join(
                (
                    f"{method} {self._target} SIP/2.0",
                    f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{secrets.token_hex(8)};rport",
                    "Max-Forwards: 70",
                    f"From: <sip:{self._caller}@127.0.0.1:{self._port}>;tag={self._tag}",
                    f"To: {self._to}",
                    f"Call-ID: {self._call}",
                    f"CSeq: {number} {method}",
                    f"Contact: <sip:{self._caller}@127.0.0.1:{self._port}>",
                    *(("Content-Type: application/sdp",) if body else ()),
                    f"Content-Length: {len(body)}",
                    "",
                    body,
                )
            )
        )

    def _send(self, text: str) -> None:
        assert self._transport is not None  # noqa: S101  # made by create_datagram_endpoint
        self._transport.sendto(text.encode(), self._far)


@asynccontextmanager
async def calling(
    number: str, sip_port: int, *, caller: str = "13800138000", mute: bool = False
) -> AsyncIterator[Phone]:
    """A phone in a call to this number, as long as the `with` lasts. Raises Invalid when nobody answers."""
    loop = asyncio.get_running_loop()
    _, phone = await loop.create_datagram_endpoint(lambda: Phone(mute=mute), local_addr=("127.0.0.1", 0))
    _, dialling = await loop.create_datagram_endpoint(
        lambda: _Dialling(number, sip_port, phone.port, caller), local_addr=("127.0.0.1", 0)
    )
    phone.over = dialling.over
    try:
        try:
            audio = await asyncio.wait_for(dialling.answered, ANSWERED_WITHIN)
        except TimeoutError:
            raise Invalid(f"nobody answers {number}") from None
        phone.connect("127.0.0.1", audio)
        yield phone
    finally:
        dialling.hang_up()
        phone.hang_up()
