"""The command line where nothing runs: what it shows, what it refuses, and how it ends."""

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from xml.dom import minidom

import pytest

from ivr.cli import main

Hotline = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hotline(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Hotline:
    """Run `hotline …` in a home of its own: exit code, output, errors."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hotline", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_without_a_word_it_explains_itself(hotline: Hotline) -> None:
    """Every verb stands in the help, and the meaning of the exit codes."""
    _, told, _ = hotline("--help")
    for verb in (
        "up",
        "down",
        "status",
        "doctor",
        "render",
        "call",
        "calls",
        "flow",
        "config",
        "replay",
        "db",
        "prompts",
    ):
        assert verb in told
    assert "Exit codes" in told


def test_a_wrong_word_is_wrong_usage(hotline: Hotline) -> None:
    """Exit code 2."""
    assert hotline("pu")[0] == 2


def test_a_wrong_value_names_its_key_and_is_exit_code_2(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was given and what is allowed stand in the sentence; no traceback."""
    monkeypatch.setenv("HOTLINE_PORTS__SIP", "seventy")
    code, _, errors = hotline("status")
    assert code == 2
    assert "ports.sip" in errors
    assert "seventy" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("words", [("status",), ("call", "demo"), ("calls", "follow")])
def test_where_nothing_runs_it_says_how_to_start(hotline: Hotline, words: tuple[str, ...]) -> None:
    """One sentence with the home and the mend, exit code 1."""
    code, _, errors = hotline(*words)
    assert code == 1
    assert "no hotline is running" in errors
    assert "scripts/run" in errors


@pytest.mark.parametrize("words", [("calls", "list"), ("calls", "show", "n1-1.1"), ("replay", "n1-1.1")])
def test_looking_makes_no_home(hotline: Hotline, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A misspelt HOTLINE_HOME is told, not filled with an empty archive."""
    code, _, errors = hotline(*words)
    assert code == 1
    assert "there is no hotline at" in errors
    assert not (tmp_path / "home").exists()


def test_down_where_nothing_runs_is_no_failure(hotline: Hotline) -> None:
    """What was wanted is so already."""
    code, told, _ = hotline("down")
    assert (code, "nothing was running" in told) == (0, True)


def test_scenarios_are_listed(hotline: Hotline) -> None:
    """Without an argument `call` says who can call."""
    code, told, _ = hotline("call", "--json")
    assert code == 0
    assert {"demo", "emergency", "person", "silent"} <= {row["scenario"] for row in json.loads(told)}


def test_an_unknown_scenario_is_told(hotline: Hotline) -> None:
    """With those there are."""
    code, _, errors = hotline("call", "dmeo")
    assert code == 1
    assert "demo" in errors


def test_the_archives_password_is_hidden(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every form of showing, wherever in the URL it stands."""
    monkeypatch.setenv("HOTLINE_ARCHIVE__URL", "postgresql+asyncpg://bank:geheim@db.example/calls?password=geheim2")
    for words in (("config", "show"), ("config", "show", "--json")):
        code, told, _ = hotline(*words)
        assert code == 0
        assert "geheim" not in told
        assert "bank:***@db.example" in told


def test_every_setting_is_shown(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says is in force."""
    monkeypatch.setenv("HOTLINE_PORTS__SIP", "6060")
    _, told, _ = hotline("config", "show", "--json")
    assert json.loads(told)["ports"]["sip"] == 6060


@pytest.mark.parametrize(("form", "mark"), [("text", "start"), ("mermaid", "flowchart TD"), ("svg", "<svg")])
def test_the_story_is_drawn(hotline: Hotline, form: str, mark: str) -> None:
    """In each form, with the words that are spoken."""
    code, told, _ = hotline("flow", "show", "--format", form)
    assert code == 0
    assert mark in told or form == "text"
    assert "您好，金融客服中心" in told


def test_an_svg_is_well_formed(hotline: Hotline) -> None:
    """Any viewer reads it."""
    _, told, _ = hotline("flow", "show", "--format", "svg")
    assert minidom.parseString(told).documentElement.tagName == "svg"  # noqa: S318  (our own document)


def test_the_doctor_looks_at_everything_and_makes_nothing(hotline: Hotline, tmp_path: Path) -> None:
    """Where nothing was ever started it finds what is missing, and leaves no trace."""
    _, told, _ = hotline("doctor", "--json")
    findings = json.loads(told)
    assert {"configuration", "python", "disk", "prompts", "ports", "clock"} <= {finding["name"] for finding in findings}
    assert not (tmp_path / "home").exists()


def test_the_doctor_names_a_taken_port(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable that mends it; exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("HOTLINE_PORTS__AMI", port)
        code, told, _ = hotline("doctor", "--json")
    (finding,) = [finding for finding in json.loads(told) if f"ports.ami = {port}" in finding["found"]]
    assert (code, finding["verdict"]) == (1, "fail")
    assert "HOTLINE_PORTS__AMI" in finding["mend"]


def test_the_doctor_sees_a_secret_that_others_can_read(hotline: Hotline, tmp_path: Path) -> None:
    """Mode 0600 is checked, not believed."""
    secrets = tmp_path / "home" / "secrets"
    secrets.mkdir(parents=True, mode=0o700)
    (tmp_path / "home").chmod(0o700)
    (secrets / "nats").write_text("x")
    (secrets / "nats").chmod(0o644)
    code, told, _ = hotline("doctor", "--json")
    assert code == 1
    assert any(
        finding["name"] == "permissions" and "others can read" in finding["found"] for finding in json.loads(told)
    )
