"""Ports for what the tests start: below those that the system hands out to every connection, so that a server which is
stopped and started again finds its port still free.
"""

import contextlib
import random
import socket

LOWEST, HIGHEST = 12_000, 32_000


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses now, for UDP and TCP; even, as RTP wants it."""
    while True:
        first = random.randrange(LOWEST, HIGHEST - count, 2)
        with contextlib.ExitStack() as held:
            try:
                for port in range(first, first + count):
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                        held.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


def free_port() -> int:
    """One."""
    return free_ports(1)
