"""How a call went, as far as it is no secret: its legs, its stays in queues, the checks of who calls, its milestones.

Nothing here is personal: what the archive keeps of it is told for as long as there are measures, after the call's key
is destroyed. A value that is personal (a number, a name, what was told) never enters it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from ivr.domain.ids import QueueName
from ivr.domain.verification import Means


class LegKind(Enum):
    """Whose channel it is."""

    CALLER = "caller"
    PERSON = "person"
    """Whoever talks with the caller for us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One channel of the call. Moments in UTC."""

    kind: LegKind
    party: str
    """Of a person the staff number, or the phone's name where it is nobody's own; empty: not known, or the caller."""
    began_at: datetime
    ended_at: datetime | None = None


class StayEnd(Enum):
    """The ways out of a queue, and out of the call from there."""

    ANSWERED = "answered"
    KEY = "key"
    TIMED_OUT = "timed_out"
    NOBODY_THERE = "nobody_there"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    CALLER_LEFT = "caller_left"
    """The caller hung up while he waited: the abandons of DOMAIN.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One wait for a person. Moments in UTC; whoever was answered waited until then, whoever was not until he left."""

    queue: QueueName
    priority: int
    entered_at: datetime
    position: int | None = None
    """His place when he came, 1 the front; None where the exchange did not tell."""
    waited: int | None = None
    """Whole seconds; None while he waits."""
    answered_at: datetime | None = None
    answered_by: str = ""
    """As `Leg.party`."""
    left_at: datetime | None = None
    end: StayEnd | None = None


class CheckEnd(Enum):
    """What came of one try to say who one is."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    LOCKED_OUT = "locked_out"
    INCOMPLETE = "incomplete"
    NOT_GIVEN = "not_given"
    """Silence, or a key that leads elsewhere."""
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One try. What was keyed in is never part of it."""

    at: datetime
    means: Means
    end: CheckEnd


class Mark(Enum):
    """What a milestone tells. A value stands in the archive and is never renamed."""

    ARRIVED = "arrived"
    LANGUAGE = "language"
    CATEGORY = "category"
    URGENCY = "urgency"
    VERIFICATION = "verification"
    CHECKED = "checked"
    QUEUE_ENTERED = "queue_entered"
    PERSON_ANSWERED = "person_answered"
    QUEUE_LEFT = "queue_left"
    DEED = "deed"
    DONE = "done"
    UNDONE = "undone"
    TOLD = "told"
    TICKET = "ticket"
    FOLLOW_UP = "follow_up"
    SCORE = "score"
    CHAPTER = "chapter"
    TAKEN_UP = "taken_up"
    FALLBACK = "fallback"
    CONVERSATION = "conversation"
    RECORDING = "recording"
    CALLER_LEFT = "caller_left"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One line of the timeline. UTC."""

    at: datetime
    mark: Mark
    of: str = ""
    """A word of the glossary, a number of ours; at most 120 signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one call went, each in order of time."""

    legs: tuple[Leg, ...] = ()
    stays: tuple[Stay, ...] = ()
    checks: tuple[Check, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    words: frozenset[str] = field(default=frozenset())
    """What the call is found by: ticket numbers, reasons, what was done, queues. In small letters, without blanks."""

    @property
    def agents(self) -> tuple[str, ...]:
        """Who talked with the caller, each once, the first first."""
        return tuple(dict.fromkeys(leg.party for leg in self.legs if leg.kind is LegKind.PERSON and leg.party))

    @property
    def waited(self) -> int:
        """Seconds in queues, all stays together."""
        return sum(stay.waited or 0 for stay in self.stays)
