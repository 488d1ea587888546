"""`hotline queues`: who waits, who is rung, and how the day has been so far."""

import asyncio
import contextlib
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, duration, in_words, out, table, write_json
from ivr.domain.errors import HotlineError
from ivr.domain.events import Event
from ivr.policies.deadlines import BEIJING
from ivr.policies.measures import Interval, Measures, by_queue, measure
from ivr.policies.seating import ONE_AGENT
from ivr.ports.bus import BusDown

if TYPE_CHECKING:
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Who waits, who is rung, and the measures of today.")

ANSWER = 5.0
"""Seconds the controller has to say how the queues stand."""
QUIET = 0.7
"""Seconds without a further event after which all of today's are there."""
LONGEST = 30.0
"""Seconds for reading them at most."""
EVERYONE = "all"
WAITING = ("position", "call_id", "priority", "waited")
MEMBERS = ("member", "state", "for", "penalty", "paused", "phone", "phone_state", "call_id")


class NoSuchQueue(HotlineError):
    """A name that is none of the configuration's."""


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every queue: who waits and is at work now, and today's measures."""
    settings = context.settings()
    context.require_running(settings)
    told, measures = look(settings)
    rows = [_line(queue, measures) for queue in told]
    if as_json:
        write_json({"queues": rows, EVERYONE: measures[EVERYONE]})
        return
    out.print(table([_for_people(row) for row in rows], tuple(rows[0]) if rows else ()))
    _print_measures(measures[EVERYONE])


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="One of [[queues]].")],
    as_json: AsJson = False,
) -> None:
    """Show one: each caller with place, priority and time; each member with what he does and since when."""
    settings = context.settings()
    names = sorted(queue.name for queue in settings.queues)
    if name not in names:
        raise NoSuchQueue(f"queue {name!r} is none of [[queues]]: {', '.join(names)}")
    context.require_running(settings)
    told, measures = look(settings)
    queue = next(each for each in told if each["queue"] == name)
    today = measures.get(name) or told_of(Measures())
    if as_json:
        write_json({**queue, "today": today})
        return
    waiting, members = _rows(queue, "waiting"), _rows(queue, "members")
    out.print(table([_for_people(row) for row in waiting], WAITING) if waiting else "nobody waits")
    out.print(table([_for_people(row) for row in members], MEMBERS) if members else "nobody is at work here")
    _print_measures(today)


def look(settings: "Settings") -> tuple[list[dict[str, object]], dict[str, dict[str, object]]]:
    """The queues as the controller tells them, and today's measures by queue, and of `all`. Raises BusDown."""
    from ivr.cli.asking import ask_controller

    told, why = ask_controller(settings, "queues", ANSWER)
    if told is None:
        raise BusDown(f"the controller did not answer ({why})")
    now = datetime.now(UTC)
    midnight = datetime.combine(now.astimezone(BEIJING).date(), time(), BEIJING).astimezone(UTC)
    day = Interval(since=midnight, until=now)
    events = asyncio.run(_events(settings, day))
    measures = {str(name): told_of(found) for name, found in by_queue(events, day).items()}
    queues = told["queues"]
    named = [each for each in queues if each["queue"] != ONE_AGENT] if isinstance(queues, list) else []
    there = {each["queue"] for each in named}
    empty = [queue.name for queue in settings.queues if queue.name not in there]
    named += [{"queue": name, "waiting": [], "members": []} for name in empty]
    return sorted(named, key=lambda each: str(each["queue"])), {**measures, EVERYONE: told_of(measure(events, day))}


def told_of(found: Measures) -> dict[str, object]:
    """Rates to four digits, times in seconds; None where there is nothing to divide by."""
    rates = {name: getattr(found, name) for name in ("service_level", "abandon_rate", "asa", "aht", "occupancy")}
    return {
        "offered": found.offered,
        "answered": found.answered,
        "answered_in_time": found.answered_in_time,
        "abandoned": found.abandoned,
        "called_back": found.called_back,
        "longest_wait": round(found.longest_wait, 1),
        **{name: None if rate is None else round(rate, 4) for name, rate in rates.items()},
    }


async def _events(settings: "Settings", day: Interval) -> list[Event]:
    """Everything that was told in it, as far as the bus keeps it."""
    from ivr.cli.asking import open_bus

    bus = open_bus(settings)
    found: list[Event] = []
    following = bus.follow(since=day.since)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST):
                while not found or found[-1].at < day.until:
                    found.append(await asyncio.wait_for(anext(following), QUIET if found else QUIET * 3))
    finally:
        await bus.close()
    return found


def _line(queue: dict[str, object], measures: dict[str, dict[str, object]]) -> dict[str, object]:
    waiting, members = _rows(queue, "waiting"), _rows(queue, "members")
    today = measures.get(str(queue["queue"])) or told_of(Measures())
    waited = [each["waited"] for each in waiting]
    return {
        "queue": queue["queue"],
        "waiting": len(waiting),
        "longest": max((wait for wait in waited if isinstance(wait, int)), default=0),
        "ready": sum(each["paused"] is None and each["phone_state"] == "free" for each in members),
        "at_work": len(members),
        **{name: today[name] for name in ("offered", "answered", "abandoned", "service_level", "asa")},
    }


def _rows(queue: dict[str, object], key: str) -> list[dict[str, object]]:
    rows = queue[key]
    return rows if isinstance(rows, list) else []


def _for_people(row: dict[str, object]) -> dict[str, object]:
    since = row.get("since")
    began = datetime.fromisoformat(since) if isinstance(since, str) else None
    told: dict[str, object] = {"for": duration((datetime.now(UTC) - began).total_seconds())} if began else {}
    for key, value in row.items():
        match key, value:
            case ("waited" | "longest" | "asa", int() | float()):
                told[key] = duration(value)
            case ("service_level", float()):
                told[key] = f"{value:.0%}"
            case (_, str()) if key in ("state", "paused"):
                told[key] = in_words(value)
            case _:
                told[key] = value
    return told


def _print_measures(today: dict[str, object]) -> None:
    words = []
    for key, value in today.items():
        match key, value:
            case (_, None):
                said = "–"
            case ("service_level" | "abandon_rate" | "occupancy", float()):
                said = f"{value:.0%}"
            case ("asa" | "aht" | "longest_wait", int() | float()):
                said = duration(value)
            case _:
                said = str(value)
        words.append(f"{in_words(key)} {said}")
    out.print("today: " + "  ".join(words), highlight=False)
