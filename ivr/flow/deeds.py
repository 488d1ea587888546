"""What a story may have done in the world, and what came of it.

Each is done through a port under the effect id `CALL_ID/STEP`, so that doing it again after a crash is doing it once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ivr.domain.banking import Block, BlockUndone, CardToken, ContactToken, CustomerToken, PaymentsStopped
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.ids import EffectId
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.domain.ticket import Summary, TicketKind, TicketNumber


@dataclass(frozen=True, slots=True)
class BlockCard:
    """Block a card (临时挂失). Level 2."""

    customer: CustomerToken
    card: CardToken


@dataclass(frozen=True, slots=True)
class UndoBlock:
    """End a block. Level 4."""

    customer: CustomerToken
    card: CardToken


@dataclass(frozen=True, slots=True)
class StopPayments:
    """Let no more money leave (a fraud in progress)."""

    customer: CustomerToken


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a one-time code to the registered mobile."""

    customer: CustomerToken
    contact: ContactToken | None
    language: Language


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text of `config/texts.toml` to the registered mobile."""

    customer: CustomerToken
    text: str
    language: Language
    values: tuple[tuple[str, str], ...]
    """What stands in the text's places, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTicket:
    """Open a ticket (H1.2d) with what is known. Personal: `summary`."""

    kind: TicketKind
    category: Category
    urgency: Urgency
    reasons: tuple[Reason, ...]
    customer: CustomerToken | None
    verification: VerificationLevel
    summary: Summary


Deed: TypeAlias = BlockCard | UndoBlock | StopPayments | SendCode | SendText | OpenTicket


# ---------------------------------------------------------------------------------------- what came of it
@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway took the message."""

    effect: EffectId
    """Under which it was sent; a code is checked by it."""
    at: datetime
    """UTC; the life of a code counts from here."""


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """It stands in the archive."""

    number: TicketNumber


Result: TypeAlias = Block | BlockUndone | PaymentsStopped | Sent | TicketOpened
