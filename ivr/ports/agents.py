"""The agents: their accounts, their presence, and whom they helped last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.agent import Agent, SipCredentials
from ivr.domain.banking import CustomerToken
from ivr.domain.errors import HotlineError
from ivr.domain.ids import AgentId, CallId
from ivr.domain.presence import Presence, PresenceChange, PresenceEntry, PresenceEvent, WrapUp
from ivr.domain.ticket import Party


class NoSuchAgent(HotlineError):
    """Nobody has this staff number."""


class AgentExists(HotlineError):
    """Somebody has this staff number already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """Who helped a customer last."""

    agent: AgentId
    at: datetime
    """UTC; when their talk ended."""


class Presences(Protocol):
    """How it stands with the agents, and what changes it."""

    async def presences(self) -> Mapping[AgentId, Presence]:
        """How it stands with everyone."""

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
        """Let this happen: presence and its history in one transaction, for good when this returns. `expected` is the
        version that was decided on. Raises Illegal, which says whose fault it was; then nothing was changed."""


class Agents(Presences, Protocol):
    """Where agents stand. Every method raises ArchiveDown (`ivr.ports.archive`) when there is no reaching it, and every
    one that names an agent raises NoSuchAgent."""

    async def add(self, agent: Agent) -> None:
        """A new account, offline. Who was removed and comes back goes on at the version of his presence. Raises
        AgentExists."""

    async def change(self, agent: Agent) -> None:
        """Everything but staff number and `created_at` may be another from now on."""

    async def remove(self, agent: AgentId) -> None:
        """The account is no more, its name and credentials are destroyed; what happened stays under the number."""

    async def read(self, agent: AgentId) -> Agent:
        """One account."""

    async def all(self) -> list[Agent]:
        """Every account, by staff number."""

    async def presence(self, agent: AgentId) -> Presence:
        """How it stands with one."""

    async def history(self, agent: AgentId, since: datetime, limit: int = 1000) -> list[PresenceEntry]:
        """What happened at or after this moment, oldest first, the first `limit`; also of who was removed."""

    async def keep_credentials(self, credentials: SipCredentials) -> None:
        """Keep them instead of any before."""

    async def credentials(self, agent: AgentId) -> SipCredentials | None:
        """Those his phone registers by; None: none were made. For the exchange's rendering, and to be shown once."""

    async def note_handled(self, customer: CustomerToken, handled: Handled) -> None:
        """Remember who helped him; an older one than is known changes nothing."""

    async def last_handled(self, customer: CustomerToken) -> Handled | None:
        """Who helped him last; None: nobody yet, or he was removed."""
