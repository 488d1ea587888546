"""The one ticket system (H1.2d): opening tickets, finding them, and moving them on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.banking import CustomerToken
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId, EffectId
from ivr.domain.problem import Urgency
from ivr.domain.ticket import NewTicket, Party, Ticket, TicketEvent, TicketKind, TicketNumber, TicketState


class NoSuchTicket(HotlineError):
    """No ticket has this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFilter:
    """Which tickets to list. Empty or None means any."""

    states: frozenset[TicketState] = frozenset()
    kinds: frozenset[TicketKind] = frozenset()
    least_urgency: Urgency = Urgency.NORMAL
    owner: str | None = None
    since: datetime | None = None
    """Opened at or after this moment."""
    until: datetime | None = None
    """Opened before this moment."""
    due_before: datetime | None = None
    limit: int = 50


class Tickets(Protocol):
    """Where tickets stand. Every method raises ArchiveDown (`ivr.ports.archive`) when there is no reaching it."""

    async def open(self, new: NewTicket, effect_id: EffectId) -> Ticket:
        """Open a ticket and give it its number. Under an effect id that opened one already, that one, as it stands."""

    async def read(self, number: TicketNumber) -> Ticket | None:
        """One ticket whole; None when there is none of this number."""

    async def of_customer(self, customer: CustomerToken, limit: int = 20) -> list[Ticket]:
        """A customer's tickets, the newest first; found by the blind index, never by scanning."""

    async def of_call(self, call_id: CallId) -> list[Ticket]:
        """The tickets that a call opened, oldest first."""

    async def find(self, ticket_filter: TicketFilter) -> list[Ticket]:
        """Matching tickets, the newest first."""

    async def move(
        self,
        number: TicketNumber,
        event: TicketEvent,
        *,
        by: Party,
        at: datetime,
        note: str = "",
        expected: int | None = None,
    ) -> Ticket:
        """Let this happen to the ticket: state, owner and history in one transaction; the ticket after it.

        `expected` is the version that was decided on; None decides on whatever it is now. Raises NoSuchTicket, and
        Illegal, which says whose fault it was; then nothing was changed.
        """
