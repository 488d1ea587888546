"""What looks for leaked secrets after the live tests finds them: a check that cannot fail would be none."""

import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.memory.keyring import MemoryKeyring
from ivr.adapters.recordings import Recordings
from ivr.adapters.secrets import Secrets
from ivr.domain.ids import RecordingName
from ivr.home import Home
from tests.live.leaks import COLUMNS, KEYS, ROWS, leaks, nothing_leaked, tones, will_key

SECRET = "739164"


def keyed(path: Path, keys: str) -> None:
    """A recording in which these keys are heard between words."""
    rate, parts = 8000, []
    for key in keys:
        row, column = divmod(KEYS.index(key), 4)
        times = np.arange(int(rate * 0.09)) / rate
        tone = np.sin(2 * np.pi * ROWS[row] * times) + np.sin(2 * np.pi * COLUMNS[column] * times)
        parts += [4000 * tone, np.zeros(int(rate * 0.12)), 3000 * np.sin(2 * np.pi * 310 * times), np.zeros(400)]
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(np.concatenate(parts).astype("<i2").tobytes())


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    """Below the folder that is searched."""
    return Recordings(tmp_path / "making", tmp_path / "kept", MemoryKeyring())


def test_a_secret_in_a_file_is_found(tmp_path: Path, recordings: Recordings) -> None:
    """In the midst of other bytes; but not as a part of a longer number, nor as a fraction of a second."""
    (tmp_path / "log").write_bytes(b"\x00\xffpressed " + SECRET.encode() + b"#\n")
    assert list(leaks(tmp_path, [SECRET], recordings)) == [f"{tmp_path / 'log'}: {SECRET}"]
    (tmp_path / "log").write_text(f"1{SECRET} {SECRET}2 09:00:01.{SECRET}Z")
    assert list(leaks(tmp_path, [SECRET], recordings)) == []


def test_a_secret_that_is_heard_is_found(tmp_path: Path, recordings: Recordings) -> None:
    """In a recording in clear, and in one that was sealed."""
    keyed(recordings.path(RecordingName("call-1")).with_suffix(".wav"), SECRET)
    assert [place.rpartition(": ")[2] for place in leaks(tmp_path, [SECRET], recordings)] == [f"{SECRET}, as tones"]
    recordings.seal(RecordingName("call-1"))
    [place] = leaks(tmp_path, [SECRET], recordings)
    assert "call-1.sealed" in place


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Of a hotline at which a secret was keyed in, and that has stopped."""
    home = Home(tmp_path / "run")
    home.make()
    will_key(home, SECRET)
    return home


def test_a_hotline_that_leaked_nothing_stops_quietly(home: Home) -> None:
    """What was keyed in is remembered beside its folder, not below it."""
    (home.log / "controller.log").write_text("password_checked\n")
    nothing_leaked(home)


@pytest.mark.parametrize("place", ["log/controller.log", "carrier/log/messages", "journal/1.db-wal"])
def test_a_planted_secret_is_found_when_its_hotline_stops(home: Home, place: str) -> None:
    """In whichever file: the test run fails with its name."""
    (home.root / place).write_text(f"keyed {SECRET}\n")
    with pytest.raises(AssertionError, match=place.rpartition("/")[2]):
        nothing_leaked(home)


def test_a_secret_planted_in_a_recording_is_found_when_its_hotline_stops(home: Home) -> None:
    """Sealed under the hotline's own keyring, which is used to open it."""
    recordings = Recordings(home.asterisk.told, home.recordings, FileKeyring(Secrets(home.secrets)))
    keyed(recordings.path(RecordingName("call-1")).with_suffix(".wav"), SECRET)
    recordings.seal(RecordingName("call-1"))
    with pytest.raises(AssertionError, match="as tones"):
        nothing_leaked(home)


def test_tones_are_told_from_words(tmp_path: Path) -> None:
    """Every key, and nothing where only a voice is heard."""
    keyed(tmp_path / "keys.wav", "0123456789*#")
    assert tones((tmp_path / "keys.wav").read_bytes()) == "0123456789*#"
