"""Sentences as the dialogue plays them, of silence: so long, and a pause."""

from array import array
from pathlib import Path

from ivr.adapters import sentence_sounds
from ivr.adapters.prompts.audio import encode, with_silence
from ivr.adapters.wav import RATE, SAMPLE


def record(sounds: Path, prompt: str, seconds: float) -> None:
    """Have a recording of it in Chinese."""
    file = sounds / "zh" / sentence_sounds.FOLDER / f"{prompt}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    words = encode(array("h", bytes(SAMPLE * round(RATE * seconds))))
    file.write_bytes(with_silence(words, sentence_sounds.PAUSE))
