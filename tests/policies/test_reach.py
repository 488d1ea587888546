"""Whom a person may call into his talk."""

from dataclasses import replace

import pytest

from ivr.adapters.memory.clock import EPOCH
from ivr.domain.agent import Agent, Skills, Tier
from ivr.domain.conversation import Places
from ivr.domain.ids import AgentId
from ivr.domain.presence import Presence, PresenceState
from ivr.policies.reach import with_agents
from ivr.policies.routing import Rules

PLACES = Places(
    phones=("desk1", "desk2"), queues=(("service", 60, ("desk2", "desk1")), ("emergency", 60, ())), seniors="emergency"
)


def agent(number: str, *, tier: Tier = Tier.AGENT, phone: str = "") -> Agent:
    """An account."""
    return Agent(agent=AgentId(number), name="陈静", skills=Skills(tier=tier), phone=phone, created_at=EPOCH)


OWN, AT_DESK, SENIOR = agent("8001"), agent("8002", phone="desk1"), agent("8003", tier=Tier.SENIOR)


def places(own: PresenceState, at_desk: PresenceState = PresenceState.READY) -> Places:
    """The one with a phone of his own does this, the one at desk1 that; the senior is ready."""
    states = {OWN: own, AT_DESK: at_desk, SENIOR: PresenceState.READY}
    standing = {who.agent: Presence(agent=who.agent, state=state, since=EPOCH) for who, state in states.items()}
    return with_agents(PLACES, Rules(), states, standing)


def test_an_agent_at_work_is_called_by_his_staff_number() -> None:
    """At his own phone, or at the one that his account names."""
    there = places(PresenceState.READY)
    assert [there.phones_of(number) for number in ("8001", "8002")] == [("8001",), ("desk1",)]
    assert there.patience_of("8001") is None, "he is no queue"


@pytest.mark.parametrize("state", [PresenceState.BREAK, PresenceState.TALKING])
def test_whoever_takes_no_calls_is_called_by_his_number_alone(state: PresenceState) -> None:
    """A colleague may ask for him; a queue does not."""
    there = places(state)
    assert there.phones_of("8001") == ("8001",)
    assert "8001" not in there.phones_of("service")


def test_who_is_offline_is_nowhere_and_neither_is_his_phone_in_a_queue() -> None:
    """By the name of the phone it is called: somebody else may sit there."""
    there = places(PresenceState.OFFLINE, PresenceState.OFFLINE)
    assert [there.phones_of(name) for name in ("8001", "8002", "desk1")] == [(), (), ("desk1",)]
    assert there.phones_of("service") == ("8003", "desk2")


def test_a_queue_has_its_agents_in_its_own_order_and_then_phones_of_nobody() -> None:
    """The second line after the first; an emergency reaches seniors who have only phones of their own."""
    there = places(PresenceState.READY)
    assert there.phones_of("service") == ("8001", "desk1", "8003", "desk2")
    assert there.phones_of("emergency") == ("8003",)


def test_without_accounts_it_is_the_configuration_alone() -> None:
    """As while the database was not read yet."""
    assert with_agents(PLACES, Rules(), (), {}) == replace(PLACES, agents=())
