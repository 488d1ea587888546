"""Ports for what the tests start: below those that the system hands out to every connection, so that a server which is
stopped and started again finds its port still free.
"""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import IO

LOWEST, ROWS_FROM, HIGHEST = 6_000, 9_000, 32_000
ROW = 60
"""Ports that are locked together."""
TRIES = 200
_rows: list[IO[str]] = []
"""Locked for as long as this process lives."""


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses now, for UDP and TCP; even, as RTP wants it. From three on
    they are this process's for as long as it lives: of a hotline's ports most are bound only while it has calls.
    """
    if count < 3:
        return _first_free(random.sample(range(LOWEST, ROWS_FROM - count, 2), TRIES), count)
    rows = -(-count // ROW)
    firsts = list(range(ROWS_FROM, HIGHEST - rows * ROW, ROW))
    return _first_free(random.sample(firsts, len(firsts)), count, rows)


def free_port() -> int:
    """One."""
    return free_ports(1)


def _first_free(firsts: list[int], count: int, rows: int = 0) -> int:
    for first in firsts:
        locks = _locked([first + ROW * row for row in range(rows)])
        if len(locks) == rows and all(_is_free(port) for port in range(first, first + count)):
            _rows.extend(locks)
            return first
        for lock in locks:
            lock.close()
    raise RuntimeError(f"no {count} ports in a row are free between {LOWEST} and {HIGHEST}")


def _locked(rows: list[int]) -> list[IO[str]]:
    """The locks of these rows, as far as they could be had."""
    folder = Path(tempfile.gettempdir()) / f"hotline-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    locks: list[IO[str]] = []
    for row in rows:
        lock = (folder / str(row)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            break
        locks.append(lock)
    return locks


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
