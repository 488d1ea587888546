"""The table of a conversation: whatever happens, everyone gets out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.conversation import (
    MOVES,
    Asker,
    Conversation,
    Participant,
    Phase,
    Places,
    Turn,
    after,
    allowed,
    answered,
    move_of,
)
from ivr.domain.ids import Uniqueid
from ivr.domain.ticket import Fault, Illegal

FIRST, SECOND = Participant(Uniqueid("n1-1.2"), "desk1"), Participant(Uniqueid("n1-1.1-7"), "desk2")
CALLS = {Turn.CONSULT, Turn.JOIN, Turn.HAND_ON}
HEARD = {Phase.TALKING: 1, Phase.SUMMONING: 1, Phase.CONFERENCE: 2}
PRESENT = {Phase.NOBODY: 0, Phase.TRANSFERRED: 0, Phase.CONSULTING: 2, Phase.CONFERENCE: 2}
RINGS = {Phase.CALLING, Phase.SUMMONING, Phase.TRANSFERRED}


def turned(talk: Conversation, turn: Turn) -> Conversation:
    """After this turn, which must be in the table."""
    phase = next(move.after for move in MOVES if (move.before, move.turn) == (talk.phase, turn))
    return after(talk, turn, phase, SECOND if turn in CALLS else None)


def test_a_phase_and_a_turn_lead_to_one_phase() -> None:
    """The table is no choice."""
    lines = [(move.before, move.turn) for move in MOVES]
    assert len(lines) == len(set(lines))


@given(st.lists(st.integers(0, 50), max_size=30))
def test_however_it_goes_the_persons_fit_the_phase(choices: list[int]) -> None:
    """As many have the call, ring, and are heard by the caller as the phase says."""
    talk = answered(FIRST)
    for choice in choices:
        ways = [move.turn for move in MOVES if move.before is talk.phase]
        if not ways:
            break
        turn = ways[choice % len(ways)]
        before, talk = talk, turned(talk, turn)
        if (before.phase, turn) == (Phase.CALLING, Turn.FIRST_LEFT):
            assert talk.ringing == SECOND
        assert len(talk.persons) == PRESENT.get(talk.phase, 1)
        assert (talk.ringing is not None) == (talk.phase in RINGS)
        assert len(talk.speaking) == HEARD.get(talk.phase, 0)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.NOBODY])
def test_there_is_a_way_out_of_every_phase(phase: Phase) -> None:
    """Who has a call may end it, and who rings may go unanswered."""
    assert Turn.END in allowed(phase, Asker.FIRST)


@pytest.mark.parametrize("phase", [phase for phase in Phase if PRESENT.get(phase, 1)])
def test_every_person_may_hang_up_in_every_phase(phase: Phase) -> None:
    """No phone asks before it does."""
    happens = allowed(phase, Asker.EXCHANGE)
    assert Turn.FIRST_LEFT in happens
    assert (Turn.SECOND_LEFT in happens) == (PRESENT.get(phase, 1) == 2)


def test_an_illegal_turn_says_whose_fault_it_was() -> None:
    """The program's that offered it, or the asker's who may not."""
    with pytest.raises(Illegal, match="conference does not come while the call is on_hold") as wrong:
        move_of(Phase.ON_HOLD, Turn.CONFERENCE, Asker.FIRST)
    assert wrong.value.fault is Fault.WRONG_MOMENT
    with pytest.raises(Illegal, match="first may not answer while the call is calling; who may: exchange") as wrong:
        move_of(Phase.CALLING, Turn.ANSWER, Asker.FIRST)
    assert wrong.value.fault is Fault.NO_RIGHT


def test_a_phone_that_did_not_answer_is_remembered_until_nobody_has_the_call() -> None:
    """Another is tried before it."""
    talk = turned(turned(answered(FIRST), Turn.CONSULT), Turn.NO_ANSWER)
    assert (talk.phase, talk.missed) == (Phase.ON_HOLD, ("desk2",))
    assert turned(talk, Turn.END) == Conversation()


def test_who_asks_is_known_by_his_phone() -> None:
    """The first, the second, or none of this call."""
    talk = turned(turned(answered(FIRST), Turn.CONSULT), Turn.ANSWER)
    assert [talk.asker(phone) for phone in ("desk1", "desk2", "desk3")] == [Asker.FIRST, Asker.SECOND, None]


def test_a_place_is_a_phone_or_a_queue_with_its_phones() -> None:
    """Anything else is none."""
    places = Places(phones=("desk1", "desk2"), queues=(("service", 60, ("desk2", "desk1")),), seniors="service")
    assert places.phones_of("desk1") == ("desk1",)
    assert places.phones_of("service") == ("desk2", "desk1")
    assert places.phones_of("elsewhere") == ()
    assert [places.patience_of(name) for name in ("service", "desk1")] == [60, None]
