"""`hotline status`: what runs, how it fares, which calls are up."""

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
    if as_json:
        write_json(
            {
                "home": settings.home,
                "parent": running.pid,
                "processes": [asdict(row) for row in rows],
                "controller": said,
                "wrong": wrong,
            }
        )
    else:
        _show(settings, rows, said, wrong)
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


def _show(settings: "Settings", rows: list[Process], said: Mapping[str, object] | None, wrong: list[str]) -> None:
    out.print(f"home {settings.home}", highlight=False)
    shown = [{**asdict(row), "uptime": None if row.uptime is None else duration(row.uptime)} for row in rows]
    out.print(table(shown, ("name", "pid", "state", "uptime", "restarts", "last_end"), right=("pid", "restarts")))
    for part in ("calls", "queues"):
        entries = said.get(part) if said else None
        if isinstance(entries, list) and entries and isinstance(entries[0], dict):
            out.print(f"\n[bold]{part}[/bold]")
            out.print(table(entries, tuple(entries[0])))
        elif isinstance(entries, list):
            out.print(f"\nno {part}" if part == "calls" else "")
    if said:
        rest = {key: value for key, value in said.items() if key not in ("calls", "queues")}
        out.print("  ".join(f"{key.replace('_', ' ')}: {value}" for key, value in rest.items()), highlight=False)
    for sentence in wrong:
        out.print(f"[red]{sentence}[/red]", highlight=False)
