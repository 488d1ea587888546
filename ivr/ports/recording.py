"""The calls' recordings: in clear while the exchange writes them, one sealed file a call from its end on."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording, Recording


class NoSuchRecording(LookupError):
    """None of this call is kept."""


class DamagedRecording(Exception):
    """It is kept and cannot be read: changed, cut short, or its key is missing."""


class StillWritten(Exception):
    """The exchange writes on it, or did a moment ago. It can be joined later."""


class NoRoom(Exception):
    """The disk takes no more. Nothing is lost: what is in clear stays until it can be sealed."""


class CallRecordings(Protocol):
    """Where recordings lie. Names come from our own ids only: call id and segment number."""

    async def has_room(self) -> bool:
        """There is room for another call."""

    async def left(self) -> list[CallId]:
        """Calls of which anything lies in clear: live ones, and those that ended and are not joined yet."""

    async def join(self, call_id: CallId) -> Recording | None:
        """Join what the exchange wrote into one sealed file, and destroy the clear; None where no sound was in it.
        Doing it again changes nothing. Raises StillWritten, NoRoom.
        """

    async def kept(self, call_id: CallId) -> Recording | None:
        """What is kept of this call, as it was noted when it was sealed. Raises DamagedRecording."""

    def read(self, call_id: CallId) -> AsyncIterator[bytes]:
        """The WAV file in pieces. Raises NoSuchRecording, DamagedRecording (also after the first pieces)."""

    async def calls(self) -> list[CallId]:
        """Every call of which a recording is kept, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the archive says of one answered call's recording; neither: it is not settled yet."""

    call_id: CallId
    answered_at: datetime
    recording: Recording | None
    not_recorded: NoRecording | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Somebody took a recording out (H1.3b)."""

    call_id: CallId
    at: datetime
    who: str
    reason: str


class RecordingRegister(Protocol):
    """What the archive knows of recordings. Every method raises ArchiveDown when the database cannot be reached."""

    async def unsettled(self, limit: int) -> list[CallId]:
        """Answered calls of which it is not noted what became of their recording, oldest first."""

    async def settle(self, found: Mapping[CallId, Recording | NoRecording]) -> None:
        """Note them in one transaction. What is noted already stays; a call that is not archived is passed over."""

    async def page(self, after: CallId | None, limit: int) -> Sequence[Noted]:
        """Answered calls in the order of their ids, from the one after `after`."""

    async def note_access(self, access: Access) -> None:
        """Write it down, before anything is handed out."""

    async def accesses(self, call_id: CallId) -> list[Access]:
        """Who took it out, oldest first."""
