"""Who calls, as far as the network says: numbers in one form, names that can be shown."""

import unicodedata

import phonenumbers

_RESTRICTED = 0x60
"""The bits of Asterisk's `callingpres` that say: withheld (0x20) or not available (0x40)."""
_NOBODY = frozenset({"", "unknown", "anonymous", "restricted", "unavailable", "private"})
_LONGEST_NUMBER = 32
_LONGEST_NAME = 64


def caller_number(given: str, presentation: int, region: str) -> str | None:
    """E.164 (`+8613800138000`), read as in `region` where no country is given; the bare digits of what is no valid
    number (a short code, an extension); None for withheld and unknown.
    """
    if presentation & _RESTRICTED or given.strip().lower() in _NOBODY:
        return None
    digits = "".join(sign for sign in given if sign in "0123456789")[:_LONGEST_NUMBER]
    if not digits:
        return None
    plus = "+" if given.lstrip().startswith("+") else ""
    try:
        number = phonenumbers.parse(plus + digits, region)
    except phonenumbers.NumberParseException:
        return digits
    if not phonenumbers.is_valid_number(number):
        return digits
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def caller_name(given: str, presentation: int) -> str | None:
    """The name without control and formatting signs, of bounded length; None for withheld and unknown."""
    if presentation & _RESTRICTED:
        return None
    shown = "".join(" " if sign.isspace() else sign for sign in given if _can_be_shown(sign))
    name = " ".join(shown.split())[:_LONGEST_NAME].strip()
    return None if name.lower() in _NOBODY else name


def _can_be_shown(sign: str) -> bool:
    """Not for control (Cc), direction marks and the like (Cf), halves of a pair (Cs), or what decoding put in place of
    bytes that are no UTF-8."""
    return sign.isspace() or (unicodedata.category(sign)[0] != "C" and sign != "\N{REPLACEMENT CHARACTER}")
