"""What the archive's database knows of recordings."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.engine import down
from ivr.adapters.sql.rows import not_recorded_from, recording_columns, recording_from
from ivr.adapters.sql.tables import calls, recording_accesses
from ivr.domain.ids import CallId
from ivr.domain.recording import NoRecording, Recording
from ivr.ports.archive import ArchivedCall
from ivr.ports.keyring import Keyring
from ivr.ports.recording import Access, Noted

_NOTED = (calls.c.call_id, calls.c.answered_at, *(one for one in calls.c if one.name.startswith("recording")))


class SqlRegister:
    """Implements ivr.ports.recording.RecordingRegister."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._archive = SqlArchive(engine, keyring)

    async def unsettled(self, limit: int) -> list[ArchivedCall]:
        """Answered calls of which nothing is noted, oldest first. Raises ArchiveDown, Undecryptable."""
        wanted = (
            select(calls.c.call_id)
            .where(calls.c.recording.is_(None), calls.c.answered_at.is_not(None))
            .order_by(calls.c.arrived_at)
            .limit(limit)
        )
        with down(self._engine):
            async with self._engine.connect() as sql:
                ids = list(await sql.scalars(wanted))
        found = [await self._archive.read(CallId(call_id)) for call_id in ids]
        return [call for call in found if call is not None]

    async def settle(self, call_id: CallId, found: Recording | NoRecording) -> None:
        """Note it, once. Raises ArchiveDown."""
        noted = update(calls).where(calls.c.call_id == call_id, calls.c.recording.is_(None))
        with down(self._engine):
            async with self._engine.begin() as sql:
                await sql.execute(noted.values(recording_columns(found)))

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
