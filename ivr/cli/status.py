"""`hotline status`: what runs, how it fares, which calls are up."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, duration, out, table, write_json

if TYPE_CHECKING:
    from ivr.settings import Settings

ANSWER = 2.0
"""Seconds the controller has to say how it is."""


TELLING = (
    ("exchange_up", False, "the controller has no link to Asterisk"),
    ("journal_full", True, "the journal takes nothing: the disk is full or fails; log/controller.log says which"),
)
"""What the controller may say of itself that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process."""

    name: str
    pid: int | None
    state: str
    uptime: float | None
    restarts: int
    last_end: str


def status(as_json: AsJson = False) -> None:
    """Show the processes, the live calls and the queues. Exit code 1 when anything is wrong."""
    settings = context.settings()
    running = context.require_running(settings)
    rows = processes(settings)
    from ivr.cli.asking import ask_controller

    said, silence = ask_controller(settings, "status", ANSWER)
    wrong = [f"{row.name} is {row.state}" for row in rows if row.state != "ready"]
    wrong += [f"the controller is silent: {silence}"] if silence else []
    wrong += [sentence for key, bad, sentence in TELLING if said and said.get(key) is bad]
    waiting = queues(settings)
    if as_json:
        write_json(
            {
                "home": settings.home,
                "parent": running.pid,
                "processes": [asdict(row) for row in rows],
                "controller": said,
                "queues": waiting,
                "wrong": wrong,
            }
        )
    else:
        _show(settings, rows, said, waiting, wrong)
    raise typer.Exit(1 if wrong else 0)


def processes(settings: "Settings") -> list[Process]:
    """Every child as the parent shows it; one whose process is gone since is told as gone."""
    from ivr.home import Home
    from ivr.processes import board
    from ivr.processes.pid_file import PidFile

    home = Home(settings.home)
    shown = board.read(home)
    found = []
    for row in shown.rows if shown else ():
        noted = PidFile.of(home, row.name).living()
        alive = noted is not None and noted.pid == row.pid
        found.append(
            Process(
                name=row.name,
                pid=row.pid,
                state=row.state if alive or row.pid is None else "gone",
                uptime=noted.uptime() if noted and alive else None,
                restarts=row.restarts,
                last_end=row.last_end,
            )
        )
    return found


def queues(settings: "Settings") -> list[dict[str, object]]:
    """Who waits where, and which phones serve; none when Asterisk does not say."""
    import asyncio

    from ivr.adapters.exchange.install import find
    from ivr.adapters.exchange.process import AsteriskProcess, NoAnswer
    from ivr.home import Home

    process = AsteriskProcess(find(settings), Home(settings.home).asterisk, settings.ports.ami)
    try:
        return read_queues(asyncio.run(process.cli("queue show")))
    except NoAnswer:
        return []


def read_queues(text: str) -> list[dict[str, object]]:
    """Asterisk's `queue show` in plain values."""
    found: list[dict[str, object]] = []
    for line in text.splitlines():
        if head := re.match(r"(\S+) has (\d+) calls", line):
            found.append({"queue": head[1], "waiting": int(head[2]), "phones": []})
        elif found and (
            member := re.match(
                r"\s+(\S+) \(.*?\((Not in use|In use|Busy|Ringing|Unavailable|Invalid|Unknown|On Hold)\)", line
            )
        ):
            phones = found[-1]["phones"]
            assert isinstance(phones, list)  # noqa: S101  (for the type)
            phones.append(f"{member[1]} {member[2].lower()}")
    return found


def _show(
    settings: "Settings",
    rows: list[Process],
    said: Mapping[str, object] | None,
    waiting: list[dict[str, object]],
    wrong: list[str],
) -> None:
    out.print(f"home {settings.home}", highlight=False)
    shown = [{**asdict(row), "uptime": None if row.uptime is None else duration(row.uptime)} for row in rows]
    out.print(table(shown, ("name", "pid", "state", "uptime", "restarts", "last_end"), right=("pid", "restarts")))
    calls = said.get("calls") if said else None
    if isinstance(calls, list):
        out.print(table(calls, tuple(calls[0]), right=()) if calls else "no live call")
    if waiting:
        out.print(
            table([{**queue, "phones": ", ".join(map(str, _phones(queue)))} for queue in waiting], tuple(waiting[0]))
        )
    if said:
        rest = {key: value for key, value in said.items() if key != "calls"}
        out.print("  ".join(f"{key.replace('_', ' ')}: {value}" for key, value in rest.items()), highlight=False)
    for sentence in wrong:
        out.print(f"[red]{sentence}[/red]", highlight=False)


def _phones(queue: Mapping[str, object]) -> list[object]:
    phones = queue["phones"]
    return phones if isinstance(phones, list) else []
