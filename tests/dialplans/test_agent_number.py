"""The program that asks for an agent's number to be told, run as Asterisk runs it, and what it asks for."""

import os
import re
import subprocess
from pathlib import Path

import pytest

import dialplans.disk
from dialplans.render import NUMBER_TOLD_BY
from ivr.home import Home
from ivr.policies.seating import ONE_AGENT
from ivr.settings import Settings
from tests.dialplans.renderings import CASES, install_below, rendered, settings_of

ASKED = b"GOSUB agent-number s 1\n"
ENVIRONMENT = b"agi_request: agent-number.sh\nagi_callerid: 13800138000\n\n"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Written where Asterisk finds it."""
    home = Home(tmp_path / "home")
    files = rendered(settings_of(CASES["default"][0]), install_below(tmp_path), home)
    path = home.asterisk.etc / NUMBER_TOLD_BY
    path.parent.mkdir(parents=True)
    dialplans.disk.put(path, files[path])
    return path


def queues_of(settings: Settings, folder: Path) -> dict[str, str]:
    """Of each queue's extension, the program that Queue() is given."""
    files = rendered(settings, install_below(folder))
    [text] = [text for path, text in files.items() if path.name == "extensions.conf" and "carrier" not in path.parts]
    lines = re.findall(r"^exten => (\S+),1,Queue\((.+)\)$", text, re.MULTILINE)
    return {queue: arguments.split(",")[5] for queue, arguments in lines}


@pytest.mark.parametrize(
    "said",
    [
        b"",
        ENVIRONMENT,
        ENVIRONMENT + b"200 result=0 Gosub complete\n",
        b"HANGUP\n",
        b"\xff\0$(exit 7)`exit 7`\n" * 5000,
    ],
    ids=["nothing", "as Asterisk does", "and its answer", "a hangup", "anything"],
)
def test_it_asks_once_and_ends_whatever_is_said_to_it(program: Path, said: bytes) -> None:
    """Nothing that it reads can hold it, or change what it asks for."""
    done = subprocess.run([program], input=said, capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, ASKED, b"")


def test_it_does_not_wait_for_an_asterisk_that_says_nothing(program: Path) -> None:
    """The person and the caller are not kept apart by it: it ends while its input is still open."""
    reading, writing = os.pipe()
    try:
        done = subprocess.run([program], stdin=reading, capture_output=True, timeout=20, check=False)
    finally:
        os.close(reading)
        os.close(writing)
    assert (done.returncode, done.stdout) == (0, ASKED)


def test_an_asterisk_that_is_gone_ends_it(program: Path) -> None:
    """With nobody to ask it is over, and says it nowhere else."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [program], stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE, timeout=20, check=False
        )
    finally:
        os.close(writing)
    assert done.returncode != 0


def test_a_program_that_cannot_be_run_is_told_and_mended(tmp_path: Path) -> None:
    """Without the right to run it nothing is told to callers: `hotline render --check` says so."""
    home = Home(tmp_path / "home")
    settings = settings_of(CASES["default"][0])
    install = install_below(tmp_path)
    files = rendered(settings, install, home)
    dialplans.disk.write(files, home, settings, install)
    path = home.asterisk.etc / NUMBER_TOLD_BY
    path.chmod(0o600)
    [told] = dialplans.disk.check(files, home)
    assert "agent-number.sh: cannot be run" in told
    dialplans.disk.write(files, home, settings, install)
    assert dialplans.disk.check(files, home) == []


def test_every_queue_but_that_for_emergencies_has_the_number_told(tmp_path: Path) -> None:
    """An emergency waits for nothing."""
    programs = queues_of(settings_of(CASES["default"][0]), tmp_path)
    assert set(programs) == {"service", "emergency", ONE_AGENT}
    assert programs.pop("emergency") == ""
    assert all(program.endswith(f"/{NUMBER_TOLD_BY}") for program in programs.values())


def test_a_bank_whose_agents_say_their_number_turns_it_off(tmp_path: Path) -> None:
    """`agents.number_told`."""
    settings = settings_of(CASES["default"][0])
    quiet = settings.model_copy(update={"agents": settings.agents.model_copy(update={"number_told": False})})
    assert set(queues_of(quiet, tmp_path).values()) == {""}
