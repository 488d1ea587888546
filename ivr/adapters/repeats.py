"""Telling a repeated event from a new one, for whoever follows a bus that delivers at least once."""

from collections import deque

from ivr.domain.events import Event

REMEMBERED = 10_000
"""Events after which one is forgotten: a repetition comes within moments, after a link or a controller was lost."""


class Repeats:
    """One follower's memory of what it was told."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._order: deque[tuple[str, int]] = deque()
        self._told: set[tuple[str, int]] = set()
        self._remembered = remembered

    def is_one(self, event: Event) -> bool:
        """Whether it was told already; from now on it was. By stream and sequence: a sequence is given once."""
        key = (event.stream, event.sequence)
        if key in self._told:
            return True
        self._told.add(key)
        self._order.append(key)
        if len(self._order) > self._remembered:
            self._told.discard(self._order.popleft())
        return False
