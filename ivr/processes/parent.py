"""The parent: starts the children, keeps them alive, stops them in order.

`python -m ivr.processes.parent` is the one that `hotline up --detach` leaves behind.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Callable, Iterator

import structlog

from ivr.adapters.exchange.install import Installation, find
from ivr.adapters.secrets import Secrets
from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.processes import board, definitions, leftovers, ports_free
from ivr.processes.board import Board
from ivr.processes.family import Family
from ivr.processes.logs import configure, rotate_when_large
from ivr.processes.pid_file import PidFile
from ivr.settings import Settings, load

log = structlog.get_logger(__name__)

LOGS_LOOKED_AT = 60.0
"""Seconds between two looks at the sizes of the logs."""
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class AlreadyRunning(HotlineError):
    """A parent runs in this home."""


@contextlib.contextmanager
def sole(home: Home) -> Iterator[None]:
    """Be the only parent of this home; the kernel lets go of the lock however this process ends. AlreadyRunning."""
    home.make()
    descriptor = os.open(home.pids / "parent.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            noted = PidFile.of(home, "parent").living()
            who = f" (pid {noted.pid})" if noted else ""
            raise AlreadyRunning(f"a hotline runs at {home.root} already{who}; `hotline down` stops it") from None
        yield
    finally:
        os.close(descriptor)


class Parent:
    """One run, from the start of the children to their end."""

    def __init__(self, settings: Settings, installation: Installation, changed: Callable[[Board], None]) -> None:
        self._settings = settings
        self._installation = installation
        self._home = Home(settings.home)
        self._told = changed
        self._ready = False
        self._family: Family | None = None
        self._stopping = asyncio.Event()

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Run until a signal of STOPPING or `stop`. Raises AlreadyRunning, PortTaken, NotReady."""
        loop = asyncio.get_running_loop()
        for number in STOPPING:
            loop.add_signal_handler(number, self.stop)
        with sole(self._home):
            own = PidFile.of(self._home, "parent")
            own.note(os.getpid())
            try:
                await self._run_children(when_ready)
            finally:
                board.remove(self._home)
                own.remove()

    def stop(self) -> None:
        """Begin to stop."""
        self._stopping.set()

    async def _run_children(self, when_ready: Callable[[], None]) -> None:
        await asyncio.to_thread(leftovers.stop, self._home)
        ports_free.require(self._settings)
        groups = definitions.groups(self._settings, self._home, Secrets(self._home.secrets), self._installation)
        self._family = Family(self._home, groups, self._changed)
        try:
            if await self._started(self._family):
                self._ready = True
                self._changed()
                when_ready()
                await self._watch_logs(self._family)
        finally:
            await self._family.stop()

    async def _started(self, family: Family) -> bool:
        """All are ready; False when it was to stop before. Raises NotReady."""
        starting = asyncio.create_task(family.start())
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.wait({starting})
            return False
        starting.result()
        return True

    async def _watch_logs(self, family: Family) -> None:
        while not self._stopping.is_set():
            for child in family.children:
                rotate_when_large(child.log_file)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOGS_LOOKED_AT)

    def _changed(self) -> None:
        if self._family is None:
            return
        shown = Board(demo=self._settings.carrier.enabled, ready=self._ready, rows=self._family.rows())
        board.write(self._home, shown)
        self._told(shown)


def main() -> int:
    """Run detached: everything is prepared, output goes to `HOME/log/parent.log`. 0: stopped as asked; 1: a child did
    not start, or a port is taken; 2: the configuration is wrong. The last lines of the log say why.
    """
    try:
        settings = load()
        configure(settings)
        parent = Parent(settings, find(settings), lambda _: None)
        asyncio.run(parent.run(lambda: log.info("hotline_ready", home=str(settings.home))))
    except HotlineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
