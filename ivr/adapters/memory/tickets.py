"""The ticket system in memory: the same promises as in a database."""

from collections.abc import Iterable
from datetime import datetime

from ivr.adapters.ticket_numbers import number_of
from ivr.domain.banking import CustomerToken
from ivr.domain.ids import CallId, EffectId
from ivr.domain.ticket import NewTicket, Party, Ticket, TicketEvent, TicketNumber, moved, must_be_at, opened
from ivr.ports.archive import ArchiveDown
from ivr.ports.tickets import NoSuchTicket, TicketFilter


class MemoryTickets:
    """Implements ivr.ports.tickets.Tickets."""

    def __init__(self) -> None:
        self._tickets: dict[TicketNumber, Ticket] = {}
        self._opened: dict[EffectId, TicketNumber] = {}
        self.down = False
        """Set to play a database that cannot be reached."""

    async def open(self, new: NewTicket, effect_id: EffectId) -> Ticket:
        """Open it, or find what this effect id opened. Raises ArchiveDown."""
        self._must_be_up()
        if effect_id not in self._opened:
            ticket = opened(new, number_of(len(self._tickets) + 1))
            self._tickets[ticket.number] = ticket
            self._opened[effect_id] = ticket.number
        return self._tickets[self._opened[effect_id]]

    async def read(self, number: TicketNumber) -> Ticket | None:
        """One ticket whole. Raises ArchiveDown."""
        self._must_be_up()
        return self._tickets.get(number)

    async def of_customer(self, customer: CustomerToken, limit: int = 20) -> list[Ticket]:
        """A customer's, the newest first. Raises ArchiveDown."""
        self._must_be_up()
        return self._newest_first(ticket for ticket in self._tickets.values() if ticket.customer == customer)[:limit]

    async def of_call(self, call_id: CallId) -> list[Ticket]:
        """Those a call opened, oldest first. Raises ArchiveDown."""
        self._must_be_up()
        return self._newest_first(ticket for ticket in self._tickets.values() if ticket.call_id == call_id)[::-1]

    async def find(self, ticket_filter: TicketFilter) -> list[Ticket]:
        """Matching tickets, the newest first. Raises ArchiveDown."""
        self._must_be_up()
        found = self._newest_first(ticket for ticket in self._tickets.values() if _matches(ticket, ticket_filter))
        return found[: ticket_filter.limit]

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
        """Let this happen to it. Raises NoSuchTicket, Illegal, ArchiveDown."""
        self._must_be_up()
        if number not in self._tickets:
            raise NoSuchTicket(f"there is no ticket {number}")
        must_be_at(self._tickets[number], expected)
        self._tickets[number] = moved(self._tickets[number], event, by=by, at=at, note=note)
        return self._tickets[number]

    def _newest_first(self, found: Iterable[Ticket]) -> list[Ticket]:
        return sorted(found, key=lambda ticket: (ticket.opened_at, ticket.number), reverse=True)

    def _must_be_up(self) -> None:
        if self.down:
            raise ArchiveDown("the memory tickets play a database that is down")


def _matches(ticket: Ticket, wanted: TicketFilter) -> bool:
    return (
        (not wanted.states or ticket.state in wanted.states)
        and (not wanted.kinds or ticket.kind in wanted.kinds)
        and ticket.urgency >= wanted.least_urgency
        and wanted.owner in (None, ticket.owner)
        and (wanted.since is None or ticket.opened_at >= wanted.since)
        and (wanted.until is None or ticket.opened_at < wanted.until)
        and (wanted.due_before is None or ticket.due_at < wanted.due_before)
    )
