"""People told apart by ear: each speaks with a tone of his own, and what was heard is looked at packet by packet."""

import numpy as np
from numpy.typing import NDArray

FRAME = 160
"""Samples of a packet: 20 ms of telephone."""
LOUD = 6500
AUDIBLE = 4000
"""Amplitude from which on a tone is taken for a person's: music has them all, now and then, and softer."""
TONES = {"caller": 600, "first": 950, "second": 1300, "senior": 1650}
"""Multiples of 50 Hz: in 20 ms each is whole, and none is heard in another."""
_NAMES = tuple(TONES)
_SAMPLES = np.arange(FRAME)
_BASIS = np.exp(-2j * np.pi * np.outer(_SAMPLES, list(TONES.values())) / 8000)


def _expanded() -> NDArray[np.float64]:
    """Of each byte of G.711 µ-law its sample."""
    inverted = ~np.arange(256) & 255
    size = (((inverted & 15) * 8 + 132) << ((inverted >> 4) & 7)) - 132
    return np.where(inverted & 128, -size, size).astype(float)


_SAMPLE_OF = _expanded()


def packet(name: str) -> bytes:
    """20 ms of this person, in G.711 µ-law."""
    wave = np.round(LOUD * np.sin(2 * np.pi * TONES[name] * _SAMPLES / 8000)).astype(int)
    biased = np.minimum(np.abs(wave), 32635) + 132
    exponent = np.clip(np.floor(np.log2(biased)).astype(int) - 7, 0, 7)
    mantissa = (biased >> (exponent + 3)) & 15
    return bytes((~(((wave < 0) * 128) | (exponent << 4) | mantissa) & 255).astype(np.uint8))


def _audible(packets: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of each packet, which tones are in it."""
    return np.abs(packets @ _BASIS) / (FRAME / 2) > AUDIBLE


def seconds_of(recording: NDArray[np.float64]) -> dict[str, float]:
    """For how long each tone is audible in 16-bit samples at 8 kHz."""
    packets = recording[: len(recording) // FRAME * FRAME].reshape(-1, FRAME)
    return {
        name: float(count) * FRAME / 8000 for name, count in zip(_NAMES, _audible(packets).sum(axis=0), strict=True)
    }


class Ear:
    """What came to a phone: packets of sound, and keys, each with its moment (monotonic)."""

    def __init__(self) -> None:
        self.sound: list[tuple[float, bytes]] = []
        self.keys: list[float] = []

    def shares(self, since: float, until: float) -> dict[str, float]:
        """Of the packets that were due between two moments, the share in which each tone was audible, and any sound
        at all (`anything`)."""
        due = max((until - since) / 0.02, 1)
        packets = [content for at, content in list(self.sound) if since <= at < until and len(content) == FRAME]
        if not packets:
            return dict.fromkeys((*_NAMES, "anything"), 0.0)
        samples = _SAMPLE_OF[np.frombuffer(b"".join(packets), np.uint8).reshape(-1, FRAME)]
        tones = _audible(samples).sum(axis=0)
        anything = (np.abs(samples).mean(axis=1) > 60).sum()
        return {name: float(count / due) for name, count in zip((*_NAMES, "anything"), (*tones, anything), strict=True)}

    def seconds(self) -> dict[str, float]:
        """For how long each tone was audible in all that came."""
        packets = [content for _, content in list(self.sound) if len(content) == FRAME]
        return seconds_of(_SAMPLE_OF[np.frombuffer(b"".join(packets), np.uint8)])

    def who(self, since: float, until: float) -> set[str]:
        """Who was heard most of the time between two moments. Who was heard now and then makes it ambiguous, and is
        named with a question mark."""
        shares = self.shares(since, until)
        return {f"{name}{'' if shares[name] > 0.6 else '?'}" for name in _NAMES if shares[name] > 0.1}
