"""Whether a secret that was keyed in stands anywhere below a run folder: in bytes, or as tones in a recording.

What tests key in is remembered beside the run folder; when its hotline has stopped, it is looked for.
"""

import re
import wave
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.adapters.call_recordings import FileRecordings
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.recordings import Recordings
from ivr.adapters.secrets import Secrets
from ivr.domain.ids import CallId, RecordingName
from ivr.home import Home

ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"
WINDOW = 0.03
"""Seconds; a tone lasts 0.04 at least (ITU-T Q.24)."""
CLEAR = 0.25
"""Share of a window's energy that each of the two tones has at least."""
LOUD = 200.0
"""Root mean square below which a window is silence."""


def will_key(home: Home, secret: str) -> str:
    """Remember that this is keyed in at this hotline: it may be found nowhere in the end."""
    with _keyed(home).open("a") as keyed:
        keyed.write(f"{secret}\n")
    return secret


def nothing_leaked(home: Home) -> None:
    """No password or code that was keyed in is anywhere below the run folder of a stopped hotline, in no file's bytes
    and in no recording's sound.
    """
    if not _keyed(home).exists():
        return
    keyed = set(_keyed(home).read_text().split())
    recordings = Recordings(home.asterisk.told, home.recordings, FileKeyring(Secrets(home.secrets)))
    calls = FileRecordings(home.asterisk.calls, home.call_recordings, FileKeyring(Secrets(home.secrets)))
    found = list(leaks(home.root, keyed, recordings, calls))
    assert not found, found


def _keyed(home: Home) -> Path:
    return home.root.with_name(f"{home.root.name}-keyed-secrets")


def leaks(
    folder: Path, secrets: Iterable[str], recordings: Recordings, calls: FileRecordings | None = None
) -> Iterator[str]:
    """Where each was found, sealed `calls` included. A fraction of a second is no secret, whatever its digits."""
    patterns = {secret: re.compile(rb"(?<![\d.])" + secret.encode() + rb"(?!\d)") for secret in secrets}
    for path in folder.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        yield from (f"{path}: {secret}" for secret, pattern in patterns.items() if pattern.search(content))
        if path.suffix == ".sealed":
            content = _unsealed(path, recordings, calls)
        if content[:4] == b"RIFF":
            keyed = [tones(channel) for channel in channels(content)]
            yield from (f"{path}: {secret}, as tones" for secret in patterns if any(secret in one for one in keyed))


def _unsealed(path: Path, recordings: Recordings, calls: FileRecordings | None) -> bytes:
    if calls is not None and path.is_relative_to(calls.folder):
        return b"".join(calls.pieces(CallId(path.stem)))
    return recordings.read(RecordingName(path.stem))


def channels(recording: bytes) -> list[bytes]:
    """Each channel of a WAV file as one of its own, without its header's lengths."""
    count = int.from_bytes(recording[22:24], "little")
    both = np.frombuffer(recording[44 : len(recording) - (len(recording) - 44) % (2 * count)], "<i2")
    return [recording[:22] + b"\1\0" + recording[24:44] + both[place::count].tobytes() for place in range(count)]


def tones(recording: bytes) -> str:
    """The keys that are heard in a WAV file."""
    samples, rate = _samples(recording)
    size = int(rate * WINDOW)
    heard = [_key(samples[at : at + size], rate) for at in range(0, len(samples) - size + 1, size)]
    return "".join(key for before, key in zip(["", *heard], heard, strict=False) if key and key != before)


def _samples(recording: bytes) -> tuple[NDArray[np.float64], int]:
    try:
        with wave.open(BytesIO(recording)) as sound:
            raw, rate = sound.readframes(sound.getnframes()), sound.getframerate()
    except (wave.Error, EOFError):  # a header that was never finished
        raw, rate = recording[44:], 8000
    return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float64), rate


def _key(window: NDArray[np.float64], rate: int) -> str:
    energy = float(np.sum(window**2))
    if energy < LOUD**2 * len(window):
        return ""
    times = np.arange(len(window)) / rate

    def share(hertz: int) -> float:
        wave_ = np.exp(-2j * np.pi * hertz * times)
        return float(2 * abs(np.dot(window, wave_)) ** 2 / len(window) / energy)

    rows, columns = [share(hertz) for hertz in ROWS], [share(hertz) for hertz in COLUMNS]
    row, column = int(np.argmax(rows)), int(np.argmax(columns))
    return KEYS[4 * row + column] if min(rows[row], columns[column]) > CLEAR else ""
