"""A call's record: the fold of its journal. Pure: the same entries give the same record, live, replayed or archived."""

from collections.abc import Sequence
from dataclasses import replace

from ivr.domain.call import CallRecord, Ending, PersonReached
from ivr.domain.conversation import Turn
from ivr.domain.errors import Misfit
from ivr.flow.steps import Note
from ivr.policies.outcome import outcome_of
from ivr.ports.journal import (
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
    record = CallRecord(incoming=entries[0].fact.incoming, answered_at=entries[0].at)
    for entry in entries[1:]:
        record = _and_then(record, entry)
    return record


def _and_then(record: CallRecord, entry: Entry) -> CallRecord:
    match entry.fact:
        case Asked(step=Note(known)):
            return replace(record, known=known)
        case PersonConnected():
            return replace(record, known=record.known.and_also(person=PersonReached.ANSWERED))
        case ConversationTurned(turn=turn) if turn in _WAITS_AGAIN:
            return replace(record, known=record.known.and_also(person=PersonReached.WAITING))
        case ConversationTurned(turn=Turn.ANSWER):
            return replace(record, known=record.known.and_also(person=PersonReached.ANSWERED))
        case Learned(known=known):
            return replace(record, known=known)
        case ServedByFallback(talked=talked):
            reached = PersonReached.ANSWERED if talked else PersonReached.WAITING
            return replace(record, known=record.known.and_also(person=reached))
        case TakenUp():
            return replace(record, controller_restarts=record.controller_restarts + 1)
        case CallerLeft(reason=reason, at=at):
            ending = Ending(outcome=outcome_of(record.known, reason), end_reason=reason)
            return replace(record, ended_at=at, ending=ending)
        case Closed(ending=ending, ended_at=ended_at):
            return replace(record, ending=ending, ended_at=ended_at)
        case _:
            return record
