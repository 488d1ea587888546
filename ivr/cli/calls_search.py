"""`hotline calls search` and `hotline calls export`: the same question, a page of answers or a file of all."""

import asyncio
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.call_rows import Personal, columns, row_of
from ivr.cli.shown import AsJson, clock, err, out, table, write_json
from ivr.domain.banking import CustomerToken
from ivr.domain.call import Outcome
from ivr.domain.problem import Category, Urgency
from ivr.ports.archive import CallFilter, Cursor, FoundCall, Sort

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rich.progress import Progress

    from ivr.adapters.sql.archive import SqlArchive
    from ivr.settings import Settings

LISTED = ("call_id", "arrived_at", "waited", "lasted", "caller", "category", "urgency", "agents", "tickets", "outcome")
PAGE = 1000
"""Calls read at once by an export: what it holds in memory."""
LONGEST_LOOK = timedelta(days=31)
"""Of a search by what was told: it deciphers call after call."""
_URGENCIES = tuple(urgency.name.lower() for urgency in Urgency)


class Form(Enum):
    """What an export is written as."""

    CSV = "csv"
    PARQUET = "parquet"


def _urgency(word: str) -> Urgency:
    """As it is shown: `elevated`."""
    if word not in _URGENCIES:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(_URGENCIES)}")
    return Urgency(_URGENCIES.index(word))


Since = Annotated[datetime | None, typer.Option(help="Arrived at or after this local time.")]
Until = Annotated[datetime | None, typer.Option(help="Arrived before this local time.")]
Caller = Annotated[str | None, typer.Option(help="The caller's number, whole; found by its blind index.")]
Customer = Annotated[str | None, typer.Option(help="The bank's token of a customer who was identified on the call.")]
Agent = Annotated[str | None, typer.Option(help="The staff number (or phone) of who talked with the caller.")]
CategoryOf = Annotated[Category | None, typer.Option("--category", help="What it was about.")]
UrgencyOf = Annotated[
    Urgency | None, typer.Option("--urgency", parser=_urgency, metavar="|".join(_URGENCIES), help="Exactly so urgent.")
]
OutcomeOf = Annotated[Outcome | None, typer.Option("--outcome", help="What became of it.")]
Text = Annotated[
    str | None,
    typer.Option(
        help="Words that must all be there: a ticket's number, a reason (large_transfers), what was done"
        " (card_blocked), a queue, a follow-up (nobody_free), fallback, misfit, taken_up."
    ),
]
Told = Annotated[
    str | None,
    typer.Option(
        help="Personal text, anywhere in the caller's name or in his tickets' words and notes. Deciphers call after"
        " call: needs --since, --until (31 days at most) and --reason."
    ),
]
Order = Annotated[Sort, typer.Option("--sort", help="In which order.")]
After = Annotated[str | None, typer.Option(help="The next page: `next` of the page before.")]
Limit = Annotated[int, typer.Option(help="Calls a page.", min=1, max=10_000)]
Why = Annotated[str | None, typer.Option("--reason", help="Why you look at personal data; it is noted.")]
Reveal = Annotated[list[Personal] | None, typer.Option(help="Unmasked; needs --reason. May be given several times.")]


def search(
    *,
    since: Since = None,
    until: Until = None,
    caller: Caller = None,
    customer: Customer = None,
    agent: Agent = None,
    category: CategoryOf = None,
    urgency: UrgencyOf = None,
    outcome: OutcomeOf = None,
    text: Text = None,
    told: Told = None,
    reason: Why = None,
    sort: Order = Sort.NEWEST,
    after: After = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Search archived calls, page by page. Personal values are masked."""
    settings = context.settings()
    wanted = CallFilter(
        since=since and since.astimezone(UTC),
        until=until and until.astimezone(UTC),
        caller_number=caller and _number(settings, caller),
        customer=CustomerToken(customer) if customer else None,
        agent=agent,
        category=category.value if category else None,
        urgency=urgency,
        outcome=outcome.value if outcome else None,
        words=tuple((text or "").split()),
        limit=limit,
    )
    if told:
        _may_look(settings, wanted, reason)
    place = Cursor.parse(after) if after else None
    found = asyncio.run(_told(settings, wanted, told, sort, place) if told else _page(settings, wanted, sort, place))
    following = str(found[-1].cursor(sort)) if len(found) == limit else None
    rows = [row_of(call) for call in found]
    if as_json:
        write_json({"calls": rows, "next": following})
        return
    if not rows:
        out.print("no such call in the archive")
        return
    out.print(
        table(
            [_for_people(call, row) for call, row in zip(found, rows, strict=True)], LISTED, right=("waited", "lasted")
        )
    )
    if following:
        out.print(f"next page: --after '{following}'", highlight=False, soft_wrap=True)


def _for_people(call: FoundCall, row: dict[str, object]) -> dict[str, object]:
    return {
        **row,
        "arrived_at": clock(call.record.incoming.arrived_at),
        "agents": " ".join(call.agents),
        "tickets": " ".join(call.record.known.tickets),
    }


def export(
    *,
    out_file: Annotated[Path, typer.Option("--out", help="The file; it is there when all is in it, else as before.")],
    form: Annotated[Form, typer.Option("--format", help="csv for spreadsheets, parquet for analysis.")] = Form.CSV,
    since: Since = None,
    until: Until = None,
    caller: Caller = None,
    customer: Customer = None,
    agent: Agent = None,
    category: CategoryOf = None,
    urgency: UrgencyOf = None,
    outcome: OutcomeOf = None,
    text: Text = None,
    reveal: Reveal = None,
    reason: Why = None,
) -> None:
    """Write archived calls into a file, the oldest first. Personal values are masked unless revealed for a reason."""
    settings = context.settings()
    revealed = frozenset(reveal or ())
    wanted = CallFilter(
        since=since and since.astimezone(UTC),
        until=until and until.astimezone(UTC),
        caller_number=caller and _number(settings, caller),
        customer=CustomerToken(customer) if customer else None,
        agent=agent,
        category=category.value if category else None,
        urgency=urgency,
        outcome=outcome.value if outcome else None,
        words=tuple((text or "").split()),
        limit=PAGE,
    )
    if revealed:
        _note(settings, reason, "personal_data_exported", wanted, columns=sorted(one.value for one in revealed))
    written = asyncio.run(_export(settings, wanted, revealed, form, out_file))
    out.print(f"{written} calls in {out_file}", highlight=False, soft_wrap=True)


async def _export(
    settings: "Settings", wanted: CallFilter, revealed: frozenset[Personal], form: Form, out_file: Path
) -> int:
    from ivr.adapters.export import exported
    from ivr.cli.opening import open_archive

    written = 0
    async with open_archive(settings) as archive:
        total = await archive.count(wanted)
        with _progress() as bar, exported(out_file, form.value, columns(revealed)) as sink:
            task = bar.add_task("calls", total=total)
            async for page in _pages(archive, wanted, Sort.OLDEST):
                sink.write([row_of(call, revealed) for call in page])
                written += len(page)
                bar.update(task, completed=written, total=max(total, written))
    return written


async def _pages(
    archive: "SqlArchive", wanted: CallFilter, sort: Sort, after: Cursor | None = None
) -> "AsyncIterator[list[FoundCall]]":
    """Page after page, each read when the one before is done with."""
    while page := await archive.search(wanted, sort, after):
        yield page
        if len(page) < wanted.limit:
            return
        after = page[-1].cursor(sort)


async def _page(settings: "Settings", wanted: CallFilter, sort: Sort, after: Cursor | None) -> list[FoundCall]:
    from ivr.cli.opening import open_archive

    async with open_archive(settings) as archive:
        return await archive.search(wanted, sort, after)


async def _told(
    settings: "Settings", wanted: CallFilter, text: str, sort: Sort, after: Cursor | None
) -> list[FoundCall]:
    """The first calls of these in which the text was told, as many as a page holds."""
    from ivr.application.told import tells
    from ivr.cli.opening import open_archive, open_tickets

    found: list[FoundCall] = []
    async with open_archive(settings) as archive, open_tickets(settings) as tickets:
        total = await archive.count(wanted)
        with _progress() as bar:
            task = bar.add_task("calls deciphered", total=total)
            async for page in _pages(archive, wanted, sort, after):
                for call in page:
                    bar.advance(task)
                    of_call = await tickets.of_call(call.record.incoming.call_id)
                    if tells(call.record, of_call, text):
                        found.append(call)
                    if len(found) == wanted.limit:
                        return found
    return found


def _may_look(settings: "Settings", wanted: CallFilter, reason: str | None) -> None:
    if wanted.since is None or wanted.until is None or wanted.until - wanted.since > LONGEST_LOOK:
        raise typer.BadParameter(f"--told needs --since and --until, {LONGEST_LOOK.days} days apart at most")
    _note(settings, reason, "personal_data_searched", wanted)


def _note(settings: "Settings", reason: str | None, event: str, wanted: CallFilter, **facts: object) -> None:
    from ivr.cli.looked import note_look

    if not reason or not reason.strip():
        raise typer.BadParameter("whoever looks at personal data says why: --reason 'complaint 10000016'")
    plain = ("since", "until", "category", "outcome", "agent")
    asked = {name: str(value) for name in plain if (value := getattr(wanted, name))}
    by_person = [name for name in ("caller_number", "customer") if getattr(wanted, name)]
    note_look(settings, event, reason=reason.strip(), filters=asked, by=by_person, **facts)


def _number(settings: "Settings", number: str) -> str:
    from ivr.cli.calls import e164

    return e164(settings, number)


def _progress() -> "Progress":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    described = TextColumn("{task.description}")
    return Progress(described, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err, transient=True)
