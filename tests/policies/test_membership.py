"""H1.2e, H1.2a: which agents are in which queue, and who is rung for whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.agent import Agent, Skills, Tier
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallId, QueueName
from ivr.domain.presence import MISSED_CALL, Presence, PresenceEvent, PresenceState, Wish
from ivr.domain.problem import Category
from ivr.policies.membership import RESERVED, Member, Waiting, choose, members, most_penalty, penalty_in
from ivr.policies.routing import QueueRule, Rules, Wider
from ivr.policies.waiting import priority_at
from tests.contracts.staff import agent

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
ZH, EN = Language.ZH, Language.EN
SERVICE, CARDS, ENGLISH = QueueName("service"), QueueName("cards"), QueueName("english")
PLAIN = Rules()
RULES = Rules(
    queues=(
        *PLAIN.queues,
        QueueRule(name=CARDS, categories=(Category.LOSS,)),
        QueueRule(name=ENGLISH, languages=(EN,)),
    )
)


def one(number: str, *, languages: tuple[Language, ...] = (ZH,), tier: Tier = Tier.AGENT, **more: object) -> Agent:
    """An agent with these skills."""
    return agent(number, skills=Skills(languages=languages, tier=tier, **more), phone="")  # type: ignore[arg-type]


def stands(number: str, state: PresenceState = PresenceState.READY, **more: object) -> Presence:
    """His presence."""
    made = Presence(agent=AgentId(number), state=state, since=NOW)
    return replace(made, **more)  # type: ignore[arg-type]


def caller(number: int, queue: QueueName = SERVICE, priority: int = 0, waited: int = 0, **more: object) -> Waiting:
    """One who waits."""
    made = Waiting(
        call_id=CallId(f"n1-1.{number}"),
        queue=queue,
        priority=priority,
        joined_at=NOW - timedelta(seconds=waited),
        entered_at=NOW - timedelta(seconds=waited),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def penalties(*agents: Agent) -> dict[tuple[str, str], int]:
    """Of everyone, all ready."""
    found = members(RULES, agents, {each.agent: stands(each.agent) for each in agents})
    return {(member.queue, member.agent): member.penalty for member in found}


@pytest.mark.parametrize(
    ("skills", "queue", "penalty"),
    [
        (Skills(), SERVICE, 0),
        (Skills(tier=Tier.SENIOR), SERVICE, 10),
        (Skills(tier=Tier.DUTY), SERVICE, None),
        (Skills(tier=Tier.DUTY), QueueName("emergency"), 0),
        (Skills(tier=Tier.SENIOR), QueueName("emergency"), 10),
        (Skills(), QueueName("emergency"), None),
        (Skills(), CARDS, 5),
        (Skills(categories=(Category.LOSS,)), CARDS, 0),
        (Skills(categories=(Category.ENQUIRY,)), CARDS, None),
        (Skills(), ENGLISH, None),
        (Skills(languages=(ZH, EN)), ENGLISH, 1),
        (Skills(languages=(EN, ZH), tier=Tier.SENIOR), ENGLISH, 10),
    ],
)
def test_a_penalty_comes_from_line_language_and_matter_h1_2e(
    skills: Skills, queue: QueueName, penalty: int | None
) -> None:
    """Seniors behind agents, the second language behind the first, generalists behind specialists."""
    assert penalty_in(RULES.queue(queue), agent(skills=skills)) == penalty


def test_who_is_offline_is_in_no_queue() -> None:
    """And whom nobody knows the presence of."""
    there = members(
        RULES,
        [one("8001"), one("8002"), one("8003")],
        {
            AgentId("8001"): stands("8001", PresenceState.OFFLINE),
            AgentId("8002"): stands("8002"),
        },
    )
    assert {member.agent for member in there} == {"8002"}


@pytest.mark.parametrize(
    ("presence", "paused"),
    [
        (stands("8001"), None),
        (stands("8001", PresenceState.RINGING), None),
        (stands("8001", PresenceState.RINGING, wish=Wish(event=PresenceEvent.GO_OFFLINE)), "go_offline"),
        (stands("8001", PresenceState.TALKING), "talking"),
        (stands("8001", PresenceState.WRAP_UP), "wrap_up"),
        (stands("8001", PresenceState.BREAK, reason="meal"), "meal"),
        (stands("8001", PresenceState.PAUSED, reason=MISSED_CALL), MISSED_CALL),
    ],
)
def test_no_call_rings_for_who_is_not_ready(presence: Presence, paused: str | None) -> None:
    """Paused with the reason; who talks is paused already, so that none slips in before his notes."""
    there = members(RULES, [one("8001")], {AgentId("8001"): presence})
    assert {member.paused for member in there} == {paused}


def test_a_more_urgent_caller_of_another_queue_keeps_his_agent() -> None:
    """Between queues of one weight the exchange knows no priorities; while there are enough agents nobody is kept."""
    both = [one("8001", languages=(ZH, EN)), one("8002", languages=(ZH, EN))]
    presences = {each.agent: stands(each.agent) for each in both}
    ordinary, urgent = caller(1), caller(2, ENGLISH, priority=20)

    def paused(agents: list[Agent], *waiting: Waiting) -> set[tuple[str, str | None]]:
        there = members(RULES, agents, presences, waiting, NOW)
        return {(member.queue, member.paused) for member in there if member.queue in (SERVICE, ENGLISH)}

    assert paused(both[:1], ordinary, urgent) == {(SERVICE, RESERVED), (ENGLISH, None)}
    assert paused(both, ordinary, urgent) == {(SERVICE, None), (ENGLISH, None)}
    assert paused(both[:1], ordinary) == {(SERVICE, None), (ENGLISH, None)}
    aged = caller(1, waited=600)
    assert paused(both[:1], aged, urgent) == {(SERVICE, None), (ENGLISH, RESERVED)}


def rung(waiting: list[Waiting], agents: list[Agent], idle: dict[str, int] | None = None) -> list[tuple[str, str]]:
    """Who is rung for whom; `idle` seconds are how long an agent has been free."""
    presences = {each.agent: stands(each.agent) for each in agents}
    free = {each.agent: NOW - timedelta(seconds=(idle or {}).get(each.agent, 0)) for each in agents}
    there = members(RULES, agents, presences, waiting, NOW)
    return [(one_.call_id[-1], member.agent) for one_, member in choose(waiting, there, free, NOW, RULES)]


def test_the_more_urgent_is_served_first_and_equals_in_their_order_h2_1d() -> None:
    """An emergency before all; who waited long enough before an urgent newcomer."""
    agents = [one("8001", tier=Tier.SENIOR)]
    waiting = [caller(1, waited=5), caller(2, waited=9), caller(3, priority=20)]
    assert rung(waiting, agents) == [("3", "8001")]
    assert rung(waiting[:2], agents) == [("2", "8001")]
    emergency = caller(4, QueueName("emergency"), priority=100)
    assert rung([*waiting, emergency], agents) == [("4", "8001")]
    assert rung([caller(1, waited=301), caller(3, priority=20)], agents) == [("1", "8001")]


def test_the_lowest_penalty_is_rung_then_who_is_free_longest() -> None:
    """A senior only when no agent is left, and only once he may."""
    agents = [one("8001"), one("8002"), one("8003", tier=Tier.SENIOR)]
    idle = {"8001": 10, "8002": 60, "8003": 900}
    waiting = [caller(number, waited=40 - number) for number in (1, 2, 3)]
    assert rung(waiting, agents, idle) == [("1", "8002"), ("2", "8001"), ("3", "8003")]
    patient = [replace(each, wider=(Wider(0, 9), Wider(60, None))) for each in waiting]
    assert rung(patient, agents, idle) == [("1", "8002"), ("2", "8001")]


def test_more_agents_are_rung_as_a_caller_waits() -> None:
    """By the steps of his stop, counted from his entry into this queue."""
    waits = caller(1, wider=(Wider(0, 9), Wider(30, 19), Wider(60, None)))
    found = [most_penalty(waits, NOW + timedelta(seconds=second)) for second in (0, 29, 30, 59, 60)]
    assert found == [9, 9, 19, 19, None]
    assert most_penalty(caller(1), NOW) is None


def test_who_waits_for_one_agent_is_given_no_other() -> None:
    """The one who helped him last."""
    agents = [one("8001"), one("8002")]
    assert rung([caller(1, agent=AgentId("8002"))], agents) == [("1", "8002")]
    assert rung([caller(1, agent=AgentId("8009"))], agents) == []


@given(
    st.lists(st.tuples(st.sampled_from((SERVICE, CARDS, ENGLISH)), st.sampled_from((0, 10, 20)), st.integers(0, 900))),
    st.lists(st.sampled_from(((ZH,), (ZH, EN), (EN,))), max_size=6),
)
def test_nobody_who_could_be_rung_is_left_free(
    callers: list[tuple[QueueName, int, int]], speak: list[tuple[Language, ...]]
) -> None:
    """Each agent and caller at most once, each agent able; who is left over could serve none of those who still wait,
    and nobody is passed over for a less urgent caller of his queue."""
    agents = [one(str(8001 + place), languages=languages) for place, languages in enumerate(speak)]
    waiting = [caller(place, queue, priority, waited) for place, (queue, priority, waited) in enumerate(callers)]
    presences = {each.agent: stands(each.agent) for each in agents}
    there: list[Member] = list(members(RULES, agents, presences))
    pairs = choose(waiting, there, {each.agent: NOW for each in agents}, NOW, RULES)
    served, busy = {one_.call_id for one_, _ in pairs}, {member.agent for _, member in pairs}
    assert len(served) == len(busy) == len(pairs)
    for still in (each for each in waiting if each.call_id not in served):
        assert {member.agent for member in there if member.queue == still.queue} <= busy
        for other, _ in pairs:
            if other.queue == still.queue:
                ranks = [(-priority_at(each.place, NOW, RULES.ageing), each.joined_at) for each in (other, still)]
                assert ranks[0] <= ranks[1]
