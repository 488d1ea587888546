"""A hotline with its carrier for the benchmarks, and beside the story two extensions that are measured against it.

The production dialplan knows nothing of them: they are added to the rendered copy in the benchmark's own home.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

import jinja2
from rich.console import Console

from benchmarks.measure import Invalid
from ivr.adapters.carrier.placing import Carrier
from ivr.home import Home
from ivr.processes import board, leftovers
from ivr.processes.logs import tail
from ivr.processes.preparation import prepare
from tests.live.line import Hotline
from tests.network import free_ports

STORY, STATIC, RECORDED, BARE = "95000", "static", "recorded", "bare"
"""What is dialled: the hotline itself; the same prompts and keys in a static dialplan; that and recorded; the same by a
bare server."""
READY_WITHIN = 120.0
STOPPED_WITHIN = 60.0
_EXTRA = Path(__file__).with_name("extensions.conf.j2")


class Line:
    """One hotline that was started for a benchmark."""

    def __init__(self, hotline: Hotline, bare: subprocess.Popen[bytes]) -> None:
        self.hotline = hotline
        self.settings = hotline.settings
        self.home = Home(self.settings.home)
        self.bare = bare
        """The bare FastAGI server."""

    def pid(self, process: str) -> int:
        """Of the living process of that name; `bare` is the bare server."""
        return self.bare.pid if process == BARE else self.hotline.process(process).pid

    @asynccontextmanager
    async def carrier(self) -> AsyncIterator[Carrier]:
        """Who places calls to it."""
        async with Carrier(self.settings) as carrier:
            yield carrier

    async def restart_controller(self) -> None:
        """A fresh controller, ready to answer."""
        before = self.hotline.process("controller")
        before.signal(signal.SIGTERM)
        await self.hotline.restarted("controller", before)
        async with asyncio.timeout(READY_WITHIN):
            while not self._is_ready("controller"):  # noqa: ASYNC110  (another process, seen only by looking)
                await asyncio.sleep(0.1)

    def _is_ready(self, process: str) -> bool:
        shown = board.read(self.home)
        return shown is not None and any(row.name == process and row.state == "ready" for row in shown.rows)


@contextmanager
def line(**different: str) -> Iterator[Line]:
    """A hotline below a temporary home on free ports, stopped in the end. Settings as HOTLINE_… variables."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        agi_port = free_ports(1)
        hotline = Hotline(Path(folder) / "home", **different)
        settings = hotline.settings
        prepare(settings, Console(stderr=True, quiet=True))
        _add_extensions(Home(settings.home), agi_port)
        environment = {**os.environ, **hotline.environment}
        log = Path(folder) / "parent.log"
        with log.open("wb") as output:
            command = (sys.executable, "-m", "ivr.processes.parent")
            bare_command = (sys.executable, "-m", "benchmarks.bare_server", str(agi_port))
            parent = _started(command, environment, output)
            bare = _started(bare_command, environment, output)
        try:
            _await_ready(Home(settings.home), parent, log)
            yield Line(hotline, bare)
        finally:
            for process in (bare, parent):
                process.terminate()
            for process in (bare, parent):
                try:
                    process.wait(STOPPED_WITHIN)
                except subprocess.TimeoutExpired:
                    process.kill()
            leftovers.stop(Home(settings.home))  # what a parent that had to be killed has left


def _started(command: tuple[str, ...], environment: dict[str, str], output: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  (our own modules)
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
    )


def _add_extensions(home: Home, agi_port: int) -> None:
    """Into the copy that this Asterisk reads. Its parent is started without rendering, so they stay."""
    template = jinja2.Template(_EXTRA.read_text("utf-8"), trim_blocks=True, lstrip_blocks=True)
    text = template.render(sounds=home.asterisk.data / "sounds", agi_port=agi_port)
    with (home.asterisk.etc / "extensions.conf").open("a", encoding="utf-8") as file:
        file.write("\n" + text + "\n")


def _await_ready(home: Home, parent: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while not ((shown := board.read(home)) and shown.ready):
        if parent.poll() is not None or time.monotonic() > until:
            raise Invalid("\n".join(["the hotline did not start; the end of its log:", *tail(log, 10)]))
        time.sleep(0.05)
