"""The Asterisk side of FastAGI, as res_agi.c behaves: what the server under test talks to.

    peer = await AsteriskPeer.call(port, environment_of())
    await peer.hears("STREAM FILE")
    peer.press("1")

It waits on the socket but reads through a buffer of 4096 bytes, so a second line that fits into it too lies unseen; a
line on the socket ends WAIT FOR DIGIT (answered 1) and STREAM FILE (not answered); a key that comes while no command
listens is lost.
"""

import asyncio
import shlex
import wave
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

KEY: Final = "the-key-of-the-exchange"
UNIQUEID: Final = "n1-1767603600.7"
SOON: Final = 5.0
"""Seconds; a bound, not a wait."""
BUFFER: Final = 4096
"""Bytes; glibc's for a socket."""
LINE: Final = 2047
"""Bytes of a line that are read at once."""


class AsteriskPeer(asyncio.Protocol):
    """One channel in AGI(). Sounds play until `end_of_sound`, a key or a hangup; short waits end by themselves."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        """Every line carried out, in order, without blanks at its end."""
        self.answers: list[str] = []
        """Every line answered, in order."""
        self.lost_keys: list[str] = []
        """Keys that came while nobody listened."""
        self.missing: set[str] = set()
        """Sounds, by the last part of their path, and contexts that do not exist."""
        self.music: list[str] = []
        """Each time music began (`on`) or ended (`off`)."""
        self.routines: list[tuple[str, str]] = []
        """What was carried out of the dialplan meanwhile: context, extension."""
        self.variables: dict[str, str] = {"HOTLINE_KEY": KEY, "CHANNEL(linkedid)": UNIQUEID, "HOTLINE_TRUNK": "carrier"}
        self.buffer = BUFFER
        """Bytes it reads from the socket at once."""
        self.sluggish = 0.0
        """Seconds between seeing that the socket holds something and reading it."""
        self.may_read = asyncio.Event()
        """Cleared: the exchange is held up, and lines gather in the socket."""
        self.may_read.set()
        self.listening: str | None = None
        """The command that takes keys now."""
        self.gone = asyncio.Event()
        """The connection is over."""
        self.is_up = True
        self._obeys = False
        self._transport: asyncio.Transport | None = None
        self._socket = bytearray()
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self._keys: deque[str] = deque()
        self._sound_over = False
        self._hung_up = False
        self._task: asyncio.Task[None] | None = None
        self._marks: list[tuple[str, int, asyncio.Future[None]]] = []

    @classmethod
    async def call(cls, port: int, environment: bytes) -> Self:
        """Connect and send the environment, as AGI() does."""
        peer = cls()
        await asyncio.get_running_loop().create_connection(lambda: peer, "127.0.0.1", port)
        peer._write(environment)
        peer._task = asyncio.create_task(peer._run())
        return peer

    # ------------------------------------------------------------------------------- what the test does
    def press(self, keys: str) -> None:
        """Keys that end now. One listening command takes the first; while something else is carried out they wait in
        the channel; while nothing is, they are lost, as in run_agi."""
        for key in keys:
            if self._obeys and not (self.listening and self._keys):
                self._keys.append(key)
            else:
                self.lost_keys.append(key)
        self._news.set()

    def end_of_sound(self) -> None:
        """The sound that plays comes to its end."""
        self._sound_over = True
        self._news.set()

    def hang_up(self) -> None:
        """The channel is gone: AGIEXITONHANGUP ends AGI() after the answer of the command in hand."""
        self._hung_up = True
        self._news.set()

    async def hears(self, beginning: str, times: int = 1) -> None:
        """Wait until so many commands of that kind have begun; raises when none comes SOON."""
        mark: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._marks.append((beginning, times, mark))
        self._check_marks()
        async with asyncio.timeout(SOON):
            await mark

    async def has_unread(self, line: str) -> None:
        """Wait until this line lies in the socket; raises when it does not SOON."""
        async with asyncio.timeout(SOON):
            while line.encode() not in self._socket:  # nothing tells of a line unread
                await asyncio.sleep(0.001)

    async def close(self) -> None:
        """End it."""
        if self._transport is not None:
            self._transport.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    # ----------------------------------------------------------------------------------------- protocol
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Into the socket's queue."""
        self._socket += data
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The server let go."""
        self.gone.set()
        self._news.set()

    # ---------------------------------------------------------------------------------------- res_agi.c
    async def _run(self) -> None:
        while not self.gone.is_set() or self._socket:
            if self._hung_up:
                return self._leave()
            if not self._socket:
                await self._until_news()
                continue
            if self.sluggish:
                await asyncio.sleep(self.sluggish)
            await self.may_read.wait()
            line = self._read_line()
            self.commands.append(line)
            self._obeys = True
            answer = await self._carry_out(line)
            if answer is not None:
                self._answer(answer)
            self._obeys = bool(self._socket)  # it looks there before it looks at the channel
        return None

    def _read_line(self) -> str:
        """fgets: from the buffer; only one that was read out is filled, with as much as it holds."""
        while b"\n" not in self._buffer:
            self._buffer += self._socket[: self.buffer]
            del self._socket[: self.buffer]
        line, _, self._buffer = self._buffer.partition(b"\n")
        assert len(line) < LINE, "the rest would be another line"
        return line.decode().rstrip(" ")

    async def _carry_out(self, line: str) -> str | None:
        words = shlex.split(line)
        match words:
            case ["NOOP", *_]:
                return "200 result=0"
            case ["CHANNEL", "STATUS"]:
                return f"200 result={6 if self.is_up else 0}"
            case ["GET", "VARIABLE", name]:
                return f"200 result=1 ({self.variables[name]})" if name in self.variables else "200 result=0"
            case ["GET", "FULL", "VARIABLE", expression]:
                return f"200 result=1 ({self._expanded(expression)})"
            case ["SET", "VARIABLE", name, value]:
                names = name.removeprefix("ARRAY(").removesuffix(")").split(",")
                self.variables |= dict(zip(names, value.split(",") if len(names) > 1 else [value], strict=True))
                return "200 result=1"
            case ["WAIT", "FOR", "DIGIT", milliseconds]:
                return await self._wait_for_digit(line, int(milliseconds))
            case ["STREAM", "FILE", file, keys, *_]:
                assert keys == "0123456789*#"
                return await self._stream_file(line, file.rpartition("/")[2])
            case ["RECORD", "FILE", file, "wav", keys, _, "BEEP", _]:
                assert keys == "0123456789*#"
                return await self._record_file(line, Path(f"{file}.wav"))
            case ["GOSUB", context, extension, "1"]:
                if context in self.missing:
                    return "200 result=-1 Gosub label not found"
                self.routines.append((context, extension))
                self._answer("100 result=0 Trying...")
                await asyncio.sleep(0.002)
                return "200 result=0 Gosub complete"
            case ["SET", "MUSIC", way]:
                self.music.append(way)
                return "200 result=0"
            case _:
                return "510 Invalid or unknown command"

    async def _record_file(self, line: str, file: Path) -> str:
        """What the caller says until a key, a hangup, or the silence in which he has nothing more to say."""
        self._begin(line)
        seconds = await self.speaks()
        with wave.open(str(file), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(b"\x00\x10\x00\xf0" * (4000 * seconds))  # a hum
        key = self._end()
        if key is not None:
            return f"200 result={ord(key)} (dtmf) endpos={8000 * seconds}"
        return f"200 result={'-1 (hangup)' if self._hung_up else '0 (timeout)'} endpos={8000 * seconds}"

    async def speaks(self) -> int:
        """For how many seconds the caller speaks."""
        return 0

    async def _wait_for_digit(self, line: str, milliseconds: int) -> str:
        ends = asyncio.get_running_loop().time() + milliseconds / 1000
        self._begin(line)
        while not (self._keys or self._hung_up or self._socket):
            if not await self._until_news(ends):
                break
        key = self._end()
        if key is not None:
            return f"200 result={ord(key)}"
        return "200 result=-1" if self._hung_up else f"200 result={1 if self._socket else 0}"

    async def _stream_file(self, line: str, sound: str) -> str | None:
        if sound in self.missing:
            self._check_marks()
            return "200 result=-1 endpos=0"
        self._sound_over = False
        self._begin(line)
        while not (self._keys or self._hung_up or self._socket or self._sound_over):
            await self._until_news()
        key = self._end()
        if key is not None:
            return f"200 result={ord(key)} endpos=160"
        if self._hung_up:
            return "200 result=-1 endpos=160"
        return "200 result=0 endpos=8000" if self._sound_over else None

    def _begin(self, line: str) -> None:
        self.listening = line
        self._check_marks()

    def _end(self) -> str | None:
        self.listening = None
        return self._keys.popleft() if self._keys else None

    async def _until_news(self, ends: float | None = None) -> bool:
        self._news.clear()
        if self.gone.is_set():
            self._hung_up = True
            return False
        try:
            async with asyncio.timeout_at(ends):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _leave(self) -> None:
        self._answer("HANGUP")
        if self._transport is not None:
            self._transport.close()

    def _expanded(self, expression: str) -> str:
        names = expression.removeprefix("${").removesuffix("}").split("}|${")
        return "|".join(self.variables.get(name, "") for name in names)

    def _answer(self, line: str) -> None:
        self.answers.append(line)
        self._write(line.encode() + b"\n")
        self._check_marks()

    def _write(self, content: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(content)

    def _check_marks(self) -> None:
        for mark in list(self._marks):
            beginning, times, reached = mark
            if sum(command.startswith(beginning) for command in self.commands) >= times:
                self._marks.remove(mark)
                if not reached.done():
                    reached.set_result(None)


def environment_of(path: str = "call", **more: str) -> bytes:
    """What Asterisk sends first, in its order."""
    lines = {
        "agi_network": "yes",
        "agi_network_script": path,
        "agi_request": f"agi://127.0.0.1/{path}",
        "agi_channel": "PJSIP/carrier-00000001",
        "agi_language": "en",
        "agi_type": "PJSIP",
        "agi_uniqueid": UNIQUEID,
        "agi_version": "22.10.1",
        "agi_callerid": "13800138000",
        "agi_calleridname": "unknown",
        "agi_callingpres": "0",
        "agi_dnid": "95500",
        "agi_context": "story",
        "agi_extension": "s",
        "agi_priority": "7",
        "agi_threadid": "140012345",
    } | more
    return "".join(f"{name}: {value}\n" for name, value in lines.items()).encode() + b"\n"
