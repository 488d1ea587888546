"""A call back: a promise to ring a caller who did not want to wait on the line (H1.2a, H2.2c).

Its life is a table, `TRANSITIONS`, as a ticket's is. He keeps his place among those who wait, or chose a time. When he
is rung is a policy (`ivr.policies.calling_back`); that nothing personal is said before it is sure who answers is the
story's.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum

from ivr.domain.banking import CustomerToken
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallBackId, CallId, QueueName
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import Fault, Illegal, Party, Role, TicketNumber


class CallBackKind(Enum):
    """What was promised."""

    KEEPS_PLACE = "keeps_place"
    """Rung when he would have been served, had he waited."""
    CHOSEN_TIME = "chosen_time"


class CallBackState(Enum):
    """How far it is."""

    ASKED = "asked"
    """Waits for its time, or for its place to come to the front."""
    DUE = "due"
    """Now: an agent is looked for."""
    DIALLING = "dialling"
    REACHED = "reached"
    """The customer was talked with."""
    WRONG_PERSON = "wrong_person"
    """Somebody else answered, and was told nothing."""
    NOBODY = "nobody"
    """Busy, no answer, a machine, or no key pressed."""
    GIVEN_UP = "given_up"
    """Tried as often as promised; its ticket goes on in writing."""
    WITHDRAWN = "withdrawn"
    """He does not want it any more, or was helped on another call."""


class CallBackEvent(Enum):
    """What can happen to it."""

    ASK = "ask"
    CHANGE_TIME = "change_time"
    COME_DUE = "come_due"
    DIAL = "dial"
    SPEAK = "speak"
    """The customer answered, and it is he."""
    MEET_OTHER = "meet_other"
    MEET_NOBODY = "meet_nobody"
    LOSE_LINE = "lose_line"
    """Nobody can say what became of the attempt (the exchange died): it does not count, and is made again."""
    RETRY = "retry"
    GIVE_UP = "give_up"
    WITHDRAW = "withdraw"


class Miss(Enum):
    """How an attempt failed; how soon the next comes depends on it."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    """A voicemail, or a person who pressed no key: it was told nothing personal."""
    OTHER_PERSON = "other_person"
    FAILED = "failed"
    """The network could not put the call through."""


@dataclass(frozen=True, slots=True)
class CallBackTransition:
    """One line of the table."""

    before: CallBackState | None
    """None: there is none yet."""
    event: CallBackEvent
    after: CallBackState
    who: frozenset[Role]


def _life() -> tuple[CallBackTransition, ...]:
    asked, due, dialling = CallBackState.ASKED, CallBackState.DUE, CallBackState.DIALLING
    other, nobody = CallBackState.WRONG_PERSON, CallBackState.NOBODY
    event, made = CallBackEvent, CallBackTransition
    line, desk = frozenset({Role.LINE}), frozenset({Role.AGENT, Role.SUPERVISOR})
    caller = desk | {Role.CUSTOMER}
    return (
        made(None, event.ASK, asked, caller | line),
        *(made(waits, event.CHANGE_TIME, asked, caller) for waits in (asked, due, nobody, other)),
        made(asked, event.COME_DUE, due, line | {Role.SUPERVISOR}),
        made(due, event.DIAL, dialling, line | desk),
        made(dialling, event.SPEAK, CallBackState.REACHED, line | desk),
        made(dialling, event.MEET_OTHER, other, line | desk),
        made(dialling, event.MEET_NOBODY, nobody, line | desk),
        made(dialling, event.LOSE_LINE, due, line),
        *(made(missed, event.RETRY, asked, line | desk) for missed in (nobody, other)),
        *(made(missed, event.GIVE_UP, CallBackState.GIVEN_UP, line | {Role.SUPERVISOR}) for missed in (nobody, other)),
        *(made(open_, event.WITHDRAW, CallBackState.WITHDRAWN, caller | line) for open_ in (asked, due, nobody, other)),
    )


TRANSITIONS = _life()
"""The whole life of a call back."""

ENDS = frozenset({CallBackState.REACHED, CallBackState.GIVEN_UP, CallBackState.WITHDRAWN})
"""Nothing comes after these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCallBack:
    """What was promised to whom; it stays so. Personal: `number`, `customer`."""

    kind: CallBackKind
    call_id: CallId
    """Which it was asked for on."""
    number: str
    """E.164."""
    customer: CustomerToken | None
    ticket: TicketNumber | None
    queue: QueueName
    """In which he keeps his place; who serves it calls him."""
    priority: int
    """He had there."""
    joined_at: datetime
    """UTC; when his waiting began: it goes on counting."""
    language: Language
    category: Category | None
    urgency: Urgency
    asked_at: datetime
    """UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackEntry:
    """One thing that happened. Never changed."""

    at: datetime
    """UTC."""
    by: Party
    event: CallBackEvent
    before: CallBackState | None
    after: CallBackState
    miss: Miss | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack(NewCallBack):
    """A call back as it stands."""

    id: CallBackId
    state: CallBackState
    due_at: datetime
    """UTC; not before this moment."""
    attempts: int
    """Made, those that do not count left out."""
    agent: AgentId | None
    """Who made the latest."""
    history: tuple[CallBackEntry, ...]

    @property
    def version(self) -> int:
        """How much has happened to it: 1 when asked for."""
        return len(self.history)

    @property
    def is_over(self) -> bool:
        """Nobody will ring any more."""
        return self.state in ENDS

    @property
    def last_miss(self) -> Miss | None:
        """How the latest attempt failed."""
        return next((entry.miss for entry in reversed(self.history) if entry.miss is not None), None)


def asked(new: NewCallBack, id_: CallBackId, due_at: datetime, by: Party) -> CallBack:
    """The call back at its beginning. Raises Illegal."""
    begun = transition(None, CallBackEvent.ASK, by)
    entry = CallBackEntry(at=new.asked_at, by=by, event=begun.event, before=None, after=begun.after)
    told = {field.name: getattr(new, field.name) for field in fields(NewCallBack)}
    return CallBack(**told, id=id_, state=begun.after, due_at=due_at, attempts=0, agent=None, history=(entry,))


def moved(
    back: CallBack,
    event: CallBackEvent,
    *,
    by: Party,
    at: datetime,
    due_at: datetime | None = None,
    miss: Miss | None = None,
    agent: AgentId | None = None,
) -> CallBack:
    """The call back after this event. Raises Illegal; ValueError where a new time or a miss is missing.

    `due_at` with CHANGE_TIME and RETRY, `miss` with MEET_OTHER and MEET_NOBODY, `agent` with DIAL.
    """
    step = transition(back.state, event, by)
    if (due_at is None) is (event in (CallBackEvent.CHANGE_TIME, CallBackEvent.RETRY)):
        raise ValueError(f"{event.value}: a new time belongs to change_time and retry, and to nothing else")
    missed = (CallBackEvent.MEET_OTHER, CallBackEvent.MEET_NOBODY)
    if (miss is None) is (event in missed):
        raise ValueError(f"{event.value}: how it failed belongs to meet_other and meet_nobody, and to nothing else")
    counted = {CallBackEvent.DIAL: 1, CallBackEvent.LOSE_LINE: -1}.get(event, 0)
    entry = CallBackEntry(at=at, by=by, event=event, before=back.state, after=step.after, miss=miss)
    return replace(
        back,
        state=step.after,
        due_at=due_at or back.due_at,
        attempts=back.attempts + counted,
        agent=agent or back.agent,
        history=(*back.history, entry),
    )


def transition(state: CallBackState | None, event: CallBackEvent, by: Party) -> CallBackTransition:
    """The line of the table for this event. Raises Illegal."""
    found = next((row for row in TRANSITIONS if (row.before, row.event) == (state, event)), None)
    stands = state.value if state else "not asked for"
    if found is None:
        comes = ", ".join(row.event.value for row in TRANSITIONS if row.before is state) or "nothing"
        raise Illegal(
            f"{event.value} does not come in a call back that is {stands}; what may come: {comes}", Fault.WRONG_MOMENT
        )
    if by.role not in found.who:
        may = ", ".join(sorted(role.value for role in found.who))
        raise Illegal(f"{by} may not {event.value} a call back that is {stands}; who may: {may}", Fault.NO_RIGHT)
    return found


def must_be_at(back: CallBack, expected: int | None) -> None:
    """Raises Illegal when it is not at the version its reader saw any more; None asks for none."""
    if expected is not None and expected != back.version:
        raise Illegal(
            f"call back {back.id} is at version {back.version}, not {expected}: {back.history[-1].by} was faster "
            f"({back.history[-1].event.value}); look at it again",
            Fault.OVERTAKEN,
        )
