"""Numbers in one form, names that can be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.fastagi.caller_number import caller_name, caller_number

WITHHELD = 0x20
NOT_AVAILABLE = 0x43


@pytest.mark.parametrize(
    ("given_number", "region", "number"),
    [
        ("13800138000", "CN", "+8613800138000"),
        ("+86 138-0013-8000", "US", "+8613800138000"),
        ("8613800138000", "CN", "+8613800138000"),
        ("01065542233", "CN", "+861065542233"),
        ("2125550123", "US", "+12125550123"),
        ("+442079460958", "CN", "+442079460958"),
        ("8001", "CN", "8001"),
        ("110", "CN", "110"),
        ("not a number", "CN", None),
        ("", "CN", None),
        ("anonymous", "CN", None),
        ("Unknown ", "CN", None),
        ("138' OR 1=1;--\r\nX: 0", "CN", "138110"),
    ],
)
def test_a_number_takes_one_form(given_number: str, region: str, number: str | None) -> None:
    """E.164 where it is valid, digits where it is not, None where there is none."""
    assert caller_number(given_number, 0, region) == number


@pytest.mark.parametrize("presentation", [WITHHELD, NOT_AVAILABLE])
def test_a_withheld_number_is_nobodys(presentation: int) -> None:
    """Though the network may hand it over: neither number nor name."""
    assert caller_number("13800138000", presentation, "CN") is None
    assert caller_name("Wang", presentation) is None


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("王小明", "王小明"),
        ('O"Brien; DROP', 'O"Brien; DROP'),
        ("a\r\nHANGUP\x00b\tc", "a HANGUPb c"),
        ("\u202eevil\u200b\ufeff", "evil"),
        ("\N{REPLACEMENT CHARACTER}x", "x"),
        ("  ", None),
        ("Anonymous", None),
        ("x" * 500, "x" * 64),
    ],
)
def test_a_name_can_be_shown(given_name: str, name: str | None) -> None:
    """Without control and direction signs, of bounded length."""
    assert caller_name(given_name, 0) == name


@given(st.text(max_size=200), st.integers(0, 255), st.sampled_from(["CN", "US", "GB"]))
def test_any_number_is_plain(given_number: str, presentation: int, region: str) -> None:
    """A plus and at most 32 digits, or None."""
    number = caller_number(given_number, presentation, region)
    assert number is None or (number.removeprefix("+").isascii() and number.removeprefix("+").isdigit())
    assert number is None or len(number) <= 40


@given(st.text(max_size=200))
def test_any_name_is_one_line(given_name: str) -> None:
    """Printable, and no longer than 64."""
    name = caller_name(given_name, 0)
    assert name is None or (name.isprintable() and len(name) <= 64 and name == name.strip())
