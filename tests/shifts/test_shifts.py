"""500 random shifts: no agent is stuck, no caller is lost, and every number equals an independent recount."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from ivr.domain.callback import CallBackState
from ivr.domain.presence import PresenceState
from ivr.policies.measures import Interval, Measures, by_agent, by_queue, measure
from ivr.ports.callbacks import CallBackFilter
from tests.examples import examples
from tests.shifts.floor import START, Shift

SHIFTS, SHARES = examples(500), 10
BUSY = (PresenceState.TALKING.value, PresenceState.WRAP_UP.value)
FREE = (PresenceState.READY.value, PresenceState.RINGING.value)


@pytest.mark.parametrize("share", range(SHARES))
def test_shifts_leave_nobody_stuck_or_lost_and_add_up(share: int) -> None:
    """A tenth of the five hundred."""
    for seed in range(share, SHIFTS, SHARES):
        shift = Shift(seed)
        asyncio.run(_lived_through(shift))
        _nobody_is_lost(shift)
        _recounted(shift)


async def _lived_through(shift: Shift) -> None:
    await shift.run()
    for agent, presence in (await shift.agents.presences()).items():
        assert presence.state is PresenceState.OFFLINE, agent
        assert presence.wish is None
        told = await shift.agents.history(agent, START)
        assert len(told) == presence.version
        assert [entry.before for entry in told[1:]] == [entry.after for entry in told[:-1]]
    backs = await shift.backs.find(CallBackFilter())
    asked = [person for person in shift.people if person.end == "call_back"]
    assert len(backs) == len(asked)
    assert all(back.state in (CallBackState.REACHED, CallBackState.GIVEN_UP) for back in backs)
    assert all(1 <= back.attempts <= 3 for back in backs)


def _nobody_is_lost(shift: Shift) -> None:
    for person in shift.people:
        assert person.end in ("answered", "abandoned", "moved_on", "call_back"), person
        assert person.ended - person.arrives <= sum(stop.patience for stop in person.way.stops)
        assert person.visits[-1][3] == person.end


def _recounted(shift: Shift) -> None:
    """By asking each caller and each agent second for second, instead of folding events."""
    interval = Interval(since=START, until=START + timedelta(seconds=shift.second + 1))
    found = measure(shift.events, interval)
    _callers_agree(found, [(one.arrives, one.ended, one.end) for one in shift.people])
    queues = by_queue(shift.events, interval)
    visits = [visit for person in shift.people for visit in person.visits]
    assert set(queues) == {queue for queue, *_ in visits}
    for queue, figures in queues.items():
        _callers_agree(figures, [(began, until, how) for name, began, until, how in visits if name == queue])
    agents = by_agent(shift.events, interval)
    seconds: Counter[str] = Counter()
    for agent, diary in shift.diary.items():
        own = _seconds(diary, shift.second + 1)
        seconds += own
        if diary:
            assert agents[agent].busy == sum(own[state] for state in BUSY)
            assert agents[agent].available == sum(own[state] for state in FREE)
    busy, free = (sum(seconds[state] for state in states) for states in (BUSY, FREE))
    assert found.occupancy == (busy / (busy + free) if busy + free else None)
    assert found.handled == len(shift.handled) == sum(figures.handled for figures in agents.values())
    assert found.talk == sum(until - began for _, began, until, _ in shift.handled)
    assert found.wrap_up == sum(notes - until for _, _, until, notes in shift.handled)
    lengths = [notes - began for _, began, _, notes in shift.handled]
    assert found.aht == (pytest.approx(sum(lengths) / len(lengths)) if lengths else None)


def _callers_agree(found: Measures, waits: list[tuple[int, int, str]]) -> None:
    ends = Counter(how for _, _, how in waits)
    answered = [until - began for began, until, how in waits if how == "answered"]
    left = [until - began for began, until, how in waits if how == "abandoned"]
    assert found.waiting == 0
    assert found.offered == len(waits)
    assert (found.answered, found.abandoned) == (ends["answered"], ends["abandoned"])
    assert (found.called_back, found.moved_on) == (ends["call_back"], ends["moved_on"])
    assert found.abandoned_short == len([wait for wait in left if wait < 5])
    if waits:
        assert found.service_level == len([wait for wait in answered if wait <= 30]) / len(waits)
        assert found.abandon_rate == len(left) / len(waits)
    assert found.asa == (pytest.approx(sum(answered) / len(answered)) if answered else None)
    assert found.longest_wait == max((until - began for began, until, _ in waits), default=0)


def _seconds(diary: list[tuple[int, str]], until: int) -> Counter[str]:
    """One by one."""
    timeline = ["offline"] * until
    for begins, state in diary:
        timeline[begins:] = [state] * (until - begins)
    return Counter(timeline)


def test_the_shifts_are_worth_their_name() -> None:
    """Among them everything happens that can: or they would prove nothing."""
    ends: Counter[str] = Counter()
    whats: Counter[str] = Counter()
    for seed in range(60):
        shift = Shift(seed)
        asyncio.run(shift.run())
        ends.update(person.end for person in shift.people)
        whats.update(event.what for event in shift.events if hasattr(event, "what"))
    assert set(ends) == {"answered", "abandoned", "moved_on", "call_back"}
    assert {"ring", "answer", "miss", "ring_elsewhere", "call_out", "extend", "take_break", "time_over"} <= set(whats)
    assert {"speak", "meet_other", "meet_nobody", "retry", "give_up"} <= set(whats)
