"""Only the process that was noted is ever ended."""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.processes.pid_file import PidFile


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing for a while."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait(5)


@pytest.fixture
def pid_file(tmp_path: Path) -> PidFile:
    """A file of a test."""
    return PidFile(tmp_path / "sleeper.pid")


def test_a_noted_process_lives_until_it_ends(sleeper: subprocess.Popen[bytes], pid_file: PidFile) -> None:
    """What the file says follows the process, its zombie not counted."""
    pid_file.note(sleeper.pid)
    noted = pid_file.living()
    assert noted is not None
    sleeper.kill()
    assert noted.ends_within(5)  # not waited for yet, so a zombie stands there
    assert pid_file.living() is None


def test_another_process_of_the_same_number_is_not_signalled(
    sleeper: subprocess.Popen[bytes], pid_file: PidFile
) -> None:
    """A stale file whose number was given anew harms nobody."""
    noted = pid_file.note(sleeper.pid)
    assert noted is not None
    stale = dataclasses.replace(noted, born=noted.born + "0")
    assert stale.signal(signal.SIGKILL) is False
    assert sleeper.poll() is None


def test_a_process_of_an_earlier_boot_is_taken_for_gone(pid_file: PidFile) -> None:
    """After a reboot no file of before is believed, though pids and ticks may repeat."""
    noted = pid_file.note(os.getpid())
    assert noted is not None
    assert not dataclasses.replace(noted, born="0" * 36 + ":" + noted.born.rpartition(":")[2]).lives()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', "4711"])
def test_an_unreadable_file_notes_nobody(pid_file: PidFile, content: str) -> None:
    """A half-written or foreign file is no reason to end anything."""
    pid_file.path.write_text(content)
    assert pid_file.living() is None


def test_the_uptime_counts_from_birth(sleeper: subprocess.Popen[bytes], pid_file: PidFile) -> None:
    """A process just born is seconds old, not years."""
    noted = pid_file.note(sleeper.pid)
    assert noted is not None
    assert 0 <= noted.uptime() < 30
