"""The bank's HTTP contract: an application that serves any bank over it, and the document that describes it.

A real bank implements the document (`docs/bank-api.json`); `hotline bank serve` serves the demo bank by it. Secrets and
phone numbers travel in bodies, never in URLs. A deed carries an `Idempotency-Key`: the same key with the same request
gives the same answer, with another request 409 `effect_reused`.
"""

import json
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ivr.adapters.bank.wire import DeedDone
from ivr.adapters.http.answering import KEY_PATTERN, Keys, make_app, problem
from ivr.domain.banking import (
    Account,
    Balance,
    Block,
    BlockUndone,
    Card,
    CardToken,
    ContactToken,
    CustomerFacts,
    CustomerToken,
    Identified,
    IdKind,
    PaymentsStopped,
    Transfer,
)
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from ivr.ports.bank import Bank, BankDown, BankRefused, Refusal

VERSION = "1.0.0"
_ABOUT = """What the phone line asks of a bank.

Customers, cards, accounts and contacts are named by tokens that the bank makes up for the phone line: random, without
meaning, the same at every time. Amounts are whole minor units (fen). Moments are RFC 3339, UTC.

A deed (block a card, undo a block, stop payments) carries an `Idempotency-Key`. The bank keeps what was done under it:
the same key with the same request gives the same answer and does nothing; with another request it is refused
(409 `effect_reused`). `GET /v1/outcomes` tells what was done under a key. Refusals carry one of these reasons:
"""


class CallerNumber(BaseModel):
    """A caller's number."""

    caller_number: str = Field(max_length=32, description="E.164, e.g. +8613800138000.")


class KeyedNumber(BaseModel):
    """A number keyed in."""

    kind: IdKind
    number: Keys


class KeyedPassword(BaseModel):
    """A phone password keyed in."""

    password: Keys


class KeyedContact(BaseModel):
    """An authorised contact's own number within the company, and own phone password."""

    number: Keys
    password: Keys


class Recognised(BaseModel):
    """Whose phone number it is; null where it is nobody's or that of several."""

    customer: CustomerToken | None


class Found(BaseModel):
    """Whose number was keyed in; null where it is nobody's."""

    identified: Identified | None


class Passed(BaseModel):
    """Whether it was the right password."""

    passed: bool


class Contact(BaseModel):
    """The authorised contact; null where number or password is wrong, without saying which."""

    contact: ContactToken | None


class Mobile(BaseModel):
    """A registered mobile number (E.164); null where there is none."""

    mobile: str | None


class Cards(BaseModel):
    """A customer's cards, closed ones too, always in the same order."""

    cards: tuple[Card, ...]


class Accounts(BaseModel):
    """A customer's accounts and what each can do now, closed ones too, always in the same order."""

    accounts: tuple[Account, ...]


class Balances(BaseModel):
    """A customer's open accounts, always in the same order."""

    balances: tuple[Balance, ...]


class Transfers(BaseModel):
    """A customer's latest transfers, the newest first."""

    transfers: tuple[Transfer, ...]


def _served(request: Request) -> Bank:
    bank: Bank = request.app.state.bank
    return bank


Served = Annotated[Bank, Depends(_served)]
Customer = Annotated[CustomerToken, Path(max_length=100)]
TheCard = Annotated[CardToken, Path(max_length=100)]
Key = Annotated[EffectId, Header(alias="Idempotency-Key", pattern=KEY_PATTERN)]
_CUSTOMER = "/v1/customers/{customer}"


def bank_app(bank: Bank, token: str) -> FastAPI:
    """An application that serves this bank to who has the token."""
    app = _app()
    app.state.bank, app.state.token = bank, token
    return app


def document() -> str:
    """The published OpenAPI document."""
    return json.dumps(_app().openapi(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _app() -> FastAPI:
    reasons = "\n".join(f"- `{reason.value}`" for reason in Refusal)
    app = make_app("Hotline bank", f"{_ABOUT}\n{reasons}", VERSION)
    app.add_exception_handler(BankRefused, _refused)
    app.add_exception_handler(BankDown, _down)
    who: list[Any] = [("/v1/recognise", recognise), ("/v1/identify", identify)]
    who += [(f"{_CUSTOMER}/password", check_password), (f"{_CUSTOMER}/contact", check_contact)]
    deeds: list[Any] = [(f"{_CUSTOMER}/cards/{{card}}/block", block_card)]
    deeds += [(f"{_CUSTOMER}/cards/{{card}}/undo-block", undo_block), (f"{_CUSTOMER}/stop-payments", stop_payments)]
    has: list[Any] = [(_CUSTOMER, facts), (f"{_CUSTOMER}/cards", cards), (f"{_CUSTOMER}/accounts", accounts)]
    has += [
        (f"{_CUSTOMER}/balances", balances),
        (f"{_CUSTOMER}/transfers", transfers),
        (f"{_CUSTOMER}/mobile", mobile),
        ("/v1/outcomes", outcome),
    ]
    for method, tag, paths in (("POST", "who it is", who), ("GET", "what he has", has), ("POST", "deeds", deeds)):
        for path, answer in paths:
            name = answer.__name__
            app.add_api_route(path, answer, methods=[method], tags=[tag], name=name, operation_id=name)
    return app


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, BankRefused)  # noqa: S101  (registered for it alone)
    unknown = error.reason in (Refusal.UNKNOWN_CUSTOMER, Refusal.UNKNOWN_CARD)
    return problem(404 if unknown else 409, "refused", error.reason.value)


async def _down(_: Request, error: Exception) -> JSONResponse:  # noqa: ARG001  (its sentence is for our own log)
    return problem(503, "the bank cannot answer now")


# ------------------------------------------------------------------------------------------------------ who it is
async def recognise(bank: Served, asked: CallerNumber) -> Recognised:
    """Whose phone number this is."""
    return Recognised(customer=await bank.recognise(asked.caller_number))


async def identify(bank: Served, keyed: KeyedNumber) -> Found:
    """Whose number was keyed in."""
    number = _sealed(keyed.number)
    return Found(identified=None if number is None else await bank.identify(keyed.kind, number))


async def check_password(bank: Served, customer: Customer, keyed: KeyedPassword) -> Passed:
    """Check a personal customer's phone password. The bank may count wrong ones."""
    password = _sealed(keyed.password)
    return Passed(passed=password is not None and await bank.check_password(customer, password))


async def check_contact(bank: Served, customer: Customer, keyed: KeyedContact) -> Contact:
    """Check the number and phone password of a company's authorised contact. The bank may count wrong ones."""
    number, password = _sealed(keyed.number), _sealed(keyed.password)
    if number is None or password is None:
        return Contact(contact=None)
    return Contact(contact=await bank.check_contact(customer, number, password))


def _sealed(keys: Keys) -> SecretDigits | None:
    """None for what no keypad makes: it is nobody's number and no password."""
    try:
        return SecretDigits(keys.get_secret_value())
    except ValueError:
        return None


# ---------------------------------------------------------------------------------------------------- what he has
async def facts(bank: Served, customer: Customer) -> CustomerFacts:
    """What routing, urgency and manners want to know."""
    return await bank.facts(customer)


async def cards(bank: Served, customer: Customer) -> Cards:
    """The customer's cards."""
    return Cards(cards=await bank.cards(customer))


async def accounts(bank: Served, customer: Customer) -> Accounts:
    """The customer's accounts, without what is on them."""
    return Accounts(accounts=await bank.accounts(customer))


async def balances(bank: Served, customer: Customer) -> Balances:
    """The customer's open accounts."""
    return Balances(balances=await bank.balances(customer))


async def transfers(bank: Served, customer: Customer, limit: Annotated[int, Query(ge=1, le=100)] = 10) -> Transfers:
    """The customer's latest transfers."""
    return Transfers(transfers=await bank.transfers(customer, limit))


async def mobile(
    bank: Served, customer: Customer, contact: Annotated[ContactToken | None, Query(max_length=100)] = None
) -> Mobile:
    """The registered mobile of the customer, or of a company's contact: where one-time codes go."""
    return Mobile(mobile=await bank.mobile(customer, contact))


async def outcome(bank: Served, key: Annotated[EffectId, Query(pattern=KEY_PATTERN)]) -> DeedDone:
    """What was done under a key; all null where nothing was."""
    return DeedDone.of(await bank.outcome(key))


# ---------------------------------------------------------------------------------------------------------- deeds
async def block_card(bank: Served, customer: Customer, card: TheCard, key: Key) -> Block:
    """Block a card for the term of its kind."""
    return await bank.block_card(customer, card, key)


async def undo_block(bank: Served, customer: Customer, card: TheCard, key: Key) -> BlockUndone:
    """End a block made by phone."""
    return await bank.undo_block(customer, card, key)


async def stop_payments(bank: Served, customer: Customer, key: Key) -> PaymentsStopped:
    """Stop all outgoing payments, and call back what is pending."""
    return await bank.stop_payments(customer, key)
