"""The bank and the gateway that the settings name."""

import subprocess
import sys
from pathlib import Path

import pytest

from ivr.adapters.bank.demo import DemoBank
from ivr.adapters.bank.http import HttpBank
from ivr.adapters.bank.opening import open_bank
from ivr.adapters.http.opening import NoToken
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.memory.clock import EPOCH, VirtualClock
from ivr.adapters.secrets import Secrets
from ivr.adapters.sms.http import HttpSms
from ivr.adapters.sms.opening import make_codes, open_sms
from ivr.adapters.sms.outbox import Outbox
from ivr.domain.ids import EffectId
from ivr.home import Home
from ivr.settings import BankSettings, SmsSettings, WrongSettings, load

PEER = {"kind": "http", "url": "https://peer.example/hotline", "token_env": "PEER_TOKEN"}


async def test_by_default_the_bank_is_embedded_and_messages_stay_here(tmp_path: Path) -> None:
    """Everything works on one machine without anybody's leave."""
    home, keyring, clock = Home(tmp_path), FileKeyring(Secrets(tmp_path / "secrets")), VirtualClock()
    async with open_bank(BankSettings(), home, keyring, clock) as bank:
        assert isinstance(bank, DemoBank)
        assert await bank.recognise("+8613800000003") is not None
    async with open_sms(SmsSettings(), home, keyring, clock) as sms:
        assert isinstance(sms, Outbox)
    assert {home.bank.name, home.sms.name} <= {path.name for path in tmp_path.iterdir()}
    effect = EffectId("n1-17.1/3")
    codes = make_codes(SmsSettings(code_life=60), keyring)
    assert codes.matches(effect, codes.code(effect), EPOCH, EPOCH)


async def test_a_peer_needs_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable."""
    home, keyring, clock = Home(tmp_path), FileKeyring(Secrets(tmp_path / "secrets")), VirtualClock()
    bank, sms = BankSettings.model_validate(PEER), SmsSettings.model_validate(PEER)
    monkeypatch.delenv("PEER_TOKEN", raising=False)
    for opening in (open_bank(bank, home, keyring, clock), open_sms(sms, home, keyring, clock)):
        with pytest.raises(NoToken, match="PEER_TOKEN"):
            await opening.__aenter__()
    monkeypatch.setenv("PEER_TOKEN", "x")
    async with open_bank(bank, home, keyring, clock) as over_http:
        assert isinstance(over_http, HttpBank)
    async with open_sms(sms, home, keyring, clock) as gateway:
        assert isinstance(gateway, HttpSms)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"BANK__KIND": "http"}, "needs url and token_env"),
        ({"BANK__KIND": "http", "BANK__URL": "https://x.example"}, "needs url and token_env"),
        ({"BANK__KIND": "http", "BANK__URL": "http://x.example", "BANK__TOKEN_ENV": "T"}, "https is needed"),
        ({"BANK__KIND": "http", "BANK__URL": "https://a:geheim@x.example", "BANK__TOKEN_ENV": "T"}, "token_env"),
        ({"BANK__KIND": "http", "BANK__URL": "ftp://x.example", "BANK__TOKEN_ENV": "T"}, "no address"),
        ({"BANK__KIND": "http", "BANK__URL": "https://x.example?key=geheim", "BANK__TOKEN_ENV": "T"}, "no address"),
        ({"BANK__KIND": "paper"}, "bank.kind"),
        ({"BANK__TOKEN": "geheim"}, "bank.token"),
        ({"BANK__TIME_LIMIT": "0"}, "bank.time_limit"),
        ({"BANK__DEMO__DEBIT_BLOCK_DAYS": "0"}, "bank.demo.debit_block_days"),
        ({"SMS__CODE_LIFE": "5"}, "sms.code_life"),
        ({"SMS__KIND": "http"}, "needs url and token_env"),
        ({"SMS__KIND": "http", "SMS__URL": "https://x.example", "SMS__TOKEN_ENV": "T"}, "may be somebody's"),
    ],
)
def test_what_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], sentence: str
) -> None:
    """And a secret in it is not repeated."""
    for key, value in environment.items():
        monkeypatch.setenv(f"HOTLINE_{key}", value)
    with pytest.raises(WrongSettings) as wrong:
        load()
    assert sentence in str(wrong.value)
    assert "geheim" not in str(wrong.value)


def test_plain_http_to_this_machine_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """For `hotline bank serve`, and for a proxy that speaks TLS."""
    for key, value in {"KIND": "http", "URL": "http://127.0.0.1:8470", "TOKEN_ENV": "T"}.items():
        monkeypatch.setenv(f"HOTLINE_BANK__{key}", value)
    assert load().bank.url == "http://127.0.0.1:8470"


def test_a_controller_loads_no_web_framework_until_it_opens_a_peer() -> None:
    """Callers wait for a controller that comes back."""
    words = "import sys, ivr.processes.controller; print(sorted({'fastapi', 'httpx'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
