"""What Asterisk was told and has not answered, and whose answer a line is.

* A sound that is ended is not answered. One that ended just before is, and says how far it came, which is further than
  the next can have come: that has only just begun.
* A WAIT FOR DIGIT that is ended answers 1, or a key all the same, and then comes the next one's answer.
* An order, the filler behind it and the WAIT FOR DIGIT behind that answer in their turn.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from ivr.adapters.fastagi.commands import Command, Kind
from ivr.adapters.fastagi.replies import Answer, Refusal
from ivr.adapters.wav import RATE

SETTLED = {Kind.LISTENING: 0.003, Kind.SOUND: 0.150}
"""Seconds after which Asterisk has taken a line out of the socket: as good as always; and, where nothing would tell
that it has not, always. The kinds that the next command ends; it waits for the end of the others."""
AHEAD = 0.060
"""Seconds by which a sound may have come further than since it was sent."""
_TELLING_POSITION = (Kind.SOUND, Kind.RECORDING)


class Unplayed:
    """A sound was ended before it had begun, or hardly after: to be played again."""


Outcome: TypeAlias = Answer | Refusal | Unplayed


class Sent(NamedTuple):
    """A command that was written."""

    command: Command
    at: float
    """Loop time."""
    on_outcome: Callable[[Outcome], None]


class Flight:
    """Commands that are not answered, in the order in which they were sent."""

    def __init__(self) -> None:
        self._sent: deque[Sent] = deque()
        self._unplayed: Sent | None = None

    def __len__(self) -> int:
        return len(self._sent)

    @property
    def first(self) -> Sent | None:
        """The one whose answer is due, unless it is a sound that the next one ends."""
        return self._sent[0] if self._sent else None

    @property
    def last(self) -> Sent | None:
        """The one that Asterisk carries out, or will when those before are done."""
        return self._sent[-1] if self._sent else None

    @property
    def carries_out(self) -> bool:
        """Something is among them that no command ends."""
        return any(sent.command.kind not in SETTLED for sent in self._sent)

    def has(self, command: Command) -> bool:
        """This very one is among them."""
        return any(sent.command is command for sent in self._sent)

    def is_followed_by(self, command: Command) -> bool:
        """This very one is right behind the first."""
        return len(self._sent) > 1 and self._sent[1].command is command

    def put(self, *sent: Sent) -> None:
        """They were written."""
        self._sent.extend(sent)

    def forget_all_but_the_last(self) -> None:
        """A sound that has played for long is ended: whatever that had ended would have answered by now."""
        self._sent = deque([self._sent[-1]])

    def date_the_first(self, at: float) -> None:
        """Only now is it being read."""
        self._sent[0] = self._sent[0]._replace(at=at)

    def clear(self) -> None:
        """Nothing will be answered any more."""
        self._sent.clear()
        self._unplayed = None

    def take(self, reply: Answer | Refusal, now: float) -> Sent | None:
        """What this reply, the next one, answers; None where it answers nothing. Sounds before that were ended."""
        while self._sent and not self._is_of_the_first(reply, now):
            self._unplayed = self._sent.popleft()
        return self._sent.popleft() if self._sent else None

    def take_unplayed(self) -> Sent | None:
        """The last sound that was ended without an answer."""
        unplayed, self._unplayed = self._unplayed, None
        return unplayed

    def _is_of_the_first(self, reply: Answer | Refusal, now: float) -> bool:
        if len(self._sent) == 1 or self._sent[0].command.kind is not Kind.SOUND:
            return True
        if not isinstance(reply, Answer) or reply.endpos is None:
            return False
        behind = self._sent[1]
        return behind.command.kind not in _TELLING_POSITION or reply.endpos > (now - behind.at + AHEAD) * RATE
