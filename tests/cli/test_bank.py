"""`hotline bank`: made-up customers with their keys, the published contracts, and a server that keeps one of them."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ivr.adapters.bank.people import Example
from ivr.cli import main
from ivr.cli.bank import _serve
from ivr.settings import PROJECT, load

Hotline = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home that was made."""
    made = tmp_path / "home"
    (made / "secrets").mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("HOTLINE_HOME", str(made))
    return made


@pytest.fixture
def hotline(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hotline:
    """Run `hotline …` there: exit code, output, errors."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hotline", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_one_customer_of_each_kind_is_listed_with_his_keys(hotline: Hotline) -> None:
    """It says that nobody of them exists."""
    code, told, aside = hotline("bank", "people")
    assert code == 0
    assert "made-up" in aside
    for kind in Example:
        assert kind.value in told
    rows = json.loads(hotline("bank", "people", "--json")[1])
    ordinary, corporate = rows[0], rows[1]
    assert (ordinary["kinds"], ordinary["number"], len(ordinary["password"])) == (["ordinary"], "1000000016", 6)
    assert corporate["password"] is None
    assert corporate["contacts"][0].startswith("1000: ")


def test_some_of_one_kind_are_listed(hotline: Hotline) -> None:
    """As many as asked for."""
    rows = json.loads(hotline("bank", "people", "--kind", "elderly", "--limit", "7", "--json")[1])
    assert len(rows) == 7
    assert all("elderly" in row["kinds"] for row in rows)


def test_an_unknown_kind_is_told_with_those_there_are(hotline: Hotline) -> None:
    """Exit code 1."""
    code, _, errors = hotline("bank", "people", "--kind", "martian")
    assert code == 1
    assert "judicially_frozen" in errors


def test_a_real_banks_customers_are_not_listed(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is it served."""
    monkeypatch.setenv("HOTLINE_BANK__KIND", "http")
    monkeypatch.setenv("HOTLINE_BANK__URL", "https://bank.example/hotline")
    monkeypatch.setenv("HOTLINE_BANK__TOKEN_ENV", "BANK_TOKEN")
    for words in (("bank", "people"), ("bank", "serve")):
        code, told, errors = hotline(*words)
        assert (code, told) == (1, "")
        assert "real bank" in errors


def test_looking_makes_no_home(hotline: Hotline, home: Path) -> None:
    """A misspelt HOTLINE_HOME is told."""
    (home / "secrets").rmdir()
    code, _, errors = hotline("bank", "people")
    assert code == 1
    assert "there is no hotline at" in errors
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(("which", "file"), [("bank", "bank-api.json"), ("sms", "sms-api.json")])
def test_the_contracts_are_printed(hotline: Hotline, which: str, file: str) -> None:
    """As they are published."""
    assert hotline("bank", "contract", which)[1] == (PROJECT / "docs" / file).read_text(encoding="utf-8")


async def test_the_demo_bank_is_served_until_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On this machine alone, to who has the token of the home; SIGTERM ends it, and it writes nothing down."""
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))  # uvicorn hands it on when it is done
    serving = asyncio.create_task(_serve(load(), "127.0.0.1", 0))
    try:
        said = ""
        while " is at " not in said and not serving.done():
            await asyncio.sleep(0.02)
            said += capsys.readouterr().out
        url = said.split(" is at ")[1].split(";")[0]
        token = (home / "secrets" / "bank_api").read_text()
        assert token not in said
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            asked = {"caller_number": "+8613800000003"}
            assert (await client.post("/v1/recognise", json=asked)).status_code == 401
            answer = await client.post("/v1/recognise", json=asked, headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["customer"]
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
    finally:
        serving.cancel()
        signal.signal(signal.SIGTERM, before)
    after = capsys.readouterr()
    assert (told, after.out, after.err) == ([signal.SIGTERM], "", "")


def test_the_doctor_misses_a_peers_token(hotline: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first caller does."""
    for key, value in {"KIND": "http", "URL": "https://bank.example/hotline", "TOKEN_ENV": "NO_SUCH_TOKEN"}.items():
        monkeypatch.setenv(f"HOTLINE_BANK__{key}", value)
    code, told, _ = hotline("doctor", "--json")
    assert code == 1
    assert any("NO_SUCH_TOKEN" in finding["found"] for finding in json.loads(told) if finding["verdict"] == "fail")
