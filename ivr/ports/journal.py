"""The journal: every step asked and every reply, on disk before anything is done about it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from ivr.domain.call import Ending, EndReason, Incoming, Known
from ivr.domain.conversation import Participant, Phase, Turn
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId, QueueName, Uniqueid
from ivr.domain.recording import NoRecording
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
    leg: Uniqueid | None = None
    """The person's leg; None: the exchange did not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoodInQueue:
    """The caller has a place in a queue. Told by the exchange."""

    queue: QueueName
    position: int
    """When he came; 1 is the front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTurned:
    """Something was done in a conversation, or happened to it. Written once the exchange has carried it out; only what
    dials is written before, since the number of this entry is in the name of the leg."""

    turn: Turn
    phase: Phase
    """Where it led."""
    by: str
    """A phone, `operator`, or `exchange` where nobody asked."""
    called: Participant | None = None
    """Who is called to it by this turn."""
    to: str = ""
    """The queue or phone that was asked for."""
    why: str = ""
    """An agent's own word for it, `told` by nobody to the caller; of a return from the keypad how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """The conversation found something out: by the keypad, or by a word of a person. It replaces what was known."""

    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRaised:
    """A waiting caller was given a higher place, since he has waited (H1.2a). The exchange tells nobody of it."""

    queue: QueueName
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedByFallback:
    """The static fallback of the exchange had the call for a while, without any controller."""

    talked: bool
    """It reached a person."""


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
class RecordingBegan:
    """From here on the call is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRecorded:
    """It was to begin, and did not; the call goes on without."""

    why: NoRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMuted:
    """What is said and keyed from here on is in no recording, or (not `on`) is in it again."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Nothing more will happen to this call."""

    ending: Ending
    ended_at: datetime


Fact: TypeAlias = (
    Opened
    | Asked
    | Answered
    | PersonConnected
    | PlaceRaised
    | StoodInQueue
    | ConversationTurned
    | Learned
    | ServedByFallback
    | CallerLeft
    | ChapterTurned
    | TakenUp
    | RecordingBegan
    | NotRecorded
    | RecordingMuted
    | Closed
)


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


class OutOfSequence(HotlineError):
    """Entries that do not follow what the journal holds of their call: a gap, a repetition, a call not open."""


class Journal(Protocol):
    """Append-only, durable. An append that returned survives a power cut."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write these entries (of one call) in one atomic commit. Raises JournalFull, OutOfSequence."""

    async def entries(self, call_id: CallId) -> list[Entry]:
        """All entries of a call in order; empty when the journal does not know it."""

    async def open_calls(self) -> list[CallId]:
        """Calls without a Closed entry."""

    def closed_calls(self, limit: int) -> AsyncIterator[list[Entry]]:
        """Whole closed calls that have not been marked archived, oldest first, at most `limit`."""

    async def mark_archived(self, call_ids: Sequence[CallId]) -> None:
        """These calls stand in the archive. A segment all of whose calls are archived is dropped, keys first."""


def one_call(entries: Sequence[Entry]) -> CallId:
    """The call these entries belong to. Raises OutOfSequence when they belong to several, or leave a gap."""
    first = entries[0]
    for place, entry in enumerate(entries):
        if entry.call_id != first.call_id or entry.sequence != first.sequence + place:
            before = entries[place - 1]
            raise OutOfSequence(
                f"entry {entry.sequence} of {entry.call_id} after {before.sequence} of {before.call_id}"
            )
        if isinstance(entry.fact, Closed) and place + 1 < len(entries):
            raise OutOfSequence(f"{first.call_id}: an entry after the call was closed")
    return first.call_id


def must_follow(entries: Sequence[Entry], last: int, *, closed: bool) -> None:
    """Raises OutOfSequence unless these entries follow a call's entry number `last` (0: the call is unknown)."""
    first = entries[0]
    if closed:
        raise OutOfSequence(f"{first.call_id} is closed; entry {first.sequence} came after that")
    if first.sequence != last + 1:
        raise OutOfSequence(f"entry {first.sequence} of {first.call_id} came after entry {last}")
    if (first.sequence == 1) != isinstance(first.fact, Opened):
        raise OutOfSequence(f"{first.call_id}: the first entry, and no other, opens the call")
