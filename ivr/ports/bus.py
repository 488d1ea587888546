"""The bus: live events out, commands in by request and reply."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Protocol

from ivr.domain.errors import HotlineError
from ivr.domain.events import Event


class BusDown(Exception):
    """No bus now. Calls do not depend on it."""


class CommandRefused(HotlineError):
    """Whoever serves the command said no; the sentence is theirs."""


CommandHandler = Callable[[dict[str, object]], Awaitable[dict[str, object]]]
"""Takes a command's JSON object (with `asked_by`), returns the reply's. A HotlineError it raises goes back to the asker
as CommandRefused; handlers run side by side, so a slow one holds up nobody."""


class Bus(Protocol):
    """Events come in order per stream (a call, an agent, a call back). What is published again is told once to each
    follower: `stream/sequence` tells a repetition, whatever lies between the two, as far as a follower remembers.
    """

    async def publish(self, event: Event) -> None:
        """Hand an event to everyone who follows; never waits for the network. Raises BusDown when it could not even
        be kept for later: that event is lost to followers (the journal has it).
        """

    def follow(self, call_id: str | None = None, since: datetime | None = None) -> AsyncIterator[Event]:
        """Events as they come, of one call (or another stream) or of all: those published from `since` (UTC) on, as far
        as they are kept, or only what comes from now on. Outages of the bus are waited out, and nothing kept is missed.
        """

    async def request(self, command: str, content: dict[str, object], patience: float) -> dict[str, object]:
        """Ask the controller to do something and wait at most `patience` seconds for its reply. Raises BusDown;
        TimeoutError when nobody serves the command or the reply takes too long; CommandRefused.
        """

    async def serve(self, command: str, handler: CommandHandler) -> None:
        """Answer this command from now on."""

    async def close(self) -> None:
        """Leave."""
