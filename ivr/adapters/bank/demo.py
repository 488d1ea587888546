"""The embedded demo bank: a thousand made-up customers in one SQLite file of the home, made on first use."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ivr.adapters.bank import deeds, passwords
from ivr.adapters.bank.people import Person, population
from ivr.adapters.bank.queries import Reader
from ivr.adapters.bank.rules import Terms
from ivr.adapters.bank.tables import Filling, sealed_hash
from ivr.adapters.identifiers import checked
from ivr.adapters.sqlite_file import SqliteFile
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
from ivr.ports.bank import BankDown
from ivr.ports.clock import Clock
from ivr.ports.keyring import Keyring, Undecryptable

T = TypeVar("T")


class DemoBank:
    """Implements ivr.ports.bank.Bank. `async with` it, or open and close it."""

    def __init__(
        self,
        path: Path,
        keyring: Keyring,
        clock: Clock,
        *,
        terms: Terms = Terms(),  # noqa: B008  (frozen)
        people: Sequence[Person] | None = None,
    ) -> None:
        """`people`: who is written into a new file; None: all thousand."""
        self._keyring = keyring
        self._clock = clock
        self._terms = terms
        self._people = people
        self._file = SqliteFile(path, self._fill)

    async def open(self) -> None:
        """Make the bank where there is none (under a second), and open it. Raises BankDown."""
        try:
            await self._file.open()
        except (sqlite3.Error, OSError) as error:
            raise BankDown(f"the demo bank's file cannot be opened: {error}") from error

    async def close(self) -> None:
        """Let go of the file."""
        await self._file.close()

    async def __aenter__(self) -> "DemoBank":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -------------------------------------------------------------------------------------------------- who it is
    async def recognise(self, caller_number: str) -> CustomerToken | None:
        """Whose number this is, of one customer only. Raises BankDown."""
        return await self._read(lambda bank: bank.by_phone(caller_number))

    async def identify(self, kind: IdKind, number: SecretDigits) -> Identified | None:
        """Whose number was keyed in. Raises BankDown."""
        known = checked(kind, number.reveal())
        return None if known is None else await self._read(lambda bank: bank.by_number(kind, known))

    async def check_password(self, customer: CustomerToken, password: SecretDigits) -> bool:
        """Whether this is the customer's phone password. Raises BankDown, BankRefused."""
        kept = await self._read(lambda bank: bank.password(customer))
        return await self._fits("customers", customer, kept, password)

    async def check_contact(
        self, company: CustomerToken, number: SecretDigits, password: SecretDigits
    ) -> ContactToken | None:
        """The authorised contact with this number and password. Raises BankDown, BankRefused."""
        contact, kept = await self._read(lambda bank: bank.contact(company, number.reveal()))
        return contact if await self._fits("contacts", contact, kept, password) else None

    # ------------------------------------------------------------------------------------------------ what he has
    async def facts(self, customer: CustomerToken) -> CustomerFacts:
        """What routing, urgency and manners want to know. Raises BankDown, BankRefused."""
        return await self._read(lambda bank: bank.facts(customer))

    async def cards(self, customer: CustomerToken) -> tuple[Card, ...]:
        """His cards. Raises BankDown, BankRefused."""
        return await self._read(lambda bank: bank.cards(customer))

    async def accounts(self, customer: CustomerToken) -> tuple[Account, ...]:
        """His accounts. Raises BankDown, BankRefused."""
        return await self._read(lambda bank: bank.accounts(customer))

    async def balances(self, customer: CustomerToken) -> tuple[Balance, ...]:
        """His open accounts. Raises BankDown, BankRefused."""
        return await self._read(lambda bank: bank.balances(customer))

    async def transfers(self, customer: CustomerToken, limit: int) -> tuple[Transfer, ...]:
        """His latest transfers. Raises BankDown, BankRefused."""
        return await self._read(lambda bank: bank.transfers(customer, limit))

    async def mobile(self, customer: CustomerToken, contact: ContactToken | None = None) -> str | None:
        """The registered mobile number. Raises BankDown, BankRefused."""
        return await self._read(lambda bank: bank.mobile(customer, contact))

    # ----------------------------------------------------------------------------------------------------- deeds
    async def block_card(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> Block:
        """Block a card. Raises BankDown, BankRefused."""
        return await self._change(lambda bank: deeds.block_card(bank, self._terms, customer, card, effect_id))

    async def undo_block(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> BlockUndone:
        """End a block. Raises BankDown, BankRefused."""
        return await self._change(lambda bank: deeds.undo_block(bank, customer, card, effect_id))

    async def stop_payments(self, customer: CustomerToken, effect_id: EffectId) -> PaymentsStopped:
        """Stop outgoing payments. Raises BankDown, BankRefused."""
        return await self._change(lambda bank: deeds.stop_payments(bank, self._terms, customer, effect_id))

    async def outcome(self, effect_id: EffectId) -> Done | None:
        """What the deed under this id did. Raises BankDown."""
        return await self._read(lambda bank: deeds.outcome(bank, effect_id))

    # ------------------------------------------------------------------------------------------------ the file
    def _fill(self, sql: sqlite3.Connection) -> None:
        people = population() if self._people is None else self._people
        Filling(sql, self._keyring).fill(people)

    def _reader(self, sql: sqlite3.Connection) -> Reader:
        return Reader(sql, self._keyring, self._terms, self._clock.now())

    async def _read(self, job: Callable[[Reader], T]) -> T:
        try:
            return await self._file.read(lambda sql: job(self._reader(sql)))
        except (sqlite3.Error, Undecryptable) as error:
            raise BankDown(f"the demo bank's file cannot be read: {error}") from error

    async def _change(self, job: Callable[[Reader], T]) -> T:
        try:
            return await self._file.change(lambda sql: job(self._reader(sql)))
        except (sqlite3.Error, Undecryptable) as error:
            raise BankDown(f"the demo bank's file cannot be written: {error}") from error

    async def _fits(self, table: str, owner: str | None, kept: str | None, keyed: SecretDigits) -> bool:
        """In a thread of its own: argon2 is meant to take long, and others wait for the file."""
        right = await asyncio.to_thread(passwords.fits, kept, keyed)
        if not right or kept is None or owner is None:
            return False
        stronger = await asyncio.to_thread(passwords.stronger, kept, keyed)
        if stronger is not None:
            column = {"customers": "customer", "contacts": "contact"}[table]
            update = f"UPDATE {table} SET password = ? WHERE {column} = ?"  # noqa: S608  (our own names)
            sealed = sealed_hash(self._keyring, owner, stronger)
            await self._change(lambda bank: bank.sql.execute(update, (sealed, owner)))
        return True
