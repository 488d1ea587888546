"""What every ticket system promises. A subclass gives the fixture `tickets`."""

import asyncio
from dataclasses import fields
from datetime import timedelta

import pytest

from ivr.domain.banking import CustomerToken
from ivr.domain.ids import CallId, effect_id
from ivr.domain.problem import Urgency
from ivr.domain.ticket import (
    Fault,
    Illegal,
    Party,
    Summary,
    Ticket,
    TicketEvent,
    TicketKind,
    TicketNumber,
    TicketState,
)
from ivr.ports.tickets import NoSuchTicket, TicketFilter, Tickets
from tests.contracts.calls import NINE
from tests.contracts.tickets import AGENT, CALL, CUSTOMER, LI, LINE, OTHER_AGENT, OTHER_CALL, WANG, new_ticket

Moves = tuple[tuple[TicketEvent, Party], ...]
TO_THE_END: Moves = (
    (TicketEvent.TAKE, AGENT),
    (TicketEvent.SOLVE, AGENT),
    (TicketEvent.CONFIRM, CUSTOMER),
    (TicketEvent.CLOSE, LINE),
)


async def many(tickets: Tickets, count: int) -> list[Ticket]:
    """Opened an hour apart, by one call."""
    return [
        await tickets.open(new_ticket(opened_at=NINE + timedelta(hours=hour)), effect_id(CALL, hour))
        for hour in range(count)
    ]


async def move(tickets: Tickets, ticket: Ticket, moves: Moves) -> Ticket:
    """One after another, a minute apart."""
    for minute, (event, by) in enumerate(moves, start=1):
        ticket = await tickets.move(ticket.number, event, by=by, at=NINE + timedelta(minutes=minute))
    return ticket


class TicketsContract:
    """Run against each implementation."""

    async def test_a_ticket_is_read_back_exactly(self, tickets: Tickets) -> None:
        """What it was opened with, to the letter, times in UTC; new, with nobody's name on it."""
        opened = await tickets.open(new_ticket(), effect_id(CALL, 4))
        assert await tickets.read(opened.number) == opened
        assert (opened.state, opened.owner, opened.version) == (TicketState.NEW, None, 1)
        told = new_ticket()
        assert all(getattr(opened, field.name) == getattr(told, field.name) for field in fields(told))

    async def test_a_ticket_of_an_unknown_caller_is_kept(self, tickets: Tickets) -> None:
        """No customer, nothing told."""
        opened = await tickets.open(new_ticket(customer=None, summary=Summary()), effect_id(CALL, 4))
        assert await tickets.read(opened.number) == opened

    async def test_opening_again_finds_the_same_ticket(self, tickets: Tickets) -> None:
        """Under the same effect id, be it with other content, and as the ticket stands now."""
        opened = await tickets.open(new_ticket(), effect_id(CALL, 4))
        taken = await tickets.move(opened.number, TicketEvent.TAKE, by=AGENT, at=NINE)
        assert await tickets.open(new_ticket(kind=TicketKind.FRAUD), effect_id(CALL, 4)) == taken
        assert await tickets.of_call(CALL) == [taken]

    async def test_two_who_open_at_once_under_one_effect_id_get_one_ticket(self, tickets: Tickets) -> None:
        """A controller that was taken for dead, and its successor."""
        first, second = await asyncio.gather(*(tickets.open(new_ticket(), effect_id(CALL, 4)) for _ in range(2)))
        assert first == second
        assert len(await tickets.of_call(CALL)) == 1

    async def test_every_ticket_has_a_number_of_its_own(self, tickets: Tickets) -> None:
        """However many are opened at once; eight digits each."""
        opened = await asyncio.gather(*(tickets.open(new_ticket(), effect_id(CALL, step)) for step in range(12)))
        assert len({ticket.number for ticket in opened}) == 12
        assert all(len(ticket.number) == 8 and ticket.number.isdecimal() for ticket in opened)

    @pytest.mark.parametrize("number", ["12345678", "", "0", "ab", "1; DROP TABLE tickets", "٣" * 8, "9" * 400])
    async def test_an_unknown_number_is_none(self, tickets: Tickets, number: str) -> None:
        """Whatever was keyed in; to move such a ticket is an error."""
        assert await tickets.read(TicketNumber(number)) is None
        with pytest.raises(NoSuchTicket):
            await tickets.move(TicketNumber(number), TicketEvent.TAKE, by=AGENT, at=NINE)

    async def test_those_of_a_customer_come_newest_first(self, tickets: Tickets) -> None:
        """No more than asked for, and nobody else's."""
        opened = await many(tickets, 3)
        await tickets.open(new_ticket(customer=WANG), effect_id(OTHER_CALL, 1))
        await tickets.open(new_ticket(customer=None), effect_id(OTHER_CALL, 2))
        assert await tickets.of_customer(LI, 2) == [opened[2], opened[1]]
        assert await tickets.of_customer(CustomerToken(LI[:-1])) == []

    async def test_those_of_a_call_come_oldest_first(self, tickets: Tickets) -> None:
        """And none of another call."""
        opened = await many(tickets, 2)
        await tickets.open(new_ticket(call_id=OTHER_CALL), effect_id(OTHER_CALL, 1))
        assert await tickets.of_call(CALL) == opened
        assert await tickets.of_call(CallId("n9-1.1")) == []

    async def test_find_by_what_it_is(self, tickets: Tickets) -> None:
        """Kind, urgency, state and owner; all conditions hold at once."""
        calm = await tickets.open(new_ticket(urgency=Urgency.NORMAL), effect_id(CALL, 1))
        fraud = await tickets.open(new_ticket(kind=TicketKind.FRAUD, urgency=Urgency.EMERGENCY), effect_id(CALL, 2))
        calm = await tickets.move(calm.number, TicketEvent.TAKE, by=AGENT, at=NINE)
        for wanted, found in (
            (TicketFilter(kinds=frozenset({TicketKind.FRAUD, TicketKind.COMPLAINT})), [fraud]),
            (TicketFilter(least_urgency=Urgency.URGENT), [fraud]),
            (TicketFilter(states=frozenset({TicketState.IN_PROGRESS})), [calm]),
            (TicketFilter(owner=AGENT.name), [calm]),
            (TicketFilter(owner=AGENT.name, kinds=frozenset({TicketKind.FRAUD})), []),
        ):
            assert await tickets.find(wanted) == found

    async def test_find_by_time_takes_since_and_leaves_until(self, tickets: Tickets) -> None:
        """The newest first, no more than asked for; overdue ones by their due time."""
        opened = await many(tickets, 4)
        span = TicketFilter(since=NINE + timedelta(hours=1), until=NINE + timedelta(hours=3))
        assert await tickets.find(span) == [opened[2], opened[1]]
        assert await tickets.find(TicketFilter(limit=1)) == [opened[3]]
        assert await tickets.find(TicketFilter(due_before=NINE + timedelta(hours=25))) == [opened[0]]

    async def test_a_move_is_written_with_its_history(self, tickets: Tickets) -> None:
        """State, owner, who did what, when and why: read back whole."""
        opened = await tickets.open(new_ticket(), effect_id(CALL, 4))
        at = NINE + timedelta(minutes=3)
        taken = await tickets.move(opened.number, TicketEvent.TAKE, by=AGENT, at=at, note="已联系清算部 ☎")
        assert (taken.state, taken.owner, taken.version) == (TicketState.IN_PROGRESS, "8001", 2)
        last = taken.history[-1]
        assert (last.at, last.by, last.event, last.note) == (at, AGENT, TicketEvent.TAKE, "已联系清算部 ☎")
        assert await tickets.read(opened.number) == taken

    async def test_a_whole_life_keeps_its_history_in_order(self, tickets: Tickets) -> None:
        """From the opening to the close."""
        done = await move(tickets, await tickets.open(new_ticket(), effect_id(CALL, 4)), TO_THE_END)
        assert done.is_over
        assert [entry.event.value for entry in done.history] == ["open", "take", "solve", "confirm", "close"]
        assert await tickets.read(done.number) == done

    async def test_an_illegal_move_changes_nothing(self, tickets: Tickets) -> None:
        """Neither the ticket nor its history."""
        opened = await tickets.open(new_ticket(), effect_id(CALL, 4))
        for event, fault in ((TicketEvent.CLOSE, Fault.WRONG_MOMENT), (TicketEvent.SOLVE, Fault.NO_RIGHT)):
            with pytest.raises(Illegal) as caught:
                await tickets.move(opened.number, event, by=AGENT, at=NINE)
            assert caught.value.fault is fault
        assert await tickets.read(opened.number) == opened

    async def test_of_two_who_take_the_same_version_the_second_is_told(self, tickets: Tickets) -> None:
        """It is nobody's fault; without an expected version the second has taken it over."""
        opened = await tickets.open(new_ticket(), effect_id(CALL, 4))
        tries = [
            tickets.move(opened.number, TicketEvent.TAKE, by=by, at=NINE, expected=opened.version)
            for by in (AGENT, OTHER_AGENT)
        ]
        ended = await asyncio.gather(*tries, return_exceptions=True)
        (told,) = [each for each in ended if isinstance(each, Illegal)]
        assert told.fault is Fault.OVERTAKEN
        taken = await tickets.read(opened.number)
        assert taken in ended
        assert taken is not None
        assert taken.version == 2

    async def test_moves_at_once_are_all_kept(self, tickets: Tickets) -> None:
        """Remarks of many hands: none overwrites another."""
        opened = await tickets.open(new_ticket(), effect_id(CALL, 4))
        notes = [str(place) for place in range(8)]
        await asyncio.gather(
            *(tickets.move(opened.number, TicketEvent.REMARK, by=AGENT, at=NINE, note=note) for note in notes)
        )
        ticket = await tickets.read(opened.number)
        assert ticket is not None
        assert sorted(entry.note for entry in ticket.history[1:]) == notes
