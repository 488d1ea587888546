"""Compose the music that a waiting caller hears: 36 s of calm, our own, looping without a seam.

usage: KIT/venv/bin/python hold_music.py OUT.wav

Soft bell tones over a slow pad, pentatonic (宫商角徵羽), so that nothing ever clashes; notes that ring on past the end
ring into the beginning. Kept within the telephone's band and well below the voice that interrupts it.
"""

import sys
import wave
from pathlib import Path

import numpy as np

RATE = 8_000
BEAT = 0.75  # seconds: 80 a minute, the pace of a resting heart
BEATS = 48
LOUDNESS = -27.0  # dBFS, RMS: 8 dB below the prompts
SCALE = (0, 2, 4, 7, 9)
ROOT = 392.0  # G4: the lowest bell; the telephone carries 300 to 3400 Hz
MELODY = (
    "4.2.3...2.0.1..." "2.3.4...3.2.....",
    "5.4.3.4.2...0.1." "2...1.0.........",
    "0.2.4...5.4.3..." "2.3.2.1.0.......",
)  # fmt: skip
"""Half-beats; a digit is a degree of the scale (5 and up: an octave higher), a dot rests."""
CHORDS = ((0, 4, 7), (-3, 0, 4), (-3, 0, 5), (-5, -1, 2))  # G, Em, C, D in semitones from the root


def pitch(degree: int) -> float:
    """Hertz of a degree of the scale."""
    return ROOT * 2 ** ((SCALE[degree % 5] + 12 * (degree // 5)) / 12)


def bell(frequency: float) -> np.ndarray:
    """One struck note that dies away."""
    time = np.arange(int(3.5 * RATE)) / RATE
    partials = ((1, 1.0, 1.6), (2, 0.35, 2.6), (3, 0.12, 4.2))
    tone = sum(
        share * np.sin(2 * np.pi * frequency * multiple * time) * np.exp(-decay * time)
        for multiple, share, decay in partials
        if frequency * multiple < 3_400
    )
    return tone * np.minimum(1, time / 0.008)


def pad(semitones: tuple[int, ...], seconds: float) -> np.ndarray:
    """A chord that swells and ebbs."""
    time = np.arange(int(seconds * RATE)) / RATE
    swell = np.sin(np.pi * time / seconds) ** 2
    voices = (ROOT * 2 ** (semitone / 12) * detune for semitone in semitones for detune in (0.9985, 1.0015))
    return 0.10 * swell * sum(np.sin(2 * np.pi * frequency * time) for frequency in voices)


def compose() -> np.ndarray:
    """The loop."""
    loop = np.zeros(int(BEATS * BEAT * RATE))

    def sound(audio: np.ndarray, at: float) -> None:
        places = (int(at * RATE) + np.arange(len(audio))) % len(loop)
        np.add.at(loop, places, audio)

    for number, note in enumerate("".join(MELODY)):
        if note != ".":
            softer = 1.0 if number % 8 == 0 else 0.75
            sound(softer * bell(pitch(int(note))), number * BEAT / 2)
    bar = 4 * BEAT
    for number in range(BEATS // 4):
        sound(pad(CHORDS[number % len(CHORDS)], 2 * bar), number * bar)
    return loop * 10 ** (LOUDNESS / 20) / np.sqrt((loop**2).mean())


def main() -> None:
    """Write the loop."""
    samples = np.round(compose() * 32767).astype("<i2")
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    print(f"{path}: {len(samples) / RATE:.1f} s, peak {20 * np.log10(np.abs(samples).max() / 32767):.1f} dBFS")


if __name__ == "__main__":
    main()
