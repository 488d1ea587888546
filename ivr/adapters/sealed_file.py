"""A long file sealed piece by piece under a call's key, so that no recording need fit into memory.

Each piece knows its place and whether it is the last: none can be left out, moved or cut off unseen.
"""

import itertools
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from ivr.adapters.keyring import CallKey
from ivr.ports.keyring import Undecryptable

_SIZE = struct.Struct(">I")
_LONGEST = 1 << 24
"""Bytes of a sealed piece; more is no file of ours."""


def write(path: Path, pieces: Iterable[bytes], key: CallKey, context: bytes) -> None:
    """Seal the pieces into `path`, durable when it returns. Raises OSError."""
    with path.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        for place, piece, last in _numbered(pieces):
            sealed = key.seal(piece, _place(context, place, last=last))
            file.write(_SIZE.pack(len(sealed)) + sealed)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, key: CallKey, context: bytes) -> Iterator[bytes]:
    """The pieces back. Raises Undecryptable, FileNotFoundError."""
    with path.open("rb") as file:
        for place in itertools.count():
            head = file.read(_SIZE.size)
            size = _SIZE.unpack(head)[0] if len(head) == _SIZE.size else 0
            if not 0 < size <= _LONGEST:
                raise Undecryptable(f"piece {place} is cut off")
            sealed = file.read(size)
            last = file.read(1) == b""
            if not last:
                file.seek(-1, os.SEEK_CUR)
            yield key.unseal(sealed, _place(context, place, last=last))
            if last:
                return


def _numbered(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Each with its place and whether it is the last; of none at all, one empty piece."""
    before: bytes | None = None
    place = 0
    for piece in pieces:
        if before is not None:
            yield place, before, False
            place += 1
        before = piece
    yield place, before or b"", True


def _place(context: bytes, place: int, *, last: bool) -> bytes:
    return context + f" piece {place}{' the last' if last else ''}".encode()
