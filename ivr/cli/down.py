"""`hotline down`: stop it, at once or when the last call has ended."""

import signal
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import out
from ivr.domain.errors import HotlineError

if TYPE_CHECKING:
    from ivr.settings import Settings

STOPPED_WITHIN = 60.0
"""Seconds: the sum of what each child may take, and some more."""

Drain = Annotated[bool, typer.Option(help="Take no new calls and wait until the live ones have ended.")]
Timeout = Annotated[float, typer.Option(help="With --drain: seconds to wait; then nothing is stopped.", min=0)]


class NotStopped(HotlineError):
    """It still runs."""


def down(drain: Drain = False, timeout: Timeout = 600) -> None:
    """Stop the hotline. Without --drain live calls are cut off."""
    settings = context.settings()
    running = context.parent(settings)
    if running is None:
        _stop_leftovers(settings)
        return
    if drain:
        _drain(settings, timeout)
    running.signal(signal.SIGTERM)
    with out.status("stopping") if out.is_terminal else nullcontext():
        stopped = running.ends_within(STOPPED_WITHIN)
    if not stopped:
        raise NotStopped(
            f"the parent (pid {running.pid}) still runs after {STOPPED_WITHIN:g} s; see {settings.home}/log"
        )
    out.print("stopped")


def _stop_leftovers(settings: "Settings") -> None:
    """A parent that was killed leaves its children; whoever says `down` means them."""
    from ivr.home import Home
    from ivr.processes import leftovers

    stopped = leftovers.stop(Home(settings.home))
    context_said = "stopped what a killed parent left: " + ", ".join(stopped) if stopped else "nothing was running"
    out.print(f"{context_said} at {settings.home}", highlight=False, soft_wrap=True)


def _drain(settings: "Settings", patience: float) -> None:
    """Ask for it, then look until no call is live; else all is as before. Raises NotStopped."""
    from ivr.cli.asking import ask_controller

    said, silence = ask_controller(settings, "drain", 5.0)
    if said is None:
        raise NotStopped(f"the controller cannot be asked to drain ({silence}); `hotline down` stops without")
    until = time.monotonic() + patience
    before = None
    while live := live_calls(said):
        if time.monotonic() > until:
            ask_controller(settings, "resume", 5.0)
            raise NotStopped(
                f"{live} call(s) still live after {patience:g} s; nothing was stopped, and new calls are taken again. "
                "Wait longer by --timeout, or cut them off by `hotline down`"
            )
        if live != before:
            out.print(f"waiting for {live} call(s) to end", highlight=False)
            before = live
        time.sleep(0.5)
        said = ask_controller(settings, "status", 5.0)[0] or said


def live_calls(said: dict[str, object]) -> int:
    """How many calls the controller says are live: a number, or a list of them."""
    for key in ("remaining", "calls"):
        value = said.get(key)
        if isinstance(value, list):
            return len(value)
        if isinstance(value, int):
            return value
    return 0
