"""What is to be heard in a recording, judged by its loudness alone."""

import math
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

HEADER, RATE_AT = 44, 24
"""Bytes of Asterisk's WAV header, and where the sampling rate stands in it."""
FULL_SCALE = 32768
WINDOW = 0.02
"""Seconds over which loudness is measured."""
AUDIBLE = -45.0
"""dB below full scale. A-law noise of a silent line lies under -60, speech at -30 and above."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One stretch of listening."""

    recording: Path
    seconds: float
    audible: float
    """Seconds of it in which something was to be heard."""


def measure(recording: Path) -> Heard:
    """Read a recording (mono, 16 bit, as Asterisk writes it). A missing or empty one was silence.

    The header's length is not believed: Asterisk fills it in when it closes the file, which may be after it told us of
    the hangup.
    """
    try:
        content = recording.read_bytes()
    except OSError:
        return Heard(recording, 0.0, 0.0)
    rate = int.from_bytes(content[RATE_AT : RATE_AT + 4], "little")
    if content[:4] != b"RIFF" or not rate:
        return Heard(recording, 0.0, 0.0)
    sound = content[HEADER:]
    samples = array("h", sound[: len(sound) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    window = int(rate * WINDOW)
    loud = sum(1 for start in range(0, len(samples), window) if level(samples[start : start + window]) > AUDIBLE)
    return Heard(recording, len(samples) / rate, loud * WINDOW)


def level(samples: "array[int]") -> float:
    """Root mean square in dB of full scale; silence is -inf."""
    if not samples:
        return -math.inf
    square = sum(sample * sample for sample in samples) / len(samples)
    return 10 * math.log10(square / FULL_SCALE**2) if square else -math.inf
