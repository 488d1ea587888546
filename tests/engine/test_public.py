"""What everyone may hear of a step: never a value that belongs to the caller."""

from datetime import date, time

import pytest

from ivr.cli.journal_lines import lines
from ivr.domain.call import CallRecord
from ivr.domain.caller import Language
from ivr.domain.events import SentencesSpoken
from ivr.domain.ids import CallId, NodeId
from ivr.engine.public import event_of
from ivr.flow.steps import Ask, Menu, Say, Step, sentences
from ivr.flow.words import amount, count, day, days, digits, position, time_of_day
from ivr.ports.archive import ArchivedCall
from ivr.ports.codec import decode_fact, encode_event, encode_fact
from ivr.ports.journal import Asked, Entry
from tests.contracts.calls import NINE
from tests.conversation import incoming

ZH = Language.ZH
PERSONAL = sentences(
    ZH,
    "greeting",
    amount(ZH, 87_654_321),
    digits(ZH, "8765"),
    day(ZH, date(1987, 6, 5)),
    time_of_day(ZH, time(8, 7)),
    count(ZH, 8765),
    position(ZH, 8765),
    days(ZH, 8765),
)
STEPS = [Say(PERSONAL), Menu(PERSONAL, "12", 5.0), Ask(PERSONAL, 6, "#", 5.0)]


def asked(step: Step) -> Entry:
    """The journal entry of a step."""
    return Entry(call_id=CallId("n1-1.1"), sequence=2, at=NINE, monotonic=1.0, fact=Asked(number=1, step=step))


@pytest.mark.parametrize("step", STEPS)
def test_an_event_names_the_kind_of_a_value_and_nothing_more(step: Step) -> None:
    """No amount, no digit, no date goes out to whoever listens."""
    event = event_of(asked(step), NodeId("n1"))
    assert isinstance(event, SentencesSpoken)
    kinds = ("<amount>", "<digits>", "<day>", "<time>", "<count>", "<position>", "<duration>")
    assert event.prompts == ("greeting", *kinds)
    assert event.languages == (ZH,) * 8
    written = encode_event(event).decode()
    assert not any(figures in written for figures in ("876", "1987", "08:07"))


@pytest.mark.parametrize("step", STEPS)
def test_every_value_is_written_and_read_back(step: Step) -> None:
    """A story is told again from what the journal has."""
    fact = asked(step).fact
    assert decode_fact(encode_fact(fact)) == fact


def test_a_journals_lines_tell_no_value() -> None:
    """Whoever may list a journal need not be allowed to know a balance."""
    call = ArchivedCall(record=CallRecord(incoming=incoming()), entries=(asked(STEPS[0]),))
    shown = str(lines(call)[0]["of"])
    assert "<amount>/zh <digits>/zh" in shown
    assert "876" not in shown
