"""The archive: every call that was ever answered, searchable, personal data encrypted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.call import CallRecord
from ivr.domain.ids import CallId, EffectId
from ivr.ports.journal import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedCall:
    """A call's record with its whole journal. A call served without the controller has an empty journal."""

    record: CallRecord
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls to list. None means any."""

    since: datetime | None = None
    until: datetime | None = None
    caller_number: str | None = None
    """E.164; found by the blind index, never by scanning."""
    category: str | None = None
    outcome: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A call that a person has to get back to (H2.2c)."""

    effect_id: EffectId
    call_id: CallId
    reason: str
    opened_at: datetime


class ArchiveDown(Exception):
    """The database cannot be reached now. What was to be written stays in the journal and is tried again."""


class Archive(Protocol):
    """Where finished calls stand. Every method raises ArchiveDown when the database cannot be reached."""

    async def store(self, calls: Sequence[ArchivedCall]) -> None:
        """Write whole calls in one transaction. Storing a call again changes nothing (same call_id)."""

    async def has(self, call_ids: Sequence[CallId]) -> set[CallId]:
        """Which of these are archived."""

    async def find(self, call_filter: CallFilter) -> list[CallRecord]:
        """Matching calls, newest first."""

    async def read(self, call_id: CallId) -> ArchivedCall | None:
        """One call whole."""


class FollowUps(Protocol):
    """The list of calls to get back to."""

    async def open(self, follow_up: FollowUp) -> None:
        """Put it on the list; with an effect id already there, nothing changes. Raises ArchiveDown."""

    async def of_call(self, call_id: CallId) -> list[FollowUp]:
        """Those of one call."""
