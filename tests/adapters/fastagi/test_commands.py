"""Each command is one line, whatever its values hold."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.fastagi.commands import (
    LONGEST_LINE,
    Unsayable,
    get_full_variable,
    get_variable,
    set_variable,
    stream_file,
    wait_for_digit,
)


@given(st.text(max_size=300))
def test_any_value_is_one_argument_or_refused(value: str) -> None:
    """Never a second line, never a second argument."""
    try:
        line = set_variable("HOTLINE_QUEUE", value).line
    except Unsayable:
        assert any(sign in value for sign in "\r\n\0") or not value.isprintable()
        return
    assert line.count(b"\n") == 1
    assert shlex.split(line.decode()) == ["SET", "VARIABLE", "HOTLINE_QUEUE", value]


@pytest.mark.parametrize("name", ["A B", "", "X\nHANGUP", "X;", "${X}", "1X"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    """For reading as for setting."""
    with pytest.raises(Unsayable):
        get_variable(name)
    with pytest.raises(Unsayable):
        set_variable(name, "x")


def test_a_line_longer_than_asterisk_reads_is_refused() -> None:
    """It would take the rest for another command."""
    with pytest.raises(Unsayable, match=str(LONGEST_LINE)):
        get_full_variable("x" * LONGEST_LINE)


@pytest.mark.parametrize("milliseconds", [0, -1])
def test_a_wait_has_an_end(milliseconds: int) -> None:
    """-1 would wait for ever."""
    with pytest.raises(Unsayable):
        wait_for_digit(milliseconds)


def test_every_key_cuts_a_prompt_short() -> None:
    """All twelve."""
    assert stream_file("/s/zh/x").line == b'STREAM FILE "/s/zh/x" "0123456789*#"\n'
