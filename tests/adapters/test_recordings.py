"""What callers say into the line: sealed, and nothing of it lost where sealing fails."""

import math
import wave
from array import array
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.recordings import Recordings
from ivr.adapters.secrets import Secrets
from ivr.domain.ids import RecordingName
from tests.full_disk import full_disk

NAME = RecordingName("n1-1767603600.1-7")


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    """Empty ones."""
    return Recordings(tmp_path / "making", tmp_path / "kept", FileKeyring(Secrets(tmp_path / "secrets")))


def told(recordings: Recordings, amplitude: int) -> bytes:
    """Asterisk has written two seconds of a tone; the file."""
    path = recordings.path(NAME).with_name(f"{NAME}.wav")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(array("h", (round(amplitude * math.sin(at / 3)) for at in range(16_000))).tobytes())
    return path.read_bytes()


def test_what_was_said_is_kept_sealed_alone(recordings: Recordings, tmp_path: Path) -> None:
    """It comes back byte for byte, for its owner only, and lies nowhere in clear."""
    whole = told(recordings, 8000)
    assert recordings.seal(NAME) == 2
    assert recordings.read(NAME) == whole
    assert list((tmp_path / "making").iterdir()) == []
    [kept] = (tmp_path / "kept").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert whole[100:200] not in kept.read_bytes()


def test_silence_is_not_kept(recordings: Recordings, tmp_path: Path) -> None:
    """Neither sealed nor in clear."""
    told(recordings, 0)
    assert recordings.seal(NAME) == 0
    assert list((tmp_path / "making").iterdir()) == list((tmp_path / "kept").iterdir()) == []


def test_what_a_full_disk_refuses_is_sealed_at_a_later_start(recordings: Recordings) -> None:
    """Nothing of what was said is lost, and it keeps no controller from starting."""
    whole = told(recordings, 8000)
    with full_disk():
        with pytest.raises(OSError, match="large"):
            recordings.seal(NAME)
        with capture_logs() as logs:
            assert recordings.seal_left_over() == [NAME]
    assert [(line["event"], line["name"]) for line in logs] == [("recording_left_in_clear", NAME)]
    assert recordings.seal_left_over() == [NAME]
    assert recordings.read(NAME) == whole
    assert recordings.seal_left_over() == []
