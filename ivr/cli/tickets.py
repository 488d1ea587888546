"""`hotline tickets`: which tickets there are, one of them whole, and moving one on."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, clock, out, table, write_json
from ivr.domain.problem import Urgency
from ivr.domain.ticket import (
    CUSTOMER_KNOWS,
    TRANSITIONS,
    HistoryEntry,
    Party,
    Role,
    Summary,
    Ticket,
    TicketEvent,
    TicketKind,
    TicketNumber,
    TicketState,
)
from ivr.policies.deadlines import is_late
from ivr.policies.masking import phone

if TYPE_CHECKING:
    from ivr.ports.tickets import TicketFilter
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The tickets: what was promised to whom, and how far it is.")

COLUMNS = ("number", "kind", "urgency", "state", "owner", "opened_at", "due_at", "late")
URGENCIES = tuple(urgency.name.lower() for urgency in Urgency)


def _urgency(word: str) -> Urgency:
    """As it is shown: `elevated`."""
    if word not in URGENCIES:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(URGENCIES)}")
    return Urgency(URGENCIES.index(word))


States = Annotated[list[TicketState] | None, typer.Option("--state", help="Only these; may be given several times.")]
Kinds = Annotated[list[TicketKind] | None, typer.Option("--kind", help="Only these; may be given several times.")]
Least = Annotated[
    Urgency | None, typer.Option("--urgency", parser=_urgency, metavar="|".join(URGENCIES), help="At least so urgent.")
]
Owner = Annotated[str | None, typer.Option(help="The staff number or department that is responsible.")]
Since = Annotated[datetime | None, typer.Option(help="Opened at or after this local time.")]
Until = Annotated[datetime | None, typer.Option(help="Opened before this local time.")]
Overdue = Annotated[bool, typer.Option("--overdue", help="Past its time, and the customer does not know the result.")]
Limit = Annotated[int, typer.Option(help="At most so many, the newest.", min=1, max=10_000)]
Number = Annotated[str, typer.Argument(help="The ticket's number; blanks and hyphens do not matter.")]


@app.command("list")
def list_(
    *,
    state: States = None,
    kind: Kinds = None,
    urgency: Least = None,
    owner: Owner = None,
    since: Since = None,
    until: Until = None,
    overdue: Overdue = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List tickets, the newest first. Nothing personal is shown."""
    from ivr.ports.tickets import TicketFilter

    now = datetime.now(UTC)
    states = frozenset(state or ())
    if overdue:
        states = (states or frozenset(TicketState)) - CUSTOMER_KNOWS
    wanted = TicketFilter(
        states=states,
        kinds=frozenset(kind or ()),
        least_urgency=urgency or Urgency.NORMAL,
        owner=owner,
        since=since and since.astimezone(UTC),
        until=until and until.astimezone(UTC),
        due_before=now if overdue else None,
        limit=limit,
    )
    # Of states in which nothing can be overdue, nothing is; an empty set of states would mean any.
    found = [] if overdue and not states else asyncio.run(_find(context.settings(), wanted))
    rows = [brief(ticket, now) for ticket in found]
    if as_json:
        write_json(rows)
    elif not rows:
        out.print("no such ticket")
    else:
        out.print(table([_for_people(row) for row in rows], COLUMNS))


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one ticket: what it is, what is promised, and its history. Personal values are masked."""
    _show(asyncio.run(_read(context.settings(), number)), as_json)


@app.command()
def move(
    number: Number,
    event: Annotated[TicketEvent, typer.Argument(help="What happens to it; `tickets show` says what may come.")],
    *,
    by: Annotated[str, typer.Option(help="Who does it: your staff number. It stands in the history for good.")],
    role: Annotated[Role, typer.Option("--as", help="As whom.")] = Role.AGENT,
    note: Annotated[str, typer.Option(help="Why, or what was done. Kept encrypted.")] = "",
    expected: Annotated[int | None, typer.Option(help="Only if the ticket is at this version still.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Let something happen to a ticket: take it, solve it, close it."""
    try:
        party = Party(role, by)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--by") from error
    ticket = asyncio.run(_move(context.settings(), number, event, by=party, note=note, expected=expected))
    if as_json:
        write_json(whole(ticket, datetime.now(UTC)))
    else:
        owner = f"owned by {ticket.owner}" if ticket.owner else "owned by nobody"
        out.print(
            f"ticket {ticket.number} is {ticket.state.value}, {owner} (version {ticket.version})", highlight=False
        )


@app.command()
def life() -> None:
    """Print the page of a ticket's life: states, events, who may, and the times (docs/tickets.md)."""
    from ivr.application.ticket_page import page
    from ivr.policies.deadlines import Times

    typer.echo(page(Times()), nl=False)


def brief(ticket: Ticket, now: datetime) -> dict[str, object]:
    """What `tickets list` says of a ticket; moments in UTC, personal values masked."""
    return {
        "number": ticket.number,
        "kind": ticket.kind.value,
        "category": ticket.category.value if ticket.category else None,
        "urgency": ticket.urgency.name.lower(),
        "reasons": list(ticket.reasons),
        "state": ticket.state.value,
        "owner": ticket.owner,
        "customer": _hidden(ticket.customer),
        "verification": ticket.verification.name.lower(),
        "call_id": ticket.call_id,
        "opened_at": ticket.opened_at,
        "opened_by": str(ticket.opened_by),
        "own_by": ticket.own_by,
        "due_at": ticket.due_at,
        "late": is_late(ticket, now),
        "version": ticket.version,
    }


def whole(ticket: Ticket, now: datetime) -> dict[str, object]:
    """The ticket with what the caller told and its history; personal values masked in both."""
    return {
        **brief(ticket, now),
        "may_come": [row.event.value for row in TRANSITIONS if row.before is ticket.state],
        "summary": _masked(ticket.summary),
        "history": [_entry(entry) for entry in ticket.history],
    }


def _show(ticket: Ticket, as_json: bool) -> None:
    plain = whole(ticket, datetime.now(UTC))
    if as_json:
        write_json(plain)
        return
    summary, history = _masked(ticket.summary), [_entry(entry) for entry in ticket.history]
    told = {key: value for key, value in plain.items() if key not in ("summary", "history")}
    told |= {f"told: {key.replace('_', ' ')}": value for key, value in summary.items() if value is not None}
    for key, value in _for_people(told).items():
        out.print(f"{key:<24} {value}", highlight=False, markup=False, soft_wrap=True)
    out.print()
    out.print(table([_for_people(row) for row in history], ("at", "by", "event", "before", "after", "note")))


def _masked(summary: Summary) -> dict[str, str | None]:
    """Free words may name anyone, so only their length is told; the last four digits of a card may be shown."""
    return {
        "when": _hidden(summary.when),
        "operation": _hidden(summary.operation),
        "account_status": _hidden(summary.account_status),
        "card_last_four": summary.card_last_four,
        "reference": _hidden(summary.reference),
        "recording": summary.recording,
        "call_back_to": phone(summary.call_back_to) if summary.call_back_to else None,
        "words": _hidden(summary.words),
    }


def _entry(entry: HistoryEntry) -> dict[str, object]:
    return {
        "at": entry.at,
        "by": str(entry.by),
        "event": entry.event.value,
        "before": entry.before.value if entry.before else None,
        "after": entry.after.value,
        "note": _hidden(entry.note or None),
    }


def _hidden(value: str | None) -> str | None:
    return None if value is None else f"••• ({len(value)})"


def _for_people(row: dict[str, object]) -> dict[str, object]:
    """Local times, and words for what is not there."""

    def said(value: object) -> object:
        if isinstance(value, datetime):
            return clock(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return "; ".join(map(str, value)) or "–"
        return "–" if value is None else value

    return {key: said(value) for key, value in row.items()}


def _typed(number: str) -> TicketNumber:
    return TicketNumber("".join(sign for sign in number if sign not in " -"))


async def _find(settings: "Settings", wanted: "TicketFilter") -> list[Ticket]:
    from ivr.cli.opening import open_tickets

    async with open_tickets(settings) as tickets:
        return await tickets.find(wanted)


async def _read(settings: "Settings", number: str) -> Ticket:
    from ivr.adapters.ticket_numbers import could_be
    from ivr.cli.opening import open_tickets
    from ivr.ports.tickets import NoSuchTicket

    async with open_tickets(settings) as tickets:
        ticket = await tickets.read(_typed(number))
    if ticket is None:
        wrong = "" if could_be(_typed(number)) else "; its check digit is wrong, look at it again"
        raise NoSuchTicket(f"there is no ticket {number}{wrong}")
    return ticket


async def _move(
    settings: "Settings", number: str, event: TicketEvent, *, by: Party, note: str, expected: int | None
) -> Ticket:
    from ivr.cli.opening import open_tickets

    async with open_tickets(settings) as tickets:
        return await tickets.move(_typed(number), event, by=by, at=datetime.now(UTC), note=note, expected=expected)
