"""A gateway over HTTP: the port's promises through the contract's server, and a link that fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from fastapi import FastAPI

from ivr.adapters.http.peer import Limits
from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.sms import MemorySms
from ivr.adapters.sms.gateway import document, gateway_app
from ivr.adapters.sms.http import HttpSms
from ivr.domain.secret import SecretDigits
from ivr.ports.sms import SmsDown, SmsRefusal, SmsRefused
from ivr.settings import PROJECT
from tests.adapters.http.link import CUT, LOSES_ANSWER, SILENT, Link, answer
from tests.adapters.http.served import asking_raw, serving
from tests.contracts.sms_contract import MOBILE, ONE, WITH_CODE, SmsContract, SmsWorld

TOKEN = "a-token-of-both-houses"
PATIENT = Limits(time_limit=10.0, attempts=2, pause=0.001, breaker_failures=100)
HURRIED = replace(PATIENT, time_limit=0.1)


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Built once; each test gives it its own gateway."""
    return gateway_app(MemorySms(), TOKEN)


@pytest.fixture
def behind(app: FastAPI) -> SmsWorld:
    """The gateway that is served, not the one that asks."""
    clock = VirtualClock()
    app.state.sms = MemorySms(clock)
    return SmsWorld(sms=app.state.sms, read=app.state.sms.read_latest, clock=clock)


@asynccontextmanager
async def asking(url: str, limits: Limits = PATIENT) -> AsyncIterator[HttpSms]:
    """An adapter, closed at the end."""
    sms = HttpSms(url, TOKEN, limits)
    try:
        yield sms
    finally:
        await sms.close()


class TestHttpSms(SmsContract):
    """Every promise of the port, across a socket."""

    @pytest.fixture
    async def world(self, app: FastAPI, behind: SmsWorld) -> AsyncIterator[SmsWorld]:
        """The gateway in memory, served by the contract."""
        async with serving(app) as url, asking(url) as sms:
            yield SmsWorld(sms=sms, read=behind.read, clock=behind.clock)


@pytest.fixture
async def link(app: FastAPI, behind: SmsWorld) -> AsyncIterator[Link]:
    """The served gateway behind a link that can break."""
    async with serving(app) as url, Link(url) as link:
        yield link


async def test_a_message_whose_answer_is_lost_is_sent_once(link: Link, behind: SmsWorld) -> None:
    """It is tried again under its key, which alone makes that safe."""
    async with asking(link.url) as sms:
        link.plays = LOSES_ANSWER
        with pytest.raises(SmsDown):
            await sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
    assert len(link.requests) == 2
    assert "042917" in (await behind.read(MOBILE) or "")
    assert await behind.read(MOBILE) is None


@pytest.mark.parametrize("plays", [CUT, SILENT, answer(500, b""), answer(200, b"{"), answer(200, b'{"reference": 1}')])
async def test_a_gateway_that_does_not_answer_is_down(link: Link, plays: str | bytes) -> None:
    """In any way."""
    link.plays = plays
    async with asking(link.url, HURRIED if plays == SILENT else PATIENT) as sms:
        with pytest.raises(SmsDown) as down:
            await sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
        assert "042917" not in str(down.value)


async def test_a_reason_that_we_do_not_know_is_still_a_refusal(link: Link) -> None:
    """Gateways have many."""
    link.plays = answer(409, b'{"reason": "operator_blacklist"}')
    async with asking(link.url) as sms:
        with pytest.raises(SmsRefused) as refused:
            await sms.send(MOBILE, "一", ONE)
    assert refused.value.reason is SmsRefusal.OTHER


async def test_what_is_not_understood_is_not_repeated(app: FastAPI, behind: SmsWorld) -> None:
    """A text in a wrong form may hold a code still."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": ONE}
    async with serving(app) as url, asking_raw(url, headers=headers) as raw:
        said = await raw.post("/v1/messages", json={"to": MOBILE, "text": {"is": "042917"}})
        assert said.status_code == 400
        assert "042917" not in said.text
        assert (await raw.post("/v1/messages", json={}, headers={"Authorization": ""})).status_code == 401
        wrong = await raw.post("/v1/messages", json={"to": MOBILE, "text": "{code}"})
        assert wrong.status_code == 400


def test_the_published_contract_is_current() -> None:
    """`hotline bank contract sms > docs/sms-api.json` was not forgotten."""
    assert (PROJECT / "docs" / "sms-api.json").read_text(encoding="utf-8") == document()
