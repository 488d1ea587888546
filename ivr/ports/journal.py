"""The journal: every step asked and every reply, on disk before anything is done about it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from ivr.domain.call import Ending, EndReason, Incoming
from ivr.domain.ids import CallId
from ivr.flow.steps import Reply, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A call began; with the fingerprints of what it is told by."""

    incoming: Incoming
    flow: str
    """Fingerprint of the code of flow, policies and domain."""
    configuration: str
    """Fingerprint of every setting that the story sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The story asked for this step; it may have begun."""

    number: int
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The step ended with this reply."""

    number: int
    reply: Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonConnected:
    """A person answered the caller in a queue. Told by the exchange, not by the story, so that a call whose caller
    hangs up first is not counted as abandoned."""

    interface: str
    """The phone, as the queue knows it: `PJSIP/desk1`."""
    waited: int
    """Seconds in the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLeft:
    """The caller's leg ended; whatever the story asked last is not answered any more."""

    reason: EndReason
    at: datetime
    """UTC; when the leg ended, as well as it is known (it may be long before the entry was written)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterTurned:
    """From here on another story is told: `misfit` (the journal fitted no more) or `aftermath`."""

    chapter: str
    flow: str
    configuration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenUp:
    """A controller that had not this call in memory took it up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Nothing more will happen to this call."""

    ending: Ending
    ended_at: datetime


Fact: TypeAlias = Opened | Asked | Answered | PersonConnected | CallerLeft | ChapterTurned | TakenUp | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a call's journal."""

    call_id: CallId
    sequence: int
    """1, 2, 3 … without a gap within the call."""
    at: datetime
    """UTC."""
    monotonic: float
    """Seconds since the controller's start, for exact durations within one run."""
    fact: Fact


class JournalFull(Exception):
    """The disk takes no more. The call at hand goes to the static fallback; the operator is alarmed."""


class Journal(Protocol):
    """Append-only, durable. An append that returned survives a power cut."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write these entries (of one call) in one atomic commit. Raises JournalFull."""

    async def entries(self, call_id: CallId) -> list[Entry]:
        """All entries of a call in order; empty when the journal does not know it."""

    async def open_calls(self) -> list[CallId]:
        """Calls without a Closed entry."""

    def closed_calls(self, limit: int) -> AsyncIterator[list[Entry]]:
        """Whole closed calls that have not been marked archived, oldest first, at most `limit`."""

    async def mark_archived(self, call_ids: Sequence[CallId]) -> None:
        """These calls stand in the archive. A segment all of whose calls are archived is dropped, keys first."""
