"""`hotline calls`: which calls there were, one of them whole, and those that happen now."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import calls_search, context
from ivr.cli.shown import AsJson, clock, out, table, write_json
from ivr.domain.call import CallRecord
from ivr.domain.caller import Language
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId
from ivr.policies.masking import phone
from ivr.ports.archive import ArchivedCall, CallFilter

if TYPE_CHECKING:
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The calls there were, and those that happen now.")
app.command()(calls_search.search)
app.command()(calls_search.export)

COLUMNS = ("call_id", "answered_at", "seconds", "caller", "language", "category", "urgency", "outcome", "end_reason")
Since = Annotated[datetime | None, typer.Option(help="Arrived at or after this local time.")]
Until = Annotated[datetime | None, typer.Option(help="Arrived before this local time.")]
Caller = Annotated[str | None, typer.Option(help="The caller's number, whole; found by its blind index.")]
Category = Annotated[str | None, typer.Option(help="loss_or_fraud, account_anomaly, transfer_problem, …")]
OutcomeOf = Annotated[str | None, typer.Option("--outcome", help="self_served, helped_by_person, not_reached, …")]
Limit = Annotated[int, typer.Option(help="At most so many, the newest.", min=1, max=10_000)]


class NoSuchCall(HotlineError):
    """The archive does not know it."""


@app.command("list")
def list_(
    *,
    since: Since = None,
    until: Until = None,
    caller: Caller = None,
    category: Category = None,
    outcome: OutcomeOf = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List archived calls, the newest first. Numbers are masked."""
    settings = context.settings()
    wanted = CallFilter(
        since=since and since.astimezone(UTC),
        until=until and until.astimezone(UTC),
        caller_number=caller and e164(settings, caller),
        category=category,
        outcome=outcome,
        limit=limit,
    )
    found = [summary(record) for record in asyncio.run(_find(settings, wanted))]
    if as_json:
        write_json(found)
    elif not found:
        out.print("no such call in the archive")
    else:
        for row in found:
            row["answered_at"] = clock(row["answered_at"])  # type: ignore[arg-type]  # a moment, from summary()
        out.print(table(found, COLUMNS, right=("seconds",)))


@app.command()
def show(call_id: Annotated[str, typer.Argument(help="As `calls list` prints it.")], as_json: AsJson = False) -> None:
    """Show one call whole: what is known of it, and every step of its story."""
    settings = context.settings()
    call = asyncio.run(_read(settings, CallId(call_id)))
    plain = whole(call)
    if as_json:
        write_json(plain)
        return
    for key, value in summary(call.record).items():
        out.print(f"{key:<20} {word(value)}", highlight=False, markup=False)
    out.print()
    if talks := spoke(call):
        rows = [{**talk, "since": clock(talk["since"]), "until": clock(talk["until"])} for talk in talks]  # type: ignore[arg-type]  # moments
        out.print(table(rows, ("phone", "since", "until", "seconds"), right=("seconds",)))
        out.print()
    out.print(table(plain["journal"], ("sequence", "second", "what", "of")))  # type: ignore[arg-type]


@app.command()
def follow(
    call_id: Annotated[str | None, typer.Argument(help="Only this call, from its beginning; all when none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line instead.")] = False,
) -> None:
    """Tell calls in words while they happen. Ctrl-C ends it."""
    settings = context.settings()
    context.require_running(settings)
    asyncio.run(_follow(settings, call_id, as_json))


async def _follow(settings: "Settings", call_id: str | None, as_json: bool) -> None:
    from ivr.adapters.prompts.library import PromptLibrary
    from ivr.cli.asking import open_bus
    from ivr.cli.telling import Teller
    from ivr.ports.codec import encode_event

    bus = open_bus(settings)
    library = PromptLibrary.load(settings.prompts_folder)
    tellers: dict[str, Teller] = {}
    try:
        await bus.connect(patience=3)
        since = datetime.now(UTC) - timedelta(days=7) if call_id else None
        async for event in bus.follow(call_id, since=since):
            if as_json:
                typer.echo(encode_event(event).decode())
            else:
                tellers.setdefault(event.stream, Teller(library)).show(event, out)
    finally:
        await bus.close()


async def _find(settings: "Settings", wanted: CallFilter) -> list[CallRecord]:
    from ivr.cli.opening import open_archive

    async with open_archive(settings) as archive:
        return await archive.find(wanted)


async def _read(settings: "Settings", call_id: CallId) -> ArchivedCall:
    from ivr.cli.opening import open_archive

    async with open_archive(settings) as archive:
        call = await archive.read(call_id)
    if call is None:
        raise NoSuchCall(f"the archive knows no call {call_id}; one that is live gets there when it has ended")
    return call


def summary(record: CallRecord) -> dict[str, object]:
    """What `calls list` says of a call; moments in UTC, personal values masked."""
    incoming, known, ending = record.incoming, record.known, record.ending
    talked = record.ended_at - record.answered_at if record.ended_at and record.answered_at else None
    return {
        "call_id": incoming.call_id,
        "started_at": incoming.arrived_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "seconds": round(talked.total_seconds(), 1) if talked else None,
        "caller": phone(incoming.caller_number),
        "dialled": incoming.dialled,
        "trunk": incoming.trunk,
        "language": known.language.value if known.language else None,
        "category": known.category.value if known.category else None,
        "urgency": known.urgency.name.lower(),
        "urgency_reasons": [reason.words(Language.EN) for reason in known.urgency_reasons],
        "verification": known.verification.name.lower(),
        "outcome": ending.outcome.value if ending else None,
        "end_reason": ending.end_reason.value if ending else None,
        "recording": _recording(record),
        "recording_sha256": record.recording.sha256 if record.recording else None,
        "recording_seconds": record.recording.seconds if record.recording else None,
        "controller_restarts": record.controller_restarts,
    }


def _recording(record: CallRecord) -> str | None:
    """`kept`, or why there is none; None while that is not settled."""
    if record.recording is not None:
        return "incomplete" if record.recording.lacking else "kept"
    return record.not_recorded.value if record.not_recorded else None


def whole(call: ArchivedCall) -> dict[str, object]:
    """The call with its journal; personal values masked in both."""
    from ivr.cli.journal_lines import lines

    return {**summary(call.record), "spoke": spoke(call), "journal": lines(call)}


def spoke(call: ArchivedCall) -> list[dict[str, object]]:
    """Which person spoke with the caller from when to when; moments in UTC."""
    from ivr.engine.talks import talks_of

    return [
        {
            "phone": talk.phone,
            "since": talk.since,
            "until": talk.until,
            "seconds": round((talk.until - talk.since).total_seconds(), 1) if talk.until else None,
        }
        for talk in talks_of(call.entries)
    ]


def word(value: object) -> str:
    """A value of `summary` for people."""
    if isinstance(value, datetime):
        return clock(value) or ""
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)


def e164(settings: "Settings", number: str) -> str:
    """As the archive has it: by the first trunk's region, like a call that comes in there."""
    import phonenumbers

    region = settings.trunks[0].region if settings.trunks else "CN"
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_valid_number(parsed):
        return number
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
