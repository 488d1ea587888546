"""The life of a call back, read from its table."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.callback import (
    ENDS,
    TRANSITIONS,
    CallBack,
    CallBackEvent,
    CallBackState,
    Miss,
    asked,
    moved,
)
from ivr.domain.ids import CallBackId
from ivr.domain.ticket import Fault, Illegal, Party, Role
from tests.contracts.calls import NINE
from tests.contracts.staff import CHEN, SELF, THE_LINE, new_call_back
from tests.contracts.tickets import CUSTOMER

E, S = CallBackEvent, CallBackState
NEW = asked(new_call_back(), CallBackId("n1-1.1/7"), NINE, CUSTOMER)
LATER = NINE + timedelta(hours=1)


def after(*moves: tuple[CallBackEvent, Party], back: CallBack = NEW) -> CallBack:
    """The call back when all this has happened."""
    for event, by in moves:
        back = moved(
            back,
            event,
            by=by,
            at=NINE,
            due_at=LATER if event in (E.CHANGE_TIME, E.RETRY) else None,
            miss=Miss.BUSY if event in (E.MEET_NOBODY, E.MEET_OTHER) else None,
            agent=CHEN if event is E.DIAL else None,
        )
    return back


DIALLING = ((E.COME_DUE, THE_LINE), (E.DIAL, THE_LINE))


def test_the_table_has_one_line_for_each_state_and_event() -> None:
    """Nobody has to ask which of two holds; all stand in it, and nothing follows an end."""
    places = [(row.before, row.event) for row in TRANSITIONS]
    assert len(places) == len(set(places))
    assert {row.after for row in TRANSITIONS} == set(S)
    assert {row.event for row in TRANSITIONS} == set(E)
    assert {row.before for row in TRANSITIONS} == {None, *S} - ENDS


def test_nobody_is_rung_unless_it_is_due() -> None:
    """Only from there leads a way to dialling; an agent cannot make it due before its time."""
    assert [row.before for row in TRANSITIONS if row.after is S.DIALLING] == [S.DUE]
    assert Role.AGENT not in next(row.who for row in TRANSITIONS if row.event is E.COME_DUE)


def test_the_customer_is_reached_at_the_second_attempt() -> None:
    """Each attempt is counted, with how it failed and who made it."""
    back = after(*DIALLING, (E.MEET_NOBODY, THE_LINE), (E.RETRY, THE_LINE), *DIALLING, (E.SPEAK, SELF))
    assert (back.state, back.attempts, back.agent, back.last_miss) == (S.REACHED, 2, CHEN, Miss.BUSY)
    assert back.is_over
    assert back.due_at == LATER


def test_an_attempt_of_which_nobody_knows_does_not_count() -> None:
    """The exchange died: it is made again."""
    back = after(*DIALLING, (E.LOSE_LINE, THE_LINE))
    assert (back.state, back.attempts) == (S.DUE, 0)


@pytest.mark.parametrize(
    ("moves", "event", "by", "fault", "words"),
    [
        ((), E.DIAL, THE_LINE, Fault.WRONG_MOMENT, "what may come: change_time, come_due, withdraw"),
        (DIALLING, E.WITHDRAW, CUSTOMER, Fault.WRONG_MOMENT, "that is dialling"),
        ((), E.COME_DUE, SELF, Fault.NO_RIGHT, "agent 8001 may not come_due"),
        ((*DIALLING, (E.SPEAK, SELF)), E.WITHDRAW, SELF, Fault.WRONG_MOMENT, "what may come: nothing"),
    ],
)
def test_an_illegal_event_says_whose_fault_it_was(
    moves: tuple[tuple[CallBackEvent, Party], ...], event: CallBackEvent, by: Party, fault: Fault, words: str
) -> None:
    """And what would have been right."""
    with pytest.raises(Illegal, match=words) as caught:
        after((event, by), back=after(*moves))
    assert caught.value.fault is fault


def test_a_time_and_a_miss_stand_where_they_belong() -> None:
    """A retry without its time, a miss without how: refused before anything changed."""
    nobody = after(*DIALLING, (E.MEET_NOBODY, THE_LINE))
    with pytest.raises(ValueError, match="new time"):
        moved(nobody, E.RETRY, by=THE_LINE, at=NINE)
    with pytest.raises(ValueError, match="new time"):
        moved(NEW, E.COME_DUE, by=THE_LINE, at=NINE, due_at=LATER)
    with pytest.raises(ValueError, match="how it failed"):
        moved(after(*DIALLING), E.MEET_NOBODY, by=THE_LINE, at=NINE)


@given(st.lists(st.tuples(st.sampled_from(E), st.sampled_from((SELF, THE_LINE, CUSTOMER))), max_size=25))
def test_whatever_is_tried_its_history_is_whole(moves: list[tuple[CallBackEvent, Party]]) -> None:
    """Each entry begins where the one before ended, and attempts are what was dialled and not lost."""
    back = NEW
    for move in moves:
        try:
            back = after(move, back=back)
        except Illegal:
            continue
    told = [entry.event for entry in back.history]
    assert back.attempts == told.count(E.DIAL) - told.count(E.LOSE_LINE)
    assert [entry.before for entry in back.history[1:]] == [entry.after for entry in back.history[:-1]]
