"""A bank over HTTP, by the published contract (`docs/bank-api.json`)."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from ivr.adapters.bank import contract
from ivr.adapters.bank.wire import DEED_DONE
from ivr.adapters.http.peer import Asked, Limits, Peer, PeerDown, PeerRefused, Value
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
    Done,
    Identified,
    IdKind,
    PaymentsStopped,
    Transfer,
)
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from ivr.ports.bank import BankDown, BankRefused, Refusal

T = TypeVar("T")
D = TypeVar("D", Block, BlockUndone, PaymentsStopped)

_RECOGNISED = TypeAdapter(contract.Recognised)
_FOUND = TypeAdapter(contract.Found)
_PASSED = TypeAdapter(contract.Passed)
_CONTACT = TypeAdapter(contract.Contact)
_MOBILE = TypeAdapter(contract.Mobile)
_CARDS = TypeAdapter(contract.Cards)
_ACCOUNTS = TypeAdapter(contract.Accounts)
_BALANCES = TypeAdapter(contract.Balances)
_TRANSFERS = TypeAdapter(contract.Transfers)
_FACTS = TypeAdapter(CustomerFacts)
_BLOCK = TypeAdapter(Block)
_UNDONE = TypeAdapter(BlockUndone)
_STOPPED = TypeAdapter(PaymentsStopped)


class HttpBank:
    """Implements ivr.ports.bank.Bank."""

    def __init__(self, url: str, token: str, limits: Limits, ca_file: Path | None = None) -> None:
        self._peer = Peer("the bank", url, token, limits, ca_file)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._peer.close()

    # -------------------------------------------------------------------------------------------------- who it is
    async def recognise(self, caller_number: str) -> CustomerToken | None:
        """Whose number this is. Raises BankDown."""
        return (await self._post("/v1/recognise", {"caller_number": caller_number}, _RECOGNISED)).customer

    async def identify(self, kind: IdKind, number: SecretDigits) -> Identified | None:
        """Whose number was keyed in. Raises BankDown."""
        return (await self._post("/v1/identify", {"kind": kind.value, "number": number}, _FOUND)).identified

    async def check_password(self, customer: CustomerToken, password: SecretDigits) -> bool:
        """Asked once: the bank may count. Raises BankDown, BankRefused."""
        path = f"{_of(customer)}/password"
        return (await self._post(path, {"password": password}, _PASSED, again=False)).passed

    async def check_contact(
        self, company: CustomerToken, number: SecretDigits, password: SecretDigits
    ) -> ContactToken | None:
        """Asked once: the bank may count. Raises BankDown, BankRefused."""
        body = {"number": number, "password": password}
        return (await self._post(f"{_of(company)}/contact", body, _CONTACT, again=False)).contact

    # ------------------------------------------------------------------------------------------------ what he has
    async def facts(self, customer: CustomerToken) -> CustomerFacts:
        """What routing, urgency and manners want to know. Raises BankDown, BankRefused."""
        return await self._get(_of(customer), _FACTS)

    async def cards(self, customer: CustomerToken) -> tuple[Card, ...]:
        """His cards. Raises BankDown, BankRefused."""
        return (await self._get(f"{_of(customer)}/cards", _CARDS)).cards

    async def accounts(self, customer: CustomerToken) -> tuple[Account, ...]:
        """His accounts. Raises BankDown, BankRefused."""
        return (await self._get(f"{_of(customer)}/accounts", _ACCOUNTS)).accounts

    async def balances(self, customer: CustomerToken) -> tuple[Balance, ...]:
        """His open accounts. Raises BankDown, BankRefused."""
        return (await self._get(f"{_of(customer)}/balances", _BALANCES)).balances

    async def transfers(self, customer: CustomerToken, limit: int) -> tuple[Transfer, ...]:
        """His latest transfers. Raises BankDown, BankRefused."""
        return (await self._get(f"{_of(customer)}/transfers", _TRANSFERS, {"limit": str(limit)})).transfers

    async def mobile(self, customer: CustomerToken, contact: ContactToken | None = None) -> str | None:
        """The registered mobile number. Raises BankDown, BankRefused."""
        query = {} if contact is None else {"contact": contact}
        return (await self._get(f"{_of(customer)}/mobile", _MOBILE, query)).mobile

    # ----------------------------------------------------------------------------------------------------- deeds
    async def block_card(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> Block:
        """Block a card. Raises BankDown, BankRefused."""
        path = f"{_of(customer)}/cards/{quote(card, safe='')}/block"
        return _of_card(card, await self._do(path, effect_id, Block, _BLOCK))

    async def undo_block(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> BlockUndone:
        """End a block. Raises BankDown, BankRefused."""
        path = f"{_of(customer)}/cards/{quote(card, safe='')}/undo-block"
        return _of_card(card, await self._do(path, effect_id, BlockUndone, _UNDONE))

    async def stop_payments(self, customer: CustomerToken, effect_id: EffectId) -> PaymentsStopped:
        """Stop outgoing payments. Raises BankDown, BankRefused."""
        return await self._do(f"{_of(customer)}/stop-payments", effect_id, PaymentsStopped, _STOPPED)

    async def outcome(self, effect_id: EffectId) -> Done | None:
        """What the deed under this id did. Raises BankDown."""
        return (await self._get("/v1/outcomes", DEED_DONE, {"key": effect_id})).done

    # ---------------------------------------------------------------------------------------------------- inside
    async def _do(self, path: str, key: EffectId, kind: type[D], understood: TypeAdapter[D]) -> D:
        """Asked once. Where the answer is lost the bank is asked what it did; what it did not do, it may be doing
        still, so that is BankDown, and the same deed may be asked again under the same key.
        """
        try:
            return await self._peer.ask(Asked(method="POST", path=path, key=key, again=False), understood)
        except PeerRefused as error:
            raise BankRefused(Refusal(error.reason)) from None
        except PeerDown as error:
            lost = error
        if not lost.sent:
            raise BankDown(str(lost)) from None
        done = await self.outcome(key)
        if done is None:
            raise BankDown(f"{lost}; it knows of no such deed yet") from None
        if not isinstance(done, kind):
            raise BankRefused(Refusal.EFFECT_REUSED)
        return done

    async def _get(self, path: str, understood: TypeAdapter[T], query: Mapping[str, str] | None = None) -> T:
        return await self._ask(Asked(method="GET", path=path, query=query or {}, again=True), understood)

    async def _post(self, path: str, body: Mapping[str, Value], understood: TypeAdapter[T], *, again: bool = True) -> T:
        return await self._ask(Asked(method="POST", path=path, body=body, again=again), understood)

    async def _ask(self, asked: Asked, understood: TypeAdapter[T]) -> T:
        try:
            return await self._peer.ask(asked, understood)
        except PeerRefused as error:
            raise BankRefused(Refusal(error.reason)) from None
        except PeerDown as error:
            raise BankDown(str(error)) from None


C = TypeVar("C", Block, BlockUndone)


def _of(customer: CustomerToken) -> str:
    return f"/v1/customers/{quote(customer, safe='')}"


def _of_card(card: CardToken, done: C) -> C:
    """A key that stands for another card's deed is a fault of ours, whatever the bank says."""
    if done.card != card:
        raise BankRefused(Refusal.EFFECT_REUSED)
    return done
