"""Agents in memory: the same promises as in a database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

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
from ivr.ports.archive import ArchiveDown


class MemoryAgents:
    """Implements ivr.ports.agents.Agents."""

    def __init__(self) -> None:
        self._accounts: dict[AgentId, Agent] = {}
        self._presences: dict[AgentId, Presence] = {}
        self._history: list[PresenceEntry] = []
        self._credentials: dict[AgentId, SipCredentials] = {}
        self._handled: dict[CustomerToken, Handled] = {}
        self.down = False
        """Set to play a database that cannot be reached."""

    async def add(self, agent: Agent) -> None:
        """A new account, offline. Raises AgentExists, ArchiveDown."""
        self._must_be_up()
        if agent.agent in self._accounts:
            raise AgentExists(f"there is an agent {agent.agent} already")
        self._accounts[agent.agent] = agent
        version = self._presences[agent.agent].version if agent.agent in self._presences else 0
        self._presences[agent.agent] = Presence(agent=agent.agent, since=agent.created_at, version=version)

    async def change(self, agent: Agent) -> None:
        """Another name, other skills. Raises NoSuchAgent, ArchiveDown."""
        self._accounts[agent.agent] = replace(agent, created_at=self._account(agent.agent).created_at)

    async def remove(self, agent: AgentId) -> None:
        """The account is no more. Raises NoSuchAgent, ArchiveDown."""
        del self._accounts[self._account(agent).agent]
        self._credentials.pop(agent, None)

    async def read(self, agent: AgentId) -> Agent:
        """One account. Raises NoSuchAgent, ArchiveDown."""
        return self._account(agent)

    async def all(self) -> list[Agent]:
        """Every account. Raises ArchiveDown."""
        self._must_be_up()
        return [self._accounts[agent] for agent in sorted(self._accounts)]

    async def presence(self, agent: AgentId) -> Presence:
        """How it stands with one. Raises NoSuchAgent, ArchiveDown."""
        return self._presences[self._account(agent).agent]

    async def presences(self) -> Mapping[AgentId, Presence]:
        """How it stands with everyone. Raises ArchiveDown."""
        self._must_be_up()
        return {agent: self._presences[agent] for agent in sorted(self._accounts)}

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
        before = await self.presence(agent)
        must_be_at(before, expected)
        after = moved(before, event, by=by, at=at, wrap_up=wrap_up, reason=reason, call_id=call_id)
        change = changed(before, after, event, by, at)
        self._presences[agent] = after
        self._history.append(change.entry)
        return change

    async def history(self, agent: AgentId, since: datetime, limit: int = 1000) -> list[PresenceEntry]:
        """What happened since, oldest first. Raises NoSuchAgent, ArchiveDown."""
        self._must_be_up()
        if agent not in self._presences:
            raise NoSuchAgent(f"there is no agent {agent}")
        return [entry for entry in self._history if entry.agent == agent and entry.at >= since][:limit]

    async def keep_credentials(self, credentials: SipCredentials) -> None:
        """Keep them. Raises NoSuchAgent, ArchiveDown."""
        self._credentials[self._account(credentials.agent).agent] = credentials

    async def credentials(self, agent: AgentId) -> SipCredentials | None:
        """Those his phone registers by. Raises NoSuchAgent, ArchiveDown."""
        return self._credentials.get(self._account(agent).agent)

    async def note_handled(self, customer: CustomerToken, handled: Handled) -> None:
        """Remember who helped him. Raises NoSuchAgent, ArchiveDown."""
        self._account(handled.agent)
        known = self._handled.get(customer)
        if known is None or known.at <= handled.at:
            self._handled[customer] = handled

    async def last_handled(self, customer: CustomerToken) -> Handled | None:
        """Who helped him last. Raises ArchiveDown."""
        self._must_be_up()
        known = self._handled.get(customer)
        return known if known is not None and known.agent in self._accounts else None

    def _account(self, agent: AgentId) -> Agent:
        self._must_be_up()
        if agent not in self._accounts:
            raise NoSuchAgent(f"there is no agent {agent}")
        return self._accounts[agent]

    def _must_be_up(self) -> None:
        if self.down:
            raise ArchiveDown("the memory agents play a database that is down")
