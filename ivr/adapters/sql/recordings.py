"""What the archive's database knows of recordings."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.sql.engine import down, looking
from ivr.adapters.sql.rows import not_recorded_from, recording_columns, recording_from
from ivr.adapters.sql.tables import calls, recording_accesses
from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording, Recording
from ivr.ports.recording import Access, Noted

_NOTED = (calls.c.call_id, calls.c.answered_at, *(one for one in calls.c if one.name.startswith("recording")))
_UNSETTLED = (
    select(calls.c.call_id)
    .where(calls.c.recording.is_(None), calls.c.answered_at.is_not(None))
    .order_by(calls.c.arrived_at)
    .limit(bindparam("most"))
)
_SETTLED = update(calls).where(calls.c.call_id == bindparam("settled"), calls.c.recording.is_(None))


class SqlRegister:
    """Implements ivr.ports.recording.RecordingRegister."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._looking = looking(engine)

    async def unsettled(self, limit: int) -> list[CallId]:
        """Answered calls of which nothing is noted, oldest first. Raises ArchiveDown."""
        with down(self._engine):
            async with self._looking.connect() as sql:
                return [CallId(call_id) for call_id in await sql.scalars(_UNSETTLED, {"most": limit})]

    async def settle(self, found: Mapping[CallId, Recording | NoRecording]) -> None:
        """Note them, once. Raises ArchiveDown."""
        if not found:
            return
        # In one order: two transactions that lock the same rows in different orders would end each other.
        rows = [{"settled": call_id, **recording_columns(what)} for call_id, what in sorted(found.items())]
        with down(self._engine):
            async with self._engine.begin() as sql:
                await sql.execute(_SETTLED, rows)

    async def page(self, after: CallId | None, limit: int) -> Sequence[Noted]:
        """Answered calls in the order of their ids. Raises ArchiveDown."""
        wanted = select(*_NOTED).where(calls.c.answered_at.is_not(None)).order_by(calls.c.call_id).limit(limit)
        if after is not None:
            wanted = wanted.where(calls.c.call_id > after)
        with down(self._engine):
            async with self._engine.connect() as sql:
                rows = (await sql.execute(wanted)).mappings().all()
        return [
            Noted(
                call_id=CallId(row["call_id"]),
                answered_at=row["answered_at"],
                recording=recording_from(row),
                not_recorded=not_recorded_from(row),
            )
            for row in rows
        ]

    async def note_access(self, access: Access) -> None:
        """Write it down. Raises ArchiveDown."""
        row = {"call_id": access.call_id, "at": access.at, "who": access.who, "reason": access.reason}
        with down(self._engine):
            async with self._engine.begin() as sql:
                await sql.execute(recording_accesses.insert(), row)

    async def accesses(self, call_id: CallId) -> list[Access]:
        """Who took it out, oldest first. Raises ArchiveDown."""
        wanted = select(recording_accesses).where(recording_accesses.c.call_id == call_id)
        with down(self._engine):
            async with self._engine.connect() as sql:
                rows = (await sql.execute(wanted.order_by(recording_accesses.c.number))).all()
        return [Access(call_id=CallId(row.call_id), at=row.at, who=row.who, reason=row.reason) for row in rows]
