"""DOMAIN.md, verification levels: what may be done by how sure we are (H2.1c)."""

import pytest

from ivr.domain.caller import VerificationLevel
from ivr.policies.verification import Business, may, needed_for

UNKNOWN, RECOGNISED, IDENTIFIED, VERIFIED, STRONG = VerificationLevel


@pytest.mark.parametrize(
    ("business", "level"),
    [
        (Business.INFORMATION, UNKNOWN),
        (Business.COMPLAINT, UNKNOWN),
        (Business.EMERGENCY, UNKNOWN),
        (Business.PERSON, UNKNOWN),
        (Business.BLOCK_CARD, IDENTIFIED),
        (Business.OWN_TICKETS, IDENTIFIED),
        (Business.BALANCE, VERIFIED),
        (Business.TRANSFERS, VERIFIED),
        (Business.UNDO_BLOCK, STRONG),
    ],
)
def test_each_business_is_done_from_its_level_on_and_not_below(business: Business, level: VerificationLevel) -> None:
    """The table of the handbook, written down once more."""
    assert needed_for(business) is level
    assert [lower for lower in VerificationLevel if may(lower, business)] == list(VerificationLevel)[level:]


def test_a_number_that_calls_allows_nothing_more() -> None:
    """Numbers can be forged: recognised may what unknown may."""
    assert [one for one in Business if may(RECOGNISED, one)] == [one for one in Business if may(UNKNOWN, one)]


def test_no_business_is_forgotten() -> None:
    """Each has a level."""
    assert all(needed_for(business) in VerificationLevel for business in Business)
