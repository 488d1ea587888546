"""A ticket (H1.2d): one problem of one caller, from its opening until he knows the result and is content.

Its life is a table, `TRANSITIONS`: what may happen in which state, where that leads, and who may do it. Nothing else
decides; `moved` reads it, and so do the diagram of docs/tickets.md and whoever shows buttons. An event that the table
does not hold changes nothing, and `Illegal` says whose fault it was.

"Handle first, feed back after" (H2.2c) stands in the table too: there is no way to `closed` but through `confirmed`,
where the customer knows the result, or through his own withdrawal.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import Enum
from typing import NewType

from ivr.domain.banking import CustomerToken
from ivr.domain.caller import VerificationLevel
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId
from ivr.domain.problem import Category, Urgency

TicketNumber = NewType("TicketNumber", str)
"""What customer and bank call a ticket by: eight digits, the last a check digit (nine after ten million tickets),
spoken in two breaths of four and keyed without effort."""


_LONGEST_NAME = 64


class TicketKind(Enum):
    """What has to be done, which sets how soon: the three kinds of H2.2a, and the rest of the bank's business."""

    LOSS_REPORT = "loss_report"
    FRAUD = "fraud"
    ACCOUNT_ANOMALY = "account_anomaly"
    TRANSFER_PROBLEM = "transfer_problem"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    ENQUIRY = "enquiry"
    """Also about products and their risks."""
    BUSINESS = "business"
    """Something to be handled, account management included."""
    CALL_BACK = "call_back"
    """Nobody was there, and the caller wants to be called."""


class TicketState(Enum):
    """How far a ticket is."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_FOR_CUSTOMER = "waiting_for_customer"
    WAITING_FOR_DEPARTMENT = "waiting_for_department"
    SOLVED = "solved"
    """Handled; the customer does not know yet."""
    CONFIRMED = "confirmed"
    """The customer knows the result, and does not object."""
    CLOSED = "closed"
    REOPENED = "reopened"
    """The customer came back to it; it waits for a person, as a new one does."""


CUSTOMER_KNOWS = frozenset({TicketState.CONFIRMED, TicketState.CLOSED})
"""The states in which no promise to the customer is open."""


class TicketEvent(Enum):
    """What can happen to a ticket."""

    OPEN = "open"
    TAKE = "take"
    """Become its owner; also from another."""
    ASK_CUSTOMER = "ask_customer"
    CUSTOMER_ANSWERED = "customer_answered"
    ASK_DEPARTMENT = "ask_department"
    DEPARTMENT_ANSWERED = "department_answered"
    SOLVE = "solve"
    CONFIRM = "confirm"
    """The customer was told the result (回访), by call, by SMS or at the next call, and does not object."""
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    """The customer takes it back."""
    REMARK = "remark"
    """Write down what is being done, as it is done."""


class Role(Enum):
    """As whom someone acts on a ticket."""

    LINE = "line"
    """The phone line itself, without a person."""
    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    DEPARTMENT = "department"
    """Another department of the bank, in its own part."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who did something: a staff number, a department's name; of line and customer the call id. Nothing personal.

    Raises ValueError for a name that is empty, longer than 64 signs, or not printable.
    """

    role: Role
    name: str

    def __post_init__(self) -> None:
        if not (0 < len(self.name) <= _LONGEST_NAME and self.name.isprintable()):
            raise ValueError(f"a party's name has 1 to {_LONGEST_NAME} printable signs")

    def __str__(self) -> str:
        return f"{self.role.value} {self.name}"


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table."""

    before: TicketState | None
    """None: there is no ticket yet."""
    event: TicketEvent
    after: TicketState
    who: frozenset[Role]


def _life() -> tuple[Transition, ...]:
    new, working = TicketState.NEW, TicketState.IN_PROGRESS
    customer, department = TicketState.WAITING_FOR_CUSTOMER, TicketState.WAITING_FOR_DEPARTMENT
    solved, confirmed = TicketState.SOLVED, TicketState.CONFIRMED
    closed, reopened = TicketState.CLOSED, TicketState.REOPENED
    anyone, line = frozenset(Role), frozenset({Role.LINE})
    desk = frozenset({Role.AGENT, Role.SUPERVISOR})
    staff = desk | {Role.DEPARTMENT}
    caller = desk | {Role.CUSTOMER}  # an agent also says what the customer told him
    made = Transition
    return (
        made(None, TicketEvent.OPEN, new, anyone),
        made(new, TicketEvent.TAKE, working, staff),
        made(new, TicketEvent.SOLVE, solved, line),
        made(working, TicketEvent.TAKE, working, staff),
        made(working, TicketEvent.ASK_CUSTOMER, customer, staff),
        made(working, TicketEvent.ASK_DEPARTMENT, department, staff),
        made(working, TicketEvent.SOLVE, solved, staff),
        made(customer, TicketEvent.TAKE, working, staff),
        made(customer, TicketEvent.CUSTOMER_ANSWERED, working, caller | line),
        made(customer, TicketEvent.SOLVE, solved, desk),
        made(department, TicketEvent.TAKE, working, desk),
        made(department, TicketEvent.DEPARTMENT_ANSWERED, working, staff),
        made(solved, TicketEvent.CONFIRM, confirmed, caller | line),
        made(confirmed, TicketEvent.CLOSE, closed, desk | line),
        *(made(done, TicketEvent.REOPEN, reopened, caller | line) for done in (solved, confirmed, closed)),
        made(reopened, TicketEvent.TAKE, working, staff),
        *(
            made(still, TicketEvent.WITHDRAW, closed, caller)
            for still in (new, working, customer, department, solved, reopened)
        ),
        *(
            made(still, TicketEvent.REMARK, still, anyone - {Role.CUSTOMER})
            for still in TicketState
            if still is not closed
        ),
    )


TRANSITIONS = _life()
"""The whole life of a ticket."""


class Fault(Enum):
    """Whose fault an illegal event is."""

    NO_RIGHT = "no_right"
    """The asker's: this role may not do it. Some other may."""
    WRONG_MOMENT = "wrong_moment"
    """The asking program's: it offered what does not come in this state."""
    OVERTAKEN = "overtaken"
    """Nobody's: someone else was faster. Look again, and decide anew."""


class Illegal(HotlineError):
    """This event may not happen now, to a ticket or to whatever else lives by a table. Nothing was changed."""

    def __init__(self, sentence: str, fault: Fault) -> None:
        super().__init__(sentence)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the caller told, as far as it was asked for. Personal: all of it. None: not asked, or not answered."""

    when: str | None = None
    """Operation time (H2.2b), in the caller's words or the menu's: `today`, `2026-01-05 09:30`."""
    operation: str | None = None
    """Operation content (H2.2b)."""
    account_status: str | None = None
    """Account status (H2.2b)."""
    card_last_four: str | None = None
    reference: str | None = None
    """The bank's number of the deed or transfer it is about."""
    recording: str | None = None
    """Id of a message that the caller left."""
    call_back_to: str | None = None
    """E.164."""
    words: str | None = None
    """Anything else, free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened to a ticket. Never changed. Personal: `note`."""

    at: datetime
    """UTC."""
    by: Party
    event: TicketEvent
    before: TicketState | None
    after: TicketState
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What a ticket is opened with; it stays so. Personal: `customer`, `summary`."""

    kind: TicketKind
    category: Category | None
    """As the caller chose it, which may be wider than the kind."""
    urgency: Urgency
    reasons: tuple[str, ...] = ()
    """Why so urgent, in words an agent can read."""
    customer: CustomerToken | None
    """None: the caller was not identified."""
    verification: VerificationLevel
    """How sure we were of him at the opening."""
    call_id: CallId
    opened_by: Party
    opened_at: datetime
    """UTC."""
    due_at: datetime
    """UTC; by then the customer knows the result (`ivr.policies.deadlines`)."""
    own_by: datetime | None = None
    """UTC; by then a person owns it (H1.4c); None: no such time is set."""
    summary: Summary = Summary()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(NewTicket):
    """A ticket as it stands."""

    number: TicketNumber
    state: TicketState
    owner: str | None
    """The staff number, or the department, that is responsible now; None: nobody yet."""
    history: tuple[HistoryEntry, ...]
    """Oldest first, beginning with its opening."""

    @property
    def version(self) -> int:
        """How much has happened to it: 1 when opened, one more each time."""
        return len(self.history)

    @property
    def customer_knows(self) -> bool:
        """He was told the result, or took the ticket back: no promise to him is open."""
        return self.state in CUSTOMER_KNOWS

    @property
    def is_over(self) -> bool:
        """Nobody has to do anything any more."""
        return self.state is TicketState.CLOSED


def opened(new: NewTicket, number: TicketNumber) -> Ticket:
    """The ticket at its beginning."""
    begun = transition(None, TicketEvent.OPEN, new.opened_by)
    entry = HistoryEntry(at=new.opened_at, by=new.opened_by, event=begun.event, before=None, after=begun.after)
    told = {field.name: getattr(new, field.name) for field in fields(NewTicket)}
    return Ticket(**told, number=number, state=begun.after, owner=None, history=(entry,))


def moved(ticket: Ticket, event: TicketEvent, *, by: Party, at: datetime, note: str = "") -> Ticket:
    """The ticket after this event, which is now the last of its history. Raises Illegal."""
    step = transition(ticket.state, event, by)
    entry = HistoryEntry(at=at, by=by, event=event, before=ticket.state, after=step.after, note=note)
    owner = _owner_after(ticket, event, by)
    return replace(ticket, state=step.after, owner=owner, history=(*ticket.history, entry))


def must_be_at(ticket: Ticket, expected: int | None) -> None:
    """Raises Illegal when the ticket is not at the version its reader saw any more; None asks for none."""
    if expected is not None and expected != ticket.version:
        last = ticket.history[-1]
        raise Illegal(
            f"ticket {ticket.number} is at version {ticket.version}, not {expected}: {last.by} was faster "
            f"({last.event.value}); look at it again",
            Fault.OVERTAKEN,
        )


def transition(state: TicketState | None, event: TicketEvent, by: Party) -> Transition:
    """The line of the table for this event. Raises Illegal."""
    found = next((row for row in TRANSITIONS if (row.before, row.event) == (state, event)), None)
    stands = state.value if state else "not opened"
    if found is None:
        comes = ", ".join(row.event.value for row in TRANSITIONS if row.before is state)
        raise Illegal(
            f"{event.value} does not come in a ticket that is {stands}; what may come: {comes}", Fault.WRONG_MOMENT
        )
    if by.role not in found.who:
        may = ", ".join(sorted(role.value for role in found.who))
        raise Illegal(f"{by} may not {event.value} a ticket that is {stands}; who may: {may}", Fault.NO_RIGHT)
    return found


def allowed(state: TicketState, role: Role) -> tuple[TicketEvent, ...]:
    """What someone in this role may do in this state, in the table's order."""
    return tuple(row.event for row in TRANSITIONS if row.before is state and role in row.who)


def _owner_after(ticket: Ticket, event: TicketEvent, by: Party) -> str | None:
    if event is TicketEvent.TAKE:
        return by.name
    return None if event is TicketEvent.REOPEN else ticket.owner  # a reopened one waits for a person again
