"""`hotline up`: start everything and keep it running."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.text import Text

from ivr.cli import context
from ivr.cli.shown import err, out, table
from ivr.domain.errors import HotlineError

if TYPE_CHECKING:
    from ivr.processes.board import Board
    from ivr.settings import Settings

Demo = Annotated[
    bool, typer.Option("--demo", help="Start the carrier too, the exchange that plays the public network.")
]
Detach = Annotated[bool, typer.Option("--detach", "-d", help="Return when everything is ready, and leave it running.")]
Once = Annotated[
    bool,
    typer.Option("--once", help="Place one demonstration call, tell its story, stop; exit 0 only if it went well."),
]
READY_WITHIN = 180.0
"""Seconds for everything to be ready; every child has its own, shorter patience."""


class NotUp(HotlineError):
    """It did not start; the sentence says what did not."""


def up(demo: Demo = False, detach: Detach = False, once: Once = False) -> None:
    """Start the hotline: get what is missing, start every process, restart one that dies."""
    settings = context.settings(demo=demo or once)
    running = context.parent(settings)
    if running is not None:
        raise NotUp(f"a hotline runs at {settings.home} already (pid {running.pid}); `hotline down` stops it")
    if once:
        from ivr.cli.once import tell_one_call

        raise typer.Exit(tell_one_call(settings))
    if detach:
        _detached(settings)
    else:
        _foreground(settings)


def _foreground(settings: "Settings") -> None:
    from ivr.home import Home
    from ivr.processes.logs import configure
    from ivr.processes.parent import Parent
    from ivr.processes.preparation import prepare

    installation = prepare(settings, err)
    configure(settings, Home(settings.home).log / "parent.log")  # the screen is for people
    with _watched() as changed:
        asyncio.run(Parent(settings, installation, changed).run(lambda: _tell_where(settings)))
    out.print("stopped")


def _detached(settings: "Settings") -> None:
    from ivr.home import Home
    from ivr.processes import board
    from ivr.processes.logs import rotate, tail
    from ivr.processes.preparation import prepare

    prepare(settings, err)
    home = Home(settings.home)
    log = home.log / "parent.log"
    rotate(log)
    board.remove(home)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ivr.processes.parent"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    until = time.monotonic() + READY_WITHIN
    while not ((shown := board.read(home)) and shown.ready):
        if process.poll() is not None:
            raise NotUp("\n".join(["it did not start; the end of its log:", *tail(log, 20)]))
        if time.monotonic() > until:
            raise NotUp(f"not ready after {READY_WITHIN:g} s; see `hotline status` and {home.log}")
        time.sleep(0.05)
    _tell_where(settings)


def _tell_where(settings: "Settings") -> None:
    ports = settings.ports
    rows = [
        ("calls", f"SIP {settings.asterisk.bind}:{ports.sip}  numbers {', '.join(n.number for n in settings.numbers)}"),
        ("home", str(settings.home)),
        ("logs", f"{settings.home}/log"),
        ("archive", _archive(settings)),
        ("configuration", str(settings.config)),
    ]
    if settings.carrier.enabled:
        rows.append(("try", "hotline call demo   hotline calls list   hotline status   hotline down"))
    out.print("[green]the line is open[/green]")
    for name, what in rows:
        out.print(f"  {name:<14} {what}", highlight=False, soft_wrap=True)


def _archive(settings: "Settings") -> str:
    from ivr.cli.config import without_password

    return without_password(settings.archive_url)


class _watched:  # noqa: N801  (used as a function)
    """Show how the children fare: a table that changes in place on a terminal, else a line a change."""

    def __init__(self) -> None:
        self._live = Live(console=out, auto_refresh=False, transient=True) if out.is_terminal else None
        self._told: dict[str, str] = {}

    def __enter__(self) -> "Callable[[Board], None]":
        if self._live:
            self._live.__enter__()
        return self._changed

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def _changed(self, shown: "Board") -> None:
        rows = [
            {"process": row.name, "pid": row.pid, "state": row.state, "restarts": row.restarts or None}
            for row in shown.rows
        ]
        if self._live:
            self._live.update(table(rows, ("process", "pid", "state", "restarts")), refresh=True)
            return
        for row in shown.rows:
            line = f"{row.name:<11} {row.state}" + (
                f" (restart {row.restarts}: {row.last_end})" if row.restarts else ""
            )
            if self._told.get(row.name) != line:
                self._told[row.name] = line
                out.print(Text(line), highlight=False)
