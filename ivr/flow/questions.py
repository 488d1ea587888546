"""What a story may look up, and what it is told. Looking changes nothing, so that after a crash it is done again."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from ivr.domain.banking import Account, Balance, Card, CustomerFacts, CustomerToken, Transfer
from ivr.domain.callback import CallBackState
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallBackId, QueueName
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import TicketNumber, TicketState


# --------------------------------------------------------------------------------------------- questions
@dataclass(frozen=True, slots=True)
class WhoCalls:
    """Whose number is it that calls? A hint for routing and the agent's screen only: numbers can be forged."""


@dataclass(frozen=True, slots=True)
class CardsOf:
    """Which cards has this customer?"""

    customer: CustomerToken


@dataclass(frozen=True, slots=True)
class AccountsOf:
    """Which accounts has this customer, and what can each do now?"""

    customer: CustomerToken


@dataclass(frozen=True, slots=True)
class BalancesOf:
    """What is on his accounts?"""

    customer: CustomerToken


@dataclass(frozen=True, slots=True)
class TransfersOf:
    """Where did his money go lately?"""

    customer: CustomerToken
    most: int


@dataclass(frozen=True, slots=True)
class TicketsOf:
    """What of his stands open with us, or was closed lately?"""

    customer: CustomerToken
    most: int


@dataclass(frozen=True, slots=True)
class LineAhead:
    """Who is ahead of him in this queue, and how long will it be?"""

    queue: QueueName
    priority: int
    """He came with."""
    since: datetime | None
    """UTC; he waits since then. None: he is about to."""


@dataclass(frozen=True, slots=True)
class Dialable:
    """May this number be called back, and how is it written in full? Personal: `number`."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HourOf:
    """Which moment is it that was keyed in as HHMM, and may it be promised?"""

    keyed: str
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class PromiseOf:
    """What was this call back promised for?"""

    call_back: CallBackId


Question: TypeAlias = (
    WhoCalls | CardsOf | AccountsOf | BalancesOf | TransfersOf | TicketsOf | LineAhead | Dialable | HourOf | PromiseOf
)


# ----------------------------------------------------------------------------------------------- answers
@dataclass(frozen=True, slots=True)
class CallerNumber:
    """What the calling number tells."""

    facts: CustomerFacts | None
    """Of the one customer who registered it; None where none did, or several, or the bank does not answer."""
    recent_calls: int
    """Calls of this number in the last days, before this one."""
    last_agent: AgentId | None = None
    """Who helped that customer last …"""
    helped_at: datetime | None = None
    """… and when, UTC."""


@dataclass(frozen=True, slots=True)
class Cards:
    """In the bank's order."""

    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """In the bank's order, closed ones too."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Balances:
    """In the bank's order."""

    balances: tuple[Balance, ...]


@dataclass(frozen=True, slots=True)
class Transfers:
    """The newest first."""

    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket, as far as its customer is told of it on the phone."""

    number: TicketNumber
    state: TicketState
    due: date | None
    """Where it is not settled yet."""


@dataclass(frozen=True, slots=True)
class TicketLines:
    """The newest first."""

    tickets: tuple[TicketLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A queue, seen by one who waits there or is about to."""

    position: int
    """Of his, promised call backs before it included; 1 is the front."""
    place: int
    """Among those who are on the line."""
    free: bool
    """Somebody answers at once."""
    at_most: int | None
    """Minutes it takes in nine of ten cases; None: nobody is at work."""
    at: datetime
    """UTC; of the look."""


@dataclass(frozen=True, slots=True)
class DialableNumber:
    """In E.164 form; None: it is not called. Personal: `number`."""

    number: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """UTC; None: it cannot be promised."""

    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A call back, as far as its story goes by it."""

    state: CallBackState
    queue: QueueName
    priority: int
    joined_at: datetime
    language: Language
    category: Category | None
    urgency: Urgency


Answer: TypeAlias = (
    CallerNumber | Cards | Accounts | Balances | Transfers | TicketLines | Line | DialableNumber | Moment | Promise
)
