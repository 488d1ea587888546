"""How personal values are shown to those who need no more (DOMAIN.md, protection classes)."""

MAINLAND = "+86"


def phone(number: str | None) -> str:
    """First 3 and last 4 digits of a phone number (JR/T 0171-2020); of a short one only the last 2. A mainland number
    is shown without its country code, as people write it.
    """
    if number is None:
        return "withheld"
    digits = number.removeprefix(MAINLAND)
    if len(digits) < 9:
        return "*" * max(len(digits) - 2, 0) + digits[-2:]
    return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]
