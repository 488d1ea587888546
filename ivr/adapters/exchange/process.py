"""An Asterisk as a process: how it is started, when it is ready, and commands of its own command line."""

import asyncio
import contextlib

from ivr.adapters.exchange.install import Installation
from ivr.domain.errors import HotlineError
from ivr.home import AsteriskHome

ANSWER = 5.0
"""Seconds for one command of the command line."""


class NoAnswer(HotlineError):
    """The Asterisk does not answer its control socket."""


class AsteriskProcess:
    """One Asterisk: an installation and a home."""

    def __init__(
        self, installation: Installation, home: AsteriskHome, ami_port: int, *, realtime: bool = False
    ) -> None:
        self._installation = installation
        self._home = home
        self._ami_port = ami_port
        self._realtime = realtime

    @property
    def command(self) -> tuple[str, ...]:
        """How it is started; it stays in the foreground, and SIGTERM ends it and its calls."""
        realtime = ("-p",) if self._realtime else ()
        return (*self._installation.asterisk, "-C", str(self._home.etc / "asterisk.conf"), "-f", *realtime)

    async def is_ready(self) -> bool:
        """AMI greets and every module is loaded. The first alone comes too early: the dialplan may still be missing."""
        if not await greets("127.0.0.1", self._ami_port, b"Asterisk Call Manager"):
            return False
        try:
            return "fully booted" in await self.cli("core waitfullybooted")
        except NoAnswer:
            return False

    async def cli(self, command: str) -> str:
        """What Asterisk's command line answers to `command`. Raises NoAnswer."""
        process = await asyncio.create_subprocess_exec(
            *self._installation.asterisk,
            "-C",
            str(self._home.etc / "asterisk.conf"),
            "-rx",
            command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(ANSWER):
                output, _ = await process.communicate()
        except TimeoutError:
            raise NoAnswer(f"Asterisk below {self._home.root} did not answer {command!r} in {ANSWER:g} s") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        text = output.decode("utf-8", errors="replace").strip()
        if process.returncode:
            raise NoAnswer(f"Asterisk below {self._home.root} does not answer: {text.splitlines()[-1:] or 'no reason'}")
        return text


async def greets(host: str, port: int, greeting: bytes, patience: float = 1.0) -> bool:
    """Something listens there, and its first line begins with this."""
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return (await reader.readline()).startswith(greeting)
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
