"""The numbers a caller may key in: told apart by length, and refused by their check digits."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from ivr.adapters.identifiers import checked, kind_of, with_check_digit, with_resident_check
from ivr.domain.banking import IdKind

digits = st.text("0123456789")


def of_length(shortest: int, longest: int) -> st.SearchStrategy[str]:
    """Digits."""
    return st.text("0123456789", min_size=shortest, max_size=longest)


residents = st.builds(
    lambda place, born, order: with_resident_check(f"{place:06}{born:%Y%m%d}{order:03}"),
    st.integers(110000, 659999),
    st.dates(date(1900, 1, 1), date(2020, 12, 31)),
    st.integers(1, 999),
)


@given(body=of_length(9, 9))
def test_a_customer_number_is_ten_digits_the_last_a_check(body: str) -> None:
    """Any body with its check digit, and with no other."""
    number = with_check_digit(body)
    assert kind_of(number) is IdKind.CUSTOMER_NUMBER
    assert checked(IdKind.CUSTOMER_NUMBER, number) == number
    assert checked(IdKind.CUSTOMER_NUMBER, body + str((int(number[-1]) + 1) % 10)) is None


@given(body=of_length(11, 18).filter(lambda body: len(body) != 17))
def test_a_card_is_12_to_19_digits(body: str) -> None:
    """By Luhn."""
    number = with_check_digit(body)
    assert kind_of(number) is IdKind.CARD
    assert checked(IdKind.CARD, number) == number


@given(number=residents)
def test_a_resident_id_is_known_with_its_x_keyed_as_a_star(number: str) -> None:
    """What the bank has is the X; a keypad has none."""
    assert kind_of(number.replace("X", "*")) is IdKind.RESIDENT_ID
    assert checked(IdKind.RESIDENT_ID, number.replace("X", "*")) == number
    assert number[-1] == ric.calc_check_digit(number)


@given(number=residents, place=st.integers(0, 17), other=st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_resident_id_is_noticed(number: str, place: int, other: str) -> None:
    """So the bank is not asked, and no try is used up."""
    wrong = number[:place] + other + number[place + 1 :]
    assert wrong == number or checked(IdKind.RESIDENT_ID, wrong.replace("X", "*")) is None


def test_a_county_younger_than_its_citizen_is_no_reason_to_refuse() -> None:
    """Who was born before 1984 carries the code of the county that issued the first id: Nansha is of 2005."""
    number = with_resident_check("44011519600101001")
    assert not ric.is_valid(number)
    assert kind_of(number) is IdKind.RESIDENT_ID


def test_staff_and_company_numbers() -> None:
    """Six digits as they are; nine by Luhn."""
    assert kind_of("600123") is IdKind.STAFF_NUMBER
    assert kind_of(with_check_digit("70012345")) is IdKind.COMPANY_NUMBER


@given(typed=st.text("0123456789*", max_size=25))
def test_whatever_is_keyed_is_one_kind_at_most_and_no_error(typed: str) -> None:
    """And the kind that is found accepts it."""
    kind = kind_of(typed)
    assert kind is None or checked(kind, typed) is not None


@pytest.mark.parametrize("odd", ["", "*", "１２３４５６", "60012*", "1101051949123100 X", "²²²²²²"])
def test_odd_signs_are_no_number(odd: str) -> None:
    """Digits of other scripts are none of a keypad."""
    assert kind_of(odd) is None
    assert all(checked(kind, odd) is None for kind in IdKind)
