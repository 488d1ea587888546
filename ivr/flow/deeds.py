"""What a story may have done in the world, and what came of it.

Each is done through a port under the effect id `CALL_ID/STEP`, so that doing it again after a crash is doing it once.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ivr.domain.banking import Block, BlockUndone, CardToken, ContactToken, CustomerToken, PaymentsStopped
from ivr.domain.callback import CallBackEvent, CallBackKind, CallBackState, Miss
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.ids import CallBackId, EffectId, QueueName
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCallBack:
    """Ring him instead of letting him wait (H2.2c). Personal: `number`."""

    kind: CallBackKind
    number: str = field(repr=False)
    """E.164."""
    due_at: datetime | None
    """UTC, of a chosen time; None: when his place comes up."""
    queue: QueueName
    priority: int
    joined_at: datetime
    """UTC; his waiting began."""
    language: Language
    category: Category | None
    urgency: Urgency
    customer: CustomerToken | None
    ticket: TicketNumber | None


@dataclass(frozen=True, slots=True)
class SettleCallBack:
    """Write down whom the call back met."""

    call_back: CallBackId
    event: CallBackEvent
    miss: Miss | None = None


Deed: TypeAlias = (
    BlockCard | UndoBlock | StopPayments | SendCode | SendText | OpenTicket | PromiseCallBack | SettleCallBack
)


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


@dataclass(frozen=True, slots=True)
class CallBackPromised:
    """It is on the list, this one or an earlier one to the same number."""

    call_back: CallBackId
    due_at: datetime
    """UTC; not before."""


@dataclass(frozen=True, slots=True)
class CallBackSettled:
    """How it stands now."""

    state: CallBackState


Result: TypeAlias = Block | BlockUndone | PaymentsStopped | Sent | TicketOpened | CallBackPromised | CallBackSettled
