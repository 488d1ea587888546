"""What is written so that Asterisk cannot read it at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.fastagi.commands import LONGEST_LINE, Command
from ivr.adapters.fastagi.listening_behind import LISTENING, with_listening
from tests.adapters.fastagi.peer import BUFFER, LINE

MOST_BEFORE = 1000
"""Bytes that were not read yet when it came: a listening command, or the end of one."""


def left_unread(before: int, written: bytes, buffer: int) -> int:
    """Bytes in the socket when the line before the last is done, of an exchange that reads so much at once."""
    last_but_one_ends = before + written.rindex(b"\n", 0, -1) + 1
    reads = -(-last_but_one_ends // buffer)
    return before + len(written) - reads * buffer


@given(st.integers(3, LONGEST_LINE), st.integers(0, MOST_BEFORE))
def test_of_the_listening_something_is_left_in_the_socket(order: int, before: int) -> None:
    """However long the order is, and whatever lay there before it."""
    written = with_listening(Command(b"x" * (order - 1) + b"\n"))
    assert left_unread(before, written, BUFFER) > 0


@pytest.mark.parametrize("buffer", [1, 512, 1024, 2046])
@given(st.integers(3, LONGEST_LINE), st.integers(0, MOST_BEFORE))
def test_an_exchange_that_reads_less_at_once_leaves_something_too(buffer: int, order: int, before: int) -> None:
    """Any that reads less than a line."""
    written = with_listening(Command(b"x" * (order - 1) + b"\n"))
    assert left_unread(before, written, buffer) > 0


@given(st.integers(3, LONGEST_LINE))
def test_no_line_is_longer_than_asterisk_reads(order: int) -> None:
    """The rest would be another command."""
    written = with_listening(Command(b"x" * (order - 1) + b"\n"))
    lines = written.splitlines(keepends=True)
    assert len(lines) == 3
    assert max(map(len, lines)) <= LINE
    assert lines[2].split() == LISTENING.line.split()
