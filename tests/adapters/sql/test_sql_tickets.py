"""Tickets and attempts in a database: their promises, their secrets, and many processes at once."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.sql import SqlAttempts, SqlTickets, make_engine, upgrade
from ivr.adapters.sql.tables import serials, tickets
from ivr.adapters.sql.tickets import query
from ivr.adapters.ticket_numbers import number_of
from ivr.domain.ids import effect_id
from ivr.domain.problem import Urgency
from ivr.domain.ticket import Fault, Illegal, Summary, TicketEvent, TicketKind, TicketState
from ivr.ports.archive import ArchiveDown
from ivr.ports.keyring import Undecryptable
from ivr.ports.tickets import TicketFilter
from tests.contracts.attempts_contract import AttemptsContract
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.tickets import AGENT, CALL, LI, OTHER_CALL, TOLD, WANG, attempt, new_ticket
from tests.contracts.tickets_contract import TicketsContract


@pytest.fixture
async def ticket_store(database: str, keyring: FileKeyring) -> AsyncIterator[SqlTickets]:
    """None in it yet."""
    store = SqlTickets(make_engine(database), keyring)
    yield store
    await store.close()


class TestSqlTickets(TicketsContract):
    """Every promise of the port, on each database."""

    @pytest.fixture
    def tickets(self, ticket_store: SqlTickets) -> SqlTickets:
        """None yet."""
        return ticket_store


class TestSqlAttempts(AttemptsContract):
    """Every promise of the port, on each database."""

    @pytest.fixture
    async def attempts(self, database: str, keyring: FileKeyring) -> AsyncIterator[SqlAttempts]:
        """None yet."""
        engine = make_engine(database)
        yield SqlAttempts(engine, keyring)
        await engine.dispose()


async def test_nodes_that_open_at_once_never_share_a_number(
    database: str, ticket_store: SqlTickets, keyring: FileKeyring
) -> None:
    """Several nodes, each opening many, and some the same: one ticket an effect, one serial a ticket, none left out."""
    nodes = [ticket_store, *(SqlTickets(make_engine(database), keyring) for _ in range(2))]
    effects = [effect_id(CALL, step) for step in range(8)]
    opened = await asyncio.gather(*(node.open(new_ticket(), effect) for effect in effects for node in nodes))
    assert len({ticket.number for ticket in opened}) == len(effects)
    assert len(await ticket_store.of_call(CALL)) == len(effects)
    async with ticket_store._engine.connect() as sql:
        assert await sql.scalar(select(serials.c.last)) == len(effects)
    for node in nodes[1:]:
        await node.close()


async def test_nodes_that_move_at_once_take_turns(
    database: str, ticket_store: SqlTickets, keyring: FileKeyring
) -> None:
    """Of all who decided on one version, one is first; the others are told, and the history has no gap."""
    other = SqlTickets(make_engine(database), keyring)
    opened = await ticket_store.open(new_ticket(), effect_id(CALL, 1))
    ended = await asyncio.gather(
        *(
            node.move(opened.number, TicketEvent.TAKE, by=AGENT, at=NINE, expected=1)
            for node in (ticket_store, other) * 4
        ),
        return_exceptions=True,
    )
    told = [each for each in ended if isinstance(each, Illegal)]
    assert [each.fault for each in told] == [Fault.OVERTAKEN] * 7
    taken = await other.read(opened.number)
    assert taken is not None
    assert taken.version == 2
    await other.close()


async def test_without_its_key_a_ticket_keeps_only_what_is_not_personal(ticket_store: SqlTickets) -> None:
    """Retention destroys the key: customer, summary and notes are gone; state, times and who did what stay."""
    opened = await ticket_store.open(new_ticket(), effect_id(CALL, 1))
    await ticket_store.move(opened.number, TicketEvent.TAKE, by=AGENT, at=NINE, note="李先生")
    async with ticket_store._engine.begin() as sql:
        await sql.execute(update(tickets).values(key=None))
    read = await ticket_store.read(opened.number)
    assert read is not None
    assert (read.customer, read.summary, read.history[1].note) == (None, Summary(), "")
    assert (read.state, read.owner, read.kind) == (TicketState.IN_PROGRESS, AGENT.name, opened.kind)
    with pytest.raises(Undecryptable, match="retention"):
        await ticket_store.move(opened.number, TicketEvent.SOLVE, by=AGENT, at=NINE)


@pytest.mark.parametrize("column", ["customer_sealed", "summary_sealed"])
async def test_sealed_columns_cannot_be_exchanged(ticket_store: SqlTickets, column: str) -> None:
    """What was moved to another ticket is noticed."""
    one = await ticket_store.open(new_ticket(), effect_id(CALL, 1))
    two = await ticket_store.open(new_ticket(customer=WANG), effect_id(CALL, 2))
    async with ticket_store._engine.begin() as sql:
        await sql.execute(
            text(
                f"UPDATE tickets SET {column} = (SELECT {column} FROM tickets WHERE number = :two)"  # noqa: S608
                " WHERE number = :one"
            ),
            {"one": one.number, "two": two.number},
        )
    with pytest.raises(Undecryptable):
        await ticket_store.read(one.number)


async def test_tickets_are_found_across_a_rotated_key(ticket_store: SqlTickets, keyring: FileKeyring) -> None:
    """The newest key seals, all open; the blind index stays the same."""
    first = await ticket_store.open(new_ticket(), effect_id(CALL, 1))
    keyring.add_key()
    second = await ticket_store.open(new_ticket(call_id=OTHER_CALL), effect_id(OTHER_CALL, 1))
    assert {ticket.number for ticket in await ticket_store.of_customer(LI)} == {first.number, second.number}


# ----------------------------------------------------------------------------------------- SQLite's file
async def test_nothing_personal_lies_in_clear_in_the_file(tmp_path: Path, keyring: FileKeyring) -> None:
    """Neither in the database nor in what SQLite keeps beside it."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'files' / 'archive.db'}"
    await upgrade(url)
    engine = make_engine(url)
    store, attempts = SqlTickets(engine, keyring), SqlAttempts(engine, keyring)
    opened = await store.open(new_ticket(), effect_id(CALL, 1))
    await store.move(opened.number, TicketEvent.REMARK, by=AGENT, at=NINE, note="李先生说钱没到")
    await attempts.note(attempt())
    raw = b"".join(file.read_bytes() for file in (tmp_path / "files").iterdir())
    await store.close()
    assert opened.number.encode() in raw
    for personal in (LI, NUMBER, NUMBER[3:], TOLD.words, TOLD.when, TOLD.recording, "frozen", "李先生说钱没到"):
        assert personal is not None
        assert personal.encode() not in raw


async def test_the_searches_use_an_index(tmp_path: Path, migrated_file: Path) -> None:
    """No filter of the lists sorts or scans more than it must."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'archive.db'}"
    shutil.copy(migrated_file, tmp_path / "archive.db")
    engine = make_engine(url)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as sql:
        for wanted, index in (
            (TicketFilter(), "opened_at"),
            (TicketFilter(since=NINE, least_urgency=Urgency.URGENT), "opened_at"),
            (TicketFilter(owner="8001"), "owner_opened_at"),
            (TicketFilter(states=frozenset({TicketState.NEW})), "state_opened_at"),
            (TicketFilter(kinds=frozenset({TicketKind.FRAUD})), "kind_opened_at"),
        ):
            made = query(wanted).compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
            plan = str(sql.execute(f"EXPLAIN QUERY PLAN {made}").fetchall())
            assert f"USING INDEX ix_tickets_{index}" in plan, plan
    await engine.dispose()


# ------------------------------------------------------------------------------------------ not there
@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:////proc/no/archive.db", "postgresql+asyncpg://hotline:geheim@127.0.0.1:9/hotline"]
)
async def test_a_database_that_cannot_be_reached_is_down(url: str, keyring: FileKeyring) -> None:
    """Every method says so, never the password."""
    engine = make_engine(url)
    store, attempts = SqlTickets(engine, keyring), SqlAttempts(engine, keyring)
    for asked in (
        store.open(new_ticket(), effect_id(CALL, 1)),
        store.read(number_of(1)),
        store.move(number_of(1), TicketEvent.TAKE, by=AGENT, at=NINE),
        store.of_customer(LI),
        store.of_call(CALL),
        store.find(TicketFilter()),
        attempts.note(attempt()),
        attempts.of_call(CALL),
        attempts.of_customer(LI, NINE),
        attempts.of_caller(NUMBER, NINE),
    ):
        with pytest.raises(ArchiveDown) as caught:
            await asked
        assert "geheim" not in str(caught.value)
    await store.close()
