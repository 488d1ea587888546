"""What staff may do with recordings: take one out, with a reason that is kept, and check that all are there."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording
from ivr.ports.recording import (
    Access,
    CallRecordings,
    DamagedRecording,
    NoSuchRecording,
    Noted,
    RecordingRegister,
)

_PAGE = 500
_SETTLED = timedelta(minutes=15)
"""After a call's answer nothing is missed for so long: it may last, or wait to be sealed and archived."""
_AGAIN = 3.0
"""Seconds until what has no call in the archive is looked at again: it was sealed a moment before."""


class NoReason(HotlineError):
    """Nobody takes a recording out without saying why (H1.3b)."""


class Fault(Enum):
    """What may be wrong with a recording."""

    MISSING = "missing"
    """The archive has its digest, and there is no file."""
    DAMAGED = "damaged"
    """It cannot be read, or is not what was noted."""
    INCOMPLETE = "incomplete"
    """A stretch of the call was never found."""
    LOST = "lost"
    """It was begun and never found."""
    UNSETTLED = "unsettled"
    """The archive knows neither a recording nor a reason."""
    ORPHANED = "orphaned"
    """A file of which the archive knows no call, or that there is none."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One recording that is not as it should be."""

    call_id: CallId
    what: Fault
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many answered calls were looked at, and what is wrong."""

    calls: int
    kept: int
    wrong: tuple[Wrong, ...]


async def take_out(recordings: CallRecordings, register: RecordingRegister, access: Access) -> AsyncIterator[bytes]:
    """The recording in pieces, the access noted before the first. Raises NoReason, NoSuchRecording, DamagedRecording,
    ArchiveDown.
    """
    if not access.reason.strip():
        raise NoReason("say why the recording is taken out: the reason is kept")
    call_id = access.call_id
    if await recordings.kept(call_id) is None:
        raise NoSuchRecording(f"no recording of {call_id} is kept; `hotline calls show {call_id}` says why")
    await register.note_access(access)
    async for piece in recordings.read(call_id):
        yield piece


async def check(
    recordings: CallRecordings,
    register: RecordingRegister,
    now: datetime,
    sleep: Callable[[float], Awaitable[None]],
) -> Checked:
    """Every answered call against every file, digests and all. Raises ArchiveDown."""
    wrong: list[Wrong] = []
    expected: set[CallId] = set()
    calls, after = 0, None
    while page := await register.page(after, _PAGE):
        for noted in page:
            calls += 1
            if noted.recording is not None:
                expected.add(noted.call_id)
            wrong += await _faults(recordings, noted, now)
        after = page[-1].call_id
    kept = set(await recordings.calls())
    wrong += [Wrong(one, Fault.ORPHANED, "no call of the archive has it") for one in await _orphans(
        kept - expected, register, sleep)]  # fmt: skip
    return Checked(calls, len(kept), tuple(sorted(wrong, key=lambda one: one.call_id)))


async def _faults(recordings: CallRecordings, noted: Noted, now: datetime) -> list[Wrong]:
    recording = noted.recording
    if recording is None:
        if noted.not_recorded is NoRecording.LOST:
            return [Wrong(noted.call_id, Fault.LOST, "it was begun, and nothing of it was found")]
        if noted.not_recorded is None and now - noted.answered_at > _SETTLED:
            return [Wrong(noted.call_id, Fault.UNSETTLED, "`hotline status`: does the controller run?")]
        return []
    digest = hashlib.sha256()
    try:
        async for piece in recordings.read(noted.call_id):
            digest.update(piece)
    except NoSuchRecording:
        return [Wrong(noted.call_id, Fault.MISSING, "the file is not there; restore it from your backup")]
    except DamagedRecording as damaged:
        return [Wrong(noted.call_id, Fault.DAMAGED, str(damaged))]
    if digest.hexdigest() != recording.sha256:
        return [Wrong(noted.call_id, Fault.DAMAGED, "its digest is not the one that was noted")]
    if recording.lacking:
        return [Wrong(noted.call_id, Fault.INCOMPLETE, f"{recording.lacking} of its stretches were never found")]
    return []


async def _orphans(
    suspects: set[CallId], register: RecordingRegister, sleep: Callable[[float], Awaitable[None]]
) -> list[CallId]:
    """Those of which the archive still knows nothing after a moment."""
    if not suspects:
        return []
    await sleep(_AGAIN)
    after: CallId | None = None
    while page := await register.page(after, _PAGE):
        suspects = suspects - {noted.call_id for noted in page if noted.recording is not None}
        after = page[-1].call_id
    return sorted(suspects)
