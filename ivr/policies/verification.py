"""What a caller may have done, by how sure we are who calls (DOMAIN.md, verification levels)."""

from enum import Enum

from ivr.domain.caller import VerificationLevel


class Business(Enum):
    """What the line does by itself."""

    INFORMATION = "information"
    COMPLAINT = "complaint"
    EMERGENCY = "emergency"
    PERSON = "person"
    BLOCK_CARD = "block_card"
    """A block protects, so being identified is enough, and a lock of the password does not stand in its way."""
    OWN_TICKETS = "own_tickets"
    ACCOUNT_STATE = "account_state"
    BALANCE = "balance"
    TRANSFERS = "transfers"
    UNDO_BLOCK = "undo_block"


_NEEDED = {
    Business.INFORMATION: VerificationLevel.UNKNOWN,
    Business.COMPLAINT: VerificationLevel.UNKNOWN,
    Business.EMERGENCY: VerificationLevel.UNKNOWN,
    Business.PERSON: VerificationLevel.UNKNOWN,
    Business.BLOCK_CARD: VerificationLevel.IDENTIFIED,
    Business.OWN_TICKETS: VerificationLevel.IDENTIFIED,
    Business.ACCOUNT_STATE: VerificationLevel.VERIFIED,
    Business.BALANCE: VerificationLevel.VERIFIED,
    Business.TRANSFERS: VerificationLevel.VERIFIED,
    Business.UNDO_BLOCK: VerificationLevel.STRONG,
}


def needed_for(business: Business) -> VerificationLevel:
    """The lowest level at which this may be done."""
    return _NEEDED[business]


def may(level: VerificationLevel, business: Business) -> bool:
    """Whether it may be done at this level."""
    return level >= needed_for(business)
