"""The sentences as the dialogue plays them: each followed by a pause, in which the caller is heard.

A sound that ends by itself leaves a moment in which Asterisk obeys nobody, and a key that ends in it is lost. One that
is ended by the next command leaves none. So each sentence has silence after it, and the next command comes in that.
"""

import os

from ivr.adapters.wav import HEADER, RATE, SAMPLE

FOLDER = "dialogue"
"""The folder below a language: `SOUNDS/zh/dialogue/ID.wav`. The dialplan plays those without a pause (`hotline`)."""
PAUSE = 0.5
"""Seconds of silence after the last word. By how much a command may come late, at most."""


def seconds_of(file: str) -> float | None:
    """How long its words last, without the pause; None where there is no such file (named without its extension), or
    none with a pause.
    """
    try:
        size = os.stat(f"{file}.wav").st_size  # noqa: PTH116  (every sentence of every call: a Path takes six times as long)
    except OSError:
        return None
    seconds = (size - HEADER) / SAMPLE / RATE - PAUSE
    return seconds if seconds > 0 else None
