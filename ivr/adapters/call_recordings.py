"""The calls' recordings in files.

    spool/calls/CALL-N-caller.wav, CALL-N-line.wav      in clear, while the exchange writes segment N
    recordings/calls/2026-01-31/CALL.sealed, CALL.json   one file a call, and its wrapped key with what was noted

One folder a day (UTC, by the call's own id), so that retention drops whole days, and a key before its file. A call is
sealed, then noted, then its clear files go: killed at any point, doing it again ends in the same.
"""

import asyncio
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from errno import EDQUOT, ENOSPC
from pathlib import Path

import structlog

from ivr.adapters import durable_file, sealed_file
from ivr.adapters.keyring import CallKey
from ivr.adapters.wav import RATE, SAMPLE, Sound, header, side_by_side
from ivr.domain.ids import CallId
from ivr.domain.recording import Recording
from ivr.ports.keyring import Keyring, Undecryptable
from ivr.ports.recording import DamagedRecording, NoRoom, NoSuchRecording, StillWritten

log = structlog.get_logger(__name__)

ROOM = 256 << 20
"""Bytes of free disk below which no recording begins: two hours of one call, and the journal needs the rest."""
SETTLED = 3.0
"""Seconds without a write after which a file that was never closed will not be: its Asterisk was killed."""
_SEGMENT = re.compile(r"(?P<call>[A-Za-z0-9]+-(?P<epoch>\d{9,11})\.\d+)-(?P<number>\d{1,6})-(?:caller|line)\.wav")
_CALL = re.compile(r"[A-Za-z0-9]+-(\d{9,11})\.\d+")


class FileRecordings:
    """Implements ivr.ports.recording.CallRecordings."""

    def __init__(self, making: Path, kept: Path, keyring: Keyring, *, room: int = ROOM) -> None:
        """`making`: where the exchange writes; `kept`: where sealed ones lie, a folder a day. Both are made."""
        self._making = making
        self._kept = kept
        self._keyring = keyring
        self._room = room
        for folder in (making, kept):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @property
    def folder(self) -> Path:
        """Where the sealed ones lie."""
        return self._kept

    async def has_room(self) -> bool:
        """More than ROOM is free, both where it is written and where it is kept."""
        return min(shutil.disk_usage(folder).free for folder in (self._making, self._kept)) >= self._room

    async def left(self) -> list[CallId]:
        """Calls with a file in clear."""
        return sorted(await asyncio.to_thread(self._left))

    def _left(self) -> set[CallId]:
        found = (_SEGMENT.fullmatch(entry.name) for entry in os.scandir(self._making))
        return {CallId(name["call"]) for name in found if name}

    async def join(self, call_id: CallId) -> Recording | None:
        """Two channels: the caller left, what he hears right. Raises StillWritten, NoRoom."""
        return await asyncio.to_thread(self._join, call_id)

    def _join(self, call_id: CallId) -> Recording | None:
        segments = self._segments(call_id)
        already = self._noted(call_id)
        if already is None and segments:
            self._must_be_over(call_id, segments)
            try:
                already = self._seal(call_id, segments)
            except OSError as error:
                if error.errno in (ENOSPC, EDQUOT):
                    raise NoRoom(str(error)) from error
                raise
        for sound in (sound for pair in segments.values() for sound in pair):
            sound.path.unlink(missing_ok=True)
        return already

    async def kept(self, call_id: CallId) -> Recording | None:
        """As it was noted. Raises DamagedRecording."""
        return await asyncio.to_thread(self._noted, call_id)

    async def read(self, call_id: CallId) -> AsyncIterator[bytes]:
        """The WAV file, a piece at a time. Raises NoSuchRecording, DamagedRecording."""
        pieces = self.pieces(call_id)
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    def pieces(self, call_id: CallId) -> Iterator[bytes]:
        """The same, for who does not wait. Raises NoSuchRecording, DamagedRecording."""
        path = self.path(call_id)
        if not path.exists():
            raise NoSuchRecording(f"no recording of {call_id} is kept")
        try:
            key = CallKey.unwrap(self._note(call_id)[0], self._keyring, _context(call_id, "key"))
            yield from sealed_file.read(path, key, _context(call_id, "sound"))
        except (Undecryptable, OSError) as error:
            raise DamagedRecording(f"{call_id}: {error}") from error

    async def calls(self) -> list[CallId]:
        """By their sealed files."""
        found = await asyncio.to_thread(lambda: [CallId(path.stem) for path in self._kept.glob("*/*.sealed")])
        return sorted(found)

    def path(self, call_id: CallId) -> Path:
        """Where its sealed file lies. Raises NoSuchRecording for what is no call id of ours."""
        named = _CALL.fullmatch(call_id)
        if named is None:
            raise NoSuchRecording(f"{call_id!r} is no id of a call")
        return self._kept / f"{datetime.fromtimestamp(int(named[1]), UTC):%Y-%m-%d}" / f"{call_id}.sealed"

    # ------------------------------------------------------------------------------------------------
    def _segments(self, call_id: CallId) -> dict[int, tuple[Sound, Sound]]:
        names = [_SEGMENT.fullmatch(path.name) for path in self._making.glob(f"{call_id}-*.wav")]
        numbers = {int(name["number"]) for name in names if name and name["call"] == call_id}
        return {number: (self._sound(call_id, number, "caller"), self._sound(call_id, number, "line"))
                for number in sorted(numbers)}  # fmt: skip

    def _sound(self, call_id: CallId, number: int, side: str) -> Sound:
        return Sound(self._making / f"{call_id}-{number}-{side}.wav")

    def _must_be_over(self, call_id: CallId, segments: dict[int, tuple[Sound, Sound]]) -> None:
        for sound in (sound for pair in segments.values() for sound in pair):
            if sound.is_finished:
                continue
            if time.time() - sound.path.stat().st_mtime < SETTLED:
                raise StillWritten(call_id)
            log.warning("recording_mended", call_id=call_id, file=sound.path.name, why="it was never closed")

    def _seal(self, call_id: CallId, segments: dict[int, tuple[Sound, Sound]]) -> Recording | None:
        whole = {number: pair for number, pair in segments.items() if any(sound.bytes for sound in pair)}
        if not whole:
            return None
        size = sum(2 * max(left.bytes, right.bytes) for left, right in whole.values())
        digest = hashlib.sha256()

        def pieces() -> Iterator[bytes]:
            yield header(size)
            for left, right in whole.values():
                yield from side_by_side(left, right)

        def hashed() -> Iterator[bytes]:
            for piece in pieces():
                digest.update(piece)
                yield piece

        target, key = self.path(call_id), CallKey.make(self._keyring, _context(call_id, "key"))
        target.parent.mkdir(exist_ok=True, mode=0o700)
        durable_file.sync_folder(self._kept)  # of a new day
        unfinished = target.with_suffix(".new")
        sealed_file.write(unfinished, hashed(), key, _context(call_id, "sound"))
        recording = Recording(
            sha256=digest.hexdigest(),
            seconds=round(size / (2 * SAMPLE * RATE), 3),
            segments=len(whole),
            lacking=max(segments) - sum(any(sound.was_begun for sound in pair) for pair in segments.values()),
        )
        durable_file.write(
            target.with_suffix(".json"), json.dumps({"key": key.wrapped.hex(), **asdict(recording)}).encode()
        )
        unfinished.replace(target)
        durable_file.sync_folder(target.parent)
        return recording

    def _noted(self, call_id: CallId) -> Recording | None:
        if not self.path(call_id).exists():
            return None
        return self._note(call_id)[1]

    def _note(self, call_id: CallId) -> tuple[bytes, Recording]:
        """Its wrapped key, and what was noted of it. Raises DamagedRecording."""
        try:
            noted = json.loads(self.path(call_id).with_suffix(".json").read_bytes())
            return bytes.fromhex(noted.pop("key")), Recording(**noted)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedRecording(f"{call_id}: its key is missing or unreadable") from error


def _context(call_id: CallId, what: str) -> bytes:
    return f"call recording {call_id} {what}".encode()
