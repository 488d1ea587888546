"""H1.2a: the measures as DOMAIN defines them, each on a few events that one can count by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain import events as told
from ivr.domain.ids import AgentId, CallBackId, CallId, NodeId, QueueName
from ivr.policies.measures import Interval, Measures, WaitEnd, by_agent, by_queue, measure, ordered, waits_of
from ivr.ports.codec import decode_event, encode_event

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = Interval(since=NINE, until=NINE + timedelta(hours=1))
CHEN = AgentId("8001")
_COUNTED = iter(range(1, 100_000))


def happened(kind: Any, second: float, call: str = "n1-1.1", **what: Any) -> told.Event:
    """Something of a call, at that second."""
    at = NINE + timedelta(seconds=second)
    made: told.Event = kind(
        call_id=CallId(call), sequence=next(_COUNTED), node=NodeId("n1"), at=at, monotonic=second, **what
    )
    return made


def enters(second: float, call: str = "n1-1.1", queue: str = "service") -> told.Event:
    """The caller enters a queue."""
    return happened(told.QueueEntered, second, call, queue=QueueName(queue), priority=0)


def answers(second: float, call: str = "n1-1.1") -> told.Event:
    """A person answers."""
    return happened(told.PersonAnswered, second, call, waited=0, agent=CHEN)


def leaves(second: float, call: str = "n1-1.1") -> told.Event:
    """The caller hangs up."""
    return happened(told.CallerGone, second, call, reason="caller_hung_up")


def returns(second: float, call: str = "n1-1.1", how: str = "timed_out") -> told.Event:
    """The caller is back from a queue."""
    return happened(told.QueueExited, second, call, how=how)


def becomes(second: float, before: str, after: str, call: str | None = None, agent: AgentId = CHEN) -> told.Event:
    """An agent does something else."""
    at = NINE + timedelta(seconds=second)
    return told.PresenceChanged(
        agent=agent,
        sequence=next(_COUNTED),
        node=NodeId("n1"),
        at=at,
        monotonic=second,
        before=before,
        after=after,
        what="",
        by="line n1",
        since=at,
        call_id=CallId(call) if call else None,
    )


def asks_to_be_called(second: float, call: str = "n1-1.1") -> told.Event:
    """A call back is promised."""
    at = NINE + timedelta(seconds=second)
    return told.CallBackChanged(
        call_back=CallBackId(f"{call}/9"),
        sequence=1,
        node=NodeId("n1"),
        at=at,
        monotonic=second,
        call_id=CallId(call),
        queue=QueueName("service"),
        before=None,
        after="asked",
        what="ask",
        due_at=at,
        attempts=0,
    )


def test_service_level_counts_everyone_who_was_offered() -> None:
    """Answered within thirty seconds ÷ offered; short abandons are in it, and told beside."""
    events = [
        *(enters(0, "n1-1.1"), answers(30, "n1-1.1")),
        *(enters(0, "n1-1.2"), answers(31, "n1-1.2")),
        *(enters(0, "n1-1.3"), leaves(4, "n1-1.3")),
        *(enters(0, "n1-1.4"), leaves(90, "n1-1.4")),
    ]
    found = measure(events, HOUR)
    assert (found.offered, found.service_level, found.abandon_rate) == (4, 0.25, 0.5)
    assert (found.abandoned_short, found.asa, found.longest_wait) == (1, 30.5, 90)


def test_a_call_back_is_no_abandon() -> None:
    """Nor is one whose line was put down before we could say goodbye; an earlier stop stays what it was."""
    events = [enters(0), returns(60), enters(60, queue="cards"), asks_to_be_called(100), leaves(101)]
    found = measure(events, HOUR)
    assert (found.offered, found.called_back, found.abandoned) == (1, 1, 0)
    queues = by_queue(events, HOUR)
    assert (queues[QueueName("service")].moved_on, queues[QueueName("cards")].called_back) == (1, 1)


def test_the_clock_starts_at_the_first_queue() -> None:
    """However many he passes through, it is one wait; each queue counts its own visit."""
    events = [enters(0, queue="cards"), returns(25), enters(25), answers(40)]
    found = measure(events, HOUR)
    assert (found.offered, found.answered, found.answered_in_time, found.answered_wait) == (1, 1, 0, 40)
    queues = by_queue(events, HOUR)
    assert queues[QueueName("cards")].moved_on == 1
    assert (queues[QueueName("service")].answered_in_time, queues[QueueName("service")].answered_wait) == (1, 15)


def test_who_is_brought_to_a_second_person_waits_twice() -> None:
    """After a talk a new wait begins."""
    waits = waits_of(ordered([enters(0), answers(10), returns(60, how="answered"), enters(70), answers(75)]))
    assert [(wait.seconds, wait.end) for wait in waits] == [(10, WaitEnd.ANSWERED), (5, WaitEnd.ANSWERED)]


def test_who_is_handed_over_again_after_a_crash_waits_on() -> None:
    """The same queue once more is no second visit."""
    found = measure([enters(0), enters(20), answers(40)], HOUR)
    assert (found.offered, found.answered_wait) == (1, 40)


def test_who_still_waits_is_in_no_rate() -> None:
    """And nobody who came in another hour is counted in this one."""
    found = measure([enters(0), enters(-1, "n1-1.2"), answers(5, "n1-1.2"), enters(3600, "n1-1.3")], HOUR)
    assert (found.waiting, found.offered, found.service_level) == (1, 0, None)


SHIFT = [
    becomes(0, "offline", "ready"),
    becomes(100, "ready", "ringing", "n1-1.1"),
    becomes(105, "ringing", "talking", "n1-1.1"),
    happened(told.ConversationChanged, 120, turn="hold", phase="on_hold", by="desk1", phone="", why=""),
    happened(told.ConversationChanged, 130, turn="consult", phase="calling", by="desk1", phone="desk2", why=""),
    happened(told.ConversationChanged, 150, turn="back", phase="talking", by="desk1", phone="", why=""),
    becomes(205, "talking", "wrap_up", "n1-1.1"),
    becomes(205, "wrap_up", "wrap_up", "n1-1.1"),
    becomes(235, "wrap_up", "ready"),
    becomes(335, "ready", "break"),
]


def test_handle_time_is_talk_hold_and_notes() -> None:
    """Hold is within the talk, and told apart; ready and ringing are available, a break is neither."""
    found = measure(SHIFT, HOUR)
    assert (found.handled, found.talk, found.hold, found.wrap_up, found.aht) == (1, 70, 30, 30, 130)
    assert (found.busy, found.available) == (130, 205)
    assert found.occupancy == pytest.approx(130 / 335)
    assert by_agent(SHIFT, HOUR) == {CHEN: found}


def test_work_belongs_to_the_interval_in_which_it_was_done() -> None:
    """A talk over the border is cut; it is handled where its notes end."""
    first = Interval(since=NINE, until=NINE + timedelta(seconds=155))
    second = Interval(since=first.until, until=HOUR.until)
    before, after = measure(SHIFT, first), measure(SHIFT, second)
    assert (before.busy, before.handled, after.busy, after.handled) == (50, 0, 80, 1)
    assert after.aht == 130


def test_events_may_come_twice_and_in_any_order() -> None:
    """The bus delivers at least once; and as they are written and read they say the same."""
    events = [enters(0), answers(10), *SHIFT]
    again = [decode_event(encode_event(event)) for event in reversed(events + events)]
    assert measure(again, HOUR) == measure(events, HOUR)


def test_where_nothing_happened_nothing_is_divided() -> None:
    """No rate is better than a wrong one."""
    found = measure([], HOUR)
    assert found == Measures()
    rates = (found.service_level, found.abandon_rate, found.asa, found.aht, found.occupancy)
    assert rates == (None,) * 5
