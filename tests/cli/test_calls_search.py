"""`hotline calls search` and `hotline calls export` on an archive with some."""

import asyncio
import csv
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from pyarrow import parquet
from rich.console import Console

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql import SqlArchive, SqlTickets, make_engine
from ivr.cli import calls_search
from ivr.domain.ids import effect_id
from tests.cli.conftest import Hotline
from tests.contracts.archive_contract import ONE, TWO, archived, waited_for
from tests.contracts.calls import LI, NINE, NUMBER
from tests.contracts.tickets import new_ticket

THREE = "n1-17.3"
SPAN = ("--since", "2026-01-01", "--until", "2026-01-31")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A home, to be copied, with three calls, the first with a ticket of one's own words."""
    home = tmp_path_factory.mktemp("filled")
    shutil.copy(migrated_file, home / "archive.db")
    url = f"sqlite+aiosqlite:///{home / 'archive.db'}"
    keyring = FileKeyring(Secrets(home / "secrets"))

    async def fill() -> None:
        archive, tickets = SqlArchive(make_engine(url), keyring), SqlTickets(make_engine(url), keyring)
        await archive.store(
            [
                waited_for("8001", 12),
                archived(TWO, arrived_at=NINE + timedelta(minutes=1)),
                waited_for("8002", 40, call_id=THREE, arrived_at=NINE + timedelta(minutes=2)),
            ]
        )
        await tickets.open(new_ticket(), effect_id(ONE, 1))
        await archive.close()
        await tickets.close()

    asyncio.run(fill())
    return home


@pytest.fixture(autouse=True)
def home(filled: Path, tmp_path: Path) -> Path:
    """The home of the command."""
    shutil.copytree(filled, tmp_path / "home")
    return tmp_path / "home"


def found(hotline: Hotline, *words: str) -> list[str]:
    """The calls that a search finds."""
    code, said, _ = hotline("calls", "search", "--json", *words)
    assert code == 0
    return [call["call_id"] for call in json.loads(said)["calls"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), [THREE, TWO, ONE]),
        (("--sort", "waited"), [THREE, ONE, TWO]),
        (("--agent", "8001"), [ONE]),
        (("--customer", LI, "--urgency", "emergency"), [THREE, ONE]),
        (("--category", "transfer_problem", "--outcome", "not_reached"), [TWO]),
        (("--caller", "13800138000", "--limit", "1"), [THREE]),
        (("--text", "service 10000016", "--sort", "oldest"), [ONE, THREE]),
        (("--text", "nothing_of_it"), []),
        (("--told", "钱还没到账", "--reason", "complaint", *SPAN), [ONE]),
        (("--told", "王小", "--reason", "complaint", *SPAN), [THREE, TWO, ONE]),
    ],
)
def test_calls_are_found_by(hotline: Hotline, words: tuple[str, ...], expected: list[str]) -> None:
    """Each filter, in the order asked for."""
    assert found(hotline, *words) == expected


def test_pages_follow_by_their_cursor(hotline: Hotline) -> None:
    """`next` of a page is `--after` of the next, and null on the last."""
    seen, after = [], []
    for _ in range(3):
        _, said, _ = hotline("calls", "search", "--json", "--limit", "2", *after)
        page = json.loads(said)
        seen += [call["call_id"] for call in page["calls"]]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert seen == [THREE, TWO, ONE]


def test_a_page_for_people_masks_numbers_and_tells_the_next(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing personal, and what to type."""
    monkeypatch.setattr(calls_search, "out", Console(width=200))
    code, said, _ = hotline("calls", "search", "--limit", "2")
    assert code == 0
    assert "138****8000" in said
    assert "8002" in said
    assert "--after 'newest~0~" in said
    assert NUMBER not in said


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("search", "--told", "x", "--reason", "y"), 2, "--since"),
        (("search", "--told", "x", "--reason", "y", "--since", "2026-01-01", "--until", "2026-03-01"), 2, "31 days"),
        (("search", "--told", "x", *SPAN), 2, "--reason"),
        (("search", "--after", "nonsense"), 1, "tells no place"),
        (("search", "--after", "newest~0~2026-01-05T09:00:00.000000~x", "--sort", "waited"), 1, "not by waited"),
        (("search", "--urgency", "very"), 2, "emergency"),
        (("export", "--out", "x.csv", "--reveal", "caller"), 2, "--reason"),
        (("export", "--out", "/nowhere/x.csv"), 1, "/nowhere"),
    ],
)
def test_what_is_refused_says_what_to_do(hotline: Hotline, words: tuple[str, ...], code: int, why: str) -> None:
    """By the exit code of its kind."""
    ended, _, errors = hotline("calls", *words)
    assert ended == code
    assert why in errors


def test_a_csv_is_masked_and_whole(hotline: Hotline, tmp_path: Path) -> None:
    """The oldest first; numbers masked, neither name nor customer; for its owner only, nothing left beside it."""
    path = tmp_path / "calls.csv"
    code, said, _ = hotline("calls", "export", "--out", str(path))
    assert (code, said) == (0, f"3 calls in {path}\n")
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert [row["call_id"] for row in rows] == [ONE, TWO, THREE]
    assert {row["caller"] for row in rows} == {"138****8000"}
    assert rows[0]["arrived_at"] == "2026-01-05T09:00:00.000+00:00"
    assert not {"customer", "caller_name"} & rows[0].keys()
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.glob(".calls.csv*")) == []


def test_what_is_revealed_has_a_reason_that_is_noted(hotline: Hotline, tmp_path: Path, home: Path) -> None:
    """Who, why, which columns, by which filters; no personal value in the note."""
    path = tmp_path / "calls.csv"
    revealed = ("--reveal", "caller", "--reveal", "customer", "--reason", "audit 7", "--caller", NUMBER)
    assert hotline("calls", "export", "--out", str(path), *revealed)[0] == 0
    [row, *_] = csv.DictReader(path.read_text("utf-8-sig").splitlines())
    assert (row["caller"], row["customer"]) == (f"'{NUMBER}", LI)  # an apostrophe: `+` begins a formula
    [line] = (home / "log" / "looks.log").read_text("utf-8").splitlines()
    noted = json.loads(line)
    assert (noted["event"], noted["reason"]) == ("personal_data_exported", "audit 7")
    assert (noted["columns"], noted["by"]) == (["caller", "customer"], ["caller_number"])
    assert "138" not in line


def test_a_parquet_file_has_typed_columns(hotline: Hotline, tmp_path: Path) -> None:
    """Moments, numbers and lists as such."""
    path = tmp_path / "calls.parquet"
    assert hotline("calls", "export", "--format", "parquet", "--out", str(path), "--sort", "x")[0] == 2
    assert hotline("calls", "export", "--format", "parquet", "--out", str(path))[0] == 0
    rows = parquet.read_table(path).to_pylist()
    assert [row["call_id"] for row in rows] == [ONE, TWO, THREE]
    assert (rows[0]["arrived_at"], rows[0]["waited"], rows[0]["agents"]) == (NINE, 12, ["8001"])
    assert rows[0]["tickets"] == ["10000016"]
