"""What a recording holds: prompts found in it by their sound, not by any event."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.domain.caller import Language

Samples = NDArray[np.float64]
RATE = 8000


def samples_of(recording: Path) -> Samples:
    """Mono 16-bit samples; a header that was never finished is not believed."""
    content = recording.read_bytes()
    return np.frombuffer(content[44 : len(content) - len(content) % 2], np.int16).astype(np.float64)


def prompt(folder: Path, name: str, language: Language = Language.ZH) -> Samples:
    """A prompt's own audio."""
    with wave.open(str(folder / "audio" / language.value / f"{name}.wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float64)


def found(spoken: Samples, heard: Samples) -> tuple[float, float]:
    """How surely the prompt is in what was heard (1 is the very same, speech by chance stays under 0.2), and at which
    second it begins. Normalised cross-correlation, by FFT.
    """
    if len(heard) < len(spoken):
        return 0.0, 0.0
    length = 1 << (len(heard) + len(spoken)).bit_length()
    product = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(spoken, length))
    correlation = np.fft.irfft(product, length)[: len(heard) - len(spoken) + 1]
    energy = np.concatenate(([0.0], np.cumsum(heard**2)))
    windows = energy[len(spoken) :] - energy[: len(energy) - len(spoken)]
    likeness = correlation / np.sqrt(np.maximum(windows, 1.0) * np.sum(spoken**2))
    best = int(np.argmax(likeness))
    return float(likeness[best]), best / RATE
