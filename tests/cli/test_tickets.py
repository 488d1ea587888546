"""`hotline tickets` on an archive with some."""

import asyncio
import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql import SqlTickets, make_engine
from ivr.domain.ids import effect_id
from ivr.domain.problem import Urgency
from ivr.domain.ticket import Ticket, TicketEvent, TicketKind
from tests.cli.conftest import Hotline
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.tickets import AGENT, CALL, LI, TOLD, new_ticket

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> tuple[Path, list[Ticket]]:
    """A home, to be copied, and its tickets: a transfer problem of long ago, and a fraud of now."""
    home = tmp_path_factory.mktemp("filled")
    shutil.copy(migrated_file, home / "archive.db")
    url = f"sqlite+aiosqlite:///{home / 'archive.db'}"
    keyring = FileKeyring(Secrets(home / "secrets"))

    async def fill() -> list[Ticket]:
        tickets = SqlTickets(make_engine(url), keyring)
        old = await tickets.open(new_ticket(), effect_id(CALL, 1))
        old = await tickets.move(old.number, TicketEvent.TAKE, by=AGENT, at=NINE, note="李先生的钱")
        fraud = new_ticket(kind=TicketKind.FRAUD, urgency=Urgency.EMERGENCY, opened_at=NOW, customer=None)
        new = await tickets.open(fraud, effect_id(CALL, 2))
        await tickets.close()
        return [old, new]

    return home, asyncio.run(fill())


@pytest.fixture
def opened(filled: tuple[Path, list[Ticket]], tmp_path: Path) -> list[Ticket]:
    """They stand in the home of the command line."""
    home, tickets = filled
    shutil.copytree(home, tmp_path / "home")
    return tickets


def numbers(told: str) -> list[str]:
    """Of the tickets in a list."""
    return [row["number"] for row in json.loads(told)]


def test_tickets_are_listed_newest_first(hotline: Hotline, opened: list[Ticket]) -> None:
    """For people and for programs."""
    old, new = opened
    code, told, _ = hotline("tickets", "list")
    assert code == 0
    assert told.index(new.number) < told.index(old.number)
    assert numbers(hotline("tickets", "list", "--json")[1]) == [new.number, old.number]


@pytest.mark.parametrize(
    ("words", "places"),
    [
        (("--state", "new"), [1]),
        (("--state", "new", "--state", "in_progress"), [1, 0]),
        (("--kind", "fraud"), [1]),
        (("--urgency", "urgent"), [1]),
        (("--urgency", "normal"), [1, 0]),
        (("--owner", "8001"), [0]),
        (("--since", (NOW - timedelta(days=2)).strftime("%Y-%m-%d")), [1]),
        (("--until", "2026-02-01"), [0]),
        (("--overdue",), [0]),
        (("--overdue", "--state", "new"), []),
        (("--overdue", "--state", "closed"), []),
        (("--limit", "1"), [1]),
    ],
)
def test_the_list_is_narrowed(
    hotline: Hotline, opened: list[Ticket], words: tuple[str, ...], places: list[int]
) -> None:
    """By what it is, whose it is and when; all conditions hold at once."""
    code, told, _ = hotline("tickets", "list", "--json", *words)
    assert (code, numbers(told)) == (0, [opened[place].number for place in places])


def test_where_there_is_none_it_says_so(hotline: Hotline, opened: list[Ticket]) -> None:
    """An empty list is no failure; a program gets an empty one."""
    assert hotline("tickets", "list", "--kind", "complaint")[:2] == (0, "no such ticket\n")
    assert json.loads(hotline("tickets", "list", "--kind", "complaint", "--json")[1]) == []


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--state", "asleep"),
        ("list", "--urgency", "rather"),
        ("list", "--limit", "0"),
        ("move", "27182819", "explode", "--by", "8001"),
        ("move", "27182819", "take"),
        ("move", "27182819", "take", "--by", ""),
    ],
)
def test_a_wrong_word_is_wrong_usage(hotline: Hotline, words: tuple[str, ...]) -> None:
    """Exit code 2; the allowed ones are named."""
    assert hotline("tickets", *words)[0] == 2


def test_a_ticket_is_shown_whole_and_masked(hotline: Hotline, opened: list[Ticket]) -> None:
    """What it is, what may come, what the caller told, who did what; nothing that names him."""
    old = opened[0]
    code, told, _ = hotline("tickets", "show", f"{old.number[:4]} {old.number[4:]}")
    assert code == 0
    for word in (old.number, "in_progress", "8001", "138****8000", "6217", "agent 8001", "solve; withdraw", "take"):
        assert word in told
    as_json = hotline("tickets", "show", old.number, "--json")[1]
    assert json.loads(as_json)["summary"]["call_back_to"] == "138****8000"
    for personal in (LI, NUMBER, "李先生", TOLD.words, TOLD.when, TOLD.operation, TOLD.reference):
        assert personal is not None
        assert personal not in told + as_json


@pytest.mark.parametrize(("number", "why"), [("99999994", "no ticket 99999994"), ("99999999", "check digit is wrong")])
def test_an_unknown_number_is_told(hotline: Hotline, opened: list[Ticket], number: str, why: str) -> None:
    """Exit code 1; a slip of a digit is named as one."""
    code, _, errors = hotline("tickets", "show", number)
    assert code == 1
    assert why in errors


def test_a_ticket_is_moved(hotline: Hotline, opened: list[Ticket]) -> None:
    """In the name of who does it, and it stands in the history."""
    number = opened[1].number
    code, told, _ = hotline("tickets", "move", number, "take", "--by", "8002", "--note", "calls the police line")
    assert (code, told) == (0, f"ticket {number} is in_progress, owned by 8002 (version 2)\n")
    moved = json.loads(hotline("tickets", "move", number, "solve", "--by", "9001", "--as", "supervisor", "--json")[1])
    assert [entry["by"] for entry in moved["history"]] == [f"line {CALL}", "agent 8002", "supervisor 9001"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("close", "--by", "8001"), "close does not come in a ticket that is new; what may come: take"),
        (("take", "--by", CALL, "--as", "customer"), "who may: agent, department, supervisor"),
        (("take", "--by", "8001", "--expected", "9"), "is at version 1, not 9"),
    ],
)
def test_what_may_not_be_is_refused_in_a_sentence(
    hotline: Hotline, opened: list[Ticket], words: tuple[str, ...], why: str
) -> None:
    """Exit code 1, with what would have been right, and nothing changed."""
    number = opened[1].number
    code, _, errors = hotline("tickets", "move", number, *words)
    assert code == 1
    assert why in errors
    assert "Traceback" not in errors
    assert json.loads(hotline("tickets", "show", number, "--json")[1])["version"] == 1


def test_the_life_of_a_ticket_is_printed(hotline: Hotline) -> None:
    """With its diagram; it needs no hotline."""
    code, told, _ = hotline("tickets", "life")
    assert code == 0
    assert "stateDiagram-v2" in told
