"""How facts are written: what is written in a short way is written in the same words."""

import json

import pytest

from ivr.domain.call import Known
from ivr.domain.caller import Language
from ivr.domain.ids import QueueName
from ivr.domain.reasons import Reason
from ivr.flow.steps import Ask, JoinQueue, Menu, Note, OpenFollowUp, Say, Step, sentences
from ivr.ports.codec import decode_fact, encode_fact, plain
from ivr.ports.journal import Asked, Fact

SPOKEN = sentences(Language.ZH, "how_can_we_help", "menu_person")
STEPS: tuple[Step, ...] = (
    Say(SPOKEN),
    Menu(SPOKEN, "15*09", 5.0),
    Ask(SPOKEN, 11, "#", 2.5),
    Note(Known(language=Language.EN, urgency_reasons=(Reason.CALLED_AGAIN,))),
    JoinQueue(QueueName("service"), 3, Language.ZH, 180),
    OpenFollowUp("left_waiting"),
)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_a_step_asked_is_written_as_every_other_fact(step: Step) -> None:
    """One JSON object, keys in order, read back as what it was."""
    for number in (1, 42):
        fact = Asked(number=number, step=step)
        written = encode_fact(fact)
        assert decode_fact(written) == fact
        expected = json.dumps(plain(fact, Fact), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        assert written.decode() == expected
