"""The public side of a journal entry: the live events that everyone may hear."""

from typing import Any

from ivr.domain import events
from ivr.domain.call import Known
from ivr.domain.conversation import Turn
from ivr.domain.ids import NodeId
from ivr.flow.steps import (
    Ask,
    Chose,
    Denied,
    DidIt,
    Do,
    Escaped,
    Expired,
    FollowUpOpened,
    Found,
    Identify,
    Incomplete,
    JoinQueue,
    Keyed,
    LeftQueue,
    LockedOut,
    Lookup,
    Menu,
    Note,
    Noted,
    OpenFollowUp,
    Recognised,
    Record,
    Recorded,
    Refused,
    Reply,
    Said,
    Say,
    Silence,
    Step,
    Unavailable,
    Unrecognised,
    Unsure,
    Utterance,
    Verified,
    Verify,
    WrongKey,
)
from ivr.flow.words import name_of
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
    TakenUp,
)

MANY_KEYS = "•••"
"""Stands for the digits of a number: not even their count is told."""


def event_of(entry: Entry, node: NodeId) -> events.Event | None:
    """What may be told of this entry, or None."""
    if isinstance(entry.fact, Answered) and isinstance(entry.fact.reply, Said | Noted | FollowUpOpened):
        return None  # every second entry: nobody is to wait for it to be looked at closely
    common: dict[str, Any] = {
        "call_id": entry.call_id,
        "sequence": entry.sequence,
        "node": node,
        "at": entry.at,
        "monotonic": entry.monotonic,
    }
    match entry.fact:
        case Asked(step=step):
            return _of_step(step, common)
        case Answered(reply=reply):
            return _of_reply(reply, common)
        case Opened(incoming=incoming):
            return events.CallArrived(trunk=incoming.trunk, line_of_business=incoming.line_of_business, **common)
        case PersonConnected(waited=waited):
            return events.PersonAnswered(waited=waited, **common)
        case ConversationTurned() as turned:
            return events.ConversationChanged(
                turn=turned.turn.value,
                phase=turned.phase.value,
                by=turned.by,
                phone=turned.called.phone if turned.called else "",
                why=turned.why if turned.turn is Turn.RETURN else "",
                **common,
            )
        case Learned(known=known):
            return _noted(known, common)
        case TakenUp():
            return events.CallTakenUp(**common)
        case CallerLeft(reason=reason):
            return events.CallerGone(reason=reason.value, **common)
        case Closed(ending=ending):
            return events.CallClosed(outcome=ending.outcome.value, end_reason=ending.end_reason.value, **common)
    return None


def _of_step(step: Step, common: dict[str, Any]) -> events.Event | None:
    match step:
        case (
            Say(spoken)
            | Menu(sentences=spoken)
            | Ask(sentences=spoken)
            | Record(sentences=spoken)
            | Identify(sentences=spoken)
        ):
            return _spoken(spoken, common)
        case Verify(sentences=spoken, contact_sentences=first):
            return _spoken(first + spoken, common)
        case Note(known):
            return _noted(known, common)
        case JoinQueue(queue=queue, priority=priority):
            return events.QueueEntered(queue=queue, priority=priority, **common)
        case OpenFollowUp(reason):
            return events.FollowUpWritten(reason=reason, **common)
        case Lookup(question):
            return events.StepBegan(what=type(question).__name__, **common)
        case Do(deed):
            return events.StepBegan(what=type(deed).__name__, **common)


def _noted(known: Known, common: dict[str, Any]) -> events.Event:
    return events.FactNoted(
        language=known.language.value if known.language else None,
        category=known.category.value if known.category else None,
        urgency=known.urgency.name.lower(),
        reasons=tuple(reason.value for reason in known.urgency_reasons),
        verification=known.verification,
        **common,
    )


def _spoken(spoken: tuple[Utterance, ...], common: dict[str, Any]) -> events.Event:
    return events.SentencesSpoken(
        prompts=tuple(name_of(utterance) for utterance in spoken),
        languages=tuple(utterance.language for utterance in spoken),
        **common,
    )


def _of_reply(reply: Reply, common: dict[str, Any]) -> events.Event | None:
    match reply:
        case Chose(key) | WrongKey(key):
            return events.KeyPressed(key=key, **common)
        case Escaped(key):
            return events.KeyPressed(key=f"*{key}", **common)
        case Keyed():
            return events.KeyPressed(key=MANY_KEYS, **common)
        case Silence():
            return events.NothingPressed(**common)
        case LeftQueue(how=how):
            return events.QueueExited(how=how.value, **common)
        case Recognised() | Unrecognised() | Incomplete() | Recorded() | Found() | Unavailable():
            return events.StepEnded(how=type(reply).__name__, **common)
        case Verified() | Denied() | Expired() | LockedOut():
            return events.StepEnded(how=type(reply).__name__, **common)
        case DidIt(result):
            return events.StepEnded(how=f"{type(reply).__name__} {type(result).__name__}", **common)
        case Refused(reason):
            return events.StepEnded(how=f"{type(reply).__name__} {reason}", **common)
        case Unsure():
            return events.StepEnded(how=type(reply).__name__, **common)
        case Said() | Noted() | FollowUpOpened():
            return None
