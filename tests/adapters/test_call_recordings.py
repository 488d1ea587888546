"""Recordings in files: the promises of the port, what lies on the disk, and what a killed Asterisk leaves there."""

import os
import time
import wave
from pathlib import Path

import pytest

from ivr.adapters.call_recordings import FileRecordings
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.domain.ids import CallId
from ivr.ports.recording import DamagedRecording, StillWritten
from tests.contracts.recording_contract import CALL, LOUD, SOFT, RecordingsContract, heard


class FileStudio:
    """What happens to them from outside."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.making, self.kept = folder / "making", folder / "kept"
        self.recordings = FileRecordings(self.making, self.kept, FileKeyring(Secrets(folder / "secrets")), room=1)
        self._monkeypatch = monkeypatch

    def write(self, call_id: CallId, segment: int, caller: bytes, line: bytes) -> None:
        """As the exchange does, closed."""
        for side, sound in (("caller", caller), ("line", line)):
            with wave.open(str(self.making / f"{call_id}-{segment}-{side}.wav"), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", ""))
                file.writeframes(sound)

    def kill_the_exchange(self, seconds_ago: float) -> None:
        """Every header stays as it was when the file was opened: no length in it."""
        for path in self.making.glob("*.wav"):
            content = path.read_bytes()
            path.write_bytes(content[:4] + bytes(4) + content[8:40] + bytes(4) + content[44:])
            at = time.time() - seconds_ago
            os.utime(path, (at, at))

    def damage(self, call_id: CallId) -> None:
        """One bit of its sound."""
        path = self.recordings.path(call_id)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    def fill_the_disk(self) -> None:
        """A device that is always full stands for it; and nothing is free."""
        self._monkeypatch.setattr(self.recordings, "_room", 1 << 62)
        folder = self.recordings.path(CALL).parent
        folder.mkdir()
        (folder / f"{CALL}.new").symlink_to("/dev/full")
        self._monkeypatch.setattr("ivr.adapters.sealed_file.os.fchmod", lambda *_: None)

    def everything(self) -> bytes:
        """All bytes below the folder."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStudio:
    """An empty one."""
    return FileStudio(tmp_path, monkeypatch)


class TestFileRecordings(RecordingsContract):
    """Every promise of the port."""


async def test_the_sound_is_on_the_disk_in_no_clear_file_once_joined(studio: FileStudio) -> None:
    """A folder a day, for its owner only."""
    studio.write(CALL, 1, LOUD, LOUD)
    assert LOUD in studio.everything()
    await studio.recordings.join(CALL)
    assert LOUD[:32] not in studio.everything()
    path = studio.recordings.path(CALL)
    assert path == studio.kept / "2026-01-05" / f"{CALL}.sealed"
    assert sorted(one.name for one in path.parent.iterdir()) == [f"{CALL}.json", f"{CALL}.sealed"]
    assert {one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {0o600}


async def test_a_long_recording_is_joined_piece_by_piece(studio: FileStudio) -> None:
    """Five minutes come back to the sample, and in more than one piece."""
    minutes = [os.urandom(2 * 8000 * 150), os.urandom(2 * 8000 * 150)]
    for number, sound in enumerate(minutes, 1):
        studio.write(CALL, number, sound, SOFT)
    await studio.recordings.join(CALL)
    caller, _ = await heard(studio.recordings, CALL)
    assert caller.tobytes() == b"".join(minutes)
    assert len([piece async for piece in studio.recordings.read(CALL)]) > 3


async def test_what_a_killed_exchange_left_is_mended(studio: FileStudio) -> None:
    """Its headers tell of no sound at all; it is all there."""
    studio.write(CALL, 1, LOUD, SOFT)
    studio.kill_the_exchange(seconds_ago=60)
    joined = await studio.recordings.join(CALL)
    assert joined is not None
    caller, line = await heard(studio.recordings, CALL)
    assert (caller.tobytes(), line.tobytes()) == (LOUD, SOFT)


async def test_half_a_sample_at_the_end_is_left_out(studio: FileStudio) -> None:
    """The exchange was killed in the middle of a write."""
    studio.write(CALL, 1, LOUD, SOFT)
    with (studio.making / f"{CALL}-1-caller.wav").open("ab") as file:
        file.write(b"\1")
    studio.kill_the_exchange(seconds_ago=60)
    await studio.recordings.join(CALL)
    caller, _ = await heard(studio.recordings, CALL)
    assert caller.tobytes() == LOUD


async def test_a_file_that_is_being_written_is_left_alone(studio: FileStudio) -> None:
    """It was never closed, and written to a moment ago."""
    studio.write(CALL, 1, LOUD, SOFT)
    studio.kill_the_exchange(seconds_ago=0)
    with pytest.raises(StillWritten):
        await studio.recordings.join(CALL)
    assert await studio.recordings.left() == [CALL]


async def test_a_segment_the_disk_had_no_room_for_is_lacking(studio: FileStudio) -> None:
    """Not even its header was written."""
    studio.write(CALL, 1, LOUD, SOFT)
    studio.write(CALL, 2, b"", b"")
    for side in ("caller", "line"):
        (studio.making / f"{CALL}-2-{side}.wav").write_bytes(b"")
    studio.kill_the_exchange(seconds_ago=60)
    joined = await studio.recordings.join(CALL)
    assert joined is not None
    assert (joined.segments, joined.lacking) == (1, 1)


@pytest.mark.parametrize("cut", [1, 30, 200])
async def test_a_file_cut_off_is_told(studio: FileStudio, cut: int) -> None:
    """Wherever it ends."""
    studio.write(CALL, 1, LOUD, SOFT)
    await studio.recordings.join(CALL)
    path = studio.recordings.path(CALL)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DamagedRecording):
        [piece async for piece in studio.recordings.read(CALL)]


async def test_without_its_key_it_is_damaged(studio: FileStudio) -> None:
    """As after retention: the sound cannot be had back."""
    studio.write(CALL, 1, LOUD, SOFT)
    await studio.recordings.join(CALL)
    studio.recordings.path(CALL).with_suffix(".json").unlink()
    with pytest.raises(DamagedRecording):
        await studio.recordings.kept(CALL)
    with pytest.raises(DamagedRecording):
        [piece async for piece in studio.recordings.read(CALL)]


async def test_a_controller_killed_while_it_seals_leaves_nothing_undone(studio: FileStudio) -> None:
    """Half a sealed file is written over."""
    studio.write(CALL, 1, LOUD, SOFT)
    unfinished = studio.recordings.path(CALL).with_suffix(".new")
    unfinished.parent.mkdir()
    unfinished.write_bytes(b"half")
    assert await studio.recordings.join(CALL) is not None
    assert not unfinished.exists()


async def test_strange_files_are_no_calls(studio: FileStudio) -> None:
    """Nothing is read or destroyed that the exchange did not write for a call."""
    stranger = studio.making / "notes.wav"
    stranger.write_bytes(b"mine")
    assert await studio.recordings.left() == []
    assert stranger.exists()
