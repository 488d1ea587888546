"""How a call went, folded from its journal: legs, waits, checks, milestones, and the words it is found by."""

from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta

from ivr.domain.banking import IdKind
from ivr.domain.call import Ending, EndReason, Known, Outcome
from ivr.domain.caller import Language
from ivr.domain.conversation import Participant, Phase, Turn
from ivr.domain.course import Check, CheckEnd, Course, Leg, LegKind, Mark, Stay, StayEnd
from ivr.domain.ids import CallId, QueueName, Uniqueid
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.domain.recording import NoRecording
from ivr.domain.ticket import TicketNumber
from ivr.domain.verification import Means
from ivr.engine.course import course_of
from ivr.flow.steps import (
    Denied,
    Identify,
    JoinQueue,
    LeftQueue,
    LockedOut,
    Note,
    Noted,
    QueueExit,
    Recognised,
    Silence,
    Verify,
)
from ivr.ports.journal import (
    Answered,
    Asked,
    CallerLeft,
    ChapterTurned,
    Closed,
    ConversationTurned,
    Entry,
    Fact,
    NotRecorded,
    PersonConnected,
    RecordingBegan,
    RecordingMuted,
    ServedByFallback,
    StoodInQueue,
    TakenUp,
)
from tests.contracts.calls import LI, NINE, facts, opened, talk

CALL = "n1-1767603600.1"
ENDING = Ending(outcome=Outcome.HELPED_BY_PERSON, end_reason=EndReason.CALLER_HUNG_UP)
SERVICE = JoinQueue(QueueName("service"), 10, Language.ZH, 60)


def at(second: float) -> datetime:
    """So long after nine."""
    return NINE + timedelta(seconds=second)


def told(*facts: tuple[float, Fact]) -> Course:
    """The course of a call of these facts, each so many seconds after nine."""
    return course_of(
        [
            Entry(call_id=CallId(CALL), sequence=place, at=at(second), monotonic=second, fact=fact)
            for place, (second, fact) in enumerate([(0.0, opened(CALL)), *facts], start=1)
        ]
    )


def closed(second: float) -> tuple[tuple[float, Fact], ...]:
    """The caller hangs up."""
    left = CallerLeft(reason=EndReason.CALLER_HUNG_UP, at=at(second))
    return (second, left), (second, Closed(ending=ENDING, ended_at=at(second)))


def test_a_wait_that_a_person_ended_tells_who_and_how_long() -> None:
    """The wait is the exchange's; person and stay end when the caller comes back from the queue."""
    course = told(
        (10, Asked(number=1, step=SERVICE)),
        (10.1, StoodInQueue(queue=QueueName("service"), position=3)),
        (22.4, PersonConnected(interface="PJSIP/8001", waited=12)),
        (80, Answered(number=1, reply=LeftQueue(QueueExit.ANSWERED))),
        *closed(90),
    )
    assert course.stays == (
        Stay(
            queue=QueueName("service"),
            priority=10,
            entered_at=at(10),
            position=3,
            waited=12,
            answered_at=at(22.4),
            answered_by="8001",
            left_at=at(80),
            end=StayEnd.ANSWERED,
        ),
    )
    assert course.legs == (
        Leg(kind=LegKind.CALLER, party="", began_at=NINE, ended_at=at(90)),
        Leg(kind=LegKind.PERSON, party="8001", began_at=at(22.4), ended_at=at(80)),
    )
    assert (course.agents, course.waited) == (("8001",), 12)


def test_who_hangs_up_while_he_waits_left_the_queue_then() -> None:
    """By the moment his leg ended, which may be long before it was written."""
    course = told(
        (10, Asked(number=1, step=SERVICE)),
        (500, CallerLeft(reason=EndReason.CALLER_HUNG_UP, at=at(17))),
    )
    assert [(stay.left_at, stay.end, stay.waited) for stay in course.stays] == [(at(17), StayEnd.CALLER_LEFT, 7)]
    assert course.agents == ()


def test_who_hangs_up_on_the_person_was_answered() -> None:
    """Not an abandon, and the wait is not lengthened by the talk."""
    course = told(
        (10, Asked(number=1, step=SERVICE)),
        (15, PersonConnected(interface="PJSIP/desk1", waited=5)),
        *closed(100),
    )
    assert [(stay.end, stay.waited) for stay in course.stays] == [(StayEnd.ANSWERED, 5)]
    assert all(leg.ended_at == at(100) for leg in course.legs)


def test_several_queues_are_several_waits() -> None:
    """All of them count, each ends as it ended."""
    senior = JoinQueue(QueueName("seniors"), 5, Language.ZH, 60)
    course = told(
        (10, Asked(number=1, step=SERVICE)),
        (40, Answered(number=1, reply=LeftQueue(QueueExit.TIMED_OUT))),
        (41, Asked(number=2, step=senior)),
        (51, Answered(number=2, reply=LeftQueue(QueueExit.NOBODY_THERE))),
        *closed(52),
    )
    assert [(stay.queue, stay.end) for stay in course.stays] == [
        ("service", StayEnd.TIMED_OUT),
        ("seniors", StayEnd.NOBODY_THERE),
    ]
    assert course.waited == 40
    assert {"service", "seniors"} <= course.words


def test_a_person_of_whom_the_exchange_alone_knows_has_no_name() -> None:
    """The reconciler found that somebody talked: the wait is what can be told."""
    course = told((10, Asked(number=1, step=SERVICE)), (30, PersonConnected(interface="", waited=0)), *closed(40))
    assert [(stay.answered_by, stay.waited) for stay in course.stays] == [("", 20)]
    assert course.agents == ()


def test_every_check_is_told_by_means_and_end() -> None:
    """Right, wrong, locked, or nothing keyed in."""
    identify = Identify((), (IdKind.CARD,), "#", 5.0)
    verify = Verify((), LI, Means.PASSWORD, "#", 5.0)
    course = told(
        (1, Asked(number=1, step=identify)),
        (2, Answered(number=1, reply=Recognised(facts=facts(), kind=IdKind.CARD, last_four="6217"))),
        (3, Asked(number=2, step=verify)),
        (4, Answered(number=2, reply=Denied(2))),
        (5, Asked(number=3, step=verify)),
        (6, Answered(number=3, reply=Silence())),
        (7, Asked(number=4, step=verify)),
        (8, Answered(number=4, reply=LockedOut())),
    )
    assert course.checks == (
        Check(at=at(2), means=Means.IDENTIFY, end=CheckEnd.RIGHT),
        Check(at=at(4), means=Means.PASSWORD, end=CheckEnd.WRONG),
        Check(at=at(6), means=Means.PASSWORD, end=CheckEnd.NOT_GIVEN),
        Check(at=at(8), means=Means.PASSWORD, end=CheckEnd.LOCKED_OUT),
    )
    assert "locked_out" in course.words


def test_milestones_tell_what_was_new_each_time() -> None:
    """A note repeats all that is known; the timeline does not."""
    first = Known(language=Language.ZH, category=Category.COMPLAINT)
    second = first.and_also(
        urgency=Urgency.URGENT,
        urgency_reasons=(Reason.COMPLAINT,),
        tickets=(TicketNumber("10000016"),),
        score=5,
    )
    course = told(
        (1, Asked(number=1, step=Note(first))),
        (1, Answered(number=1, reply=Noted())),
        (2, Asked(number=2, step=Note(second))),
        (2, Answered(number=2, reply=Noted())),
        (3, TakenUp()),
        (4, ChapterTurned(chapter="misfit", flow="f", configuration="c")),
        (5, ServedByFallback(talked=True)),
        *closed(6),
    )
    assert [(line.mark, line.of) for line in course.milestones] == [
        (Mark.ARRIVED, "carrier"),
        (Mark.LANGUAGE, "zh"),
        (Mark.CATEGORY, "complaint"),
        (Mark.URGENCY, "urgent"),
        (Mark.TICKET, "10000016"),
        (Mark.SCORE, "5"),
        (Mark.TAKEN_UP, ""),
        (Mark.CHAPTER, "misfit"),
        (Mark.FALLBACK, "with_a_person"),
        (Mark.CALLER_LEFT, "caller_hung_up"),
        (Mark.CLOSED, "helped_by_person"),
    ]
    assert course.words == {"complaint", "10000016", "taken_up", "misfit", "fallback"}


def turned(turn: Turn, phase: Phase, *, called: str = "", to: str = "") -> ConversationTurned:
    """By the person who has the call."""
    participant = Participant(Uniqueid("n1-17.9"), called) if called else None
    return ConversationTurned(turn=turn, phase=phase, by="desk1", called=participant, to=to)


def test_an_attended_transfer_is_a_leg_each() -> None:
    """The second person's begins when he answers; the first one's ends when he leaves; both are found by the call."""
    course = told(
        (10, Asked(number=1, step=SERVICE)),
        (15, PersonConnected(interface="PJSIP/desk1", waited=5)),
        (20, turned(Turn.CONSULT, Phase.CALLING, called="desk2")),
        (24, turned(Turn.ANSWER, Phase.CONSULTING)),
        (40, turned(Turn.COMPLETE, Phase.TALKING)),
        *closed(90),
    )
    assert [(leg.party, leg.began_at, leg.ended_at) for leg in course.legs[1:]] == [
        ("desk1", at(15), at(40)),
        ("desk2", at(24), at(90)),
    ]
    assert course.agents == ("desk1", "desk2")
    assert {"consult", "complete"} <= course.words


def test_who_does_not_answer_is_no_leg_and_who_comes_back_ends_the_seconds() -> None:
    """A consultation in vain, then one that the first person ends."""
    course = told(
        (15, PersonConnected(interface="PJSIP/desk1", waited=5)),
        (20, turned(Turn.CONSULT, Phase.CALLING, called="desk2")),
        (30, turned(Turn.NO_ANSWER, Phase.ON_HOLD)),
        (31, turned(Turn.CONSULT, Phase.CALLING, called="desk3")),
        (33, turned(Turn.ANSWER, Phase.CONSULTING)),
        (50, turned(Turn.BACK, Phase.TALKING)),
        *closed(90),
    )
    assert [(leg.party, leg.ended_at) for leg in course.legs[1:]] == [("desk1", at(90)), ("desk3", at(50))]


def test_a_transfer_to_a_queue_is_another_wait() -> None:
    """The first wait stays answered; the second has its own time and its own person."""
    course = told(
        (10, Asked(number=1, step=SERVICE)),
        (15, PersonConnected(interface="PJSIP/desk1", waited=5)),
        (30, turned(Turn.TRANSFER, Phase.NOBODY, to="seniors")),
        (42, PersonConnected(interface="PJSIP/senior1", waited=12)),
        (80, Answered(number=1, reply=LeftQueue(QueueExit.ANSWERED))),
        *closed(90),
    )
    assert [(stay.queue, stay.waited, stay.answered_by, stay.left_at) for stay in course.stays] == [
        ("service", 5, "desk1", at(30)),
        ("seniors", 12, "senior1", at(80)),
    ]
    assert [(leg.party, leg.ended_at) for leg in course.legs[1:]] == [("desk1", at(30)), ("senior1", at(80))]
    assert course.waited == 17


def test_what_became_of_the_recording_is_in_the_timeline() -> None:
    """Begun, muted around a secret, or not made and why; the last is a word to search by."""
    course = told(
        (1, RecordingBegan()),
        (2, RecordingMuted(on=True)),
        (3, RecordingMuted(on=False)),
        (4, NotRecorded(why=NoRecording.REFUSED)),
    )
    assert [line.of for line in course.milestones if line.mark is Mark.RECORDING] == [
        "began",
        "muted",
        "unmuted",
        NoRecording.REFUSED.value,
    ]
    assert NoRecording.REFUSED.value in course.words


def test_nothing_personal_enters_a_course() -> None:
    """Neither number nor name nor customer nor what was keyed in."""
    known = Known(customer=facts(), hint=facts(), last_four="6217")
    course = told(
        (1, Asked(number=1, step=Identify((), (IdKind.CARD,), "#", 5.0))),
        (2, Answered(number=1, reply=Recognised(facts=facts(), kind=IdKind.CARD, last_four="6217"))),
        (3, Asked(number=2, step=Note(known))),
        *((4.0, fact) for fact in talk(3)),
        *closed(9),
    )
    texts = {str(value) for value in _leaves(course)}
    assert not any(personal in text for text in texts for personal in ("138", "王小明", "李", LI, "6217"))


def _leaves(value: object) -> list[object]:
    if is_dataclass(value) and not isinstance(value, type):
        return [leaf for one in fields(value) for leaf in _leaves(getattr(value, one.name))]
    if isinstance(value, tuple | frozenset):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]
