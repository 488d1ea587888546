"""The voice kit: a synthesiser and a recogniser in an environment of their own, which `scripts/voice` sets up.

It is optional. Nothing that runs a call needs it: it renders the sentences and checks how they are understood.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ivr.domain.errors import HotlineError

_PROGRAMS = Path(__file__).resolve().parents[3] / "scripts" / "voice_kit"


class KitMissing(HotlineError):
    """The voice kit is not set up."""


class KitBroke(HotlineError):
    """A program of the voice kit failed; the sentence ends with its own last words."""


class VoiceKit:
    """Programs that run inside the kit: orders in as JSON, one line of JSON out for each."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where `scripts/voice` put it. Raises KitMissing."""
        self.folder = folder
        self._python = folder / "venv" / "bin" / "python"
        if not (self._python.exists() and (folder / "ready").exists()):
            raise KitMissing(f"no voice kit in {folder}; set it up with: scripts/voice (about 1.4 GB)")

    def run(self, program: str, orders: object, reports: int) -> Iterator[dict[str, Any]]:
        """Run a program of `scripts/voice_kit/` and hand over that many reports as they come. Raises KitBroke."""
        command = [str(self._python), str(_PROGRAMS / f"{program}.py"), str(self.folder)]
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as asked,
            tempfile.TemporaryFile("w+", encoding="utf-8") as last_words,
        ):
            json.dump(orders, asked)
            asked.seek(0)
            with subprocess.Popen(  # noqa: S603 - our own programs in our own environment
                command, stdin=asked, stdout=subprocess.PIPE, stderr=last_words, text=True, encoding="utf-8"
            ) as process:
                try:
                    for line in process.stdout or ():
                        yield _report(line)
                        reports -= 1
                except BaseException:
                    process.kill()  # whoever listened is gone, or what was said is no report
                    raise
            if process.returncode or reports:
                last_words.seek(0)
                why = " ".join(last_words.read().splitlines()[-3:]) or f"exit code {process.returncode}"
                raise KitBroke(f"{program} of the voice kit failed: {why}")


def _report(line: str) -> dict[str, Any]:
    try:
        report = json.loads(line)
    except ValueError:
        report = None
    if not isinstance(report, dict):
        raise KitBroke(f"the voice kit said something that is no report: {line.strip()[:200]}")
    return report
