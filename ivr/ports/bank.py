"""The bank: who a caller is, what he has, and the few deeds that the phone line may do for him.

Secrets come sealed (`SecretDigits`) and are opened by the adapter alone; numbers of customers, cards and accounts never
leave the bank, only tokens and last four digits do.

A deed carries an effect id (`CALL_ID/STEP`). Doing it again under the same id is doing it once, and gives the same
answer, however much later, and whoever was killed in between; another deed under a used id is refused.
"""

from enum import Enum
from typing import Protocol

from ivr.domain.banking import (
    Account,
    Balance,
    Block,
    BlockUndone,
    Card,
    CardToken,
    ContactToken,
    CustomerFacts,
    CustomerToken,
    Done,
    Identified,
    IdKind,
    PaymentsStopped,
    Transfer,
)
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits


class BankDown(Exception):
    """The bank gave no answer that could be understood in time (time limit, breaker open, connection, 5xx).

    After a deed this means: it may or may not be done. `outcome` tells, and the same deed may be asked again under the
    same effect id.
    """


class Refusal(Enum):
    """Why the bank said no."""

    UNKNOWN_CUSTOMER = "unknown_customer"
    UNKNOWN_CARD = "unknown_card"
    """Not a card of this customer."""
    CARD_CLOSED = "card_closed"
    """Closed or expired: there is nothing to block."""
    BRANCH_ONLY = "branch_only"
    """Only a branch may do this: the card was formally reported lost, or a fraud is suspected."""
    EFFECT_REUSED = "effect_reused"
    """This effect id stands for another deed. A fault of ours."""
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Refusal":  # noqa: ARG003
        """A bank may have more reasons than we know: a person deals with those."""
        return cls.OTHER


class BankRefused(Exception):
    """The bank understood and said no; nothing was changed, and asking again will not help."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(f"the bank refused: {reason.value}")
        self.reason = reason


class Bank(Protocol):
    """Every method raises BankDown, and BankRefused (UNKNOWN_CUSTOMER and what is named beside it)."""

    # -------------------------------------------------------------------------------------------------- who it is
    async def recognise(self, caller_number: str) -> CustomerToken | None:
        """Whose number this is (E.164): level 1, a hint only. None where it is nobody's, or that of several."""

    async def identify(self, kind: IdKind, number: SecretDigits) -> Identified | None:
        """Whose number was keyed in: level 2. None where it is nobody's, or is no such number at all."""

    async def check_password(self, customer: CustomerToken, password: SecretDigits) -> bool:
        """Whether this is the customer's phone password: level 3. False too where he has none, and for a company.
        Never asked twice for one entry: the bank may count.
        """

    async def check_contact(
        self, company: CustomerToken, number: SecretDigits, password: SecretDigits
    ) -> ContactToken | None:
        """The authorised contact of a company with this own number and own phone password: level 3. None where either
        is wrong (nobody is told which). Never asked twice for one entry.
        """

    # ------------------------------------------------------------------------------------------------ what he has
    async def facts(self, customer: CustomerToken) -> CustomerFacts:
        """What routing, urgency and manners want to know."""

    async def cards(self, customer: CustomerToken) -> tuple[Card, ...]:
        """His cards, closed ones too, always in the same order."""

    async def accounts(self, customer: CustomerToken) -> tuple[Account, ...]:
        """His accounts and what each can do now, closed ones too, always in the same order."""

    async def balances(self, customer: CustomerToken) -> tuple[Balance, ...]:
        """His accounts that are not closed, always in the same order."""

    async def transfers(self, customer: CustomerToken, limit: int) -> tuple[Transfer, ...]:
        """His latest transfers over all accounts, the newest first, at most `limit` (1 to 100)."""

    async def mobile(self, customer: CustomerToken, contact: ContactToken | None = None) -> str | None:
        """The registered mobile number (E.164) of the customer, or of a company's authorised contact; None where there
        is none. Personal: for the SMS path only, never shown, never logged.
        """

    # ----------------------------------------------------------------------------------------------------- deeds
    async def block_card(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> Block:
        """Block a card for the term of its kind (level 2). Refused: UNKNOWN_CARD, CARD_CLOSED, EFFECT_REUSED."""

    async def undo_block(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> BlockUndone:
        """End a block made by phone (level 4). Refused: UNKNOWN_CARD, CARD_CLOSED, BRANCH_ONLY, EFFECT_REUSED."""

    async def stop_payments(self, customer: CustomerToken, effect_id: EffectId) -> PaymentsStopped:
        """Stop outgoing payments and call back what is pending (a fraud in progress). Refused: EFFECT_REUSED."""

    async def outcome(self, effect_id: EffectId) -> Done | None:
        """What the deed under this id did; None where none was done (or it was refused)."""
