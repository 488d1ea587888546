"""`hotline agents` and `hotline route explain` where nothing runs."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.cli.checks import calendar
from ivr.settings import load
from tests.cli.conftest import Hotline


@pytest.fixture
def home(tmp_path: Path, migrated_file: Path) -> Path:
    """One with an empty archive."""
    folder = tmp_path / "home"
    folder.mkdir()
    FileKeyring(Secrets(folder / "secrets"))
    shutil.copy(migrated_file, folder / "archive.db")
    return folder


@pytest.fixture
def staffed(home: Path, hotline: Hotline) -> Path:
    """With two agents, one of them a senior."""
    added = hotline(
        "agents", "add", "8001", "--name", "陈静", "--language", "zh", "--language", "en", "--team", "cards"
    )
    assert added[0] == 0, added
    senior = ("--tier", "senior", "--category", "loss", "--phone", "desk1")
    assert hotline("agents", "add", "9001", "--name", "周敏", *senior)[0] == 0
    return home


def shown(hotline: Hotline, *words: str) -> dict[str, object]:
    """What a command prints as JSON."""
    code, told, errors = hotline(*words, "--json")
    assert code == 0, errors
    found: dict[str, object] = json.loads(told)
    return found


def test_agents_are_added_listed_and_shown(hotline: Hotline, staffed: Path) -> None:
    """With skills and presence, for people and for programs."""
    code, told, _ = hotline("agents", "list")
    assert code == 0
    assert "陈静" in told
    listed = json.loads(hotline("agents", "list", "--json")[1])
    assert [(each["agent"], each["tier"], each["state"], each["endpoint"]) for each in listed] == [
        ("8001", "agent", "offline", "8001"),
        ("9001", "senior", "offline", "desk1"),
    ]
    assert shown(hotline, "agents", "show", "8001")["languages"] == ["zh", "en"]


def test_skills_and_account_are_changed_and_the_rest_stays(hotline: Hotline, staffed: Path) -> None:
    """Only what is given."""
    changed = shown(hotline, "agents", "skills", "9001", "--generalist", "--language", "en")
    assert (changed["categories"], changed["languages"], changed["tier"]) == ([], ["en"], "senior")
    renamed = shown(hotline, "agents", "set", "9001", "--name", "周明", "--phone", "")
    assert (renamed["name"], renamed["endpoint"], renamed["languages"]) == ("周明", "9001", ["en"])


def test_presence_is_moved_and_stands_in_the_history(hotline: Hotline, staffed: Path) -> None:
    """By the agent, or a supervisor who is named."""
    assert hotline("agents", "ready", "8001")[1] == "agent 8001 is ready\n"
    assert hotline("agents", "break", "8001", "--reason", "meal", "--by", "9009")[1] == "agent 8001 is break (meal)\n"
    told = shown(hotline, "agents", "show", "8001")
    history = told["history"]
    assert isinstance(history, list)
    assert [(entry["event"], entry["by"]) for entry in history] == [
        ("go_ready", "agent 8001"),
        ("take_break", "supervisor 9009"),
    ]
    assert shown(hotline, "agents", "offline", "8001")["state"] == "offline"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "8001", "--name", "又一位"), "there is an agent 8001 already"),
        (("add", "80-1", "--name", "某"), "2 to 12 digits"),
        (("add", "8003", "--name", "某", "--phone", "nowhere"), "is none of [[phones]]: desk1, duty1"),
        (("show", "8009"), "there is no agent 8009"),
        (("break", "8001", "--reason", "golf"), "allowed are meal, meeting, rest, training"),
        (("offline", "8001"), "what may come: go_ready, take_break"),
        (("remove", "8009"), "there is no agent 8009"),
    ],
)
def test_what_cannot_be_done_says_why(hotline: Hotline, staffed: Path, words: tuple[str, ...], says: str) -> None:
    """One sentence with the mend, exit code 1."""
    code, _, errors = hotline("agents", *words)
    assert code == 1
    assert says in errors


def test_who_works_is_not_removed(hotline: Hotline, staffed: Path) -> None:
    """Offline first; then the account is gone."""
    hotline("agents", "ready", "8001")
    code, _, errors = hotline("agents", "remove", "8001")
    assert (code, "`hotline agents offline 8001` first" in errors) == (1, True)
    hotline("agents", "offline", "8001")
    assert hotline("agents", "remove", "8001")[0] == 0
    assert [each["agent"] for each in json.loads(hotline("agents", "list", "--json")[1])] == ["9001"]


def test_credentials_are_shown_once_and_nowhere_clear(hotline: Hotline, staffed: Path) -> None:
    """Not in the file, not a second time; new ones are others."""
    first = shown(hotline, "agents", "credentials", "8001")
    assert first["user"] == "8001"
    assert len(str(first["password"])) == 26
    code, told, errors = hotline("agents", "credentials", "8001")
    assert code == 1
    assert "were shown at" in errors
    assert str(first["password"]) not in told + errors
    second = shown(hotline, "agents", "credentials", "8001", "--new")
    assert second["password"] != first["password"]
    with closing(sqlite3.connect(staffed / "archive.db")) as sql:
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = (staffed / "archive.db").read_bytes()
    for secret in (first["password"], second["password"], "陈静"):
        assert str(secret).encode() not in written


def test_where_nothing_was_started_looking_makes_no_home(hotline: Hotline, tmp_path: Path) -> None:
    """A route is explained all the same, without anyone to answer."""
    code, _, errors = hotline("agents", "list")
    assert (code, "there is no hotline at" in errors) == (1, True)
    told = shown(hotline, "route", "explain")
    assert [stop["queue"] for stop in told["stops"]] == ["service"]  # type: ignore[attr-defined]
    assert not (tmp_path / "home").exists()


def test_a_route_is_explained_with_who_could_answer_and_when(hotline: Hotline, staffed: Path) -> None:
    """Agents first, seniors later; who is not there now is named with the reason."""
    hotline("agents", "ready", "8001")
    hotline("agents", "break", "9001", "--reason", "rest")
    told = shown(hotline, "route", "explain", "--urgency", "elevated", "--at", "2026-01-05T10:00:00")
    (stop,) = told["stops"]  # type: ignore[misc]
    assert [(each["agent"], each["penalty"], each["paused"], each["rings_after"]) for each in stop["members"]] == [
        ("8001", 0, None, 0),
        ("9001", 10, "rest", 30),
    ]
    assert told["priority"] == 10
    assert told["priority_over_time"][:2] == [  # type: ignore[index]
        {"waited": 0, "priority": 10},
        {"waited": 60, "priority": 15},
    ]
    code, words, _ = hotline("route", "explain", "--urgency", "elevated")
    assert code == 0
    assert "served somewhat earlier / 需要优先处理" in words
    assert "not now: rest" in words


def test_an_emergency_and_the_agent_of_last_time_are_explained(hotline: Hotline, staffed: Path) -> None:
    """The officers on duty first; who helped last only while he is free."""
    emergency = shown(hotline, "route", "explain", "--urgency", "emergency")
    assert [stop["queue"] for stop in emergency["stops"]] == ["emergency", "service"]  # type: ignore[attr-defined]
    assert emergency["call_back"]["offered"] is False  # type: ignore[index]
    away = shown(hotline, "route", "explain", "--last-agent", "8001")
    assert away["skipped"][0]["reason"]["id"] == "same_agent_away"  # type: ignore[index]
    hotline("agents", "ready", "8001")
    there = shown(hotline, "route", "explain", "--last-agent", "8001")
    assert there["stops"][0]["agent"] == "8001"  # type: ignore[index]


def test_waiting_is_counted_once(hotline: Hotline, home: Path) -> None:
    """Who has waited two minutes stands two steps higher, at the first stop too."""
    told = shown(hotline, "route", "explain", "--waiting", "130")
    assert told["priority"] == told["stops"][0]["priority"] == 10  # type: ignore[index]
    assert told["stops"][0]["from"] == 130  # type: ignore[index]


def test_a_caller_is_explained_by_his_number(hotline: Hotline, home: Path) -> None:
    """What the bank knows of him counts, as it does at level 1."""
    code, listed, errors = hotline("bank", "people", "--kind", "elderly", "--json")
    assert code == 0, errors
    elderly = next(each for each in json.loads(listed) if each["phones"])
    told = shown(hotline, "route", "explain", "--caller", elderly["phones"][0])
    assert "vulnerable" in {reason["id"] for reason in told["priority_reasons"]}  # type: ignore[attr-defined]
    code, _, errors = hotline("route", "explain", "--caller", "13000000000")
    assert (code, "knows no customer" in errors) == (1, True)


@pytest.mark.parametrize(
    "words", [("--urgency", "rather"), ("--level", "9"), ("--category", "weather"), ("--waiting", "-1")]
)
def test_a_wrong_word_of_a_route_is_wrong_usage(hotline: Hotline, words: tuple[str, ...]) -> None:
    """Exit code 2."""
    assert hotline("route", "explain", *words)[0] == 2


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        (
            "HOTLINE_ROUTING__SENIOR_QUEUE",
            "nobody",
            "routing.senior_queue is 'nobody'; queues are ['emergency', 'service']",
        ),
        ("HOTLINE_ROUTING__SENIOR_QUEUE", "service", "has another task"),
        ("HOTLINE_ROUTING__AGEING_MOST", "100", "routing.ageing_most, given '100'"),
        ("HOTLINE_AGENTS__WRAP_UP", "700", "wrap_up 700 is longer than wrap_up_longest 600"),
        ("HOTLINE_CALL_BACKS__CALL_FROM", "22:00", "until 21:00:00: never"),
        ("HOTLINE_HOURS", '{"office": [{"opens": "18:00", "closes": "09:00"}]}', "a night is two spans"),
        ("HOTLINE_QUEUES", '[{"name": "service", "hours": "office"}, {"name": "emergency"}]', "hours are []"),
        ("HOTLINE_QUEUES", '[{"name": "service", "tiers": ["boss"]}, {"name": "emergency"}]', "queues.0.tiers.0"),
    ],
)
def test_wrong_settings_of_the_floor_name_key_value_and_what_is_allowed(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    """At the start, not at the first caller."""
    monkeypatch.setenv(variable, value)
    code, _, errors = hotline("config", "show")
    assert code == 2
    assert says in errors


@pytest.mark.parametrize(
    ("today", "verdict", "says"),
    [
        (date(2026, 6, 1), "ok", "the holidays of 2026 are known"),
        (date(2098, 12, 20), "warn", "the holidays of 2098, 2099 are not known"),
    ],
)
def test_doctor_warns_of_a_year_whose_holidays_it_does_not_know(today: date, verdict: str, says: str) -> None:
    """A month before it begins."""
    (finding,) = calendar(load(), today)
    assert finding.verdict == verdict
    assert says in finding.found
