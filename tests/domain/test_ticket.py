"""The life of a ticket, read from its table."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.ticket import (
    TRANSITIONS,
    Fault,
    Illegal,
    Party,
    Role,
    Ticket,
    TicketEvent,
    TicketNumber,
    TicketState,
    allowed,
    moved,
    opened,
)
from tests.contracts.calls import NINE
from tests.contracts.tickets import AGENT, CUSTOMER, DEPARTMENT, LINE, OTHER_AGENT, SUPERVISOR, new_ticket
from tests.examples import examples

NEW = opened(new_ticket(), TicketNumber("27182819"))
PARTIES = {party.role: party for party in (LINE, CUSTOMER, AGENT, SUPERVISOR, DEPARTMENT)}
MOVES = st.lists(st.tuples(st.sampled_from(TicketEvent), st.sampled_from(list(PARTIES.values()))), max_size=25)


def after(*moves: tuple[TicketEvent, Party], ticket: Ticket = NEW) -> Ticket:
    """The ticket when all this has happened."""
    for event, by in moves:
        ticket = moved(ticket, event, by=by, at=NINE)
    return ticket


def test_the_table_has_one_line_for_each_state_and_event() -> None:
    """Nobody has to ask which of two holds."""
    places = [(row.before, row.event) for row in TRANSITIONS]
    assert len(places) == len(set(places))


def test_every_state_and_every_event_stands_in_the_table() -> None:
    """None is there only in name, and from each but the end something leads on."""
    assert {row.after for row in TRANSITIONS} == set(TicketState)
    assert {row.before for row in TRANSITIONS} == {None, *TicketState}
    assert {row.event for row in TRANSITIONS} == set(TicketEvent)
    assert all(row.who for row in TRANSITIONS)


def test_nothing_closes_unless_the_customer_knows() -> None:
    """H2.2c: only from `confirmed`, or by his own withdrawal, which no machine says for him."""
    into = [row for row in TRANSITIONS if row.after is TicketState.CLOSED and row.before is not TicketState.CLOSED]
    for row in into:
        assert row.before is TicketState.CONFIRMED or row.event is TicketEvent.WITHDRAW
        assert row.event is not TicketEvent.WITHDRAW or Role.LINE not in row.who


def test_a_ticket_lives_from_its_opening_to_its_close() -> None:
    """Each thing that happens is the last of its history."""
    ticket = after(
        (TicketEvent.TAKE, AGENT),
        (TicketEvent.ASK_DEPARTMENT, AGENT),
        (TicketEvent.DEPARTMENT_ANSWERED, DEPARTMENT),
        (TicketEvent.ASK_CUSTOMER, AGENT),
        (TicketEvent.CUSTOMER_ANSWERED, CUSTOMER),
        (TicketEvent.SOLVE, AGENT),
        (TicketEvent.CONFIRM, CUSTOMER),
        (TicketEvent.CLOSE, LINE),
    )
    assert ticket.is_over
    assert [entry.before for entry in ticket.history[1:]] == [entry.after for entry in ticket.history[:-1]]
    assert ticket.history[-1].by == LINE


def test_who_takes_it_owns_it_until_it_is_reopened() -> None:
    """Also from another; a reopened ticket waits for a person as a new one does."""
    taken = after((TicketEvent.TAKE, AGENT), (TicketEvent.TAKE, OTHER_AGENT))
    assert taken.owner == "8002"
    solved = after((TicketEvent.SOLVE, OTHER_AGENT), ticket=taken)
    assert solved.owner == "8002"
    assert after((TicketEvent.REOPEN, CUSTOMER), ticket=solved).owner is None


def test_what_the_line_did_by_itself_waits_for_the_customer_to_know() -> None:
    """A card blocked by self-service: solved at once, by nobody's hand."""
    solved = after((TicketEvent.SOLVE, LINE))
    assert (solved.state, solved.owner) == (TicketState.SOLVED, None)


@pytest.mark.parametrize(
    ("event", "by", "fault", "words"),
    [
        (TicketEvent.CLOSE, AGENT, Fault.WRONG_MOMENT, "close does not come in a ticket that is new"),
        (TicketEvent.OPEN, AGENT, Fault.WRONG_MOMENT, "what may come: take, solve, withdraw, remark"),
        (TicketEvent.SOLVE, AGENT, Fault.NO_RIGHT, "agent 8001 may not solve a ticket that is new; who may: line"),
        (TicketEvent.TAKE, CUSTOMER, Fault.NO_RIGHT, "who may: agent, department, supervisor"),
    ],
)
def test_an_illegal_event_says_whose_fault_it_was(event: TicketEvent, by: Party, fault: Fault, words: str) -> None:
    """And what would have been right."""
    with pytest.raises(Illegal, match=words) as caught:
        moved(NEW, event, by=by, at=NINE)
    assert caught.value.fault is fault


@settings(max_examples=examples(50))
@given(MOVES)
def test_whatever_is_tried_happens_by_the_table_or_not_at_all(moves: list[tuple[TicketEvent, Party]]) -> None:
    """A state is where the last entry of the history led; only what is allowed is ever added to it."""
    ticket = NEW
    for minute, (event, by) in enumerate(moves):
        may = event in allowed(ticket.state, by.role)
        try:
            next_ticket = moved(ticket, event, by=by, at=NINE + timedelta(minutes=minute))
        except Illegal:
            assert not may
            continue
        assert may
        assert next_ticket.history[:-1] == ticket.history
        assert next_ticket.state is next_ticket.history[-1].after
        ticket = next_ticket


def test_from_everywhere_the_desk_can_bring_a_ticket_to_its_end() -> None:
    """No state is a trap."""
    ends = {TicketState.CLOSED}
    for _ in TicketState:
        ends |= {row.before for row in TRANSITIONS if row.before and row.after in ends and Role.AGENT in row.who}
    assert ends == set(TicketState)


@pytest.mark.parametrize("name", ["", "x" * 65, "8001\nAction: Logoff"])
def test_a_party_has_a_name_that_fits_a_line(name: str) -> None:
    """It stands in lists and in the database."""
    with pytest.raises(ValueError, match="name"):
        Party(Role.AGENT, name)
