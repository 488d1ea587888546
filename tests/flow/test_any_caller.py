"""Promises that hold for every caller, whatever he does, and whatever the bank answers (H1.2c).

`any_caller.AnyCall` watches every step of every story told here: the level is never higher than what was shown, deeds
are done only for the customer who was identified and only at their level, no secret enters a story, menus have five
options at most and two levels, an emergency is never behind a normal call, an urgency never falls.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.domain.call import PersonReached
from ivr.domain.problem import Urgency
from ivr.flow.deeds import OpenTicket
from ivr.flow.steps import Do, JoinQueue, OpenFollowUp
from tests.examples import examples
from tests.flow.any_caller import LEVEL, LISTENING, AnyCall

WHO, AND_MORE = [0, 0], [0]
WAYS = (
    [0, 1, *WHO, 0, 0, 0, 0, 0, 0, *AND_MORE],  # a card blocked
    [0, 2, *WHO, 0, 0, 0, 0, 0, 0, *AND_MORE],  # a block undone
    [0, 0],  # a fraud
    [1, 0, *WHO, 0],  # an anomaly
    [2, 0, *WHO, 0, 0, *AND_MORE],  # a transfer's state
    [3, 0],  # a complaint
    *([4, 0, *WHO, 0, 0, *AND_MORE], [4, 1, *WHO, 0, 0, *AND_MORE], [4, 2, *WHO, 0, *AND_MORE], [4, 3, *AND_MORE]),
)
"""Ways into each business, from the first menu on, as numbers of answers: the others alone would seldom get far."""
NUMBERS = st.lists(st.integers(0, 19), max_size=8)
PICKS = st.builds(
    lambda opening, parts, last: [*opening, *(pick for way, cut, then in parts for pick in (*way[:cut], *then)), *last],
    st.sampled_from(([0, 0], [1, 0], [])),
    st.lists(st.tuples(st.sampled_from(WAYS), st.sampled_from((99, 99, 3, 5, 7)), st.just([]) | NUMBERS), max_size=4),
    NUMBERS,
)
"""Which of all answers comes at each step that has several."""
many = settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(PICKS)
def test_every_story_ends_when_nobody_answers_any_more(picks: list[int]) -> None:
    """A caller who has put the phone down beside him is not kept on the line for ever, wherever he got to."""
    AnyCall().takes(picks).falls_silent(most=60)


@many
@given(PICKS)
def test_a_person_is_one_wish_away_from_everywhere(picks: list[int]) -> None:
    """`0` at a menu, `*0` at a number, a secret, a telling: nothing more is asked before the queue."""
    call = AnyCall().takes(picks).listens()
    if isinstance(call.step, LISTENING):
        call.wishes("0")
        call.listens()
        assert isinstance(call.step, JoinQueue)


@many
@given(PICKS)
def test_an_emergency_is_two_wishes_away_from_everywhere_h2_1d(picks: list[int]) -> None:
    """`9` or `*9`, and its confirming `9`: the officers on duty, with the highest priority."""
    call = AnyCall().takes(picks).listens()
    if isinstance(call.step, LISTENING):
        if not call.is_confirming():
            call.wishes("9")
            assert call.is_confirming()
        call.wishes("9")
        call.listens()
        assert isinstance(call.step, JoinQueue)
        assert (call.step.queue, call.step.priority) == ("emergency", 100)
        assert call.known.urgency_reasons


@many
@given(PICKS)
def test_a_hangup_anywhere_leaves_nothing_half_done_and_nobody_forgotten_h2_2c(picks: list[int]) -> None:
    """The story asks for nothing more; the aftermath files what stands in no ticket, once, and opens the follow-up."""
    call = AnyCall().takes(picks)
    asked = call.hangs_up()
    tickets = [step for step in asked if isinstance(step, Do) and isinstance(step.deed, OpenTicket)]
    follow_ups = [step for step in asked if isinstance(step, OpenFollowUp)]
    assert len(tickets) == call.unfiled
    assert len(asked) == len(tickets) + len(follow_ups)
    unheard = call.known.person in (PersonReached.WAITING, PersonReached.NOBODY)
    emergency = call.known.urgency is Urgency.EMERGENCY and call.known.person is not PersonReached.ANSWERED
    assert len(follow_ups) == (unheard or emergency)


@many
@given(PICKS)
def test_whoever_goes_on_and_on_breaks_no_promise(picks: list[int]) -> None:
    """Long calls, one need after the other."""
    AnyCall().takes(picks * 4)


def test_the_ways_of_this_file_get_far() -> None:
    """Between them they reach everything that the level matters for, so that the watch has something to see."""
    reached = {type(act) for way in WAYS for act in AnyCall().takes([0, 0, *way, 4, 2, 0, 0, 1]).acts}
    reached |= {type(act) for act in AnyCall().takes([0, 0, 4, 2, *WHO, 0, *AND_MORE, 0, 0]).acts}
    assert reached >= set(LEVEL)
