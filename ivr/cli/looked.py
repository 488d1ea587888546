"""Who looked at personal data, and why: an event in `log/looks.log` of the home (H1.3b)."""

import getpass
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime

from ivr.home import Home
from ivr.settings import Settings


def note_look(settings: Settings, event: str, *, reason: str, **facts: object) -> None:
    """Write it, on disk when this returns. `facts` are no personal values. Raises OSError: then nothing is shown."""
    line: Mapping[str, object] = {
        "event": event,
        "timestamp": datetime.now(UTC).isoformat(),
        "who": getpass.getuser(),
        "reason": reason,
        **facts,
    }
    logs = Home(settings.home).log
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(logs / "looks.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, (json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n").encode())
        os.fsync(file)
    finally:
        os.close(file)
