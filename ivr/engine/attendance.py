"""Who is there, kept in memory by the one controller that owns it: a database that cannot be reached stops no call.

Every change is written down before it is acted on, as long as the database answers within `PATIENCE`. When it does
not, the change counts all the same, and is owed: written later, in order, with the moment at which it happened. Until
then it would be lost with this process; at its next start the exchange says who rings and talks, so that only wishes of
the meantime have to be told again.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from ivr.domain.agent import Agent, SipCredentials
from ivr.domain.ids import AgentId, CallId
from ivr.domain.presence import Presence, PresenceChange, PresenceEvent, WrapUp, changed, moved, must_be_at
from ivr.domain.ticket import Fault, Illegal, Party
from ivr.ports.agents import Agents, NoSuchAgent
from ivr.ports.archive import ArchiveDown

log = structlog.get_logger(__name__)

PATIENCE = 1.0
"""Seconds for a write; the first that takes longer makes the rest wait for the database, and nobody for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    """A change that happened and is not written."""

    agent: AgentId
    event: PresenceEvent
    by: Party
    at: datetime
    wrap_up: WrapUp
    reason: str | None
    call_id: CallId | None
    expected: int


class Attendance:
    """Implements `ivr.ports.agents.Presences` over the agents of the database."""

    def __init__(self, agents: Agents, patience: float = PATIENCE) -> None:
        self._agents = agents
        self._patience = patience
        self._accounts: dict[AgentId, Agent] = {}
        self._presences: dict[AgentId, Presence] = {}
        self._at: dict[str, tuple[AgentId, ...]] = {}
        self._owed: deque[_Owed] = deque()
        self._turn = asyncio.Lock()
        self.loaded = False
        """The accounts were read at least once; before that nobody knows who is there."""

    @property
    def accounts(self) -> Mapping[AgentId, Agent]:
        """Everyone, as last read."""
        return self._accounts

    @property
    def standing(self) -> Mapping[AgentId, Presence]:
        """How it stands with everyone now."""
        return self._presences

    def at(self, endpoint: str) -> tuple[AgentId, ...]:
        """Whose phone it is."""
        return self._at.get(endpoint, ())

    @property
    def owed(self) -> int:
        """Changes that are not written yet."""
        return len(self._owed)

    async def load(self) -> None:
        """Read accounts anew, and presences of those that were not known. Raises ArchiveDown; then nothing changes."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience * 5):
                    accounts, presences = await self._agents.all(), await self._agents.presences()
            except TimeoutError:
                raise ArchiveDown("the agents could not be read in time") from None
            self._accounts = {agent.agent: agent for agent in accounts}
            self._at = {}
            for agent in accounts:
                self._at[agent.endpoint] = (*self._at.get(agent.endpoint, ()), agent.agent)
            owed = {change.agent for change in self._owed}
            kept = {agent: self._presences[agent] for agent in owed if agent in self._presences}
            self._presences = {
                agent: kept.get(agent, presences[agent]) for agent in self._accounts if agent in presences
            }
            self.loaded = True

    async def presences(self) -> Mapping[AgentId, Presence]:
        """How it stands with everyone. Raises ArchiveDown while it was never read."""
        self._must_be_loaded()
        return dict(self._presences)

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
        """Let this happen. Raises Illegal, NoSuchAgent; ArchiveDown only while the accounts were never read."""
        if agent not in self._presences:  # added a moment ago, or nobody
            await self.load()
        async with self._turn:
            before = self._known(agent)
            must_be_at(before, expected)
            after = moved(before, event, by=by, at=at, wrap_up=wrap_up, reason=reason, call_id=call_id)
            await self._write(
                _Owed(
                    agent=agent,
                    event=event,
                    by=by,
                    at=at,
                    wrap_up=wrap_up,
                    reason=reason,
                    call_id=call_id,
                    expected=before.version,
                )
            )
            self._presences[agent] = after
            return changed(before, after, event, by, at)

    async def credentials(self) -> list[SipCredentials]:
        """Of everyone who has a phone of his own. Raises ArchiveDown."""
        own = [agent for agent in self._accounts.values() if not agent.phone]
        found = []
        for agent in own:
            with contextlib.suppress(NoSuchAgent):  # removed a moment ago
                found.append(await self._agents.credentials(agent.agent))
        return [each for each in found if each is not None]

    async def pay(self) -> None:
        """Write what is owed. Raises ArchiveDown as soon as the database does not take it."""
        while self._owed:
            async with self._turn:
                if self._owed:
                    await self._put(self._owed[0])
                    self._owed.popleft()

    def _known(self, agent: AgentId) -> Presence:
        self._must_be_loaded()
        if agent not in self._presences:
            raise NoSuchAgent(f"there is no agent {agent}")
        return self._presences[agent]

    def _must_be_loaded(self) -> None:
        if not self.loaded:
            raise ArchiveDown("the agents were not read yet")

    async def _write(self, change: _Owed) -> None:
        if not self._owed:
            try:
                await self._put(change)
            except ArchiveDown as down:
                log.warning("presence_owed", agent=change.agent, what=change.event.value, why=str(down))
            else:
                return
        self._owed.append(change)

    async def _put(self, change: _Owed) -> None:
        """Write one; whoever finds it written already (its answer was lost) has nothing to do."""
        try:
            async with asyncio.timeout(self._patience):
                await self._agents.move(
                    change.agent,
                    change.event,
                    by=change.by,
                    at=change.at,
                    wrap_up=change.wrap_up,
                    reason=change.reason,
                    call_id=change.call_id,
                    expected=change.expected,
                )
        except TimeoutError:
            raise ArchiveDown(f"no answer within {self._patience:g} s") from None
        except NoSuchAgent:
            log.info("presence_of_nobody", agent=change.agent, what=change.event.value)
        except Illegal as illegal:
            if illegal.fault is Fault.OVERTAKEN:
                log.info("presence_was_written", agent=change.agent, version=change.expected, why=str(illegal))
            else:  # the table of another release: the next reading of the database decides
                log.error("presence_not_written", agent=change.agent, why=str(illegal))  # noqa: TRY400
