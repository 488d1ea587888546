"""A call's record: the fold of its journal. Pure: the same entries give the same record, live, replayed or archived."""

from collections.abc import Sequence
from datetime import datetime

from ivr.domain.call import CallRecord, Ending, Known, PersonReached
from ivr.domain.conversation import Turn
from ivr.domain.errors import Misfit
from ivr.flow.steps import Note
from ivr.policies.outcome import outcome_of
from ivr.ports.journal import (
    Answered,
    Asked,
    CallerLeft,
    Closed,
    ConversationTurned,
    Entry,
    Learned,
    Opened,
    PersonConnected,
    ServedByFallback,
    TakenUp,
)

_WAITS_AGAIN = {Turn.TRANSFER, Turn.HAND_ON}
"""After these the caller has no person until another answers."""


def record_of(entries: Sequence[Entry]) -> CallRecord:
    """All that these entries tell. Raises Misfit when they do not begin with the call's opening."""
    if not entries or not isinstance(entries[0].fact, Opened):
        raise Misfit("a journal begins with the call's opening")
    known, restarts = Known(), 0
    ended_at: datetime | None = None
    ending: Ending | None = None
    for entry in entries:
        match entry.fact:
            case Answered():  # every second one, and no reply changes a record
                pass
            case Asked(step=Note(noted)) | Learned(known=noted):
                known = noted
            case PersonConnected() | ConversationTurned(turn=Turn.ANSWER):
                known = known.and_also(person=PersonReached.ANSWERED)
            case ConversationTurned(turn=turn) if turn in _WAITS_AGAIN:
                known = known.and_also(person=PersonReached.WAITING)
            case ServedByFallback(talked=talked):
                known = known.and_also(person=PersonReached.ANSWERED if talked else PersonReached.WAITING)
            case TakenUp():
                restarts += 1
            case CallerLeft(reason=reason, at=ended_at):
                ending = Ending(outcome=outcome_of(known, reason), end_reason=reason)
            case Closed(ending=ending, ended_at=ended_at):
                pass
    return CallRecord(
        incoming=entries[0].fact.incoming,
        known=known,
        answered_at=entries[0].at,
        ended_at=ended_at,
        ending=ending,
        controller_restarts=restarts,
    )
