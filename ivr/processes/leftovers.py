"""What a killed parent left running. It is stopped, not adopted: a child is its parent's, whose log it writes and whose
waiting notices its end; and an Asterisk of an older rendering is worth nothing to a new controller.
"""

import signal

import structlog

from ivr.home import Home
from ivr.processes.pid_file import PidFile

log = structlog.get_logger(__name__)

ORDER = ("watchdog", "controller", "asterisk", "carrier", "nats")
POLITE, SURE = 5.0, 5.0
"""Seconds given to SIGTERM, and then to SIGKILL."""


def stop(home: Home) -> list[str]:
    """End every noted process that still lives, in the order in which a parent would; their names."""
    stopped = []
    for name in _names(home):
        pid_file = PidFile.of(home, name)
        noted = pid_file.living()
        if noted is not None:
            log.info("leftover_stopped", child=name, pid=noted.pid)
            stopped.append(name)
            noted.signal(signal.SIGTERM)
            noted.signal(signal.SIGCONT)  # one that was stopped by a signal hears no other
            if not noted.ends_within(POLITE):
                noted.signal(signal.SIGKILL)
                noted.ends_within(SURE)
        pid_file.remove()
    return stopped


def _names(home: Home) -> list[str]:
    noted = {path.stem for path in home.pids.glob("*.pid")} - {"parent"}
    return sorted(noted, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
