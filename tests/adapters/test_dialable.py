"""Which numbers the line may be made to call: whoever calls in has us pay for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.dialable import DialableNumbers

CHINA = DialableNumbers("CN")


@pytest.mark.parametrize(
    ("given_", "number", "dialled"),
    [
        ("13800138000", "+8613800138000", "13800138000"),
        ("+8613800138000", "+8613800138000", "13800138000"),
        ("01065529988", "+861065529988", "01065529988"),
        ("075583195555", "+8675583195555", "075583195555"),
    ],
)
def test_mobiles_and_landlines_are_called(given_: str, number: str, dialled: str) -> None:
    """However they were given; dialled as at home."""
    assert CHINA.dialable(given_) == number
    assert CHINA.as_dialled(number) == dialled


@pytest.mark.parametrize(
    "given_",
    ["110", "95588", "12345", "4008001234", "8008201234", "16812345678", "0085291234567", "+85291234567",
     "+12125551234", "00882163212345", "", "*31*13800138000", "1380013800", "138001380001"],
)  # fmt: skip
def test_no_other_number_is_called(given_: str) -> None:
    """Short codes, services, shared cost, premium, abroad, satellites, and what is no number."""
    assert CHINA.dialable(given_) is None


def test_the_line_does_not_call_itself() -> None:
    """Nor would anybody answer but the greeting."""
    ours = DialableNumbers("CN", own=["95000", "01065529988"])
    assert ours.dialable("+861065529988") is None
    assert ours.dialable("01065529987") == "+861065529987"


def test_another_country_is_called_where_the_bank_allows_it() -> None:
    """With its code, and only that country."""
    both = DialableNumbers("CN", ["HK"])
    assert both.dialable("+85291234567") == "+85291234567"
    assert both.as_dialled("+85291234567") == "+85291234567"
    assert both.dialable("+12125551234") is None
    assert DialableNumbers("CN", international=True).as_dialled("+8613800138000") == "+8613800138000"


@given(st.text("0123456789", max_size=18))
def test_what_is_called_is_always_of_the_country(digits: str) -> None:
    """Whatever is keyed in; and what is accepted stays accepted, so that it is not refused when it is dialled."""
    number = CHINA.dialable(digits)
    if number is not None:
        assert number.startswith("+86")
        assert CHINA.dialable(number) == number
        assert CHINA.as_dialled(number).isdigit()
