"""A number being keyed in."""

from ivr.flow.steps import Ask, Escaped, Keyed

_ESCAPE = "*"
_WAYS_OUT = "09"
"""`*0` a person, `*9` an emergency: while a number is keyed in, `0` and `9` alone are digits (DOMAIN.md)."""


class NumberEntry:
    """Takes keys until the number is whole. `**` begins anew; keys that are no digits are passed over."""

    def __init__(self, step: Ask) -> None:
        self._step = step
        self._digits = ""
        self._escaping = False

    def press(self, key: str) -> Keyed | Escaped | None:
        """What this key makes of it; None while more is expected."""
        if key == self._step.closing_key:
            return Keyed(self._digits)
        if self._escaping:
            self._escaping = False
            if key in _WAYS_OUT:
                return Escaped(key)
            if key == _ESCAPE:
                self._digits = ""
                return None
        elif key == _ESCAPE:
            self._escaping = True
            return None
        if key.isdecimal():
            self._digits += key
        return Keyed(self._digits) if len(self._digits) >= self._step.longest else None
