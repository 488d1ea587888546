"""What Asterisk answers to AGI commands, line by line."""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

_RESULT: Final = re.compile(rb"200 result=(-?\d{1,10})(?: \((.*)\))?(?: endpos=(\d{1,18}))?(?: Gosub [a-z ]{1,20})?")
_LONGEST_USAGE = 200
"""Lines of a `520-` block."""


class Garbled(ValueError):
    """A line that no Asterisk writes. Its content is not repeated: it may be personal."""


class Answer(NamedTuple):
    """`200 result=…`: the command was carried out."""

    result: int
    value: str | None = None
    """What stands in parentheses."""
    endpos: int | None = None
    """Samples played; STREAM FILE only."""

    @property
    def key(self) -> str | None:
        """The key pressed; None when the command ended without one."""
        return chr(self.result) if 32 < self.result < 127 else None

    @property
    def failed(self) -> bool:
        """-1: the channel hung up or was taken away, or the file does not exist."""
        return self.result < 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """510 no such command, 511 not on a dead channel, 520 wrong usage."""

    code: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`HANGUP`: the channel obeys no more. The caller hung up, or the exchange redirected the channel or ended its
    time: on the wire these look the same.
    """


Reply: TypeAlias = Answer | Refusal | Withdrawn

_WITHDRAWN: Final = Withdrawn()
_TRYING: Final = b"100 result=0 Trying..."
"""GOSUB has begun; how it ended comes in another line."""
_PLAIN_LINE, _PLAIN = b"200 result=0", Answer(0)


class ReplyReader:
    """Turns lines into replies; a `520-` block of many lines is one."""

    def __init__(self) -> None:
        self._usage_lines = 0

    def read(self, line: bytes) -> Reply | None:
        """The reply that ends with this line; None while there is more to come. Raises Garbled."""
        if self._usage_lines:
            return self._usage(line)
        if line == _PLAIN_LINE:
            return _PLAIN
        result = _RESULT.fullmatch(line)
        if result is not None:
            number, value, endpos = result.groups()
            return Answer(
                int(number),
                None if value is None else value.decode(errors="replace"),
                None if endpos is None else int(endpos),
            )
        if line == _TRYING:
            return None
        if line == b"HANGUP":
            return _WITHDRAWN
        if line.startswith(b"520-"):
            self._usage_lines = 1
            return None
        if re.match(rb"5\d\d ", line):
            return Refusal(int(line[:3]))
        raise Garbled("a line that is no reply")

    def _usage(self, line: bytes) -> Refusal | None:
        if line.startswith(b"520 "):
            self._usage_lines = 0
            return Refusal(520)
        self._usage_lines += 1
        if self._usage_lines > _LONGEST_USAGE:
            raise Garbled("a usage text without end")
        return None
