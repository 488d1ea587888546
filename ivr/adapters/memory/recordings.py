"""Calls' recordings in memory: a test or a demonstration says what the exchange wrote. It ships."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from ivr.adapters.memory.archive import MemoryArchive
from ivr.adapters.wav import RATE, SAMPLE, header
from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording, Recording
from ivr.ports.archive import ArchivedCall
from ivr.ports.recording import Access, DamagedRecording, NoRoom, NoSuchRecording, Noted, StillWritten


class MemoryRecordings:
    """Implements ivr.ports.recording.CallRecordings."""

    def __init__(self) -> None:
        self._clear: dict[CallId, dict[int, tuple[bytes, bytes]]] = {}
        self._kept: dict[CallId, tuple[Recording, bytes]] = {}
        self._damaged: set[CallId] = set()
        self.full = False
        """Set to play a disk that takes no more."""
        self.written: set[CallId] = set()
        """Calls that the exchange still writes on."""

    def write(self, call_id: CallId, segment: int, caller: bytes, line: bytes) -> None:
        """The exchange has written a segment: 16-bit samples of both sides."""
        self._clear.setdefault(call_id, {})[segment] = (caller, line)

    def damage(self, call_id: CallId) -> None:
        """What is kept of this call can be read no more."""
        self._damaged.add(call_id)

    async def has_room(self) -> bool:
        """Unless `full`."""
        return not self.full

    async def left(self) -> list[CallId]:
        """Calls with anything in clear."""
        return sorted(self._clear)

    async def join(self, call_id: CallId) -> Recording | None:
        """One sound of two channels. Raises StillWritten, NoRoom."""
        segments = self._clear.get(call_id, {})
        if call_id not in self._kept and any(any(pair) for pair in segments.values()):
            if call_id in self.written:
                raise StillWritten(call_id)
            if self.full:
                raise NoRoom("the memory plays a full disk")
            self._kept[call_id] = _joined(segments)
        self._clear.pop(call_id, None)
        return self._kept[call_id][0] if call_id in self._kept else None

    async def kept(self, call_id: CallId) -> Recording | None:
        """As it was noted."""
        return self._kept[call_id][0] if call_id in self._kept else None

    async def read(self, call_id: CallId) -> AsyncIterator[bytes]:
        """The WAV file in one piece. Raises NoSuchRecording, DamagedRecording."""
        if call_id not in self._kept:
            raise NoSuchRecording(f"no recording of {call_id} is kept")
        if call_id in self._damaged:
            raise DamagedRecording(call_id)
        yield self._kept[call_id][1]

    async def calls(self) -> list[CallId]:
        """Every call of which one is kept."""
        return sorted(self._kept)


def _joined(segments: dict[int, tuple[bytes, bytes]]) -> tuple[Recording, bytes]:
    sound = bytearray()
    whole = {number: pair for number, pair in segments.items() if any(pair)}
    for _, (left, right) in sorted(whole.items()):
        for at in range(0, max(len(left), len(right)), SAMPLE):
            sound += left[at : at + SAMPLE].ljust(SAMPLE, b"\0") + right[at : at + SAMPLE].ljust(SAMPLE, b"\0")
    content = header(len(sound)) + sound
    recording = Recording(
        sha256=hashlib.sha256(content).hexdigest(),
        seconds=round(len(sound) / (2 * SAMPLE * RATE), 3),
        segments=len(whole),
        lacking=max(segments) - len(segments),
    )
    return recording, bytes(content)


class MemoryRegister:
    """Implements ivr.ports.recording.RecordingRegister over the archive in memory."""

    def __init__(self, archive: MemoryArchive) -> None:
        self._archive = archive
        self._accesses: list[Access] = []

    async def unsettled(self, limit: int) -> list[CallId]:
        """Answered calls of which nothing is noted. Raises ArchiveDown."""
        return [call.record.incoming.call_id for call in self._answered() if _is_open(call)][:limit]

    async def settle(self, found: Mapping[CallId, Recording | NoRecording]) -> None:
        """Note them, once. Raises ArchiveDown."""
        self._archive.must_be_up()
        for call_id, what in found.items():
            call = await self._archive.read(call_id)
            if call is None or not _is_open(call):
                continue
            if isinstance(what, Recording):
                record = replace(call.record, recording=what)
            else:
                record = replace(call.record, not_recorded=what)
            self._archive.replace(replace(call, record=record))

    async def page(self, after: CallId | None, limit: int) -> Sequence[Noted]:
        """In the order of their ids. Raises ArchiveDown."""
        records = sorted((call.record for call in self._answered()), key=lambda record: record.incoming.call_id)
        return [
            Noted(
                call_id=record.incoming.call_id,
                answered_at=record.answered_at or record.incoming.arrived_at,
                recording=record.recording,
                not_recorded=record.not_recorded,
            )
            for record in records
            if after is None or record.incoming.call_id > after
        ][:limit]

    async def note_access(self, access: Access) -> None:
        """Write it down. Raises ArchiveDown."""
        self._archive.must_be_up()
        self._accesses.append(access)

    async def accesses(self, call_id: CallId) -> list[Access]:
        """Who took it out. Raises ArchiveDown."""
        self._archive.must_be_up()
        return [access for access in self._accesses if access.call_id == call_id]

    def _answered(self) -> list[ArchivedCall]:
        calls = [call for call in self._archive.all() if call.record.answered_at is not None]
        return sorted(calls, key=lambda call: call.record.incoming.arrived_at)


def _is_open(call: ArchivedCall) -> bool:
    return call.record.recording is None and call.record.not_recorded is None
