"""The command line where nothing runs: what it shows, what it refuses, and how it ends."""

import json
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.dom import minidom

import pytest

from ivr.settings import PROJECT
from tests.cli.conftest import Hotline

walks_the_story = pytest.mark.xdist_group("picture")
"""Where tests run side by side, these share a process with the picture's own: the walk is kept."""


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
        "recordings",
        "talk",
        "tickets",
        "flow",
        "config",
        "replay",
        "db",
        "prompts",
        "bank",
        "agents",
        "route",
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


@pytest.mark.parametrize("words", [("status",), ("call", "demo"), ("calls", "follow"), ("talk", "hold", "n1-1.1")])
def test_where_nothing_runs_it_says_how_to_start(hotline: Hotline, words: tuple[str, ...]) -> None:
    """One sentence with the home and the mend, exit code 1."""
    code, _, errors = hotline(*words)
    assert code == 1
    assert "no hotline is running" in errors
    assert "scripts/run" in errors


@pytest.mark.parametrize(
    "words",
    [
        ("calls", "list"),
        ("calls", "show", "n1-1.1"),
        ("calls", "recording", "n1-1.1", "--out", "call.wav", "--reason", "complaint"),
        ("recordings", "check"),
        ("replay", "n1-1.1"),
        ("tickets", "list"),
        ("tickets", "show", "27182819"),
        ("tickets", "move", "27182819", "take", "--by", "8001"),
    ],
)
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


@walks_the_story
@pytest.mark.parametrize(("form", "mark"), [("text", "again"), ("mermaid", "flowchart TD"), ("svg", "<svg")])
def test_the_story_is_drawn(hotline: Hotline, form: str, mark: str) -> None:
    """In each form, with the words that are spoken, in both languages."""
    code, told, _ = hotline("flow", "show", "--format", form)
    assert code == 0
    assert mark in told
    assert "您好，金融客服中心" in told
    assert "For a lost card, or fraud, press one." in told


@walks_the_story
def test_the_story_is_drawn_in_one_language(hotline: Hotline) -> None:
    """Where that is wanted."""
    told = hotline("flow", "show", "--language", "en")[1]
    assert "For a lost card, or fraud, press one." in told
    assert "您好" not in told


@walks_the_story
def test_the_way_of_an_emergency_stands_out(hotline: Hotline) -> None:
    """Its boxes, and no others, are marked."""
    told = json.loads(hotline("flow", "show", "--json")[1])
    marked = {place["title"] for place in told["places"] if place["emergency"]}
    assert marked == {
        *("confirm emergency", "hand over", "queue emergency", "the emergency plan"),
        *("▸ fraud in progress", "fraud in progress", "stop payments"),
    }


@walks_the_story
def test_boxes_that_nobody_could_tell_apart_are_one(hotline: Hotline) -> None:
    """A caller is handed to a person from many places, and the picture has one box for it."""
    told = json.loads(hotline("flow", "show", "--json")[1])
    words = [(place["title"], place["words"]) for place in told["places"] if place["kind"] == "queue"]
    assert words.count(("queue emergency", [])) == 2  # where everybody goes, and in the scene of those who need care


@walks_the_story
def test_a_scene_is_drawn_by_itself_once(hotline: Hotline) -> None:
    """Who calls is asked in many places, and shown in one."""
    titles = [place["title"] for place in json.loads(hotline("flow", "show", "--json")[1])["places"]]
    assert [titles.count(f"{scene}:") for scene in ("establish", "fraud in progress", "cared for")] == [1, 1, 1]
    assert "▸ establish for balance: level 3" in titles


@walks_the_story
def test_the_ways_to_a_person_and_an_emergency_are_drawn_once(hotline: Hotline) -> None:
    """Not as an arrow from each menu."""
    told = json.loads(hotline("flow", "show", "--json")[1])
    everywhere = {place["name"] for place in told["places"] if place["title"] == "at every menu and entry"}
    assert {way["origin"] for way in told["ways"] if way["why"] == "9, *9"} <= everywhere
    titles = {place["name"]: place["title"] for place in told["places"]}
    assert {titles[way["origin"]] for way in told["ways"] if way["why"] == "0"} <= {"greet"}  # who calls is asked first


@walks_the_story
def test_an_svg_is_well_formed(hotline: Hotline) -> None:
    """Any viewer reads it, and finds a font with Chinese signs."""
    told = hotline("flow", "show", "--format", "svg")[1]
    assert minidom.parseString(told).documentElement.tagName == "svg"  # noqa: S318  (our own document)
    assert "Noto Sans CJK SC" in told


@walks_the_story
def test_the_picture_of_the_documentation_is_current(hotline: Hotline) -> None:
    """`hotline flow show --format svg > docs/flow.svg` was not forgotten."""
    assert (PROJECT / "docs" / "flow.svg").read_text(encoding="utf-8") == hotline("flow", "show", "-f", "svg")[1]


def test_wrong_settings_are_a_finding_of_the_doctor(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told like the others, so that a program can read it."""
    monkeypatch.setenv("HOTLINE_PORTS__SIP", "seventy")
    code, told, _ = hotline("doctor", "--json")
    (finding,) = json.loads(told)
    assert (code, finding["name"], finding["verdict"]) == (1, "configuration", "fail")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HOTLINE_ARCHIVE__URL", "postgresql+asyncpg://bank:geheim@db/calls;"),
        ("HOTLINE_ARCHIVE__PASSWORD", "geheim"),
        ("HOTLINE_ARCHIVE__URL", "postgresql+asyncpg://bank:geheim@127.0.0.1:1/calls"),
        ("HOTLINE_TRUNKS", '[{"name": "a", "host": "h", "password": "geheim"}]'),
    ],
)
@pytest.mark.parametrize("words", [("doctor",), ("config", "show"), ("db", "upgrade")])
def test_a_secret_in_wrong_settings_is_not_repeated(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, key: str, value: str, words: tuple[str, ...]
) -> None:
    """An error's sentence ends up in logs and mails."""
    monkeypatch.setenv(key, value)
    _, told, errors = hotline(*words)
    assert "geheim" not in told + errors


def test_the_doctor_looks_at_everything_and_makes_nothing(hotline: Hotline, tmp_path: Path) -> None:
    """Where nothing was ever started it finds what is missing, and leaves no trace."""
    _, told, _ = hotline("doctor", "--json")
    findings = json.loads(told)
    assert {"configuration", "python", "disk", "prompts", "ports", "clock"} <= {finding["name"] for finding in findings}
    assert not (tmp_path / "home").exists()


def test_the_doctor_and_upgrade_name_tables_that_are_not_those_of_their_revision(
    hotline: Hotline, tmp_path: Path
) -> None:
    """In a sentence with the mend, not in a traceback; exit code 1."""
    assert hotline("db", "upgrade")[0] == 0
    with closing(sqlite3.connect(tmp_path / "home" / "archive.db")) as sql:
        sql.execute("ALTER TABLE calls RENAME COLUMN trunk TO line")
        sql.commit()
    code, _, errors = hotline("db", "upgrade")
    assert code == 1
    assert "calls.trunk is missing" in errors
    assert "Traceback" not in errors
    _, told, _ = hotline("doctor", "--json")
    (finding,) = [finding for finding in json.loads(told) if finding["name"] == "database"]
    assert (finding["verdict"], "calls.trunk is missing" in finding["found"]) == ("fail", True)


def test_the_doctor_names_a_journal_file_that_was_set_aside(hotline: Hotline, tmp_path: Path) -> None:
    """With what to do about it."""
    journal = tmp_path / "home" / "journal"
    journal.mkdir(parents=True)
    (journal / "journal-000001.db.other-version").touch()
    (journal / "journal-000001.db-wal.other-version").touch()
    _, told, _ = hotline("doctor", "--json")
    (finding,) = [finding for finding in json.loads(told) if finding["name"] == "journal"]
    assert finding["verdict"] == "warn"
    assert "the version that wrote it" in finding["mend"]


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
