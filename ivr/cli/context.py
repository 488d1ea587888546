"""What every command needs to know first: the settings in force, and whether a hotline runs under them."""

import os

from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.processes import board
from ivr.processes.pid_file import Noted, PidFile
from ivr.settings import Settings, load

DEMO = "HOTLINE_CARRIER__ENABLED"


class NotRunning(HotlineError):
    """There is nobody to talk to."""


def settings(*, demo: bool = False) -> Settings:
    """The settings in force. `demo` (or a running hotline that was started so) switches the carrier on, by the
    environment, so that every child agrees. Raises WrongSettings.
    """
    if demo:
        os.environ[DEMO] = "true"
    loaded = load()
    if not loaded.home.is_absolute():  # children have another working folder
        os.environ["HOTLINE_HOME"] = str(loaded.home.resolve())
        loaded = load()
    os.environ["HOTLINE_CONFIG"] = str(loaded.config)
    shown = board.read(Home(loaded.home))
    if shown and shown.demo and not loaded.carrier.enabled and parent(loaded):
        return settings(demo=True)
    return loaded


def parent(of: Settings) -> Noted | None:
    """The parent that runs in this home."""
    return PidFile.of(Home(of.home), "parent").living()


def require_running(of: Settings) -> Noted:
    """The parent. Raises NotRunning."""
    running = parent(of)
    if running is None:
        raise NotRunning(f"no hotline is running at {of.home}; start one by scripts/run or `hotline up`")
    return running
