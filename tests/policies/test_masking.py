"""Phone numbers are shown masked."""

import pytest

from ivr.policies.masking import phone


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613800138000", "138****8000"),
        ("+442071838750", "+44******8750"),
        ("8001", "**01"),
        ("1", "1"),
        ("", ""),
        (None, "withheld"),
    ],
)
def test_a_phone_number_keeps_three_and_four(number: str | None, shown: str) -> None:
    """First 3 and last 4 stay, as the standard says; of an extension only the end."""
    assert phone(number) == shown
