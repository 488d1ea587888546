"""What a story may look up, and what it is told. Looking changes nothing, so that after a crash it is done again."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from ivr.domain.banking import Account, Balance, Card, CustomerFacts, CustomerToken, Transfer
from ivr.domain.ids import AgentId
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


Question: TypeAlias = WhoCalls | CardsOf | AccountsOf | BalancesOf | TransfersOf | TicketsOf


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


Answer: TypeAlias = CallerNumber | Cards | Accounts | Balances | Transfers | TicketLines
