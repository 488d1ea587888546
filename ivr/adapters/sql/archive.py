"""The archive in a database. The same code on SQLite and PostgreSQL."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import RowMapping, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ivr.adapters.sql import bulk, course_rows, searching
from ivr.adapters.sql.course_tables import COURSE, call_words
from ivr.adapters.sql.engine import down, inserting, looking
from ivr.adapters.sql.rows import Row, entries_from, found_from, key_of, record_from, rows_of
from ivr.adapters.sql.tables import call_entries, calls, follow_ups
from ivr.domain.call import CallRecord
from ivr.domain.ids import CallId, EffectId
from ivr.ports.archive import ArchivedCall, CallFilter, Cursor, FollowUp, FoundCall, Sort
from ivr.ports.keyring import Keyring


class SqlArchive:
    """Implements ivr.ports.archive.Archive."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")  # it reads before it writes
        self._looking = looking(engine)
        self._keyring = keyring

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.dispose()

    async def store(self, archived: Sequence[ArchivedCall]) -> None:
        """Write whole calls in one transaction; those already there stay as they are. Raises ArchiveDown, and
        sqlalchemy's IntegrityError or DataError when a value does not fit its column."""
        call_rows: dict[str, Row] = {}
        told: dict[str, tuple[bytes | None, course_rows.Rows]] = {}
        # In one order: two transactions that lock the same rows in different orders would end each other.
        for call in sorted(archived, key=lambda call: call.record.incoming.call_id):
            call_id = call.record.incoming.call_id
            if call_id not in call_rows:
                call_rows[call_id], payload = rows_of(call, self._keyring)
                told[call_id] = payload, course_rows.rows_of(call)
            await asyncio.sleep(0)  # sealing a long call takes a millisecond; callers' keys come first
        if not call_rows:
            return
        with down(self._engine):
            async with self._writing.begin() as sql:
                new: list[str] = []
                for chunk in bulk.chunks(call_rows.values()):
                    new += await _put_calls(sql, chunk)
                entries = [(call_id, payload) for call_id in new if (payload := told[call_id][0]) is not None]
                for some in bulk.chunks(entries):
                    await bulk.put(sql, call_entries, some)
                for place, table in enumerate(COURSE):
                    for rows in bulk.chunks(row for call_id in new for row in told[call_id][1][place]):
                        await bulk.put(sql, table, rows)

    async def has(self, call_ids: Sequence[CallId]) -> set[CallId]:
        """Which of these are archived. Raises ArchiveDown."""
        found: set[CallId] = set()
        with down(self._engine):
            async with self._engine.connect() as sql:
                for chunk in bulk.chunks(call_ids):
                    ids = await sql.scalars(select(calls.c.call_id).where(calls.c.call_id.in_(chunk)))
                    found.update(CallId(call_id) for call_id in ids)
        return found

    async def find(self, call_filter: CallFilter) -> list[CallRecord]:
        """Matching calls, newest first. Raises ArchiveDown, Undecryptable."""
        return [found.record for found in await self.search(call_filter)]

    async def search(
        self, call_filter: CallFilter, sort: Sort = Sort.NEWEST, after: Cursor | None = None
    ) -> list[FoundCall]:
        """One page of matching calls. Raises ArchiveDown, Undecryptable, WrongCursor."""
        wanted = searching.page(call_filter, self._keyring, sort, after)
        with down(self._engine):
            async with self._looking.connect() as sql:
                rows = (await sql.execute(wanted)).mappings().all()
        return [found_from(row, self._keyring) for row in rows]

    async def count(self, call_filter: CallFilter) -> int:
        """How many match. Raises ArchiveDown."""
        wanted, values = searching.how_many(call_filter, self._keyring)
        with down(self._engine):
            async with self._looking.connect() as sql:
                return int((await sql.execute(wanted, values)).scalar_one())

    async def read(self, call_id: CallId) -> ArchivedCall | None:
        """One call whole; without entries once its key is destroyed. Raises ArchiveDown, Undecryptable."""
        with down(self._engine):
            async with self._engine.connect() as sql:
                row = (await sql.execute(select(calls).where(calls.c.call_id == call_id))).mappings().first()
                if row is None:
                    return None
                wanted = select(call_entries).where(call_entries.c.call_id == call_id)
                entries = (await sql.execute(wanted)).mappings().first()
                course = course_rows.course_from([await _of_call(sql, table, call_id) for table in COURSE])
        key = key_of(row, self._keyring)
        told = () if key is None or entries is None else entries_from(entries, key)
        return ArchivedCall(record=record_from(row, key), course=course, entries=told)


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
                await sql.execute(inserting(self._engine, follow_ups).on_conflict_do_nothing(), row)

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


async def _put_calls(sql: AsyncConnection, rows: Sequence[Row]) -> list[str]:
    """Write those that are not there; which. Ours are told from an earlier copy's by their key: each has its own."""
    ours = {row["call_id"]: row["key"] for row in rows}
    kept = select(calls.c.call_id, calls.c.key).where(calls.c.call_id.in_(ours))
    there = {row.call_id for row in await sql.execute(kept)}
    columns = calls.columns.keys()
    new = [tuple(row[column] for column in columns) for row in rows if row["call_id"] not in there]
    await bulk.put_new(sql, calls, new)
    return [row.call_id for row in await sql.execute(kept) if row.key == ours[row.call_id]]


async def _of_call(sql: AsyncConnection, table: Table, call_id: CallId) -> Sequence[RowMapping]:
    """The rows of one call, in order."""
    order = table.c.word if table is call_words else table.c.place
    return (await sql.execute(select(table).where(table.c.call_id == call_id).order_by(order))).mappings().all()
