"""A call's journal as lines that people read: what was asked, what came, without personal values."""

from ivr.domain.call import EndReason
from ivr.flow.steps import (
    Ask,
    Chose,
    Denied,
    DidIt,
    Do,
    Escaped,
    Identify,
    JoinQueue,
    Keyed,
    LeftQueue,
    Lookup,
    Menu,
    Note,
    OpenFollowUp,
    Record,
    Refused,
    Reply,
    Said,
    Say,
    Step,
    Utterance,
    Verify,
    WrongKey,
)
from ivr.flow.words import name_of
from ivr.ports.archive import ArchivedCall
from ivr.ports.journal import (
    Answered,
    Asked,
    CallerLeft,
    ChapterTurned,
    Closed,
    ConversationTurned,
    Fact,
    Learned,
    NotRecorded,
    Opened,
    PersonConnected,
    PlaceRaised,
    RecordingBegan,
    RecordingMuted,
    ServedByFallback,
    StoodInQueue,
    TakenUp,
)


def lines(call: ArchivedCall) -> list[dict[str, object]]:
    """One line an entry; `second` counts from the first."""
    if not call.entries:
        return []
    began = call.entries[0].at
    return [
        {
            "sequence": entry.sequence,
            "second": round((entry.at - began).total_seconds(), 2),
            "what": type(entry.fact).__name__,
            "of": _fact(entry.fact),
        }
        for entry in call.entries
    ]


def _fact(fact: Fact) -> str:
    match fact:
        case Asked(number=number, step=step):
            return f"{number} {_step(step)}"
        case Answered(number=number, reply=reply):
            return f"{number} {_reply(reply)}"
        case Opened(flow=flow, configuration=configuration):
            return f"flow {flow}, configuration {configuration}"
        case ChapterTurned(chapter=chapter):
            return chapter
        case PlaceRaised() | PersonConnected() | StoodInQueue():
            return _waiting(fact)
        case ConversationTurned() as turned:
            called = f" {turned.called.phone}" if turned.called else f" {turned.to}" if turned.to else ""
            return f"{turned.turn.value}{called} by {turned.by}: {turned.phase.value}"
        case Learned(known=known):
            return f"{known.verification.name.lower()}, {known.urgency.name.lower()}"
        case CallerLeft(reason=EndReason(value=reason)):
            return reason
        case Closed(ending=ending):
            return f"{ending.outcome.value}, {ending.end_reason.value}"
        case ServedByFallback(talked=talked):
            return "with a person" if talked else "nobody answered"
        case TakenUp():
            return "by a new controller"
        case RecordingBegan() | NotRecorded() | RecordingMuted():
            return _recording(fact)


def _waiting(fact: PlaceRaised | PersonConnected | StoodInQueue) -> str:
    match fact:
        case PlaceRaised(queue=queue, priority=priority):
            return f"priority {priority} in {queue}"
        case PersonConnected(interface=interface, waited=waited):
            return f"{interface} after {waited} s"
        case StoodInQueue(queue=queue, position=position):
            return f"{queue}, place {position}"


def _recording(fact: RecordingBegan | NotRecorded | RecordingMuted) -> str:
    match fact:
        case RecordingBegan():
            return ""
        case NotRecorded(why=why):
            return why.value
        case RecordingMuted(on=on):
            return "on" if on else "off"


def _step(step: Step) -> str:
    match step:
        case Say(sentences):
            return f"say {_spoken(sentences)}"
        case Menu(sentences, keys):
            return f"menu {keys}: {_spoken(sentences)}"
        case Ask(sentences, longest):
            return f"ask up to {longest} digits: {_spoken(sentences)}"
        case Record(sentences, longest):
            return f"record up to {longest} s: {_spoken(sentences)}"
        case Identify(sentences):
            return f"identify: {_spoken(sentences)}"
        case Verify(sentences, means=means):
            return f"verify by {means.value}: {_spoken(sentences)}"
        case Lookup(question):
            return f"look up {type(question).__name__}"
        case Do(deed):
            return f"do {type(deed).__name__}"
        case Note(known):
            category = known.category.value if known.category else "unknown"
            return f"note {category}, {known.urgency.name.lower()}, person {known.person.value}"
        case JoinQueue(queue, priority):
            return f"queue {queue}, priority {priority}"
        case OpenFollowUp(reason):
            return f"follow up: {reason}"


def _spoken(utterances: tuple[Utterance, ...]) -> str:
    return " ".join(f"{name_of(utterance)}/{utterance.language.value}" for utterance in utterances)


def _reply(reply: Reply) -> str:
    match reply:
        case Chose(key) | WrongKey(key) | Escaped(key):
            return f"{type(reply).__name__} {key}"
        case Keyed(digits):
            return f"Keyed {len(digits)} digits"
        case Said(interrupted):
            return "Said, interrupted" if interrupted else "Said"
        case LeftQueue(how, key):
            return f"LeftQueue {how.value}{f' {key}' if key else ''}"
        case Denied(left):
            return f"Denied, {left} tries left"
        case DidIt(result):
            return f"DidIt {type(result).__name__}"
        case Refused(reason):
            return f"Refused: {reason}"
        case _:
            return type(reply).__name__
