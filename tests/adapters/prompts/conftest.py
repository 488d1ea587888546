"""A prompt folder of two sentences, whose recordings are short tones."""

import math
from array import array
from functools import cache
from pathlib import Path

import pytest

from ivr.adapters.prompts.audio import encode
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.wav import RATE
from ivr.settings import DEFAULT_CONFIG

SHIPPED = DEFAULT_CONFIG.parent / "prompts"

TEXTS = """
[hello]
zh = "您好。"
en = "Hello."
source = "H2.1a"

[press_two]
zh = "英语请按二。"
en = "For English, press two."
always_spoken = "en"
source = "H1.1b"
"""

RECIPE = """
[zh]
voice = "zf_xiaoyi"
speed = 1.0
[en]
voice = "af_heart"
speed = 1.0
[finish]
loudness = -19.0
peak = -3.0
head_ms = 40
tail_ms = 150
pause_ms = 220
"""


@cache  # thousands of sines, and the same few tones for every test
def tone(seconds: float, hertz: float = 440) -> bytes:
    """A WAV file of the line's format."""
    times = range(int(seconds * RATE))
    return encode(array("h", (round(8_000 * math.sin(2 * math.pi * hertz * time / RATE)) for time in times)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """`*.toml`, `audio/recipe.toml`, and every recording."""
    place = tmp_path / "prompts"
    for language in ("zh", "en"):
        (place / "audio" / language).mkdir(parents=True)
    (place / "texts.toml").write_text(TEXTS, encoding="utf-8")
    (place / "audio" / "recipe.toml").write_text(RECIPE)
    (place / "audio" / "zh" / "hello.wav").write_bytes(tone(0.5))
    (place / "audio" / "en" / "hello.wav").write_bytes(tone(0.75))
    (place / "audio" / "en" / "press_two.wav").write_bytes(tone(1.0))
    return place


@pytest.fixture
def library(folder: Path) -> PromptLibrary:
    """The two sentences."""
    return PromptLibrary.load(folder)


@pytest.fixture(scope="session")
def shipped() -> PromptLibrary:
    """The sentences that ship with the project."""
    return PromptLibrary.load(SHIPPED)
