"""The ticket system in a database. The same code on SQLite and PostgreSQL, for any number of nodes and processes.

A number comes from one counted row: whoever counts it up holds it until his transaction ends, so that no serial is
given out twice and none is lost. SQLite begins what writes with BEGIN IMMEDIATE: one that read first and writes then
would be refused without waiting when another process wrote in between.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ivr.adapters.keyring import CallKey
from ivr.adapters.sql import bulk
from ivr.adapters.sql.engine import down, inserting
from ivr.adapters.sql.tables import serials, ticket_history, tickets
from ivr.adapters.sql.ticket_rows import (
    CUSTOMER_INDEX,
    context,
    key_of,
    last_entry_row,
    moving_row,
    row_of,
    ticket_from,
)
from ivr.adapters.ticket_numbers import could_be, number_of
from ivr.domain.banking import CustomerToken
from ivr.domain.ids import CallId, EffectId
from ivr.domain.problem import Urgency
from ivr.domain.ticket import NewTicket, Party, Ticket, TicketEvent, TicketNumber, moved, must_be_at, opened
from ivr.ports.keyring import Keyring, Undecryptable
from ivr.ports.tickets import NoSuchTicket, TicketFilter


class SqlTickets:
    """Implements ivr.ports.tickets.Tickets."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._keyring = keyring

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.dispose()

    async def open(self, new: NewTicket, effect_id: EffectId) -> Ticket:
        """Open it, or find what this effect id opened. Raises ArchiveDown, Undecryptable."""
        with down(self._engine):
            earlier = await self._opened_by(effect_id)
            if earlier is not None:
                return earlier
            try:
                return await self._open(new, effect_id)
            except IntegrityError:  # two at once under one effect id: the second's serial was rolled back with it
                earlier = await self._opened_by(effect_id)
                if earlier is None:
                    raise
                return earlier

    async def read(self, number: TicketNumber) -> Ticket | None:
        """One ticket whole. Raises ArchiveDown, Undecryptable."""
        if not could_be(number):
            return None
        found = await self._tickets(select(tickets).where(tickets.c.number == number))
        return found[0] if found else None

    async def of_customer(self, customer: CustomerToken, limit: int = 20) -> list[Ticket]:
        """A customer's, the newest first. Raises ArchiveDown, Undecryptable."""
        index = self._keyring.blind_index(customer, CUSTOMER_INDEX)
        return await self._tickets(_newest_first(limit).where(tickets.c.customer_index == index))

    async def of_call(self, call_id: CallId) -> list[Ticket]:
        """Those a call opened, oldest first. Raises ArchiveDown, Undecryptable."""
        wanted = select(tickets).where(tickets.c.call_id == call_id)
        return await self._tickets(wanted.order_by(tickets.c.opened_at, tickets.c.number))

    async def find(self, ticket_filter: TicketFilter) -> list[Ticket]:
        """Matching tickets, the newest first. Raises ArchiveDown, Undecryptable."""
        return await self._tickets(query(ticket_filter))

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
        """Let this happen to it. Raises NoSuchTicket, Illegal, ArchiveDown, Undecryptable."""
        with down(self._engine):
            async with self._writing.begin() as sql:
                row = await _first(sql, select(tickets).where(tickets.c.number == number).with_for_update())
                if row is None:
                    raise NoSuchTicket(f"there is no ticket {number}")
                key = key_of(row, self._keyring)
                if key is None:
                    raise Undecryptable(f"the key of ticket {number} is destroyed: it has passed its retention")
                ticket = ticket_from(row, (await _entries(sql, [number]))[number], key)
                must_be_at(ticket, expected)
                after = moved(ticket, event, by=by, at=at, note=note)
                await sql.execute(tickets.update().where(tickets.c.number == number), moving_row(after))
                await sql.execute(ticket_history.insert(), last_entry_row(after, key))
        return after

    async def _open(self, new: NewTicket, effect_id: EffectId) -> Ticket:
        async with self._writing.begin() as sql:
            number = number_of(await self._next_serial(sql))
            ticket = opened(new, number)
            key = CallKey.make(self._keyring, context(number, "key"))
            await sql.execute(tickets.insert(), row_of(ticket, effect_id, key, self._keyring))
            await sql.execute(ticket_history.insert(), last_entry_row(ticket, key))
        return ticket

    async def _next_serial(self, sql: AsyncConnection) -> int:
        first = inserting(self._engine, serials).values(name="ticket", last=1)
        counted = first.on_conflict_do_update(index_elements=["name"], set_={"last": serials.c.last + 1})
        return int((await sql.execute(counted.returning(serials.c.last))).scalar_one())

    async def _opened_by(self, effect_id: EffectId) -> Ticket | None:
        found = await self._tickets(select(tickets).where(tickets.c.effect_id == effect_id))
        return found[0] if found else None

    async def _tickets(self, wanted: Select[Any]) -> list[Ticket]:
        with down(self._engine):
            async with self._engine.connect() as sql:
                rows = (await sql.execute(wanted)).mappings().all()
                entries = await _entries(sql, [row["number"] for row in rows])
        return [ticket_from(row, entries[row["number"]], key_of(row, self._keyring)) for row in rows]


def query(wanted: TicketFilter) -> Select[Any]:
    """The statement behind `find`."""
    found = _newest_first(wanted.limit)
    if wanted.states:
        found = found.where(tickets.c.state.in_([state.value for state in wanted.states]))
    if wanted.kinds:
        found = found.where(tickets.c.kind.in_([kind.value for kind in wanted.kinds]))
    if wanted.least_urgency is not Urgency.NORMAL:
        found = found.where(tickets.c.urgency >= int(wanted.least_urgency))
    if wanted.owner is not None:
        found = found.where(tickets.c.owner == wanted.owner)
    if wanted.since is not None:
        found = found.where(tickets.c.opened_at >= wanted.since)
    if wanted.until is not None:
        found = found.where(tickets.c.opened_at < wanted.until)
    if wanted.due_before is not None:
        found = found.where(tickets.c.due_at < wanted.due_before)
    return found


def _newest_first(limit: int) -> Select[Any]:
    return select(tickets).order_by(tickets.c.opened_at.desc(), tickets.c.number.desc()).limit(limit)


async def _first(sql: AsyncConnection, wanted: Select[Any]) -> RowMapping | None:
    found: RowMapping | None = (await sql.execute(wanted)).mappings().first()
    return found


async def _entries(sql: AsyncConnection, numbers: Sequence[str]) -> dict[str, list[RowMapping]]:
    """The history of each, oldest first."""
    found: dict[str, list[RowMapping]] = defaultdict(list)
    for chunk in bulk.chunks(numbers):
        wanted = select(ticket_history).where(ticket_history.c.number.in_(chunk)).order_by(ticket_history.c.version)
        for row in (await sql.execute(wanted)).mappings():
            found[row["number"]].append(row)
    return found
