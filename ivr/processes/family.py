"""The children together: started group after group, watched, stopped in the opposite order."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.processes.board import Row
from ivr.processes.child import Child, Definition
from ivr.processes.logs import rotate, tail
from ivr.processes.pid_file import PidFile

log = structlog.get_logger(__name__)


class NotReady(HotlineError):
    """A child does not start; the sentence ends with the last lines of its log."""


class Family:
    """The children of one parent. Each group is ready before the next is started."""

    def __init__(self, home: Home, groups: Sequence[Sequence[Definition]], changed: Callable[[], None]) -> None:
        self._groups = [
            [
                Child(definition, PidFile.of(home, definition.name), home.log / f"{definition.name}.log", changed)
                for definition in group
            ]
            for group in groups
        ]

    @property
    def children(self) -> list[Child]:
        """All, in the order they are started."""
        return [child for group in self._groups for child in group]

    def rows(self) -> tuple[Row, ...]:
        """How each fares."""
        return tuple(
            Row(
                name=child.name,
                pid=child.noted.pid if child.noted else None,
                state=child.state.value,
                restarts=child.restarts,
                last_end=child.last_end,
            )
            for child in self.children
        )

    async def start(self) -> None:
        """Start all and come back when all are ready. Raises NotReady."""
        for child in self.children:
            rotate(child.log_file)
        for group in self._groups:
            for child in group:
                child.start()
            for child in group:
                await self._ready(child)

    async def stop(self) -> None:
        """Stop all: the last group first, each group at once."""
        for group in reversed(self._groups):
            await asyncio.gather(*(child.stop() for child in group))

    @staticmethod
    async def _ready(child: Child) -> None:
        """Wait for it as long as a start may take; one that keeps dying is told at once, not after its patience."""
        try:
            async with asyncio.timeout(child.definition.ready_patience + 1):
                while not child.ready.is_set():
                    if child.restarts >= 3:
                        raise NotReady(f"{child.name} ends as soon as it is started ({child.last_end})\n{_log(child)}")
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise NotReady(
                f"{child.name} is not ready after {child.definition.ready_patience:g} s\n{_log(child)}"
            ) from None


def _log(child: Child) -> str:
    lines = tail(child.log_file, 12)
    return f"the end of {child.log_file}:\n" + "\n".join(f"  {line}" for line in lines or ["(empty)"])
