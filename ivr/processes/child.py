"""One child of the parent: started, found ready, watched, started again when it dies, stopped."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import structlog

from ivr.processes.pid_file import Noted, PidFile

log = structlog.get_logger(__name__)

READY_LOOK = 0.03
"""Seconds between two looks whether a starting child is ready."""
STEADY = 10.0
"""Seconds of life after which a child's earlier deaths are forgiven."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds before a restart. The first death costs none: callers wait."""


class State(Enum):
    """How a child fares."""

    STARTING = "starting"
    READY = "ready"
    PAUSED = "waiting to be started again"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a child is."""

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], Awaitable[bool]]
    """Whether it does its work; asked until it says so."""
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_patience: float = 20.0
    """Seconds to become ready in; one that is not by then is ended and started again."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_patience: float = 10.0
    """Seconds to end by itself after `stop_signal`; then SIGKILL."""


class Child:
    """A running definition."""

    def __init__(self, definition: Definition, pid_file: PidFile, log_file: Path, changed: Callable[[], None]) -> None:
        self.definition = definition
        self.state = State.STOPPED
        self.restarts = 0
        self.last_end = ""
        self.noted: Noted | None = None
        self.ready = asyncio.Event()
        self.log_file = log_file
        self._pid_file = pid_file
        self._changed = changed
        self._stopping = False
        self._keeper: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self.definition.name

    def start(self) -> None:
        """Begin."""
        self._stopping = False
        self._keeper = asyncio.create_task(self._keep(), name=f"child {self.name}")

    async def stop(self) -> None:
        """End it: politely, then surely. The pid file goes last, so a killed parent leaves no unknown process."""
        self._stopping = True
        keeper, noted = self._keeper, self.noted
        if keeper is None:
            return
        if noted and noted.signal(self.definition.stop_signal):
            await asyncio.wait({keeper}, timeout=self.definition.stop_patience)
            if not keeper.done() and noted.signal(signal.SIGKILL):
                log.warning("child_killed", child=self.name, after=self.definition.stop_patience)
                await asyncio.wait({keeper}, timeout=5)
        keeper.cancel()
        await asyncio.wait({keeper})
        self._pid_file.remove()
        self._become(State.STOPPED)

    async def _keep(self) -> None:
        deaths = 0
        while not self._stopping:
            began = time.monotonic()
            self.last_end = await self._live_once()
            self.ready.clear()
            self.noted = None
            if self._stopping:
                return
            deaths = 1 if time.monotonic() - began > STEADY else deaths + 1
            pause = 0.0 if deaths == 1 else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (deaths - 2))
            log.warning("child_ended", child=self.name, how=self.last_end, started_again_in=pause)
            if pause:
                self._become(State.PAUSED)
                await asyncio.sleep(pause)
            self.restarts += 1

    async def _live_once(self) -> str:
        """From its start to its end; how it ended, in words."""
        self._become(State.STARTING)
        try:
            process = await self._spawn()
        except OSError as error:
            return f"could not be started: {error}"
        self.noted = self._pid_file.note(process.pid)
        self._changed()
        readiness = asyncio.create_task(self._await_ready(process))
        try:
            code = await process.wait()
        finally:
            readiness.cancel()
            await asyncio.wait({readiness})
        return f"exited with {code}" if code >= 0 else f"ended by {signal.Signals(-code).name}"

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self.log_file.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *self.definition.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.definition.environment},
                start_new_session=True,  # Ctrl-C is for the parent, which stops its children in order
            )

    async def _await_ready(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(self.definition.ready_patience):
                while not await self.definition.is_ready():  # noqa: ASYNC110  (another process, seen only by looking)
                    await asyncio.sleep(READY_LOOK)
        except TimeoutError:
            log.warning("child_not_ready", child=self.name, after=self.definition.ready_patience)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            return
        self._become(State.READY)
        self.ready.set()

    def _become(self, state: State) -> None:
        self.state = state
        self._changed()
