"""The numbers a caller may key in to say who he is, told apart and checked before the bank is asked.

| kind | keys | check |
| --- | --- | --- |
| staff number | 6 | none |
| company number | 9 | Luhn |
| customer number | 10 | Luhn |
| card | 12 to 19 | Luhn (ISO/IEC 7812) |
| resident id | 18, `*` for a final X | GB 11643: birthday and check digit |

Of 18 digits a valid resident id is taken for one, since cards of the country have 16 or 19; the lengths are apart
otherwise, so that nobody has to say first what he is going to key in.
"""

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from ivr.domain.banking import IdKind

_STAFF, _COMPANY, _CUSTOMER, _RESIDENT = 6, 9, 10, 18
_CARD = range(12, 20)


def kind_of(digits: str) -> IdKind | None:
    """What kind of number this is, by length and check digit; None when it is none."""
    likely = {
        _STAFF: (IdKind.STAFF_NUMBER,),
        _COMPANY: (IdKind.COMPANY_NUMBER,),
        _CUSTOMER: (IdKind.CUSTOMER_NUMBER,),
        _RESIDENT: (IdKind.RESIDENT_ID, IdKind.CARD),
    }.get(len(digits), (IdKind.CARD,))
    return next((kind for kind in likely if checked(kind, digits)), None)


def checked(kind: IdKind, digits: str) -> str | None:
    """The number as the bank has it (`*` is X); None when it cannot be right."""
    if kind is IdKind.RESIDENT_ID:
        return _resident(digits)
    if not (digits.isascii() and digits.isdecimal()):
        return None
    if kind is IdKind.STAFF_NUMBER:
        return digits if len(digits) == _STAFF else None
    fits = {
        IdKind.COMPANY_NUMBER: len(digits) == _COMPANY,
        IdKind.CUSTOMER_NUMBER: len(digits) == _CUSTOMER,
        IdKind.CARD: len(digits) in _CARD,
    }[kind]
    return digits if fits and luhn.is_valid(digits) else None


def _resident(digits: str) -> str | None:
    """Not `ric.validate`: it also wants the county to have existed when the person was born, but who was born before
    1984 has the code of the county that first issued the id, which may be younger than he is.
    """
    number = digits[:-1] + digits[-1:].replace("*", "X").upper()
    if len(number) != _RESIDENT or not (number.isascii() and number[:-1].isdecimal()):
        return None
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return None
    return number if ric.calc_check_digit(number) == number[-1] else None


def with_check_digit(body: str) -> str:
    """`body` and its Luhn digit."""
    return body + luhn.calc_check_digit(body)


def with_resident_check(body: str) -> str:
    """17 digits of a resident id and their check sign."""
    return body + ric.calc_check_digit(body + "0")
