"""A call's story in words, and the verdict on a demonstration call."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.adapters.carrier.placing import Report
from ivr.adapters.carrier.scenarios import named
from ivr.adapters.prompts.library import PromptLibrary
from ivr.cli.calls import summary
from ivr.cli.one_call import Told, verdict
from ivr.cli.status import read_queues
from ivr.cli.telling import _WORDS, Teller
from ivr.domain.call import CallRecord, Ending, EndReason, Outcome
from ivr.domain.caller import Language
from ivr.domain.events import CallClosed, FactNoted, SentencesSpoken
from ivr.domain.ids import CallId, NodeId, PromptId
from ivr.domain.recording import NoRecording
from ivr.ports.codec import event_types
from ivr.settings import load
from tests.conversation import incoming

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
COMMON = {"call_id": CallId("n1-1.1"), "sequence": 1, "node": NodeId("n1"), "at": AT, "monotonic": 1.0}
GREETING = SentencesSpoken(**COMMON, prompts=(PromptId("greeting"),), languages=(Language.ZH,))
CLOSED = CallClosed(**COMMON, outcome="self_served", end_reason="we_hung_up")


def told(**other: object) -> Told:
    """A call that went through, but for what is given."""
    report = Report(
        scenario="demo",
        caller_number="13800138000",
        dialled="95000",
        seconds=40,
        hung_up_himself=False,
        did=(),
        recording=Path("x.wav"),
        audible=20.0,
    )
    record = CallRecord(
        incoming=incoming(),
        answered_at=AT,
        ended_at=AT + timedelta(seconds=40),
        ending=Ending(outcome=Outcome.SELF_SERVED, end_reason=EndReason.WE_HUNG_UP),
        not_recorded=NoRecording.BEFORE_NOTICE,
    )
    well = Told(named("demo"), report, cut=False, events=[GREETING, CLOSED], record=record)
    return dataclasses.replace(well, **other)  # type: ignore[arg-type]


def test_a_call_that_went_through_has_nothing_wrong() -> None:
    """The verdict can be good."""
    assert verdict(told()) == []


def _record(**other: object) -> CallRecord:
    record = told().record
    assert record is not None
    return dataclasses.replace(record, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"record": _record(not_recorded=None)}, "what became of the recording"),
        ({"events": [CLOSED]}, "greeting was not spoken"),
        ({"events": [GREETING]}, "end of the call was not told"),
        ({"report": dataclasses.replace(told().report, audible=0.4)}, "heard next to nothing"),
        ({"record": None}, "not in the archive"),
        ({"record": _record(answered_at=None)}, "never answered"),
        ({"record": _record(ended_at=None)}, "does not know how"),
        (
            {"record": _record(ending=Ending(outcome=Outcome.UNFINISHED, end_reason=EndReason.LOST))},
            "the outcome is unfinished, expected was self_served",
        ),
    ],
)
def test_whatever_is_wrong_with_a_call_is_told(other: dict[str, object], reason: str) -> None:
    """Each way in which a call may fail to go through has its sentence."""
    assert any(reason in sentence for sentence in verdict(told(**other)))


def test_every_kind_of_event_has_words() -> None:
    """A new kind cannot be forgotten."""
    assert set(event_types()) == {*_WORDS, SentencesSpoken}


def test_a_spoken_sentence_is_told_in_its_words() -> None:
    """Not by its id."""
    library = PromptLibrary.load(load().prompts_folder)
    (line,) = Teller(library).lines(GREETING)
    assert "您好，金融客服中心" in line.what


def test_a_value_is_told_by_its_kind_alone() -> None:
    """An amount was spoken: which, the event does not know."""
    library = PromptLibrary.load(load().prompts_folder)
    spoken = SentencesSpoken(
        **COMMON, prompts=(PromptId("greeting"), PromptId("<amount>")), languages=(Language.ZH, Language.ZH)
    )
    first, second = Teller(library).lines(spoken)
    assert "您好" in first.what
    assert second.what == "「•••」 amount"


def test_what_is_known_already_is_not_told_again() -> None:
    """A fact is noted at many steps; the reader wants what is new."""
    teller = Teller(PromptLibrary.load(load().prompts_folder))
    fact = FactNoted(**COMMON, language="zh", category=None, urgency="normal", reasons=(), verification=0)
    told_of = [teller.lines(event) for event in (fact, fact, dataclasses.replace(fact, urgency="urgent"))]
    assert [len(lines) for lines in told_of] == [1, 0, 1]


def test_a_call_is_listed_with_all_that_was_promised() -> None:
    """The keys of `calls list --json`; the caller's number masked."""
    listed = summary(_record())
    wanted = {"call_id", "started_at", "answered_at", "ended_at", "caller", "language", "category", "urgency"}
    assert wanted | {"verification", "outcome", "end_reason", "recording"} <= set(listed)
    assert "*" in str(listed["caller"])


def test_queues_are_read_from_asterisks_own_words() -> None:
    """Waiting callers and phones; the form is that of Asterisk 22."""
    text = """service has 2 calls (max unlimited) in 'rrmemory' strategy (3s holdtime, 0s talktime), W:0, C:1, A:0
   Members:
      desk1 (PJSIP/desk1) (ringinuse disabled) (Not in use) has taken no calls yet (login was 12 secs ago)
   Callers:
      1. PJSIP/carrier-00000001 (wait: 0:04, prio: 0)
emergency has 0 calls (max unlimited) in 'ringall' strategy (0s holdtime, 0s talktime), W:0, C:0, A:0, SL:0.0%
   No Members
   No Callers
"""
    assert read_queues(text) == [
        {"queue": "service", "waiting": 2, "phones": ["desk1 not in use"]},
        {"queue": "emergency", "waiting": 0, "phones": []},
    ]
