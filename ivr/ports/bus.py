"""The bus: live events out, commands in by request and reply."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from ivr.domain.events import Event


class BusDown(Exception):
    """No bus now. Calls do not depend on it."""


CommandHandler = Callable[[dict[str, object]], Awaitable[dict[str, object]]]
"""Takes a command's JSON object (with `asked_by`), returns the reply's."""


class Bus(Protocol):
    """Events are delivered at least once and in order per call; `call_id/sequence` tells a repetition."""

    async def publish(self, event: Event) -> None:
        """Hand an event to everyone who follows. Raises BusDown."""

    def follow(self, call_id: str | None = None) -> AsyncIterator[Event]:
        """Events as they come, of one call or of all."""

    async def request(self, command: str, content: dict[str, object], timeout: float) -> dict[str, object]:
        """Ask the controller to do something and wait for its reply. Raises BusDown, TimeoutError."""

    async def serve(self, command: str, handler: CommandHandler) -> None:
        """Answer this command from now on."""

    async def close(self) -> None:
        """Leave."""
