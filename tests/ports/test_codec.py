"""How facts are written: what is written in a short way is written in the same words."""

import json

import pytest

from ivr.domain.call import Known
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.conversation import Participant, Phase, Turn
from ivr.domain.ids import QueueName, Uniqueid
from ivr.domain.reasons import Reason
from ivr.flow.steps import Ask, JoinQueue, Menu, Note, OpenFollowUp, Say, Step, sentences
from ivr.ports.codec import decode_fact, encode_fact, plain
from ivr.ports.journal import Asked, ConversationTurned, Fact, Learned, PersonConnected

SPOKEN = sentences(Language.ZH, "how_can_we_help", "menu_person")
STEPS: tuple[Step, ...] = (
    Say(SPOKEN),
    Menu(SPOKEN, "15*09", 5.0),
    Ask(SPOKEN, 11, "#", 2.5),
    Note(Known(language=Language.EN, urgency_reasons=(Reason.CALLED_AGAIN,))),
    JoinQueue(QueueName("service"), 3, Language.ZH, 180),
    OpenFollowUp("left_waiting"),
)


FACTS: tuple[Fact, ...] = (
    PersonConnected(interface="PJSIP/desk1", waited=4, leg=Uniqueid("n1-1.2")),
    ConversationTurned(turn=Turn.HOLD, phase=Phase.ON_HOLD, by="desk1"),
    ConversationTurned(
        turn=Turn.CONSULT,
        phase=Phase.CALLING,
        by="desk1",
        called=Participant(Uniqueid("n1-1.1-9"), "desk2"),
        to="service",
        why="问一下",
    ),
    Learned(known=Known(verification=VerificationLevel.VERIFIED)),
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_what_happened_in_a_conversation_is_read_back_as_it_was(fact: Fact) -> None:
    """As JSON, keys in order."""
    written = encode_fact(fact)
    assert decode_fact(written) == fact
    assert written.decode() == json.dumps(plain(fact, Fact), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def test_a_person_who_connected_before_legs_were_told_is_still_read() -> None:
    """A journal of before has none."""
    fact = decode_fact(b'{"interface":"PJSIP/desk1","is":"PersonConnected","waited":4}')
    assert fact == PersonConnected(interface="PJSIP/desk1", waited=4)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_a_step_asked_is_written_as_every_other_fact(step: Step) -> None:
    """One JSON object, keys in order, read back as what it was."""
    for number in (1, 42):
        fact = Asked(number=number, step=step)
        written = encode_fact(fact)
        assert decode_fact(written) == fact
        expected = json.dumps(plain(fact, Fact), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        assert written.decode() == expected
