"""Agents in a database. The same code on SQLite and PostgreSQL, for any number of processes.

Presence has one owner, the controller; a move locks the agent's row all the same, so that the command line and it take
turns.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ivr.adapters.sql.agent_rows import (
    CUSTOMER_INDEX,
    agent_from,
    agent_row,
    context,
    entry_from,
    entry_row,
    presence_from,
    presence_row,
)
from ivr.adapters.sql.engine import down, inserting
from ivr.adapters.sql.staff_tables import agents, handled, presence_history, presences
from ivr.domain.agent import Agent, SipCredentials
from ivr.domain.banking import CustomerToken
from ivr.domain.ids import AgentId, CallId
from ivr.domain.presence import (
    Presence,
    PresenceChange,
    PresenceEntry,
    PresenceEvent,
    WrapUp,
    changed,
    moved,
    must_be_at,
)
from ivr.domain.ticket import Party
from ivr.ports.agents import AgentExists, Handled, NoSuchAgent
from ivr.ports.keyring import Keyring


class SqlAgents:
    """Implements ivr.ports.agents.Agents."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._keyring = keyring

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.dispose()

    async def add(self, agent: Agent) -> None:
        """A new account, offline. Raises AgentExists, ArchiveDown."""
        row = agent_row(agent, self._keyring)
        made = inserting(self._engine, agents).values(row)
        # Who was removed and comes back takes his number up again; whoever is there keeps his.
        made = made.on_conflict_do_update(index_elements=["agent"], set_=row, where=agents.c.removed.is_(True))
        with down(self._engine):
            async with self._writing.begin() as sql:
                if (await sql.execute(made.returning(agents.c.agent))).first() is None:
                    raise AgentExists(f"there is an agent {agent.agent} already")
                known = await _first(sql, presences, agent.agent)
                offline = Presence(agent=agent.agent, since=agent.created_at, version=known["version"] if known else 0)
                if known is None:
                    await sql.execute(presences.insert(), presence_row(offline))
                else:
                    await self._put(sql, offline)

    async def change(self, agent: Agent) -> None:
        """Another name, other skills. Raises NoSuchAgent, ArchiveDown."""
        row = agent_row(agent, self._keyring)
        del row["created_at"]
        await self._set(agent.agent, row)

    async def remove(self, agent: AgentId) -> None:
        """The account is no more. Raises NoSuchAgent, ArchiveDown."""
        gone = {"name_sealed": None, "sip_password_sealed": None, "sip_made_at": None, "sip_shown_at": None}
        await self._set(agent, {**gone, "removed": True})

    async def read(self, agent: AgentId) -> Agent:
        """One account. Raises NoSuchAgent, ArchiveDown, Undecryptable."""
        return agent_from(await self._row(agent), self._keyring)

    async def all(self) -> list[Agent]:
        """Every account. Raises ArchiveDown, Undecryptable."""
        wanted = select(agents).where(agents.c.removed.is_(False)).order_by(agents.c.agent)
        return [agent_from(row, self._keyring) for row in await self._rows(wanted)]

    async def presence(self, agent: AgentId) -> Presence:
        """How it stands with one. Raises NoSuchAgent, ArchiveDown."""
        found = (await self._presences()).get(agent)
        if found is None:
            raise NoSuchAgent(f"there is no agent {agent}")
        return found

    async def presences(self) -> Mapping[AgentId, Presence]:
        """How it stands with everyone. Raises ArchiveDown."""
        return await self._presences()

    async def move(
        self,
        agent: AgentId,
        event: PresenceEvent,
        *,
        by: Party,
        at: datetime,
        wrap_up: WrapUp,
        reason: str | None = None,
        call_id: CallId | None = None,
        expected: int | None = None,
    ) -> PresenceChange:
        """Let this happen. Raises Illegal, NoSuchAgent, ArchiveDown."""
        with down(self._engine):
            async with self._writing.begin() as sql:
                account = await _first(sql, agents, agent)
                row = await _first(sql, presences, agent, lock=True)
                if account is None or account["removed"] or row is None:
                    raise NoSuchAgent(f"there is no agent {agent}")
                before = presence_from(row)
                must_be_at(before, expected)
                after = moved(before, event, by=by, at=at, wrap_up=wrap_up, reason=reason, call_id=call_id)
                change = changed(before, after, event, by, at)
                await self._put(sql, after)
                await sql.execute(presence_history.insert(), entry_row(change.entry))
        return change

    async def history(self, agent: AgentId, since: datetime, limit: int = 1000) -> list[PresenceEntry]:
        """What happened since, oldest first. Raises NoSuchAgent, ArchiveDown."""
        await self._row(agent, removed_too=True)
        wanted = (
            select(presence_history)
            .where(presence_history.c.agent == agent, presence_history.c.at >= since)
            .order_by(presence_history.c.version)
            .limit(limit)
        )
        return [entry_from(row) for row in await self._rows(wanted)]

    async def keep_credentials(self, credentials: SipCredentials) -> None:
        """Keep them, sealed. Raises NoSuchAgent, ArchiveDown."""
        sealed = self._keyring.encrypt(credentials.password.encode(), context(credentials.agent, "sip_password"))
        row = {"sip_password_sealed": sealed, "sip_made_at": credentials.made_at, "sip_shown_at": credentials.shown_at}
        await self._set(credentials.agent, row)

    async def credentials(self, agent: AgentId) -> SipCredentials | None:
        """Those his phone registers by. Raises NoSuchAgent, ArchiveDown, Undecryptable."""
        row = await self._row(agent)
        if row["sip_password_sealed"] is None:
            return None
        password = self._keyring.decrypt(row["sip_password_sealed"], context(agent, "sip_password")).decode()
        return SipCredentials(agent=agent, password=password, made_at=row["sip_made_at"], shown_at=row["sip_shown_at"])

    async def note_handled(self, customer: CustomerToken, handled_: Handled) -> None:
        """Remember who helped him. Raises NoSuchAgent, ArchiveDown."""
        await self._row(handled_.agent)
        index = self._keyring.blind_index(customer, CUSTOMER_INDEX)
        made = inserting(self._engine, handled).values(customer_index=index, agent=handled_.agent, at=handled_.at)
        newer = {"agent": made.excluded.agent, "at": made.excluded.at}
        made = made.on_conflict_do_update(
            index_elements=["customer_index"], set_=newer, where=handled.c.at <= made.excluded.at
        )
        with down(self._engine):
            async with self._writing.begin() as sql:
                await sql.execute(made)

    async def last_handled(self, customer: CustomerToken) -> Handled | None:
        """Who helped him last. Raises ArchiveDown."""
        index = self._keyring.blind_index(customer, CUSTOMER_INDEX)
        found = await self._rows(
            select(handled.c.agent, handled.c.at)
            .join(agents, agents.c.agent == handled.c.agent)
            .where(handled.c.customer_index == index, agents.c.removed.is_(False))
        )
        return Handled(agent=AgentId(found[0]["agent"]), at=found[0]["at"]) if found else None

    async def _presences(self) -> dict[AgentId, Presence]:
        wanted = (
            select(presences)
            .join(agents, agents.c.agent == presences.c.agent)
            .where(agents.c.removed.is_(False))
            .order_by(presences.c.agent)
        )
        return {AgentId(row["agent"]): presence_from(row) for row in await self._rows(wanted)}

    async def _put(self, sql: AsyncConnection, presence: Presence) -> None:
        await sql.execute(presences.update().where(presences.c.agent == presence.agent), presence_row(presence))

    async def _set(self, agent: AgentId, row: dict[str, Any]) -> None:
        changing = agents.update().where(agents.c.agent == agent, agents.c.removed.is_(False)).values(row)
        with down(self._engine):
            async with self._writing.begin() as sql:
                if not (await sql.execute(changing)).rowcount:
                    raise NoSuchAgent(f"there is no agent {agent}")

    async def _row(self, agent: AgentId, *, removed_too: bool = False) -> RowMapping:
        found = await self._rows(select(agents).where(agents.c.agent == agent))
        if not found or (found[0]["removed"] and not removed_too):
            raise NoSuchAgent(f"there is no agent {agent}")
        return found[0]

    async def _rows(self, wanted: Any) -> list[RowMapping]:
        with down(self._engine):
            async with self._engine.connect() as sql:
                return list((await sql.execute(wanted)).mappings().all())


async def _first(sql: AsyncConnection, table: Any, agent: AgentId, *, lock: bool = False) -> RowMapping | None:
    wanted = select(table).where(table.c.agent == agent)
    found: RowMapping | None = (await sql.execute(wanted.with_for_update() if lock else wanted)).mappings().first()
    return found
