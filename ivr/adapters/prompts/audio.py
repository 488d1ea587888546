"""The one audio format of the line: WAV, 8 kHz, mono, 16-bit PCM, which every Asterisk plays without a codec."""

import sys
import wave
from array import array
from dataclasses import dataclass
from io import BytesIO
from math import pi, sin
from pathlib import Path

from ivr.adapters.wav import RATE
from ivr.domain.errors import HotlineError

_FADE = RATE // 100  # 10 ms: a cut in the middle of a wave would click


class WrongAudio(HotlineError):
    """A recording that cannot be played on the line; the sentence says what it is and how to mend it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that fits the line."""

    path: Path
    samples: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples / RATE


def beep(hertz: int = 1000, seconds: float = 0.3) -> bytes:
    """A soft tone as WAV: now it is the caller's turn to speak."""
    count = int(RATE * seconds)
    fades = (min(1.0, at / _FADE, (count - at) / _FADE) for at in range(count))
    samples = array("h", (round(6000 * fade * sin(2 * pi * hertz * at / RATE)) for at, fade in enumerate(fades)))
    if sys.byteorder == "big":
        samples.byteswap()
    content = BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return content.getvalue()


def examine(path: Path) -> Recording:
    """Read the header. Raises FileNotFoundError, WrongAudio."""
    try:
        with wave.open(str(path), "rb") as file:
            found = (file.getframerate(), file.getnchannels(), file.getsampwidth() * 8)
            samples = file.getnframes()
    except (wave.Error, EOFError) as error:
        raise WrongAudio(f"{path} is no PCM WAV file ({str(error) or 'it ends too early'}); {_mend(path)}") from error
    if found != (RATE, 1, 16):
        rate, channels, bits = found
        raise WrongAudio(f"{path} has {rate} Hz, {channels} channel(s), {bits} bit; {_mend(path)}")
    header = 44  # the shortest header of a WAV file
    if samples == 0 or path.stat().st_size < header + samples * 2:
        raise WrongAudio(f"{path} is empty or cut off; put the whole recording there")
    return Recording(path, samples)


def cut(path: Path, milliseconds: int) -> bytes:
    """The WAV file's first milliseconds as a WAV file, faded out."""
    with wave.open(str(path), "rb") as file:
        samples = _samples(file.readframes(milliseconds * RATE // 1000))
    fade = min(_FADE, len(samples))
    for step in range(fade):
        samples[-1 - step] = samples[-1 - step] * step // fade
    return encode(samples)


def with_silence(content: bytes, seconds: float) -> bytes:
    """A WAV file's samples, and silence after them."""
    with wave.open(BytesIO(content), "rb") as file:
        samples = _samples(file.readframes(file.getnframes()))
    return encode(samples + array("h", bytes(2 * round(RATE * seconds))))


def encode(samples: "array[int]") -> bytes:
    """Samples as a WAV file of the line's format."""
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(_little_endian(samples).tobytes())
    return out.getvalue()


def _samples(frames: bytes) -> "array[int]":
    return _little_endian(array("h", frames))


def _little_endian(samples: "array[int]") -> "array[int]":
    """WAV is little-endian, whatever this machine is; the way there and back is the same."""
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    return samples


def _mend(path: Path) -> str:
    return f"mend it with: sox {path} -r {RATE} -c 1 -b 16 -e signed-integer mended.wav && mv mended.wav {path}"
