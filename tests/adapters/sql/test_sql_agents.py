"""Agents and call backs in a database: their promises, their secrets, and several processes at once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import update

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.sql import SqlAgents, SqlCallBacks, make_engine, upgrade
from ivr.adapters.sql.staff_tables import call_backs as call_back_table
from ivr.domain.agent import SipCredentials
from ivr.domain.ids import effect_id
from ivr.domain.presence import PresenceEvent
from ivr.domain.ticket import Fault, Illegal
from ivr.ports.agents import Handled
from ivr.ports.archive import ArchiveDown
from ivr.ports.keyring import Undecryptable
from tests.contracts.agents_contract import AgentsContract
from tests.contracts.callbacks_contract import CallBacksContract
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.staff import CHEN, SELF, WRAP_UP, agent, new_call_back
from tests.contracts.tickets import CALL, CUSTOMER, LI


@pytest.fixture
async def agent_store(database: str, keyring: FileKeyring) -> AsyncIterator[SqlAgents]:
    """Nobody in it yet."""
    store = SqlAgents(make_engine(database), keyring)
    yield store
    await store.close()


@pytest.fixture
async def back_store(database: str, keyring: FileKeyring) -> AsyncIterator[SqlCallBacks]:
    """None in it yet."""
    store = SqlCallBacks(make_engine(database), keyring)
    yield store
    await store.close()


class TestSqlAgents(AgentsContract):
    """Every promise of the port, on each database."""

    @pytest.fixture
    def agents(self, agent_store: SqlAgents) -> SqlAgents:
        """Nobody yet."""
        return agent_store


class TestSqlCallBacks(CallBacksContract):
    """Every promise of the port, on each database."""

    @pytest.fixture
    def call_backs(self, back_store: SqlCallBacks) -> SqlCallBacks:
        """None yet."""
        return back_store


async def test_processes_that_move_at_once_take_turns(
    database: str, agent_store: SqlAgents, keyring: FileKeyring
) -> None:
    """Of all who decided on one version, one is first; the others are told."""
    await agent_store.add(agent())
    other = SqlAgents(make_engine(database), keyring)
    ended = await asyncio.gather(
        *(
            store.move(CHEN, PresenceEvent.GO_READY, by=SELF, at=NINE, wrap_up=WRAP_UP, expected=0)
            for store in (agent_store, other) * 3
        ),
        return_exceptions=True,
    )
    assert [each.fault for each in ended if isinstance(each, Illegal)] == [Fault.OVERTAKEN] * 5
    assert (await other.presence(CHEN)).version == 1
    await other.close()


async def test_without_its_key_a_call_back_cannot_be_read(back_store: SqlCallBacks) -> None:
    """Retention destroys the key; nobody is rung by it any more."""
    made = await back_store.ask(new_call_back(), effect_id(CALL, 1), due_at=NINE, by=CUSTOMER)
    async with back_store._engine.begin() as sql:
        await sql.execute(update(call_back_table).values(key=None))
    with pytest.raises(Undecryptable, match="retention"):
        await back_store.read(made.id)


async def test_a_database_that_is_away_is_told(keyring: FileKeyring, tmp_path: Path) -> None:
    """As ArchiveDown, with the mend where the tables are missing."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    agents, backs = SqlAgents(make_engine(url), keyring), SqlCallBacks(make_engine(url), keyring)
    for asked in (agents.all(), agents.add(agent()), backs.of_number(NUMBER)):
        with pytest.raises(ArchiveDown, match="hotline db upgrade"):
            await asked
    await agents.close()
    await backs.close()


async def test_no_personal_or_secret_value_stands_clear_in_the_file(keyring: FileKeyring, tmp_path: Path) -> None:
    """H1.3a: neither name, password, number nor customer."""
    path = tmp_path / "sealed.db"
    url = f"sqlite+aiosqlite:///{path}"
    await upgrade(url)
    agents, backs = SqlAgents(make_engine(url), keyring), SqlCallBacks(make_engine(url), keyring)
    await agents.add(agent())
    await agents.keep_credentials(SipCredentials(agent=CHEN, password="quiet-river-77", made_at=NINE))
    await agents.note_handled(LI, Handled(agent=CHEN, at=NINE))
    await backs.ask(new_call_back(), effect_id(CALL, 1), due_at=NINE, by=CUSTOMER)
    await agents.close()
    await backs.close()
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = path.read_bytes()
    for value in (agent().name, "quiet-river-77", NUMBER, NUMBER.removeprefix("+86"), LI):
        assert value.encode() not in written
