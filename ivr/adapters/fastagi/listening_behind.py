"""An order and the listening behind it, in one write, so that Asterisk hears the caller as soon as the order is done.

Asterisk waits on the socket, but reads through a buffer (`fdopen`, `fgets`). What lies in the buffer it does not see:
it looks at the caller's channel instead, and drops his keys. What lies in the socket it sees before it looks at the
channel. So the last line must not fit into the buffer whole: a part of it is left in the socket, which Asterisk sees as
soon as the line before is done, and goes over to it.

The buffer is 4096 bytes (glibc takes `st_blksize`; strace shows `read(16, …, 4096)`), a line at most 2047. So a
NOOP of blanks stands in between, and the WAIT FOR DIGIT is as long as a line can be: it begins within the first 4096
bytes and ends after them, and does so too with up to a thousand bytes before it that are not read yet. Nor does it fit
into any buffer that is smaller than a line (musl's is 1024). With a larger one the NOOP is not answered, and
`AgiChannel` brings it up.

On the same machine one write arrives whole. Of one that did not, Asterisk would wait for the rest of the line.
"""

from typing import Final

from ivr.adapters.fastagi.commands import Command, noop, wait_for_digit

LONG: Final = 60_000
"""Milliseconds; the listening that is ended by what comes next."""
LISTENING: Final = wait_for_digit(LONG)
FILLER: Final = noop()
"""Answered between the two."""

_LONGEST = 2047
"""Bytes of a line, its end included: what `fgets` reads into AGI_BUF_LEN."""
_BEFORE = 3072
"""Bytes at most before the listening: three quarters of the buffer."""


def with_listening(order: Command) -> bytes:
    """The order's line, the filler's and the listening's."""
    return order.line + _padded(FILLER, min(_LONGEST, _BEFORE - len(order.line))) + _padded(LISTENING, _LONGEST)


def _padded(command: Command, length: int) -> bytes:
    """Asterisk passes over blanks at the end of a line."""
    return command.line.rstrip(b"\n").ljust(length - 1) + b"\n"
