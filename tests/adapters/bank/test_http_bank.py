"""A bank over HTTP: the port's promises through the contract's server, and every way in which a link can fail."""

import asyncio
import gc
import io
import json
import logging
import traceback
import weakref
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from fastapi import FastAPI

from ivr.adapters.bank.contract import bank_app, document
from ivr.adapters.bank.http import HttpBank
from ivr.adapters.bank.people import Example, example
from ivr.adapters.http.peer import Limits
from ivr.adapters.memory.bank import MemoryBank, memory_password
from ivr.adapters.memory.clock import VirtualClock
from ivr.domain.banking import CardState, CustomerToken
from ivr.domain.secret import SecretDigits
from ivr.ports.bank import BankDown, BankRefused, Refusal
from ivr.settings import PROJECT
from tests.adapters.http.link import CUT, LOSES_ANSWER, SILENT, THROUGH, Link, answer
from tests.adapters.http.served import asking_raw, serving
from tests.contracts.bank_contract import ONE, TWO, BankContract, World

TOKEN = "a-token-of-both-houses"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
PATIENT = Limits(time_limit=10.0, attempts=2, pause=0.001, breaker_failures=100, breaker_pause=0.1)
HURRIED = replace(PATIENT, time_limit=0.1)
"""For a bank that never answers; whoever does answer may take longer on a busy machine."""


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Built once; each test gives it its own bank."""
    return bank_app(MemoryBank(), TOKEN)


@pytest.fixture
def behind(app: FastAPI) -> World:
    """The bank that is served, not the one that asks."""
    clock = VirtualClock()
    bank = MemoryBank(clock=clock)
    app.state.bank = bank
    return World(bank=bank, people=bank.people, password=memory_password, clock=clock)


@asynccontextmanager
async def asking(url: str, limits: Limits = PATIENT, token: str = TOKEN) -> AsyncIterator[HttpBank]:
    """An adapter, closed at the end."""
    bank = HttpBank(url, token, limits)
    try:
        yield bank
    finally:
        await bank.close()


class TestHttpBank(BankContract):
    """Every promise of the port, across a socket."""

    @pytest.fixture
    async def world(self, app: FastAPI, behind: World) -> AsyncIterator[World]:
        """The bank in memory, served by the contract."""
        async with serving(app) as url, asking(url) as bank:
            yield World(bank=bank, people=behind.people, password=behind.password, clock=behind.clock)


@pytest.fixture
async def link(app: FastAPI, behind: World) -> AsyncIterator[Link]:
    """The served bank behind a link that can break."""
    async with serving(app) as url, Link(url) as link:
        yield link


async def test_the_demo_bank_is_served_by_the_same_contract(demo: World) -> None:
    """From a file, over a socket, and back."""
    async with serving(bank_app(demo.bank, TOKEN)) as url, asking(url) as bank:
        customer, card = await demo.card(Example.ORDINARY)
        assert await bank.check_password(customer, demo.password(demo.one(Example.ORDINARY).number))
        block = await bank.block_card(customer, card.card, ONE)
        assert await demo.bank.outcome(ONE) == block
        assert await bank.facts(customer) == await demo.bank.facts(customer)


# ------------------------------------------------------------------------------------------------------ slow and down
async def test_a_slow_bank_is_down_after_its_time(link: Link) -> None:
    """The caller hears an apology, not silence for ever."""
    link.plays = SILENT
    async with asking(link.url, HURRIED) as bank:
        with pytest.raises(BankDown, match=r"no answer within 0\.1 s"):
            await bank.check_password(CustomerToken("customer0"), SecretDigits("123456"))
    assert len(link.requests) == 1  # a password is asked once: the bank may count


async def test_a_bank_that_drips_is_slow_too(link: Link) -> None:
    """The time limit is for the whole answer, not for each byte."""
    link.plays = b"HTTP/1.1 200 x\r\ncontent-length: 900\r\n\r\n{"
    async with asking(link.url, HURRIED) as bank:
        with pytest.raises(BankDown):
            await bank.facts(CustomerToken("customer0"))


async def test_a_bank_that_is_not_there_is_down() -> None:
    """Nobody listens."""
    async with asking("http://127.0.0.1:1") as bank:
        with pytest.raises(BankDown, match="cannot be reached"):
            await bank.recognise("+8613800000003")
        with pytest.raises(BankDown, match="cannot be reached"):
            await bank.stop_payments(CustomerToken("customer0"), ONE)


@pytest.mark.parametrize(
    "plays",
    [
        CUT,
        answer(500, b"<html>oops</html>", "text/html"),
        answer(502, b""),
        answer(429, b"{}"),
        answer(404, b"not found", "text/plain"),
        answer(302, b""),
        answer(200, b""),
        answer(200, b"{not json"),
        answer(200, b"[]"),
        answer(200, b'{"customer": 7}'),
        answer(200, b'{"customer": "customer0", "kind": "martian"}'),
        answer(200, b"\xff\xfe\x00"),
        answer(401, b'{"reason": "effect_reused"}'),
        answer(409, b'{"reason": 7}'),
        answer(200, b" " * (2 << 20)),
        b"this is not HTTP\r\n\r\n",
    ],
    ids=lambda plays: plays if isinstance(plays, str) else plays[:12].decode() + plays[-12:].decode("latin-1").strip(),
)
async def test_an_answer_that_is_none_is_a_bank_that_is_down(link: Link, plays: str | bytes) -> None:
    """For what is read and for what is done; nothing of it reaches a story as if it were true."""
    link.plays = plays
    async with asking(link.url) as bank:
        with pytest.raises(BankDown):
            await bank.facts(CustomerToken("customer0"))
        with pytest.raises(BankDown):
            await bank.stop_payments(CustomerToken("customer0"), ONE)
        link.plays = THROUGH
        assert await bank.outcome(ONE) is None


async def test_a_wrong_token_is_a_bank_that_is_down_and_says_why(link: Link) -> None:
    """The operator has to know; the caller hears the apology."""
    async with asking(link.url, token="another") as bank:
        with pytest.raises(BankDown, match="does not accept our token"):
            await bank.recognise("+8613800000003")


async def test_a_bank_that_is_down_behind_its_server_is_down(link: Link, behind: World) -> None:
    """The contract's server says 503."""
    assert isinstance(behind.bank, MemoryBank)
    behind.bank.down = True
    async with asking(link.url) as bank:
        with pytest.raises(BankDown, match="503"):
            await bank.recognise("+8613800000003")


async def test_a_read_is_tried_again(link: Link) -> None:
    """One that fails once is no failure."""
    link.plays = CUT
    async with asking(link.url, replace(PATIENT, attempts=3, pause=0.02)) as bank:
        asked = asyncio.create_task(bank.recognise("+8613800000003"))
        await asyncio.sleep(0.01)
        link.plays = THROUGH
        assert await asked == "customer0"


async def test_a_reason_that_we_do_not_know_is_still_a_refusal(link: Link) -> None:
    """A bank has more words than we; a person deals with those."""
    link.plays = answer(409, b'{"reason": "mercury_in_retrograde"}', "application/problem+json")
    async with asking(link.url) as bank:
        with pytest.raises(BankRefused) as refused:
            await bank.stop_payments(CustomerToken("customer0"), ONE)
    assert refused.value.reason is Refusal.OTHER


# -------------------------------------------------------------------------------------------------------- the breaker
async def test_the_breaker_opens_and_closes_again(link: Link) -> None:
    """After some failures nothing is asked for a while, so that no caller waits for what will not come; then one asks,
    and where it is answered all is as before.
    """
    link.plays = CUT
    limits = replace(PATIENT, attempts=1, breaker_failures=3)
    async with asking(link.url, limits) as bank:
        for _ in range(3):
            with pytest.raises(BankDown, match="broke off"):
                await bank.recognise("+8613800000003")
        link.plays = THROUGH
        with pytest.raises(BankDown, match="left alone"):
            await bank.recognise("+8613800000003")
        assert link.requests == []
        await asyncio.sleep(0.11)
        for _ in range(5):
            assert await bank.recognise("+8613800000003") == "customer0"


async def test_an_open_breaker_keeps_nothing_of_those_it_turns_away(link: Link) -> None:
    """An outage of an hour must not fill the memory, nor hold what callers keyed in."""
    link.plays = CUT
    held: list[weakref.ref[SecretDigits]] = []
    async with asking(link.url, replace(PATIENT, attempts=1, breaker_failures=1, breaker_pause=60)) as bank:
        for _ in range(4):
            password = SecretDigits("719284")
            with pytest.raises(BankDown):
                await bank.check_password(CustomerToken("customer0"), password)
            held.append(weakref.ref(password))
            del password
        gc.collect()
        assert all(ref() is None for ref in held)


async def test_refusals_do_not_open_the_breaker(link: Link) -> None:
    """A bank that says no is there."""
    limits = replace(PATIENT, attempts=1, breaker_failures=2, breaker_pause=60)
    async with asking(link.url, limits) as bank:
        for _ in range(4):
            with pytest.raises(BankRefused):
                await bank.facts(CustomerToken("nobody"))
        assert await bank.recognise("+8613800000003") == "customer0"


# --------------------------------------------------------------------------------------------- deeds and lost answers
async def test_a_deed_whose_answer_is_lost_is_asked_for_and_told(link: Link, behind: World) -> None:
    """The caller hears what was done, though its answer never came; and it was done once."""
    customer, card = await behind.card(Example.ORDINARY)
    async with asking(link.url) as bank:
        link.plays = LOSES_ANSWER
        asked = asyncio.create_task(bank.block_card(customer, card.card, ONE))
        while not link.requests:
            await asyncio.sleep(0)
        link.plays = LOSES_ANSWER
        while await behind.bank.outcome(ONE) is None:
            await asyncio.sleep(0)
        link.plays = THROUGH
        block = await asked
    assert block == await behind.bank.outcome(ONE)
    assert not block.already_blocked
    assert sum(request.startswith(b"POST") for request in link.requests) == 1


async def test_a_deed_that_did_not_arrive_is_down_and_may_be_done_again(link: Link, behind: World) -> None:
    """Under the same key, once."""
    customer, card = await behind.card(Example.ORDINARY)
    link.plays = SILENT
    async with asking(link.url, HURRIED) as bank:
        with pytest.raises(BankDown):
            await bank.block_card(customer, card.card, ONE)
    link.plays = THROUGH
    async with asking(link.url) as bank:
        assert await bank.outcome(ONE) is None
        block = await bank.block_card(customer, card.card, ONE)
        assert await bank.block_card(customer, card.card, ONE) == block
    assert not block.already_blocked


async def test_killed_between_request_and_answer_the_deed_is_done_once(link: Link, behind: World) -> None:
    """Another controller asks again under the same key, and gets the first one's answer."""
    customer, card = await behind.card(Example.ORDINARY)
    async with asking(link.url) as killed:
        link.plays = LOSES_ANSWER
        asked = asyncio.create_task(killed.block_card(customer, card.card, ONE))
        while await behind.bank.outcome(ONE) is None:
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    done = await behind.bank.outcome(ONE)
    link.plays = THROUGH
    await behind.clock.advance(60)
    async with asking(link.url) as next_one:
        assert await next_one.block_card(customer, card.card, ONE) == done
    assert (await behind.bank.cards(customer))[0].state is CardState.LOSS_REPORTED


async def test_a_key_that_stands_for_another_deed_is_not_taken_for_this_one(link: Link, behind: World) -> None:
    """Not even where the answer was lost and only the outcome is known, or the bank does not check."""
    customer = await behind.token(Example.CREDIT_CARD)
    first, second = await behind.bank.cards(customer)
    block = await behind.bank.block_card(customer, first.card, ONE)
    async with asking(link.url) as bank:
        for asked in (bank.stop_payments(customer, ONE), bank.block_card(customer, second.card, ONE)):
            with pytest.raises(BankRefused) as refused:
                await asked
            assert refused.value.reason is Refusal.EFFECT_REUSED
        until = block.until.isoformat() if block.until else None
        told = {"card": first.card, "last_four": "1", "until": until, "term_days": 5, "already_blocked": False}
        link.plays = answer(200, json.dumps({**told, "reference": "x"}).encode())
        with pytest.raises(BankRefused):
            await bank.block_card(customer, second.card, TWO)


# ------------------------------------------------------------------------------------------------------------ secrets
@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that structlog and logging write, at every level."""
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(kept), wrapper_class=structlog.BoundLogger)
    yield kept
    structlog.reset_defaults()
    root.removeHandler(handler)
    root.setLevel(before)


async def traceback_of(asked: Awaitable[object]) -> list[str]:
    """What a log with every frame's locals would say of a failure, by structlog, and of all that it came from, whether
    `from None` hides it or not; nothing where it succeeds.
    """
    try:
        await asked
    except BankDown as error:
        shown = structlog.tracebacks.ExceptionDictTransformer(show_locals=True)
        told = [json.dumps(shown((type(error), error, error.__traceback__)), default=repr)]
        behind: BaseException | None = error
        while behind is not None:
            told += traceback.TracebackException.from_exception(behind, capture_locals=True).format()
            behind = behind.__context__
        return told
    return []


async def test_no_secret_is_in_a_url_a_log_or_a_traceback(link: Link, behind: World, logged: io.StringIO) -> None:
    """Numbers and passwords travel in bodies alone; neither side writes them down, whatever goes wrong."""
    person = example(Example.ORDINARY, behind.people)
    number, password = person.number, "719284"
    customer = await behind.token(person)
    told: list[str] = []
    async with asking(link.url) as patient, asking(link.url, HURRIED) as hurried:
        kind, _ = next(person.identifiers())
        for plays in (THROUGH, SILENT, CUT, answer(500, b""), answer(200, b"{"), answer(422, b"{}")):
            link.plays = plays
            bank = hurried if plays == SILENT else patient
            for asked in (
                bank.identify(kind, SecretDigits(number)),
                bank.check_password(customer, SecretDigits(password)),
                bank.check_contact(customer, SecretDigits("1000"), SecretDigits(password)),
            ):
                told += await traceback_of(asked)
    assert len(told) > 20
    for secret in (number, password):
        assert any(secret.encode() in request.split(b"\r\n\r\n", 1)[1] for request in link.requests)
        assert not any(secret.encode() in request.split(b"\r\n\r\n", 1)[0] for request in link.requests)
        assert secret not in logged.getvalue()
        assert not any(secret in text for text in told)
    assert TOKEN not in logged.getvalue()
    assert not any(TOKEN in text for text in told)
    assert "127.0.0.1" in logged.getvalue()  # something was logged


@pytest.mark.parametrize(
    "body",
    [
        {"password": "7192847192847192847192847192847192847192"},
        {"password": 719284},
        {"passwort": "719284"},
        ["719284"],
        "719284",
    ],
)
async def test_what_is_not_understood_is_not_repeated(app: FastAPI, behind: World, body: object) -> None:
    """A password sent in a wrong form is a password still."""
    async with serving(app) as url, asking_raw(url, headers=WITH_TOKEN) as raw:
        said = await raw.post("/v1/customers/customer0/password", json=body)
        assert said.status_code == 400
        assert "719284" not in said.text
        odd = await raw.post("/v1/customers/customer0/password", json={"password": "71 92-84"})
        assert odd.json() == {"passed": False}


@pytest.mark.parametrize("header", [None, "Bearer another", "Basic YTpi", "Bearer tokén".encode()])
async def test_without_the_token_nothing_is_told(app: FastAPI, behind: World, header: str | bytes | None) -> None:
    """Not even whether a path exists for who asks rightly; the document is published in a file, not here."""
    async with serving(app) as url, asking_raw(url) as raw:
        headers = {} if header is None else {"Authorization": header}
        assert (await raw.get("/v1/customers/customer0", headers=headers)).status_code == 401
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await raw.get(path, headers=WITH_TOKEN)).status_code == 404


async def test_a_deed_needs_its_key(app: FastAPI, behind: World) -> None:
    """A retry without one would be a second deed."""
    async with serving(app) as url, asking_raw(url, headers=WITH_TOKEN) as raw:
        said = await raw.post("/v1/customers/customer0/stop-payments")
        assert (said.status_code, said.headers["content-type"]) == (400, "application/problem+json")
        assert "Idempotency-Key" in said.text


def test_the_published_contract_is_current() -> None:
    """`hotline bank contract > docs/bank-api.json` was not forgotten: a change of it is a change for every bank."""
    assert (PROJECT / "docs" / "bank-api.json").read_text(encoding="utf-8") == document()


def test_the_contract_puts_nothing_personal_into_a_url() -> None:
    """Parameters of paths and queries are tokens, keys and counts."""
    paths = json.loads(Path(PROJECT / "docs" / "bank-api.json").read_text(encoding="utf-8"))["paths"]
    named = {
        parameter["name"]
        for path in paths.values()
        for verb in path.values()
        for parameter in verb.get("parameters", ())
        if parameter["in"] != "header"
    }
    assert named == {"customer", "card", "contact", "limit", "key"}
