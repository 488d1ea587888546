"""`hotline callbacks`: who was promised a call back, how far each is, and what an operator may do about it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, clock, out, table, write_json
from ivr.domain.callback import TRANSITIONS, CallBack, CallBackEvent, CallBackState
from ivr.domain.ids import CallBackId, attempt_id
from ivr.domain.ticket import Party, Role
from ivr.policies.masking import phone

if TYPE_CHECKING:
    from ivr.ports.callbacks import CallBacks
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Call backs: promised to whom, when, and how far.")

COLUMNS = ("id", "kind", "state", "number", "queue", "due_at", "attempts", "last_miss")
T = TypeVar("T")
Id = Annotated[str, typer.Argument(help="As `callbacks list` shows it: CALL/STEP.")]
By = Annotated[str, typer.Option(help="Who does it: a supervisor's staff number. It stands in the history for good.")]


@app.command("list")
def list_(
    *,
    state: Annotated[
        list[CallBackState] | None, typer.Option("--state", help="Only these; may be given several times.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the first due first.", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List call backs, the first due first. Numbers are masked."""
    from ivr.ports.callbacks import CallBackFilter

    wanted = CallBackFilter(states=frozenset(state or ()), limit=limit)
    rows = [brief(back) for back in _run(context.settings(), lambda backs: backs.find(wanted))]
    if as_json:
        write_json(rows)
    elif not rows:
        out.print("no such call back")
    else:
        out.print(table([_for_people(row) for row in rows], COLUMNS, whole=("id",)))


@app.command()
def show(id_: Id, as_json: AsJson = False) -> None:
    """Show one call back: what was promised, its attempts, its history. The number is masked."""
    back = _run(context.settings(), lambda backs: _read(backs, id_))
    plain = whole(back)
    if as_json:
        write_json(plain)
        return
    for key, value in _for_people({key: value for key, value in plain.items() if key != "history"}).items():
        shown = "–" if value in (None, []) else value
        out.print(f"{key:<10} {shown}", highlight=False, markup=False, soft_wrap=True)
    out.print()
    history = [_for_people(entry) for entry in _history(back)]
    out.print(table(history, ("at", "by", "event", "before", "after", "miss", "call_id")))


@app.command()
def withdraw(id_: Id, by: By, as_json: AsJson = False) -> None:
    """Take a promise back: the customer does not want it any more, or was helped."""
    _move(id_, CallBackEvent.WITHDRAW, by, as_json)


@app.command()
def now(id_: Id, by: By, as_json: AsJson = False) -> None:
    """Have the customer rung at once, whatever his place or time; within the hours all the same."""
    _move(id_, CallBackEvent.COME_DUE, by, as_json)


def brief(back: CallBack) -> dict[str, object]:
    """What `callbacks list` says of one; moments in UTC."""
    return {
        "id": back.id,
        "kind": back.kind.value,
        "state": back.state.value,
        "number": phone(back.number),
        "queue": back.queue,
        "urgency": back.urgency.name.lower(),
        "language": back.language.value,
        "category": back.category.value if back.category else None,
        "call_id": back.call_id,
        "ticket": back.ticket,
        "asked_at": back.asked_at,
        "due_at": back.due_at,
        "attempts": back.attempts,
        "last_miss": back.last_miss.value if back.last_miss else None,
        "version": back.version,
    }


def whole(back: CallBack) -> dict[str, object]:
    """With its history; each attempt with the id of the call that it was."""
    may_come = [row.event.value for row in TRANSITIONS if row.before is back.state]
    return {**brief(back), "may_come": may_come, "history": _history(back)}


def _history(back: CallBack) -> list[dict[str, object]]:
    return [
        {
            "at": entry.at,
            "by": str(entry.by),
            "event": entry.event.value,
            "before": entry.before.value if entry.before else None,
            "after": entry.after.value,
            "miss": entry.miss.value if entry.miss else None,
            "call_id": attempt_id(back.id, place) if entry.event is CallBackEvent.DIAL else None,
        }
        for place, entry in enumerate(back.history, 1)
    ]


def _move(id_: str, event: CallBackEvent, by: str, as_json: bool) -> None:
    try:
        party = Party(Role.SUPERVISOR, by)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--by") from error

    async def move(backs: "CallBacks") -> CallBack:
        return await backs.move(CallBackId(id_), event, by=party, at=datetime.now(UTC))

    back = _run(context.settings(), move)
    if as_json:
        write_json(whole(back))
    else:
        out.print(f"call back {back.id} is {back.state.value} (version {back.version})", highlight=False)


async def _read(backs: "CallBacks", id_: str) -> CallBack:
    from ivr.ports.callbacks import NoSuchCallBack

    back = await backs.read(CallBackId(id_))
    if back is None:
        raise NoSuchCallBack(f"there is no call back {id_}; `hotline callbacks list` shows them")
    return back


def _for_people(row: dict[str, object]) -> dict[str, object]:
    return {key: clock(value) if isinstance(value, datetime) else value for key, value in row.items()}


def _run(settings: "Settings", what: "Callable[[CallBacks], Awaitable[T]]") -> T:
    """Raises NoHome, ArchiveDown, NoSuchCallBack, Illegal."""
    from ivr.cli.opening import open_call_backs

    async def done() -> T:
        async with open_call_backs(settings) as backs:
            return await what(backs)

    return asyncio.run(done())
