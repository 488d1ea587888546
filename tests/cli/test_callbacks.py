"""`hotline callbacks` on a list with some."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql import make_engine
from ivr.adapters.sql.callbacks import SqlCallBacks
from ivr.domain.callback import CallBack, CallBackEvent, Miss
from ivr.domain.ids import effect_id
from tests.cli.conftest import Hotline
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.staff import THE_LINE, new_call_back
from tests.contracts.tickets import CALL


@pytest.fixture
def promised(tmp_path: Path, migrated_file: Path) -> CallBack:
    """One that found a busy line once, and waits for its next attempt."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_file, home / "archive.db")
    url = f"sqlite+aiosqlite:///{home / 'archive.db'}"

    async def fill() -> CallBack:
        backs = SqlCallBacks(make_engine(url), FileKeyring(Secrets(home / "secrets")))
        made = await backs.ask(new_call_back(), effect_id(CALL, 7), due_at=NINE, by=THE_LINE)
        await backs.move(made.id, CallBackEvent.COME_DUE, by=THE_LINE, at=NINE)
        await backs.move(made.id, CallBackEvent.DIAL, by=THE_LINE, at=NINE)
        await backs.move(made.id, CallBackEvent.MEET_NOBODY, by=THE_LINE, at=NINE, miss=Miss.BUSY)
        made = await backs.move(made.id, CallBackEvent.RETRY, by=THE_LINE, at=NINE, due_at=NINE)
        await backs.close()
        return made

    return asyncio.run(fill())


def test_call_backs_are_listed_and_no_number_is_shown_whole(hotline: Hotline, promised: CallBack) -> None:
    """For people and for programs."""
    code, told, _ = hotline("callbacks", "list")
    assert code == 0
    assert promised.id in told
    assert NUMBER[-11:] not in told
    (row,) = json.loads(hotline("callbacks", "list", "--state", "asked", "--json")[1])
    assert (row["state"], row["attempts"], row["last_miss"]) == ("asked", 1, "busy")
    assert hotline("callbacks", "list", "--state", "reached")[1] == "no such call back\n"


def test_one_is_shown_with_its_attempts(hotline: Hotline, promised: CallBack) -> None:
    """Each attempt with the call that it was."""
    told = json.loads(hotline("callbacks", "show", promised.id, "--json")[1])
    assert [entry["event"] for entry in told["history"]] == ["ask", "come_due", "dial", "meet_nobody", "retry"]
    assert told["history"][2]["call_id"] == f"{promised.id.replace('/', '-')}-3"
    code, shown, _ = hotline("callbacks", "show", promised.id)
    assert code == 0
    assert "withdraw" in shown
    assert NUMBER[-11:] not in shown


def test_a_supervisor_has_it_rung_now_or_takes_it_back(hotline: Hotline, promised: CallBack) -> None:
    """By the table; what does not come is refused."""
    assert hotline("callbacks", "now", promised.id, "--by", "9001")[:2] == (
        0,
        f"call back {promised.id} is due (version 6)\n",
    )
    assert hotline("callbacks", "withdraw", promised.id, "--by", "9001")[0] == 0
    code, _, errors = hotline("callbacks", "now", promised.id, "--by", "9001")
    assert (code, "withdrawn" in errors) == (1, True)


def test_what_does_not_exist_is_told(hotline: Hotline, promised: CallBack) -> None:
    """With where to look."""
    code, _, errors = hotline("callbacks", "show", f"{promised.id}0")
    assert (code, "callbacks list" in errors) == (1, True)
