"""The exchange's queues: whom they ring and who waits in them. The controller sets the one and looks at the other."""

from dataclasses import dataclass
from typing import Protocol

from ivr.domain.exchange import PhoneState
from ivr.domain.ids import QueueName, Uniqueid


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A phone in a queue, as the exchange has it now."""

    queue: QueueName
    interface: str
    """`PJSIP/8001`."""
    name: str
    penalty: int
    paused: str | None = None
    """Why no call of this queue rings there; None: one may. The empty word: nobody said why."""
    static: bool = False
    """Of the configuration: it can be paused, not taken away."""
    phone: PhoneState = PhoneState.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedCaller:
    """A caller in a queue, as the exchange has it now."""

    queue: QueueName
    uniqueid: Uniqueid
    channel: str
    position: int
    """1 is the front."""
    priority: int
    waited: int
    """Seconds in this queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuesSeen:
    """All of it, in one look."""

    seats: tuple[Seat, ...] = ()
    callers: tuple[QueuedCaller, ...] = ()


class Queues(Protocol):
    """Of one Asterisk. Every method raises ExchangeDown (it may or may not have been carried out), and those that
    change something ExchangeRefused (no such queue, no such phone in it, or there already)."""

    async def queues(self) -> QueuesSeen:
        """What is so now."""

    async def add_member(
        self, queue: QueueName, interface: str, *, name: str, penalty: int, paused: str | None
    ) -> None:
        """From now on the queue may ring this phone. It forgets it when it restarts."""

    async def remove_member(self, queue: QueueName, interface: str) -> None:
        """No more. Who talks or is being rung goes on. A static one is refused."""

    async def set_penalty(self, queue: QueueName, interface: str, penalty: int) -> None:
        """Lower is rung first."""

    async def pause_member(self, queue: QueueName, interface: str, reason: str | None) -> None:
        """No call rings there, for this reason; None: calls ring again."""

    async def place_caller(self, queue: QueueName, channel: str, priority: int) -> None:
        """Give a waiting caller this priority, and at once the place that goes with it."""
