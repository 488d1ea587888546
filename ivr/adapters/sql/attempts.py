"""Attempts at verification in a database. Personal columns are sealed, and found by blind indexes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.sql.engine import down, inserting
from ivr.adapters.sql.tables import attempts
from ivr.domain.banking import CustomerToken
from ivr.domain.ids import CallId
from ivr.domain.verification import Attempt, Means, Tried
from ivr.ports.keyring import Keyring

CUSTOMER_INDEX = "attempts.customer"
NUMBER_INDEX = "attempts.caller_number"
"""The purposes of the blind indexes."""


class SqlAttempts:
    """Implements ivr.ports.attempts.Attempts."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    async def note(self, attempt: Attempt) -> None:
        """Remember it, once. Raises ArchiveDown."""
        with down(self._engine):
            async with self._engine.begin() as sql:
                await sql.execute(inserting(self._engine, attempts).on_conflict_do_nothing(), self._row(attempt))

    async def of_call(self, call_id: CallId) -> list[Attempt]:
        """Those of one call, oldest first. Raises ArchiveDown, Undecryptable."""
        return await self._find(attempts.c.call_id == call_id)

    async def of_customer(self, customer: CustomerToken, since: datetime) -> list[Attempt]:
        """Those about a customer, oldest first. Raises ArchiveDown, Undecryptable."""
        index = self._keyring.blind_index(customer, CUSTOMER_INDEX)
        return await self._find(attempts.c.customer_index == index, attempts.c.at >= since)

    async def of_caller(self, number: str, since: datetime) -> list[Attempt]:
        """Those from a number, oldest first. Raises ArchiveDown, Undecryptable."""
        index = self._keyring.blind_index(number, NUMBER_INDEX)
        return await self._find(attempts.c.caller_number_index == index, attempts.c.at >= since)

    async def _find(self, *which: ColumnElement[bool]) -> list[Attempt]:
        wanted = select(attempts).where(*which).order_by(attempts.c.at, attempts.c.call_id)
        with down(self._engine):
            async with self._engine.connect() as sql:
                rows = (await sql.execute(wanted)).mappings().all()
        return [self._attempt(row) for row in rows]

    def _row(self, attempt: Attempt) -> dict[str, Any]:
        row: dict[str, Any] = {
            "call_id": attempt.call_id,
            "means": attempt.means.value,
            "at": attempt.at,
            "outcome": attempt.outcome.value,
        }
        for column, value, purpose in (
            ("customer", attempt.customer, CUSTOMER_INDEX),
            ("caller_number", attempt.caller_number, NUMBER_INDEX),
        ):
            sealed = index = None
            if value is not None:
                sealed = self._keyring.encrypt(value.encode(), _context(row, column))
                index = self._keyring.blind_index(value, purpose)
            row |= {f"{column}_sealed": sealed, f"{column}_index": index}
        return row

    def _attempt(self, row: RowMapping) -> Attempt:
        def unsealed(column: str) -> str | None:
            sealed = row[f"{column}_sealed"]
            return None if sealed is None else self._keyring.decrypt(sealed, _context(row, column)).decode()

        customer = unsealed("customer")
        return Attempt(
            call_id=CallId(row["call_id"]),
            customer=None if customer is None else CustomerToken(customer),
            caller_number=unsealed("caller_number"),
            means=Means(row["means"]),
            outcome=Tried(row["outcome"]),
            at=row["at"],
        )


def _context(row: Any, column: str) -> bytes:  # a row of the database or one to be
    """What sealed bytes are bound to: moved to another attempt or column they cannot be deciphered."""
    at: datetime = row["at"]
    return f"attempt {row['call_id']} {row['means']} {at.timestamp():.6f} {column}".encode()
