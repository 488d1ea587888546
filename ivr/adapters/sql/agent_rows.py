"""An agent, his presence and its history as rows, and back."""

from typing import Any

from sqlalchemy import RowMapping

from ivr.domain.agent import Agent, Skills, Tier
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallId
from ivr.domain.presence import Presence, PresenceEntry, PresenceEvent, PresenceState, Wish
from ivr.domain.problem import Category
from ivr.domain.ticket import Party, Role
from ivr.ports.keyring import Keyring

CUSTOMER_INDEX = "handled.customer"
"""The purpose of the blind index."""

Row = dict[str, Any]


def context(agent: str, column: str) -> bytes:
    """What sealed bytes are bound to: moved to another row or column they cannot be deciphered."""
    return f"agent {agent} {column}".encode()


def agent_row(agent: Agent, keyring: Keyring) -> Row:
    """The account's columns; those of its credentials are left alone."""
    return {
        "agent": agent.agent,
        "name_sealed": keyring.encrypt(agent.name.encode(), context(agent.agent, "name")),
        "languages": [language.value for language in agent.skills.languages],
        "categories": [category.value for category in agent.skills.categories],
        "tier": agent.skills.tier.value,
        "teams": list(agent.teams),
        "phone": agent.phone,
        "created_at": agent.created_at,
        "removed": False,
    }


def agent_from(row: RowMapping, keyring: Keyring) -> Agent:
    """The account back. Raises Undecryptable."""
    return Agent(
        agent=AgentId(row["agent"]),
        name=keyring.decrypt(row["name_sealed"], context(row["agent"], "name")).decode(),
        skills=Skills(
            languages=tuple(map(Language, row["languages"])),
            categories=tuple(map(Category, row["categories"])),
            tier=Tier(row["tier"]),
        ),
        teams=tuple(row["teams"]),
        phone=row["phone"],
        created_at=row["created_at"],
    )


def presence_row(presence: Presence) -> Row:
    """The row of `presences`."""
    wish = presence.wish
    return {
        "agent": presence.agent,
        "state": presence.state.value,
        "since": presence.since,
        "reason": presence.reason,
        "call_id": presence.call_id,
        "until": presence.until,
        "wish_event": wish.event.value if wish else None,
        "wish_reason": wish.reason if wish else None,
        "version": presence.version,
    }


def presence_from(row: RowMapping) -> Presence:
    """The presence back."""
    wish = None
    if row["wish_event"] is not None:
        wish = Wish(event=PresenceEvent(row["wish_event"]), reason=row["wish_reason"])
    return Presence(
        agent=AgentId(row["agent"]),
        state=PresenceState(row["state"]),
        since=row["since"],
        reason=row["reason"],
        call_id=_call(row),
        until=row["until"],
        wish=wish,
        version=row["version"],
    )


def entry_row(entry: PresenceEntry) -> Row:
    """The row of `presence_history`."""
    return {
        "agent": entry.agent,
        "version": entry.version,
        "at": entry.at,
        "role": entry.by.role.value,
        "who": entry.by.name,
        "event": entry.event.value,
        "before": entry.before.value,
        "after": entry.after.value,
        "reason": entry.reason,
        "call_id": entry.call_id,
    }


def entry_from(row: RowMapping) -> PresenceEntry:
    """The entry back."""
    return PresenceEntry(
        agent=AgentId(row["agent"]),
        version=row["version"],
        at=row["at"],
        by=Party(Role(row["role"]), row["who"]),
        event=PresenceEvent(row["event"]),
        before=PresenceState(row["before"]),
        after=PresenceState(row["after"]),
        reason=row["reason"],
        call_id=_call(row),
    )


def _call(row: RowMapping) -> CallId | None:
    return None if row["call_id"] is None else CallId(row["call_id"])
