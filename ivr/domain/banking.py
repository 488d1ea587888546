"""What a bank knows and does, as far as the phone line hears of it.

Nothing here is a real number of anyone: customers, cards and accounts are tokens without meaning, and at most the last
four digits are told beside them. Money is always an `int` of the currency's minor unit (fen for CNY).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NewType, TypeAlias

from ivr.domain.caller import Language

CustomerToken = NewType("CustomerToken", str)
"""The bank's random name for a customer towards us. The real number cannot be found from it."""

CardToken = NewType("CardToken", str)
"""The same for a card."""

AccountToken = NewType("AccountToken", str)
"""The same for an account."""

ContactToken = NewType("ContactToken", str)
"""The same for a person who may act for a company (its authorised contact)."""

Fen = NewType("Fen", int)
"""An amount in the currency's minor unit; negative is owed."""


class IdKind(Enum):
    """What a caller may key in to say who he is (level 2)."""

    CUSTOMER_NUMBER = "customer_number"
    CARD = "card"
    RESIDENT_ID = "resident_id"
    COMPANY_NUMBER = "company_number"
    STAFF_NUMBER = "staff_number"


class CustomerKind(Enum):
    """The three callers of H1.1b."""

    PERSONAL = "personal"
    CORPORATE = "corporate"
    INTERNAL = "internal"


class CardKind(Enum):
    """What a card draws on."""

    DEBIT = "debit"
    CREDIT = "credit"


class CardState(Enum):
    """What a card can do now."""

    ACTIVE = "active"
    LOSS_REPORTED = "loss_reported"
    """Blocked by phone (临时挂失), for a term; active again when it ends."""
    LOST = "lost"
    """Formally reported lost at a branch (正式挂失); only a branch ends it."""
    NOT_YET_ACTIVE = "not_yet_active"
    EXPIRED = "expired"
    CLOSED = "closed"


class AccountState(Enum):
    """What an account can do now, in the order in which it matters to a caller: the first is nothing to mention."""

    NORMAL = "normal"
    DORMANT = "dormant"
    FROZEN = "frozen"
    """By the bank."""
    JUDICIALLY_FROZEN = "judicially_frozen"
    """By a court or the police; only what the freezing authority allows may be said."""
    CLOSED = "closed"


class Title(Enum):
    """How to address a person."""

    SIR = "sir"
    """先生."""
    MADAM = "madam"
    """女士."""
    NEUTRAL = "neutral"
    """您, without a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The keyed number belongs to this customer. Level 2, whatever comes after."""

    customer: CustomerToken
    kind: IdKind
    last_four: str
    """Of the number keyed in; `123X` for a resident id that ends in X."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """What routing, urgency and manners want to know. Personal: `surname`."""

    customer: CustomerToken
    kind: CustomerKind
    surname: str | None
    """For the agent's screen; not spoken (numbers can be forged, DOMAIN.md)."""
    title: Title
    language: Language | None
    """The language the customer asked the bank to be spoken to in; None: none noted."""
    vulnerable: bool
    """60 or older, or disabled: brought to a person without menus (CBIRC 2021)."""
    has_password: bool
    """A phone password is set: level 3 by self-service is possible."""
    has_mobile: bool
    """A mobile number is registered: level 4 is possible."""
    account_state: AccountState
    """The gravest of his accounts; NORMAL where there is none."""
    contact_changed_at: datetime | None
    """UTC; when mobile or address were changed last, where the bank tells. A fresh change is a sign of a takeover."""
    large_transfers: int
    """Outgoing transfers of the last 24 hours that the bank calls large."""
    large_transfers_sum: Fen
    """Their sum, in fen."""
    fraud_marked: bool
    """The bank suspects a fraud against or by this customer."""
    payments_stopped: bool
    """Outgoing payments are stopped now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card of a customer."""

    card: CardToken
    last_four: str
    kind: CardKind
    state: CardState


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of a customer, without what is on it."""

    account: AccountToken
    last_four: str
    state: AccountState


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is on an account (or owed on a credit card's account, then negative)."""

    account: AccountToken
    last_four: str
    currency: str
    """ISO 4217."""
    amount: Fen
    as_of: datetime
    """UTC."""


class Direction(Enum):
    """Which way the money went."""

    IN = "in"
    OUT = "out"


class TransferState(Enum):
    """How far a transfer got."""

    DONE = "done"
    PENDING = "pending"
    RETURNED = "returned"
    """The other bank sent the money back."""
    FAILED = "failed"
    """The money never left."""


class TransferReason(Enum):
    """Why a transfer is not done, as far as a caller can be told."""

    UNDER_REVIEW = "under_review"
    OUTSIDE_HOURS = "outside_hours"
    NAME_MISMATCH = "name_mismatch"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_FROZEN = "account_frozen"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LIMIT_EXCEEDED = "limit_exceeded"
    STOPPED = "stopped"
    """By `stop_payments`."""
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "TransferReason":  # noqa: ARG003
        """A bank may have more reasons than we have words: a person tells those."""
        return cls.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One movement of money."""

    at: datetime
    """UTC."""
    direction: Direction
    amount: Fen
    """Always positive."""
    currency: str
    counterparty: str
    """Masked by the bank: `李** 尾号6217`."""
    state: TransferState
    reason: TransferReason | None = None
    """With PENDING, RETURNED and FAILED."""


# ------------------------------------------------------------------------------------------- deeds and what they did
@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A card is blocked (临时挂失)."""

    card: CardToken
    last_four: str
    until: datetime | None
    """UTC; when the block ends by itself; None: it does not (the card was formally reported lost)."""
    term_days: int | None
    """The term by kind of card, in days; None as `until`."""
    already_blocked: bool
    """It was blocked before this deed, which then changed nothing: `until` is that of the earlier block."""
    reference: str
    """The bank's number of the deed, for the caller and the ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockUndone:
    """A card can be used again."""

    card: CardToken
    last_four: str
    was_blocked: bool
    """False: there was nothing to undo."""
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsStopped:
    """No money leaves the customer's accounts (紧急止付)."""

    until: datetime
    """UTC."""
    accounts: int
    """How many accounts it covers."""
    recalled: int
    """Pending outgoing transfers that were called back in time."""
    already_stopped: bool
    """It was so before this deed, which then changed nothing."""
    reference: str


Done: TypeAlias = Block | BlockUndone | PaymentsStopped
"""What a deed did."""
