"""Which process is ours: a number alone may by now be somebody else's, so its birth is noted with it."""

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from ivr.home import Home


@dataclass(frozen=True, slots=True)
class Noted:
    """A process as it was noted."""

    pid: int
    born: str
    """Boot id and ticks since boot: never the same twice, and untouched by a clock that is set."""

    def lives(self) -> bool:
        """This very process exists, and is no zombie."""
        return birth(self.pid) == self.born

    def signal(self, number: signal.Signals) -> bool:
        """Send it a signal; False when it is gone already. Another process of the same number is never touched."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            # The handle stands for one process, whatever becomes of the number; then the birth is looked at.
            if not self.lives():
                return False
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        return True

    def ends_within(self, seconds: float) -> bool:
        """Wait for its end, so long at most."""
        until = time.monotonic() + seconds
        while self.lives():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    def command_line(self) -> str:
        """Its words now; empty when it is gone, and for a moment after its start (so they are not noted)."""
        try:
            words = psutil.Process(self.pid).cmdline()
        except psutil.Error:
            return ""
        return " ".join(words) if self.lives() else ""

    def uptime(self) -> float:
        """Seconds since it was born."""
        ticks = int(self.born.rpartition(":")[2])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))


class PidFile:
    """One file below `HOME/pid`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, home: Home, name: str) -> "PidFile":
        """The file of the process of that name."""
        return cls(home.pids / f"{name}.pid")

    def note(self, pid: int) -> Noted | None:
        """Write a process down. None when it is gone already."""
        born = birth(pid)
        if born is None:
            return None
        noted = Noted(pid, born)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(json.dumps(asdict(noted)), encoding="utf-8")
        unfinished.replace(self.path)
        return noted

    def read(self) -> Noted | None:
        """What is noted; None when nothing readable is."""
        try:
            return Noted(**json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def living(self) -> Noted | None:
        """The noted process, if it lives."""
        noted = self.read()
        return noted if noted and noted.lives() else None

    def remove(self) -> None:
        """Forget."""
        self.path.unlink(missing_ok=True)


def birth(pid: int) -> str | None:
    """When a process was born; None when there is none, or only its remains (a zombie)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    # After the command's closing bracket: field 3 of proc(5) is the state, field 22 the start in clock ticks.
    if fields[0] in ("Z", "X"):
        return None
    return f"{_boot()}:{fields[19]}"


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
