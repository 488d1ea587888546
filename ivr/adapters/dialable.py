"""Numbers that may be called back, by libphonenumber's tables: `ivr.ports.numbers.Numbers`."""

from collections.abc import Iterable, Sequence

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

ALLOWED = frozenset(
    {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP}
)
"""Of whom a person may be called: never a premium, shared-cost, toll-free, pager or universal access number."""


class DialableNumbers:
    """Of one country, and of others where they are named; never the line's own."""

    def __init__(
        self, region: str, abroad: Sequence[str] = (), *, own: Iterable[str] = (), international: bool = False
    ) -> None:
        """`region`, `abroad`: as in ISO 3166; `own`: the line's numbers; `international`: dialled as `+86…` instead of
        as at home."""
        self._home = region
        self._own = {number for each in own if (number := self._full(each)) is not None}
        self._allowed = {region, *abroad}
        self._international = international

    def dialable(self, given: str) -> str | None:
        """E.164, or None."""
        number = self._full(given)
        if number is None or number in self._own:
            return None
        parsed = phonenumbers.parse(number)
        if phonenumbers.number_type(parsed) not in ALLOWED:
            return None
        return number if phonenumbers.region_code_for_number(parsed) in self._allowed else None

    def _full(self, given: str) -> str | None:
        """E.164; None for what is no number of anybody."""
        try:
            number = phonenumbers.parse(given, self._home)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_valid_number(number) or number.extension:
            return None
        return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))

    def as_dialled(self, number: str) -> str:
        """As at home, or with the country."""
        parsed = phonenumbers.parse(number, self._home)
        if self._international or phonenumbers.region_code_for_number(parsed) != self._home:
            return str(phonenumbers.format_number(parsed, PhoneNumberFormat.E164))
        national = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
        return "".join(sign for sign in national if sign in "0123456789")
