"""What happens in the exchange, as far as a call is concerned: Asterisk's events in the words of the domain."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ivr.domain.ids import Linkedid, QueueName, Uniqueid


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUp:
    """The link stands; `booted_at` tells whether the exchange is the same run as before."""

    booted_at: datetime
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDown:
    """The link is gone; what happens from here on is not seen."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOpened:
    """A channel came to be. Personal: `caller_number`."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    channel: str
    context: str
    extension: str
    caller_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered:
    """A channel went up."""

    uniqueid: Uniqueid
    linkedid: Linkedid


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded:
    """A channel is gone. `cause` is the ITU-T Q.850 number, 16 the ordinary hanging up."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    cause: int
    cause_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueJoined:
    """A caller stands in a queue, at `position` (1 is the front)."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    queue: QueueName
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft:
    """A caller stands in the queue no more: connected, given up or taken out."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    queue: QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCalled:
    """A phone is asked to ring for a waiting caller."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    queue: QueueName
    agent_interface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConnected:
    """A person and the caller talk."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    queue: QueueName
    agent_interface: str
    waited: int
    """Seconds in the queue."""
    agent_leg: Uniqueid | None = None
    """The person's leg; None: it was not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCompleted:
    """The talk is over; `reason` is Asterisk's word: caller, agent, transfer."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    queue: QueueName
    agent_interface: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEntered:
    """A leg is in the room of a call."""

    uniqueid: Uniqueid
    linkedid: Linkedid


@dataclass(frozen=True, slots=True, kw_only=True)
class DialledOut:
    """An originate of ours ended: the leg is up, or why not (Asterisk's reason number)."""

    uniqueid: Uniqueid
    succeeded: bool
    reason: int


ExchangeEvent: TypeAlias = (
    LinkUp
    | LinkDown
    | LegOpened
    | LegAnswered
    | LegEnded
    | QueueJoined
    | QueueLeft
    | AgentCalled
    | AgentConnected
    | AgentCompleted
    | RoomEntered
    | DialledOut
)
