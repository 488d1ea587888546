"""What the demo bank reads: SQL in, values of the domain out."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ivr.adapters.bank import rules
from ivr.adapters.bank.rules import HeldCard, Terms
from ivr.adapters.bank.tables import contact_index, number_index, phone_index, sealed_for
from ivr.domain.banking import (
    Account,
    AccountState,
    AccountToken,
    Balance,
    Card,
    CardKind,
    CardState,
    CardToken,
    ContactToken,
    CustomerFacts,
    CustomerKind,
    CustomerToken,
    Direction,
    Fen,
    Identified,
    IdKind,
    Title,
    Transfer,
    TransferReason,
    TransferState,
)
from ivr.domain.caller import Language
from ivr.ports.bank import BankRefused, Refusal
from ivr.ports.keyring import Keyring

_GRAVITY = tuple(AccountState)
"""The enum says in which order."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one bank file at one moment."""

    sql: sqlite3.Connection
    keyring: Keyring
    terms: Terms
    now: datetime

    def by_phone(self, number: str) -> CustomerToken | None:
        """The only customer with this number."""
        rows = self._rows("SELECT customer FROM phones WHERE number = ?", phone_index(self.keyring, number))
        return CustomerToken(rows[0]["customer"]) if len(rows) == 1 else None

    def by_number(self, kind: IdKind, number: str) -> Identified | None:
        """The customer with this number, which is checked already."""
        query = "SELECT customer, last_four FROM identifiers WHERE kind = ? AND number = ?"
        rows = self._rows(query, kind.value, number_index(self.keyring, kind, number))
        return Identified(customer=rows[0]["customer"], kind=kind, last_four=rows[0]["last_four"]) if rows else None

    def password(self, customer: CustomerToken) -> str | None:
        """The hash of the phone password. Raises BankRefused."""
        return self._hash(customer, self.customer(customer)["password"])

    def contact(self, company: CustomerToken, number: str) -> tuple[ContactToken | None, str | None]:
        """An authorised contact and the hash of his password. Raises BankRefused."""
        self.customer(company)
        index = contact_index(self.keyring, company, number)
        rows = self._rows("SELECT contact, password FROM contacts WHERE company = ? AND number = ?", company, index)
        if not rows:
            return None, None
        contact = ContactToken(rows[0]["contact"])
        return contact, self._hash(contact, rows[0]["password"])

    def mobile(self, customer: CustomerToken, contact: ContactToken | None) -> str | None:
        """The mobile number. Raises BankRefused."""
        owner: str = customer
        sealed = self.customer(customer)["mobile"]
        if contact is not None:
            owner = contact
            rows = self._rows("SELECT mobile FROM contacts WHERE contact = ? AND company = ?", contact, customer)
            sealed = rows[0]["mobile"] if rows else None
        return None if sealed is None else self.keyring.decrypt(sealed, sealed_for(owner, "mobile")).decode()

    def facts(self, customer: CustomerToken) -> CustomerFacts:
        """All of them. Raises BankRefused."""
        row = self.customer(customer)
        states = [AccountState(account["state"]) for account in self._accounts(customer)]
        large = self._large_transfers(customer)
        contacts = self._rows("SELECT mobile FROM contacts WHERE company = ?", customer)
        changed = row["contact_changed_ago"]
        return CustomerFacts(
            customer=customer,
            kind=CustomerKind(row["kind"]),
            surname=self.keyring.decrypt(row["surname"], sealed_for(customer, "surname")).decode(),
            title=Title(row["title"]),
            language=Language(row["language"]) if row["language"] else None,
            vulnerable=bool(row["vulnerable"]),
            has_password=row["password"] is not None or bool(contacts),
            has_mobile=any(holder["mobile"] is not None for holder in (row, *contacts)),
            account_state=max(states, key=_GRAVITY.index, default=AccountState.NORMAL),
            contact_changed_at=None if changed is None else self._moment(changed),
            large_transfers=len(large),
            large_transfers_sum=Fen(sum(large)),
            fraud_marked=bool(row["fraud_marked"]),
            payments_stopped=self.stopped_until(row) is not None,
        )

    def cards(self, customer: CustomerToken) -> tuple[Card, ...]:
        """In their order. Raises BankRefused."""
        self.customer(customer)
        rows = self._rows("SELECT * FROM cards WHERE customer = ? ORDER BY place", customer)
        return tuple(_held(row).at(self.now).card for row in rows)

    def held_card(self, customer: CustomerToken, card: CardToken) -> HeldCard:
        """One of his cards. Raises BankRefused."""
        self.customer(customer)
        rows = self._rows("SELECT * FROM cards WHERE customer = ? AND card = ?", customer, card)
        if not rows:
            raise BankRefused(Refusal.UNKNOWN_CARD)
        return _held(rows[0])

    def accounts(self, customer: CustomerToken) -> tuple[Account, ...]:
        """In their order. Raises BankRefused."""
        self.customer(customer)
        return tuple(
            Account(account=row["account"], last_four=row["last_four"], state=AccountState(row["state"]))
            for row in self._accounts(customer)
        )

    def balances(self, customer: CustomerToken) -> tuple[Balance, ...]:
        """Of open accounts, in their order. Raises BankRefused."""
        self.customer(customer)
        return tuple(
            Balance(
                account=AccountToken(row["account"]),
                last_four=row["last_four"],
                currency=row["currency"],
                amount=Fen(row["amount"]),
                as_of=self.now,
            )
            for row in self._accounts(customer)
            if row["state"] != AccountState.CLOSED.value
        )

    def transfers(self, customer: CustomerToken, limit: int) -> tuple[Transfer, ...]:
        """The newest first. Raises BankRefused."""
        self.customer(customer)
        query = """SELECT transfers.*, currency FROM transfers JOIN accounts USING (account)
            WHERE customer = ? ORDER BY ago, transfers.rowid LIMIT ?"""
        return tuple(self._transfer(row) for row in self._rows(query, customer, limit))

    def pending(self, customer: CustomerToken) -> int:
        """Outgoing transfers that can be called back."""
        query = """SELECT count(*) AS pending FROM transfers JOIN accounts USING (account)
            WHERE customer = ? AND transfers.state = 'pending' AND direction = 'out'"""
        return int(self._rows(query, customer)[0]["pending"])

    def open_accounts(self, customer: CustomerToken) -> int:
        """How many accounts money could leave from."""
        return sum(row["state"] != AccountState.CLOSED.value for row in self._accounts(customer))

    def customer(self, customer: CustomerToken) -> sqlite3.Row:
        """His row. Raises BankRefused."""
        rows = self._rows("SELECT * FROM customers WHERE customer = ?", customer)
        if not rows:
            raise BankRefused(Refusal.UNKNOWN_CUSTOMER)
        return rows[0]

    def stopped_until(self, row: sqlite3.Row) -> datetime | None:
        """When the stop of payments ends; None where there is none now."""
        until = None if row["stopped_until"] is None else datetime.fromisoformat(row["stopped_until"])
        return until if until is not None and until > self.now else None

    # ------------------------------------------------------------------------------------------------ rows
    def _rows(self, query: str, *values: object) -> Sequence[sqlite3.Row]:
        return self.sql.execute(query, values).fetchall()

    def _hash(self, owner: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else self.keyring.decrypt(sealed, sealed_for(owner, "password")).decode()

    def _accounts(self, customer: CustomerToken) -> Sequence[sqlite3.Row]:
        return self._rows("SELECT * FROM accounts WHERE customer = ? ORDER BY place", customer)

    def _large_transfers(self, customer: CustomerToken) -> list[int]:
        oldest = (self.now - timedelta(hours=24) - rules.anchor(self.now)).total_seconds()
        query = """SELECT transfers.amount FROM transfers JOIN accounts USING (account)
            WHERE customer = ? AND direction = 'out' AND transfers.amount >= ? AND ago <= ?"""
        return [row["amount"] for row in self._rows(query, customer, self.terms.large_transfer, -oldest)]

    def _transfer(self, row: sqlite3.Row) -> Transfer:
        return Transfer(
            at=self._moment(row["ago"]),
            direction=Direction(row["direction"]),
            amount=Fen(row["amount"]),
            currency=row["currency"],
            counterparty=row["counterparty"],
            state=TransferState(row["state"]),
            reason=TransferReason(row["reason"]) if row["reason"] else None,
        )

    def _moment(self, seconds_ago: int) -> datetime:
        return rules.anchor(self.now) - timedelta(seconds=seconds_ago)


def _held(row: sqlite3.Row) -> HeldCard:
    card = Card(
        card=CardToken(row["card"]),
        last_four=row["last_four"],
        kind=CardKind(row["kind"]),
        state=CardState(row["state"]),
    )
    return HeldCard(card, datetime.fromisoformat(row["blocked_until"]) if row["blocked_until"] else None)
