"""Presence, read from its table."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.agent import Agent, SipCredentials, Skills
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId
from ivr.domain.presence import (
    MISSED_CALL,
    TRANSITIONS,
    WISHES,
    Presence,
    PresenceEvent,
    PresenceState,
    Wish,
    WrapUp,
    allowed,
    moved,
)
from ivr.domain.ticket import Fault, Illegal, Party, Role
from tests.contracts.calls import NINE
from tests.contracts.staff import CHEN, CHIEF, SELF, THE_LINE, WRAP_UP, ZHOU_SELF, agent
from tests.contracts.tickets import CALL
from tests.examples import examples

E, S = PresenceEvent, PresenceState
OFFLINE = Presence(agent=CHEN, since=NINE)
PARTIES = (SELF, CHIEF, THE_LINE)
MOVES = st.lists(st.tuples(st.sampled_from(E), st.sampled_from(PARTIES)), max_size=30)


def after(*moves: tuple[PresenceEvent, Party], presence: Presence = OFFLINE, reason: str = "meal") -> Presence:
    """How it stands when all this has happened, a second apart."""
    for second, (event, by) in enumerate(moves, 1):
        given_reason = reason if event in (E.TAKE_BREAK, E.PAUSE) else None
        call_id = CALL if event is E.RING else None
        at = NINE + timedelta(seconds=second)
        presence = moved(presence, event, by=by, at=at, wrap_up=WRAP_UP, reason=given_reason, call_id=call_id)
    return presence


READY = ((E.GO_READY, SELF),)
TALKING = (*READY, (E.RING, THE_LINE), (E.ANSWER, THE_LINE))
WRITING = (*TALKING, (E.HANG_UP, THE_LINE))


def test_the_table_has_one_line_for_each_state_and_event() -> None:
    """Nobody has to ask which of two holds; every state and event stands in it."""
    places = [(row.before, row.event) for row in TRANSITIONS]
    assert len(places) == len(set(places))
    assert {row.before for row in TRANSITIONS} == {row.after for row in TRANSITIONS} == set(S)
    assert {row.event for row in TRANSITIONS} == set(E)


def test_a_call_goes_from_ready_to_ready() -> None:
    """Ringing, talking, notes, and free again; the call's id stays with it until the notes are written."""
    writing = after(*WRITING)
    assert (writing.state, writing.call_id) == (S.WRAP_UP, CALL)
    assert writing.until == writing.since + timedelta(seconds=30)
    free = after(*WRITING, (E.TIME_OVER, THE_LINE))
    assert (free.state, free.call_id, free.until) == (S.READY, None, None)


def test_a_missed_call_pauses_with_its_reason() -> None:
    """And only the agent, or a supervisor, ends that."""
    missed = after(*READY, (E.RING, THE_LINE), (E.MISS, THE_LINE))
    assert (missed.state, missed.reason) == (S.PAUSED, MISSED_CALL)
    assert Role.LINE not in next(row.who for row in TRANSITIONS if (row.before, row.event) == (S.PAUSED, E.GO_READY))


def test_who_is_not_to_blame_is_ready_again() -> None:
    """Another answered, or the caller left."""
    assert after(*READY, (E.RING, THE_LINE), (E.RING_ELSEWHERE, THE_LINE)).state is S.READY


@pytest.mark.parametrize(
    ("wish", "state"), [(E.TAKE_BREAK, S.BREAK), (E.GO_OFFLINE, S.OFFLINE), (E.PAUSE, S.PAUSED), (E.GO_READY, S.READY)]
)
def test_a_wish_waits_until_call_and_notes_are_done(wish: PresenceEvent, state: PresenceState) -> None:
    """Nobody is torn from a call; ready takes an earlier wish back."""
    by = CHIEF if wish is E.PAUSE else SELF
    talking = after(*TALKING, (E.TAKE_BREAK, SELF), (wish, by))
    assert talking.state is S.TALKING
    assert talking.since == after(*TALKING).since
    done = after((E.HANG_UP, THE_LINE), (E.TIME_OVER, THE_LINE), presence=talking)
    assert (done.state, done.wish) == (state, None)
    assert done.reason == (None if state in (S.OFFLINE, S.READY) else "meal")


def test_a_wish_comes_true_when_the_phone_stops_ringing() -> None:
    """It was somebody else's call."""
    wished = after(*READY, (E.RING, THE_LINE), (E.TAKE_BREAK, SELF), (E.RING_ELSEWHERE, THE_LINE))
    assert wished.state is S.BREAK


def test_who_is_rung_in_his_break_goes_back_to_it() -> None:
    """With the same reason."""
    called = after((E.TAKE_BREAK, SELF), (E.ANSWER, THE_LINE))
    assert called.wish == Wish(event=E.TAKE_BREAK, reason="meal")
    done = after((E.HANG_UP, THE_LINE), (E.TIME_OVER, THE_LINE), presence=called)
    assert (done.state, done.reason) == (S.BREAK, "meal")


def test_notes_may_take_longer_but_not_for_ever() -> None:
    """Each extension adds its time; the longest is kept, and a further one refused."""
    writing = after(*WRITING)
    longer = after((E.EXTEND, SELF), presence=writing)
    assert (longer.until, longer.since) == (writing.since + timedelta(seconds=90), writing.since)
    longest = after((E.EXTEND, SELF), presence=longer)
    assert longest.until == writing.since + timedelta(seconds=120)
    with pytest.raises(Illegal, match="120 s at the longest") as caught:
        after((E.EXTEND, SELF), presence=longest)
    assert caught.value.fault is Fault.WRONG_MOMENT


@pytest.mark.parametrize(
    ("moves", "event", "by", "fault", "words"),
    [
        ((), E.RING, THE_LINE, Fault.WRONG_MOMENT, "ring does not come while agent 8001 is offline"),
        (READY, E.GO_READY, SELF, Fault.WRONG_MOMENT, "what may come: take_break, go_offline, pause, ring"),
        ((), E.GO_READY, ZHOU_SELF, Fault.NO_RIGHT, "an agent only himself"),
        ((), E.GO_READY, THE_LINE, Fault.NO_RIGHT, "who may: agent, supervisor"),
        (READY, E.PAUSE, SELF, Fault.NO_RIGHT, "agent 8001 may not pause"),
    ],
)
def test_what_may_not_happen_says_whose_fault_it_was(
    moves: tuple[tuple[PresenceEvent, Party], ...], event: PresenceEvent, by: Party, fault: Fault, words: str
) -> None:
    """And what would have been right."""
    with pytest.raises(Illegal, match=words) as caught:
        after((event, by), presence=after(*moves))
    assert caught.value.fault is fault


@pytest.mark.parametrize("event", [E.TAKE_BREAK, E.PAUSE])
def test_a_break_and_a_pause_have_a_reason(event: PresenceEvent) -> None:
    """Or nobody could tell what it was for."""
    with pytest.raises(ValueError, match="needs a reason"):
        moved(after(*READY), event, by=CHIEF, at=NINE, wrap_up=WRAP_UP)


@settings(max_examples=examples(80))
@given(MOVES)
def test_whatever_is_tried_happens_by_the_table_or_not_at_all(moves: list[tuple[PresenceEvent, Party]]) -> None:
    """Time and call belong to their states; a version counts what happened."""
    presence, happened = OFFLINE, 0
    for event, by in moves:
        may = event in allowed(presence.state, by.role)
        try:
            presence = after((event, by), presence=presence)
        except Illegal:
            assert not may or event is E.EXTEND
            continue
        assert may
        happened += 1
        assert presence.version == happened
        assert (presence.until is not None) is (presence.state is S.WRAP_UP)
        assert presence.reason is None or presence.state in (S.BREAK, S.PAUSED)
        assert presence.wish is None or presence.state in (S.RINGING, S.TALKING, S.WRAP_UP)
        assert presence.takes_calls is (presence.state is S.READY)


def test_from_everywhere_one_can_go_home() -> None:
    """No state is a trap."""
    ends = {S.OFFLINE}
    for _ in S:
        ends |= {row.before for row in TRANSITIONS if row.after in ends}
    assert ends == set(S)
    for busy in (S.RINGING, S.TALKING):
        assert set(WISHES) <= {row.event for row in TRANSITIONS if row.before is busy}


@pytest.mark.parametrize("number", ["", "8", "80a1", "8001\n", "1" * 13])
def test_a_staff_number_can_be_spoken(number: str) -> None:
    """Digits, two to twelve."""
    with pytest.raises(ValueError, match="2 to 12 digits"):
        agent(number)


def test_skills_and_words_are_checked() -> None:
    """Each fault is named."""
    for make, words in (
        (lambda: Skills(languages=()), "at least one language"),
        (lambda: Skills(languages=(Language.ZH, Language.ZH)), "stands twice"),
        (lambda: agent(teams=("Cards!",)), "team 'Cards!'"),
        (lambda: agent(phone="-x"), "phone '-x'"),
        (lambda: agent(name=""), "1 to 64"),
        (lambda: WrapUp(usual=timedelta(hours=1)), "between 0 and the longest"),
    ):
        with pytest.raises(ValueError, match=words):
            make()


def test_an_agents_own_phone_has_his_number() -> None:
    """Unless he sits at one of the configuration's."""
    made: Agent = agent(phone="")
    assert (made.endpoint, agent().endpoint) == ("8001", "desk1")


def test_a_password_is_in_no_repr() -> None:
    """It would end up in a traceback."""
    assert "quiet" not in repr(SipCredentials(agent=AgentId("8001"), password="quiet", made_at=NINE))
