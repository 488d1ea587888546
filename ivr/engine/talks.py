"""Who had a call, and who spoke with its caller from when to when: the fold of its journal. Pure, as the record is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ivr.domain.conversation import Conversation, Participant, Places, Turn, after, answered
from ivr.domain.ids import QueueName, Uniqueid
from ivr.flow.steps import JoinQueue
from ivr.ports.journal import (
    Answered,
    Asked,
    CallerLeft,
    Closed,
    ConversationTurned,
    Entry,
    PersonConnected,
    StoodInQueue,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """A stretch in which a person and the caller heard each other."""

    phone: str
    leg: Uniqueid
    since: datetime
    """UTC."""
    until: datetime | None
    """UTC; None: it goes on."""


def conversation_of(entries: Sequence[Entry]) -> Conversation:
    """The conversation as it stands."""
    talk = Conversation()
    for entry in entries:
        talk = _and_then(talk, entry)
    return talk


def connected_at(entries: Sequence[Entry]) -> datetime | None:
    """When the last person answered in a queue."""
    return next((entry.at for entry in reversed(entries) if isinstance(entry.fact, PersonConnected)), None)


def talks_of(entries: Sequence[Entry]) -> list[Spoke]:
    """Every stretch, in the order of its beginning."""
    found: list[Spoke] = []
    talk = Conversation()
    for entry in entries:
        before, talk = talk, _and_then(talk, entry)
        at = entry.fact.at if isinstance(entry.fact, CallerLeft) else entry.at
        left, came = set(before.speaking) - set(talk.speaking), set(talk.speaking) - set(before.speaking)
        found = [_ended(spoke, left, at) for spoke in found]
        found += [
            Spoke(phone=person.phone, leg=person.leg, since=at, until=None)
            for person in talk.speaking
            if person in came
        ]
    return found


def handed_on(step: JoinQueue, entries: Sequence[Entry], places: Places) -> JoinQueue | None:
    """The wait that a person has sent the caller to since the story asked for this one: for everyone there, at the
    place that he stood at; None: nobody has.
    """
    place: int | None = None
    for entry in reversed(entries):
        match entry.fact:
            case StoodInQueue(position=position):
                place = place or position
            case ConversationTurned(turn=Turn.TRANSFER, to=queue):
                patience = places.patience_of(queue) or step.patience
                kept = replace(step, only=None, most=None, offers=False, place=place)
                return replace(kept, queue=QueueName(queue), patience=patience)
            case Asked():
                return None
    return None


def phone_of(interface: str) -> str:
    """`PJSIP/desk1`, or a channel of it (`PJSIP/desk1-0000002a`), as the configuration names the phone."""
    name = interface.rpartition("/")[2]
    head, dash, tail = name.rpartition("-")
    return head if dash and len(tail) == 8 and all(sign in "0123456789abcdef" for sign in tail) else name


def _and_then(talk: Conversation, entry: Entry) -> Conversation:
    match entry.fact:
        case PersonConnected(interface=interface, leg=leg):
            return answered(Participant(leg or Uniqueid(""), phone_of(interface)))
        case ConversationTurned(turn=turn, phase=phase, called=called):
            return after(talk, turn, phase, called)
        case CallerLeft() | Closed():
            return Conversation()
        case Answered():  # the caller is back with the story, whatever was not told
            return Conversation()
        case _:
            return talk


def _ended(spoke: Spoke, left: set[Participant], at: datetime) -> Spoke:
    gone = spoke.until is None and Participant(spoke.leg, spoke.phone) in left
    return replace(spoke, until=at) if gone else spoke
