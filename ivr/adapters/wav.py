"""WAV files as Asterisk leaves them, and two of them made one of two channels.

The lengths in a header are not believed: Asterisk fills them in when it closes the file, so that one that was killed
leaves none behind. What is behind the header is the sound.
"""

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RATE = 8000
HEADER = 44
"""Bytes before the sound of a plain WAV file."""
SAMPLE = 2
"""Bytes: 16 bit, signed, little-endian."""
PIECE = 1 << 19
"""Bytes of one channel that are worked on at once."""
_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
_LONGEST = 2**32 - 1 - HEADER
"""Bytes of sound that a header can tell of: 37 hours of two channels."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One channel of one segment, as the exchange wrote it."""

    path: Path

    @property
    def bytes(self) -> int:
        """Of whole samples; 0 for a missing file."""
        try:
            return max(self.path.stat().st_size - HEADER, 0) // SAMPLE * SAMPLE
        except FileNotFoundError:
            return 0

    @property
    def was_begun(self) -> bool:
        """It has a header, so that whoever wrote it had room for more."""
        return self.path.exists() and self.path.stat().st_size >= HEADER

    @property
    def is_finished(self) -> bool:
        """The header tells of as much sound as there is: whoever wrote it has closed it."""
        try:
            with self.path.open("rb") as file:
                head = file.read(HEADER)
        except FileNotFoundError:
            return True
        return len(head) == HEADER and int.from_bytes(head[40:44], "little") == self.bytes


def header(sound: int, channels: int = 2) -> bytes:
    """The header of so many bytes of sound. Raises ValueError where a WAV file cannot be that long."""
    if sound > _LONGEST:
        raise ValueError(f"{sound} bytes of sound; a WAV file holds at most {_LONGEST}")
    frame = channels * SAMPLE
    return _HEAD.pack(
        b"RIFF", 36 + sound, b"WAVE", b"fmt ", 16, 1, channels, RATE, RATE * frame, frame, 8 * SAMPLE, b"data", sound
    )


def side_by_side(left: Sound, right: Sound) -> Iterator[bytes]:
    """Both as one sound of two channels, in pieces; the shorter one ends in silence."""
    remaining = max(left.bytes, right.bytes)
    readers = [_pieces(left), _pieces(right)]
    while remaining > 0:
        size = min(PIECE, remaining)
        both = array("h", bytes(2 * size))
        for place, reader in enumerate(readers):
            piece = next(reader, b"")[:size]
            both[place::2] = array("h", piece + bytes(size - len(piece)))
        yield both.tobytes()
        remaining -= size


def _pieces(sound: Sound) -> Iterator[bytes]:
    if not sound.bytes:
        return
    left = sound.bytes
    with sound.path.open("rb") as file:
        file.seek(HEADER)
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


if sys.byteorder != "little":  # `array` is of the machine's order; every machine that Asterisk is packaged for fits
    raise ImportError("recordings are little-endian, and so must this machine be")
