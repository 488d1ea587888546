"""What everyone may hear of a call while it lives: the public side of the journal.

Versioned, without secret and without clear personal data: a subscriber that needs the caller's number asks the
application, which checks the right and leaves a trace (H1.3b). Serialised in `ivr.engine.codec`, nowhere else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ivr.domain.caller import Language
from ivr.domain.ids import CallId, NodeId, PromptId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What every event carries. `(call_id, sequence)` is unique: the same pair twice is a repetition."""

    call_id: CallId
    sequence: int
    node: NodeId
    at: datetime
    """UTC."""
    monotonic: float
    """Seconds since the controller's start."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(Happened):
    """A call began."""

    trunk: str
    line_of_business: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentencesSpoken(Happened):
    """These prompts begin to be spoken."""

    prompts: tuple[PromptId, ...]
    """A value among them (an amount, digits) is personal and named by its kind alone: `<amount>`."""
    languages: tuple[Language, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Happened):
    """A key of a menu. Digits of a number are never told, only how many: `key` is then `•••`."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingPressed(Happened):
    """A listening step ended in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactNoted(Happened):
    """What is known changed."""

    language: str | None
    category: str | None
    urgency: str
    reasons: tuple[str, ...]
    verification: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntered(Happened):
    """The caller is sent to a queue."""

    queue: QueueName
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAnswered(Happened):
    """A person and the caller talk."""

    waited: int
    """Seconds in the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueExited(Happened):
    """The caller is back from a queue."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpWritten(Happened):
    """A person has to get back to this caller."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTakenUp(Happened):
    """A restarted controller goes on with this call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone(Happened):
    """The caller's leg ended."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClosed(Happened):
    """Nothing more will happen."""

    outcome: str
    end_reason: str


Event: TypeAlias = (
    CallArrived
    | SentencesSpoken
    | KeyPressed
    | NothingPressed
    | FactNoted
    | QueueEntered
    | PersonAnswered
    | QueueExited
    | FollowUpWritten
    | CallTakenUp
    | CallerGone
    | CallClosed
)
