"""The demo bank's file: its tables, and the made-up customers written into them.

Numbers of customers, cards, ids and phones stand there as blind indexes and last four digits; what has to be read back
(mobile, surname, a password's hash) is sealed. Tokens come from the keyring too, so that a bank made anew in the same
home knows the tokens that journals hold.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from ivr.adapters.bank import passwords
from ivr.adapters.bank.people import MadeUpAccount, Person
from ivr.adapters.identifiers import checked
from ivr.domain.banking import IdKind
from ivr.ports.keyring import Keyring

SCHEMA = """
CREATE TABLE customers (
    customer TEXT PRIMARY KEY, kind TEXT NOT NULL, surname BLOB NOT NULL, title TEXT NOT NULL, language TEXT,
    vulnerable INTEGER NOT NULL, password BLOB, mobile BLOB, contact_changed_ago INTEGER, fraud_marked INTEGER NOT NULL,
    stopped_until TEXT
) STRICT;
CREATE TABLE identifiers (
    kind TEXT NOT NULL, number BLOB NOT NULL, customer TEXT NOT NULL REFERENCES customers, last_four TEXT NOT NULL,
    PRIMARY KEY (kind, number)
) STRICT;
CREATE TABLE phones (number BLOB NOT NULL, customer TEXT NOT NULL REFERENCES customers,
    PRIMARY KEY (number, customer)) STRICT;
CREATE TABLE contacts (
    contact TEXT PRIMARY KEY, company TEXT NOT NULL REFERENCES customers, number BLOB NOT NULL, password BLOB NOT NULL,
    mobile BLOB, UNIQUE (company, number)
) STRICT;
CREATE TABLE cards (
    card TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers, place INTEGER NOT NULL, last_four TEXT NOT NULL,
    kind TEXT NOT NULL, state TEXT NOT NULL, blocked_until TEXT
) STRICT;
CREATE INDEX cards_customer ON cards (customer);
CREATE TABLE accounts (
    account TEXT PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers, place INTEGER NOT NULL,
    last_four TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, state TEXT NOT NULL
) STRICT;
CREATE INDEX accounts_customer ON accounts (customer);
CREATE TABLE transfers (
    account TEXT NOT NULL REFERENCES accounts, ago INTEGER NOT NULL, direction TEXT NOT NULL, amount INTEGER NOT NULL,
    counterparty TEXT NOT NULL, state TEXT NOT NULL, reason TEXT
) STRICT;
CREATE INDEX transfers_account ON transfers (account);
CREATE TABLE deeds (
    effect_id TEXT PRIMARY KEY, deed TEXT NOT NULL, customer TEXT NOT NULL, card TEXT, done TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
"""


def token(keyring: Keyring, what: str, number: str) -> str:
    """A name that tells nothing to who has not the keyring."""
    return keyring.blind_index(number, f"demo_bank.token.{what}").hex()


def number_index(keyring: Keyring, kind: IdKind, number: str) -> bytes:
    """What a number keyed in is found by."""
    return keyring.blind_index(number, f"demo_bank.{kind.value}")


def phone_index(keyring: Keyring, number: str) -> bytes:
    """What a caller's number is found by."""
    return keyring.blind_index(number, "demo_bank.phone")


def contact_index(keyring: Keyring, company: str, number: str) -> bytes:
    """What an authorised contact's own number is found by, within the company."""
    return keyring.blind_index(f"{company}/{number}", "demo_bank.contact")


def sealed_for(owner: str, column: str) -> bytes:
    """What sealed bytes are bound to."""
    return f"demo_bank {owner} {column}".encode()


def sealed_hash(keyring: Keyring, owner: str, hashed: str) -> bytes:
    """A password's hash as it is kept. Six digits are a million guesses, which no hash makes slow enough: who has the
    file and not the secrets must not be able to try them.
    """
    return keyring.encrypt(hashed.encode(), sealed_for(owner, "password"))


def contact_owner(company_number: str, contact_number: str) -> str:
    """Whose password a contact's is derived for."""
    return f"{company_number}/{contact_number}"


class Filling:
    """Writes people into a new bank."""

    def __init__(self, sql: sqlite3.Connection, keyring: Keyring) -> None:
        self._sql = sql
        self._keyring = keyring
        self._rows: defaultdict[str, list[tuple[object, ...]]] = defaultdict(list)

    def fill(self, people: Sequence[Person]) -> None:
        """Tables and rows, within the caller's transaction."""
        for statement in SCHEMA.split(";\n"):
            self._sql.execute(statement)
        for person in people:
            self._person(person)
        for table, rows in self._rows.items():  # each table's first row comes after those that it refers to
            places = ", ".join("?" * len(rows[0]))
            self._sql.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608  (our own table names)

    def _person(self, person: Person) -> None:
        customer = token(self._keyring, "customer", person.number)
        password = passwords.derived(self._keyring, person.number) if person.has_password else None
        changed = person.contact_changed_ago
        self._insert(
            "customers",
            customer,
            person.kind.value,
            self._keyring.encrypt(person.surname.encode(), sealed_for(customer, "surname")),
            person.title.value,
            person.language.value if person.language else None,
            person.vulnerable,
            sealed_hash(self._keyring, customer, passwords.first_hash(password)) if password else None,
            self._sealed_mobile(customer, person.mobile),
            int(changed.total_seconds()) if changed else None,
            person.fraud_marked,
            None,
        )
        for kind, keys in person.identifiers():
            number = checked(kind, keys)
            assert number is not None, "people are made up with valid numbers"  # noqa: S101
            self._insert("identifiers", kind.value, number_index(self._keyring, kind, number), customer, number[-4:])
        for phone in person.phones:
            self._insert("phones", phone_index(self._keyring, phone), customer)
        self._contacts(person, customer)
        self._cards(person, customer)
        for place, account in enumerate(person.accounts):
            self._account(customer, place, account)

    def _contacts(self, person: Person, company: str) -> None:
        for contact in person.contacts:
            owner = contact_owner(person.number, contact.number)
            name = token(self._keyring, "contact", owner)
            password = passwords.derived(self._keyring, owner)
            self._insert(
                "contacts",
                name,
                company,
                contact_index(self._keyring, company, contact.number),
                sealed_hash(self._keyring, name, passwords.first_hash(password)),
                self._sealed_mobile(name, contact.mobile),
            )

    def _cards(self, person: Person, customer: str) -> None:
        for place, card in enumerate(person.cards):
            name = token(self._keyring, "card", card.number)
            self._insert("cards", name, customer, place, card.number[-4:], card.kind.value, card.state.value, None)

    def _account(self, customer: str, place: int, account: MadeUpAccount) -> None:
        name = token(self._keyring, "account", account.number)
        last_four, state = account.number[-4:], account.state.value
        self._insert("accounts", name, customer, place, last_four, account.currency, account.amount, state)
        for past in account.transfers:
            self._insert(
                "transfers",
                name,
                int(past.ago.total_seconds()),
                past.direction.value,
                past.amount,
                past.counterparty,
                past.state.value,
                past.reason.value if past.reason else None,
            )

    def _sealed_mobile(self, owner: str, mobile: str | None) -> bytes | None:
        return None if mobile is None else self._keyring.encrypt(mobile.encode(), sealed_for(owner, "mobile"))

    def _insert(self, table: str, *values: object) -> None:
        self._rows[table].append(values)
