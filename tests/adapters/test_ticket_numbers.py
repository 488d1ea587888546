"""Numbers of tickets: unique, checkable, easy to say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.adapters.ticket_numbers import could_be, number_of
from tests.examples import examples


def test_no_two_serials_give_one_number() -> None:
    """The stride has no factor in common with ten million, and a following round has a digit more."""
    serials = [*range(1, 2000), *range(9_998_000, 10_002_000)]
    assert len({number_of(serial) for serial in serials}) == len(serials)


def test_a_number_has_eight_digits_for_ten_million_tickets() -> None:
    """Then nine."""
    assert {len(number_of(serial)) for serial in (1, 2, 4_999_999, 9_999_999)} == {8}
    assert len(number_of(10_000_000)) == 9


@settings(max_examples=examples(50))
@given(st.integers(1, 30_000_000), st.integers(0, 7), st.integers(1, 9))
def test_a_wrong_key_is_noticed(serial: int, place: int, off: int) -> None:
    """Whichever it is."""
    number = number_of(serial)
    wrong = number[:place] + str((int(number[place]) + off) % 10) + number[place + 1 :]
    assert could_be(number)
    assert not could_be(wrong)


@pytest.mark.parametrize("keyed", ["", "0", "18", "*0", "27182818", "2718281 ", "٢٧١٨٢٨١٩", "2718281a"])
def test_what_is_no_number_is_told(keyed: str) -> None:
    """Too short, of other signs, or with a wrong check digit."""
    assert not could_be(keyed)
