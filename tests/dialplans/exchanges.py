"""Real Asterisks from real renderings: a home and ports of their own, ended by their own process."""

import asyncio
import contextlib
import os
import re
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
from rich.console import Console

import dialplans.disk
import dialplans.render
from ivr.adapters.exchange.install import ensure
from ivr.adapters.exchange.process import AsteriskProcess
from ivr.adapters.prompts.install import install as install_prompts
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.secrets import Secrets
from ivr.home import AsteriskHome, Home
from ivr.settings import Settings
from tests import network
from tests.dialplans.renderings import PASSWORDS, environment

RATE = 8000
WINDOW = 400
"""Samples a look at the spectrum: 50 ms, so 20 Hz apart."""
WAV_HEADER = 44
BOOT = 20.0
"""Seconds an Asterisk may take to boot on a busy machine; one is usual."""
COMPLAINT = re.compile(r"\] (?:WARNING|ERROR)\[(?!.*Module \"(?:NAT|Registrar)\" registered during operation)")
"""A line of the log that tells of something wrong. The exception: Asterisk loads res_pjsip_nat and
res_pjsip_registrar after res_pjsip, whose first OPTIONS may be on its way by then, and PJSIP warns (1 boot in 30 on a
busy machine). No configuration orders it.
"""


class Running:
    """One Asterisk that is up."""

    def __init__(self, process: AsteriskProcess, home: AsteriskHome) -> None:
        self.home = home
        self.cli = process.cli

    def complaints(self) -> list[str]:
        """What it warns of in its log."""
        log = (self.home.log / "messages").read_text("utf-8")
        return [line for line in log.splitlines() if COMPLAINT.search(line)]


class Agi:
    """A FastAGI connection, from the answering side: one command, one answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.environment: dict[str, str] = {}
        self.raw = b""

    async def begin(self) -> None:
        """Read the environment, as plainly as any AGI library: up to the first empty line."""
        while (line := await self._reader.readline()) not in (b"\n", b""):
            self.raw += line
            name, _, value = line.decode("utf-8", "replace").rstrip("\n").partition(": ")
            self.environment[name] = value

    async def do(self, command: str) -> str:
        """Asterisk's answer. Raises ConnectionError when the call has ended."""
        self._writer.write(f"{command}\n".encode())
        answer = (await self._reader.readline()).decode().strip()
        if not answer.startswith("200") or "result=-1" in answer:
            raise ConnectionError(answer)
        return answer

    async def variable(self, name: str) -> str:
        """The variable's value, empty where there is none."""
        found = re.search(r"\((.*)\)$", await self.do(f"GET VARIABLE {name}"))
        return found[1] if found else ""


Script = Callable[[Agi], Awaitable[None]]


class Scripts:
    """A FastAGI server: what happens on each path."""

    def __init__(self) -> None:
        self.on: dict[str, Script] = {}

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        agi = Agi(reader, writer)
        with contextlib.suppress(ConnectionError):
            await agi.begin()
            script = self.on.get(agi.environment.get("agi_network_script", ""))
            if script is not None:
                await script(agi)
        writer.close()


def this_machine() -> dict[str, str]:
    """Which Asterisk to test with, if that was said."""
    return {name: os.environ[name] for name in ("HOTLINE_ASTERISK__BINARY", "HOTLINE_CACHE") if name in os.environ}


def free_ports() -> dict[str, str]:
    """Settings of ports that nobody has just now, by their environment names."""
    singles = ("ami", "agi", "nats", "carrier_ami", "sip", "carrier_sip")
    first = network.free_ports(60)
    chosen = {name: first + place for place, name in enumerate(singles)}
    for place, name in enumerate(("rtp", "carrier_rtp"), 1):
        chosen |= {f"{name}_first": first + 20 * place, f"{name}_last": first + 20 * place + 19}
    return {f"HOTLINE_PORTS__{name.upper()}": str(port) for name, port in chosen.items()}


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[dict[str, Running]]:
    """The Asterisks of these settings (`hotline`, and `carrier` where it is enabled), up for as long as the `with`."""
    home, installation = Home(settings.home), ensure(settings, Console(stderr=True))
    home.make()
    with environment(**PASSWORDS):
        files = dialplans.render.render(settings, home, Secrets(home.secrets), installation)
    dialplans.disk.write(files, home, settings, installation)
    install_prompts(PromptLibrary.load(settings.prompts_folder), home.asterisk.data / "sounds", settings.prompts.cut_ms)
    wanted = {"hotline": (home.asterisk, settings.ports.ami)}
    if settings.carrier.enabled:  # first: the hotline's first look finds the phones there
        wanted = {"carrier": (home.carrier, settings.ports.carrier_ami), **wanted}
    async with AsyncExitStack() as stack:
        processes = {name: (AsteriskProcess(installation, *one), one[0]) for name, one in wanted.items()}
        up = [await stack.enter_async_context(_started(process, where)) for process, where in processes.values()]
        yield dict(zip(processes, up, strict=True))


@asynccontextmanager
async def _started(process: AsteriskProcess, home: AsteriskHome) -> AsyncIterator[Running]:
    with (home.log / "stdout").open("wb") as out:
        child = await asyncio.create_subprocess_exec(
            *process.command, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        async with asyncio.timeout(BOOT):
            while not await process.is_ready():
                assert child.returncode is None, (home.log / "stdout").read_text(errors="replace")[-2000:]
                await asyncio.sleep(0.05)
        yield Running(process, home)
    finally:
        if child.returncode is None:
            child.kill()  # at once: nothing of it is kept
        await child.wait()


def own_config(source: Path, folder: Path, changes: dict[str, str], more: str = "") -> Path:
    """A copy of a configuration with other addresses, and its prompts where they were."""
    text = source.read_text("utf-8").replace('folder = "prompts"', f'folder = "{source.parent / "prompts"}"')
    for old, new in changes.items():
        assert old in text, f"{source.name} has no {old}"
        text = text.replace(old, new)
    copy = folder / source.name
    copy.write_text(text + more, "utf-8")
    return copy


def write_tone(file: Path, hertz: int, seconds: float = 0.4) -> None:
    """A tone as Asterisk plays it, so that a recording tells who is heard."""
    file.parent.mkdir(parents=True, exist_ok=True)
    phase = 2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes((8000 * np.sin(phase)).astype("<i2").tobytes())


def seconds_of_tone(recording: Path, hertz: int) -> float:
    """How long that tone is the loudest thing in a recording."""
    samples = np.frombuffer(recording.read_bytes()[WAV_HEADER:], dtype="<i2").astype(float)
    windows = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW)
    spectra = np.abs(np.fft.rfft(windows * np.hanning(WINDOW)))
    heard = (np.abs(spectra.argmax(axis=1) * RATE / WINDOW - hertz) < 25) & (np.abs(windows).max(axis=1) > 1000)
    return float(heard.sum()) * WINDOW / RATE
