"""Ports for what the tests start: below those that the system hands out to every connection, so that a server which is
stopped and started again finds its port still free.
"""

import random
import socket

LOWEST, HIGHEST = 12_000, 32_000
TRIES = 200


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses now, for UDP and TCP; even, as RTP wants it."""
    for _ in range(TRIES):
        first = random.randrange(LOWEST, HIGHEST - count, 2)
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise RuntimeError(f"no {count} ports in a row are free between {LOWEST} and {HIGHEST}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def free_port() -> int:
    """One."""
    return free_ports(1)
