"""Digits being keyed in."""

from ivr.domain.secret import SecretDigits
from ivr.flow.steps import CLOSING_KEY, Ask, Escaped, Incomplete, Keyed

_ESCAPE = "*"
PERSON, EMERGENCY = "0", "9"
WAYS_OUT = (PERSON, EMERGENCY)
"""`*0` a person, `*9` an emergency: while a number is keyed in, `0` and `9` alone are digits (DOMAIN.md)."""


class NumberEntry:
    """Takes keys until the number is whole. `**` begins anew; keys that are no digits are passed over."""

    def __init__(self, step: Ask) -> None:
        self._closing_key = step.closing_key
        self._longest = step.longest
        self._digits = ""
        self._escaping = False

    def press(self, key: str) -> Keyed | Escaped | None:
        """What this key makes of it; None while more is expected."""
        if key == self._closing_key:
            return Keyed(self._digits)
        if self._escaping:
            self._escaping = False
            if key in WAYS_OUT:
                return Escaped(key)
            if key == _ESCAPE:
                self._digits = ""
                return None
        elif key == _ESCAPE:
            self._escaping = True
            return None
        if key.isdecimal():
            self._digits += key
        return Keyed(self._digits) if len(self._digits) >= self._longest else None


class SecretEntry:
    """The same for digits that nobody may see. A `*` before the closing key is the X at the end of a resident id."""

    def __init__(self, shortest: int, longest: int) -> None:
        self._shortest = shortest
        self._longest = longest
        self._digits = ""
        self._escaping = False
        self.closed = False
        """The closing key was pressed: no more of it will come."""

    def press(self, key: str) -> SecretDigits | Incomplete | Escaped | None:
        """What this key makes of it; None while more is expected."""
        if key == CLOSING_KEY:
            self.closed = True
            return self.so_far(ends_in_x=self._escaping)
        if self._escaping:
            self._escaping = False
            if key in WAYS_OUT:
                self._digits = ""
                return Escaped(key)
            if key == _ESCAPE:
                self._digits = ""
                return None
        elif key == _ESCAPE:
            self._escaping = True
            return None
        self._digits += key
        return self.so_far() if len(self._digits) >= self._longest else None

    def so_far(self, *, ends_in_x: bool = False) -> SecretDigits | Incomplete | None:
        """What was keyed in, sealed; None when that is nothing."""
        digits, self._digits = self._digits + _ESCAPE * ends_in_x, ""
        if 0 < len(digits) < self._shortest:
            return Incomplete()
        return SecretDigits(digits) if digits else None

    def given_up(self) -> Incomplete | None:
        """What silence makes of digits that only the closing key would have made whole; None where there are none."""
        begun, self._digits = bool(self._digits), ""
        return Incomplete() if begun else None
