"""Agents' presence: what they, their supervisors and the line may do with it, and what everyone hears of it.

The controller holds the one `Roster` that publishes; what the exchange is to do with a change (membership, pauses)
follows from `ivr.policies.membership`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ivr.domain.errors import HotlineError
from ivr.domain.events import Event, PresenceChanged
from ivr.domain.ids import AgentId, CallId, NodeId
from ivr.domain.presence import PAUSES, PresenceChange, PresenceEvent, PresenceState, WrapUp
from ivr.domain.ticket import Party, Role
from ivr.ports.agents import Presences
from ivr.ports.clock import Clock


class WrongReason(HotlineError):
    """A break or pause with a reason that is none of the configuration's."""


class WrongCommand(HotlineError):
    """A command of the bus that cannot be understood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who is there, and what he does."""

    agents: Presences
    clock: Clock
    wrap_up: WrapUp
    breaks: Collection[str]
    """Reasons for a break, of the configuration."""
    node: NodeId
    publish: Callable[[Event], None]

    async def move(
        self,
        agent: AgentId,
        event: PresenceEvent,
        *,
        by: Party,
        reason: str | None = None,
        call_id: CallId | None = None,
        expected: int | None = None,
    ) -> PresenceChange:
        """Let this happen: written down first, then told. Raises WrongReason, Illegal, NoSuchAgent, ArchiveDown."""
        self._must_have_reason(event, reason)
        change = await self.agents.move(
            agent,
            event,
            by=by,
            at=self.clock.now(),
            wrap_up=self.wrap_up,
            reason=reason,
            call_id=call_id,
            expected=expected,
        )
        self.publish(told_of(change, self.node, self.clock.monotonic()))
        return change

    async def end_wrap_ups(self) -> list[PresenceChange]:
        """Bring everyone on whose time for notes is over. Raises ArchiveDown."""
        now, line = self.clock.now(), Party(Role.LINE, self.node)
        over = [
            presence
            for presence in (await self.agents.presences()).values()
            if presence.state is PresenceState.WRAP_UP and presence.until is not None and presence.until <= now
        ]
        return [await self.move(each.agent, PresenceEvent.TIME_OVER, by=line, expected=each.version) for each in over]

    async def command(self, content: dict[str, object]) -> dict[str, object]:
        """The bus command `presence`: agent, event, role, name, reason. Raises WrongCommand and what `move` raises."""
        try:
            agent, event = AgentId(str(content["agent"])), PresenceEvent(content["event"])
            by = Party(Role(content["role"]), str(content["name"]))
        except (KeyError, ValueError) as error:
            raise WrongCommand(f"presence takes agent, event, role and name: {error}") from error
        reason = content.get("reason")
        change = await self.move(agent, event, by=by, reason=None if reason is None else str(reason))
        presence = change.presence
        return {
            "agent": presence.agent,
            "state": presence.state.value,
            "reason": presence.reason,
            "since": presence.since.isoformat(),
            "wish": presence.wish.event.value if presence.wish else None,
            "version": presence.version,
        }

    def _must_have_reason(self, event: PresenceEvent, reason: str | None) -> None:
        allowed = {PresenceEvent.TAKE_BREAK: tuple(self.breaks), PresenceEvent.PAUSE: PAUSES}.get(event)
        if allowed is not None and reason not in allowed:
            raise WrongReason(f"{event.value} for the reason {reason!r}; allowed are {', '.join(sorted(allowed))}")


def told_of(change: PresenceChange, node: NodeId, monotonic: float) -> PresenceChanged:
    """What everyone may hear of it."""
    presence, entry = change.presence, change.entry
    return PresenceChanged(
        agent=presence.agent,
        sequence=presence.version,
        node=node,
        at=entry.at,
        monotonic=monotonic,
        before=entry.before.value,
        after=entry.after.value,
        what=entry.event.value,
        by=str(entry.by),
        since=presence.since,
        reason=presence.reason,
        call_id=entry.call_id,
        until=presence.until,
        wish=presence.wish.event.value if presence.wish else None,
    )
