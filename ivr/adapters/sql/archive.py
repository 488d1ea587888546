"""The archive in a database. The same code on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.sql.engine import down
from ivr.adapters.sql.rows import NUMBER_INDEX, Row, entries_from, key_of, record_from, rows_of
from ivr.adapters.sql.tables import call_entries, calls, follow_ups
from ivr.domain.call import CallRecord
from ivr.domain.ids import CallId, EffectId
from ivr.ports.archive import ArchivedCall, CallFilter, FollowUp
from ivr.ports.keyring import Keyring

_CHUNK = 500
"""Rows or ids a statement: SQLite and PostgreSQL take some 32,000 values, and the loop gets its turn in between."""


class SqlArchive:
    """Implements ivr.ports.archive.Archive."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.dispose()

    async def store(self, archived: Sequence[ArchivedCall]) -> None:
        """Write whole calls in one transaction; those already there stay as they are. Raises ArchiveDown, and
        sqlalchemy's IntegrityError or DataError when a value does not fit its column."""
        call_rows: dict[str, Row] = {}
        entry_rows: dict[str, Row | None] = {}
        # In one order: two transactions that lock the same rows in different orders would end each other.
        for call in sorted(archived, key=lambda call: call.record.incoming.call_id):
            row, told = rows_of(call, self._keyring)
            if row["call_id"] not in call_rows:
                call_rows[row["call_id"]], entry_rows[row["call_id"]] = row, told
            await asyncio.sleep(0)  # sealing a long call takes a millisecond; callers' keys come first
        if not call_rows:
            return
        with down(self._engine):
            async with self._engine.begin() as sql:
                insert = _insert_ignoring(self._engine, calls).returning(calls.c.call_id)
                stored = [(await sql.execute(insert, chunk)).scalars() for chunk in _chunks(call_rows.values())]
                new = [call_id for ids in stored for call_id in ids]
                for chunk in _chunks(told for call_id in new if (told := entry_rows[call_id]) is not None):
                    await sql.execute(call_entries.insert(), chunk)

    async def has(self, call_ids: Sequence[CallId]) -> set[CallId]:
        """Which of these are archived. Raises ArchiveDown."""
        found: set[CallId] = set()
        with down(self._engine):
            async with self._engine.connect() as sql:
                for chunk in _chunks(call_ids):
                    ids = await sql.scalars(select(calls.c.call_id).where(calls.c.call_id.in_(chunk)))
                    found.update(CallId(call_id) for call_id in ids)
        return found

    async def find(self, call_filter: CallFilter) -> list[CallRecord]:
        """Matching calls, newest first. Raises ArchiveDown, Undecryptable."""
        with down(self._engine):
            async with self._engine.connect() as sql:
                rows = (await sql.execute(self._query(call_filter))).mappings().all()
        return [record_from(row, key_of(row, self._keyring)) for row in rows]

    async def read(self, call_id: CallId) -> ArchivedCall | None:
        """One call whole; without entries once its key is destroyed. Raises ArchiveDown, Undecryptable."""
        with down(self._engine):
            async with self._engine.connect() as sql:
                row = (await sql.execute(select(calls).where(calls.c.call_id == call_id))).mappings().first()
                if row is None:
                    return None
                wanted = select(call_entries).where(call_entries.c.call_id == call_id)
                entries = (await sql.execute(wanted)).mappings().first()
        key = key_of(row, self._keyring)
        told = () if key is None or entries is None else entries_from(entries, key)
        return ArchivedCall(record=record_from(row, key), entries=told)

    def _query(self, wanted: CallFilter) -> Select[Any]:
        query = select(calls).order_by(calls.c.arrived_at.desc(), calls.c.call_id.desc()).limit(wanted.limit)
        if wanted.since is not None:
            query = query.where(calls.c.arrived_at >= wanted.since)
        if wanted.until is not None:
            query = query.where(calls.c.arrived_at < wanted.until)
        if wanted.caller_number is not None:
            index = self._keyring.blind_index(wanted.caller_number, NUMBER_INDEX)
            query = query.where(calls.c.caller_number_index == index)
        if wanted.category is not None:
            query = query.where(calls.c.category == wanted.category)
        if wanted.outcome is not None:
            query = query.where(calls.c.outcome == wanted.outcome)
        return query


class SqlFollowUps:
    """Implements ivr.ports.archive.FollowUps."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def open(self, follow_up: FollowUp) -> None:
        """Put it on the list, once. Raises ArchiveDown."""
        row = {
            "effect_id": follow_up.effect_id,
            "call_id": follow_up.call_id,
            "reason": follow_up.reason,
            "opened_at": follow_up.opened_at,
        }
        with down(self._engine):
            async with self._engine.begin() as sql:
                await sql.execute(_insert_ignoring(self._engine, follow_ups), row)

    async def of_call(self, call_id: CallId) -> list[FollowUp]:
        """Those of one call, oldest first. Raises ArchiveDown."""
        wanted = select(follow_ups).where(follow_ups.c.call_id == call_id)
        with down(self._engine):
            async with self._engine.connect() as sql:
                rows = (await sql.execute(wanted.order_by(follow_ups.c.opened_at))).all()
        return [
            FollowUp(
                effect_id=EffectId(row.effect_id),
                call_id=CallId(row.call_id),
                reason=row.reason,
                opened_at=row.opened_at,
            )
            for row in rows
        ]


def _insert_ignoring(engine: AsyncEngine, table: Table) -> Any:  # each dialect has a type of its own for it
    """INSERT that leaves a row with the same key alone."""
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    return dialect.insert(table).on_conflict_do_nothing()


def _chunks(items: Iterable[Any]) -> Iterable[list[Any]]:
    listed = list(items)
    return [listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK)]
