"""How a call went: the fold of its journal, beside its record. Pure: the same entries give the same course.

A new fact is a function and a line of `_ON_FACT`; a new step that ends a leg, a wait or a check, one of `_ON_REPLY`.
Facts that stand in no table (most: sentences, menus) are passed over.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ivr.domain.call import Known
from ivr.domain.conversation import Phase, Turn
from ivr.domain.course import Check, CheckEnd, Course, Leg, LegKind, Mark, Milestone, Stay, StayEnd
from ivr.domain.ids import QueueName
from ivr.domain.verification import Means
from ivr.flow.steps import (
    Denied,
    DidIt,
    Do,
    Expired,
    Identify,
    Incomplete,
    JoinQueue,
    LeftQueue,
    LockedOut,
    Note,
    OpenFollowUp,
    Recognised,
    Reply,
    Step,
    Unavailable,
    Unrecognised,
    Unsure,
    Verified,
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
    Learned,
    NotRecorded,
    Opened,
    PersonConnected,
    RecordingBegan,
    RecordingMuted,
    ServedByFallback,
    StoodInQueue,
    TakenUp,
)

_NOTHING = Known()


def course_of(entries: Sequence[Entry]) -> Course:
    """All that these entries tell of it."""
    telling = _Telling()
    for entry in entries:
        tell = _ON_FACT.get(entry.fact.__class__)
        if tell is not None:
            tell(telling, entry.fact, entry.at)
    return telling.course()


def party_of(interface: str) -> str:
    """Who is behind a phone: `8001` of `PJSIP/8001`."""
    return interface.rpartition("/")[2]


class _Telling:
    """What has been told so far."""

    __slots__ = ("called", "checks", "known", "legs", "milestones", "stays", "steps", "words")

    def __init__(self) -> None:
        self.legs: list[Leg] = []
        self.stays: list[Stay] = []
        self.checks: list[Check] = []
        self.milestones: list[Milestone] = []
        self.words: set[str] = set()
        self.known = _NOTHING
        self.called = ""
        """Whose phone rings for a consultation or a transfer."""
        self.steps: dict[int, Step] = {}
        """Those asked whose reply matters."""

    def mark(self, at: datetime, mark: Mark, of: str = "", *, word: bool = False) -> None:
        """One milestone; `word`: the call is found by it."""
        self.milestones.append(Milestone(at=at, mark=mark, of=of))
        if word:
            self.words.add(of.lower())

    def course(self) -> Course:
        """What it comes to."""
        return Course(
            legs=tuple(self.legs),
            stays=tuple(self.stays),
            checks=tuple(self.checks),
            milestones=tuple(self.milestones),
            words=frozenset(self.words),
        )

    @property
    def waiting(self) -> Stay | None:
        """The stay that is not over."""
        return self.stays[-1] if self.stays and self.stays[-1].left_at is None else None

    def leave_queue(self, at: datetime, end: StayEnd) -> None:
        """Out of it, if in one; whoever was with the caller is with him no more."""
        stay = self.waiting
        if stay is not None:
            waited = stay.waited if stay.waited is not None else _seconds(stay.entered_at, at)
            self.stays[-1] = replace(stay, left_at=at, end=end, waited=waited)
        self.end_legs(at, LegKind.PERSON)

    def end_person(self, at: datetime, *, first: bool) -> None:
        """The first of those who talk with the caller leaves, or the last."""
        open_ones = [place for place, leg in enumerate(self.legs) if leg.kind is LegKind.PERSON and not leg.ended_at]
        if open_ones:
            place = open_ones[0 if first else -1]
            self.legs[place] = replace(self.legs[place], ended_at=at)

    def end_legs(self, at: datetime, *kinds: LegKind) -> None:
        """These are over."""
        for place, leg in enumerate(self.legs):
            if leg.ended_at is None and leg.kind in kinds:
                self.legs[place] = replace(leg, ended_at=at)


def _seconds(since: datetime, until: datetime) -> int:
    return max(0, round((until - since).total_seconds()))


# ------------------------------------------------------------------------------------------------ facts
def _opened(telling: _Telling, fact: Opened, at: datetime) -> None:
    telling.legs.append(Leg(kind=LegKind.CALLER, party="", began_at=fact.incoming.arrived_at))
    telling.mark(at, Mark.ARRIVED, fact.incoming.trunk)


def _asked(telling: _Telling, fact: Asked, at: datetime) -> None:
    step = fact.step
    if step.__class__ is Note:
        _noted(telling, step.known, at)
    elif step.__class__ in _ON_REPLY:
        telling.steps[fact.number] = step
        if isinstance(step, JoinQueue):
            telling.leave_queue(at, StayEnd.FAILED)  # nobody waits in two queues
            telling.stays.append(Stay(queue=step.queue, priority=step.priority, entered_at=at))
            telling.mark(at, Mark.QUEUE_ENTERED, step.queue, word=True)


def _answered(telling: _Telling, fact: Answered, at: datetime) -> None:
    step = telling.steps.pop(fact.number, None)
    if step is not None:
        _ON_REPLY[step.__class__](telling, step, fact.reply, at)


def _person_connected(telling: _Telling, fact: PersonConnected, at: datetime) -> None:
    party, stay = party_of(fact.interface), telling.waiting
    telling.legs.append(Leg(kind=LegKind.PERSON, party=party, began_at=at))
    if stay is not None and stay.answered_at is None:
        # The reconciler knows that somebody answered, and neither who nor when.
        waited = fact.waited if fact.interface else _seconds(stay.entered_at, at)
        telling.stays[-1] = replace(stay, answered_at=at, answered_by=party, waited=waited)
    telling.mark(at, Mark.PERSON_ANSWERED, party)


def _stood_in_queue(telling: _Telling, fact: StoodInQueue, _at: datetime) -> None:
    stay = telling.waiting
    if stay is not None and stay.queue == fact.queue and stay.position is None:
        telling.stays[-1] = replace(stay, position=fact.position)


def _turned(telling: _Telling, fact: ConversationTurned, at: datetime) -> None:
    turn = fact.turn
    telling.mark(at, Mark.CONVERSATION, f"{turn.value} {fact.phase.value}")
    telling.words.add(turn.value)
    if fact.called is not None:
        telling.called = fact.called.phone
    if turn is Turn.ANSWER:
        telling.legs.append(Leg(kind=LegKind.PERSON, party=telling.called, began_at=at))
    elif turn in {Turn.COMPLETE, Turn.FIRST_LEFT}:
        telling.end_person(at, first=True)
    elif turn in {Turn.BACK, Turn.SECOND_LEFT}:
        telling.end_person(at, first=False)
    if fact.phase in {Phase.NOBODY, Phase.TRANSFERRED}:
        telling.end_legs(at, LegKind.PERSON)
    stay = telling.waiting
    if turn is Turn.TRANSFER and stay is not None:  # on in another queue, of which the story knows nothing
        telling.leave_queue(at, StayEnd.ANSWERED)
        telling.stays.append(Stay(queue=QueueName(fact.to), priority=stay.priority, entered_at=at))
        telling.mark(at, Mark.QUEUE_ENTERED, fact.to, word=True)


def _learned(telling: _Telling, fact: Learned, at: datetime) -> None:
    _noted(telling, fact.known, at)


def _recorded(telling: _Telling, fact: RecordingBegan | NotRecorded | RecordingMuted, at: datetime) -> None:
    match fact:
        case RecordingBegan():
            telling.mark(at, Mark.RECORDING, "began")
        case NotRecorded(why=why):
            telling.mark(at, Mark.RECORDING, why.value, word=True)
        case RecordingMuted(on=on):
            telling.mark(at, Mark.RECORDING, "muted" if on else "unmuted")


def _served_by_fallback(telling: _Telling, fact: ServedByFallback, at: datetime) -> None:
    telling.mark(at, Mark.FALLBACK, "with_a_person" if fact.talked else "nobody_answered")
    telling.words.add("fallback")


def _caller_left(telling: _Telling, fact: CallerLeft, at: datetime) -> None:
    stay = telling.waiting
    answered = stay is not None and stay.answered_at is not None
    telling.leave_queue(fact.at, StayEnd.ANSWERED if answered else StayEnd.CALLER_LEFT)
    telling.end_legs(fact.at, *LegKind)
    telling.mark(at, Mark.CALLER_LEFT, fact.reason.value)


def _chapter_turned(telling: _Telling, fact: ChapterTurned, at: datetime) -> None:
    telling.mark(at, Mark.CHAPTER, fact.chapter, word=True)


def _taken_up(telling: _Telling, _fact: TakenUp, at: datetime) -> None:
    telling.mark(at, Mark.TAKEN_UP)
    telling.words.add("taken_up")


def _closed(telling: _Telling, fact: Closed, at: datetime) -> None:
    telling.leave_queue(fact.ended_at, StayEnd.FAILED)
    telling.end_legs(fact.ended_at, *LegKind)
    telling.mark(at, Mark.CLOSED, fact.ending.outcome.value)


def _noted(telling: _Telling, known: Known, at: datetime) -> None:
    """What is new since the note before."""
    before, telling.known = telling.known, known
    if known.language is not before.language and known.language:
        telling.mark(at, Mark.LANGUAGE, known.language.value)
    if known.category is not before.category and known.category:
        telling.mark(at, Mark.CATEGORY, known.category.value, word=True)
    if known.urgency is not before.urgency:
        telling.mark(at, Mark.URGENCY, known.urgency.name.lower())
    if known.verification is not before.verification:
        telling.mark(at, Mark.VERIFICATION, known.verification.name.lower())
    if known.told != before.told and known.told:
        telling.mark(at, Mark.TOLD)
        telling.words.add("told")
    for done in known.done[len(before.done) :]:
        telling.mark(at, Mark.DONE, done.value, word=True)
    for undone in known.undone[len(before.undone) :]:
        telling.mark(at, Mark.UNDONE, undone.value, word=True)
    for ticket in known.tickets[len(before.tickets) :]:
        telling.mark(at, Mark.TICKET, ticket, word=True)
    if known.score != before.score and known.score is not None:
        telling.mark(at, Mark.SCORE, str(known.score))
    if known.urgency_reasons is not before.urgency_reasons:
        telling.words.update(reason.value for reason in known.urgency_reasons)


_ON_FACT: dict[type, Callable[[_Telling, Any, datetime], None]] = {
    Opened: _opened,
    Asked: _asked,
    Answered: _answered,
    PersonConnected: _person_connected,
    StoodInQueue: _stood_in_queue,
    ConversationTurned: _turned,
    Learned: _learned,
    RecordingBegan: _recorded,
    NotRecorded: _recorded,
    RecordingMuted: _recorded,
    ServedByFallback: _served_by_fallback,
    CallerLeft: _caller_left,
    ChapterTurned: _chapter_turned,
    TakenUp: _taken_up,
    Closed: _closed,
}


# ---------------------------------------------------------------------------------------------- replies
def _left_queue(telling: _Telling, _step: JoinQueue, reply: Reply, at: datetime) -> None:
    end = StayEnd(reply.how.value) if isinstance(reply, LeftQueue) else StayEnd.FAILED
    telling.leave_queue(at, end)
    telling.mark(at, Mark.QUEUE_LEFT, end.value)


_CHECK_ENDS = {
    Recognised: CheckEnd.RIGHT,
    Verified: CheckEnd.RIGHT,
    Unrecognised: CheckEnd.WRONG,
    Denied: CheckEnd.WRONG,
    Expired: CheckEnd.EXPIRED,
    LockedOut: CheckEnd.LOCKED_OUT,
    Incomplete: CheckEnd.INCOMPLETE,
    Unavailable: CheckEnd.UNAVAILABLE,
}


def _checked(telling: _Telling, step: Identify | Verify, reply: Reply, at: datetime) -> None:
    means = step.means if isinstance(step, Verify) else Means.IDENTIFY
    end = _CHECK_ENDS.get(reply.__class__, CheckEnd.NOT_GIVEN)
    telling.checks.append(Check(at=at, means=means, end=end))
    telling.mark(at, Mark.CHECKED, f"{means.value} {end.value}")
    if end is CheckEnd.LOCKED_OUT:
        telling.words.add(end.value)


def _did(telling: _Telling, step: Do, reply: Reply, at: datetime) -> None:
    how = "done" if isinstance(reply, DidIt) else "unsure" if isinstance(reply, Unsure) else "refused"
    telling.mark(at, Mark.DEED, f"{type(step.deed).__name__} {how}")


def _followed_up(telling: _Telling, step: OpenFollowUp, _reply: Reply, at: datetime) -> None:
    telling.mark(at, Mark.FOLLOW_UP, step.reason, word=True)


_ON_REPLY: dict[type, Callable[[_Telling, Any, Reply, datetime], None]] = {
    JoinQueue: _left_queue,
    Identify: _checked,
    Verify: _checked,
    Do: _did,
    OpenFollowUp: _followed_up,
}
