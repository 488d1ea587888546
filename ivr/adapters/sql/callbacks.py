"""Call backs in a database. Number and customer are sealed under the call back's own key, as a ticket's are."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ivr.adapters.keyring import CallKey
from ivr.adapters.sql.callback_rows import NUMBER_INDEX, back_from, context, last_entry_row, moving_row, row_of
from ivr.adapters.sql.engine import down
from ivr.adapters.sql.staff_tables import call_back_history, call_backs
from ivr.domain.callback import ENDS, CallBack, CallBackEvent, Miss, NewCallBack, asked, moved, must_be_at
from ivr.domain.ids import AgentId, CallBackId, EffectId
from ivr.domain.ticket import Party
from ivr.ports.callbacks import CallBackFilter, NoSuchCallBack
from ivr.ports.keyring import Keyring


class SqlCallBacks:
    """Implements ivr.ports.callbacks.CallBacks."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._keyring = keyring

    async def close(self) -> None:
        """Let go of the connections."""
        await self._engine.dispose()

    async def ask(self, new: NewCallBack, effect_id: EffectId, *, due_at: datetime, by: Party) -> CallBack:
        """Promise it, once. Raises Illegal, ArchiveDown, Undecryptable."""
        back = asked(new, CallBackId(effect_id), due_at, by)
        key = CallKey.make(self._keyring, context(back.id, "key"))
        with down(self._engine):
            try:
                async with self._writing.begin() as sql:
                    await sql.execute(call_backs.insert(), row_of(back, key, self._keyring))
                    await sql.execute(call_back_history.insert(), last_entry_row(back))
            except IntegrityError:
                known = await self.read(back.id)
                if known is None:
                    raise
                return known
        return back

    async def read(self, id_: CallBackId) -> CallBack | None:
        """One whole. Raises ArchiveDown, Undecryptable."""
        found = await self._backs(select(call_backs).where(call_backs.c.id == id_))
        return found[0] if found else None

    async def find(self, wanted: CallBackFilter) -> list[CallBack]:
        """Matching ones, the first due first. Raises ArchiveDown, Undecryptable."""
        query = select(call_backs).order_by(call_backs.c.due_at, call_backs.c.id).limit(wanted.limit)
        if wanted.states:
            query = query.where(call_backs.c.state.in_([state.value for state in wanted.states]))
        if wanted.queue is not None:
            query = query.where(call_backs.c.queue == wanted.queue)
        if wanted.due_before is not None:
            query = query.where(call_backs.c.due_at < wanted.due_before)
        return await self._backs(query)

    async def of_number(self, number: str, *, since: datetime | None = None) -> list[CallBack]:
        """Those to a number that are not over, and those asked for since. Raises ArchiveDown, Undecryptable."""
        index = self._keyring.blind_index(number, NUMBER_INDEX)
        open_ = call_backs.c.state.not_in([state.value for state in ENDS])
        wanted = open_ if since is None else or_(open_, call_backs.c.asked_at >= since)
        query = select(call_backs).where(call_backs.c.number_index == index, wanted)
        return await self._backs(query.order_by(call_backs.c.asked_at, call_backs.c.id))

    async def move(
        self,
        id_: CallBackId,
        event: CallBackEvent,
        *,
        by: Party,
        at: datetime,
        due_at: datetime | None = None,
        miss: Miss | None = None,
        agent: AgentId | None = None,
        expected: int | None = None,
    ) -> CallBack:
        """Let this happen to it. Raises NoSuchCallBack, Illegal, ArchiveDown, Undecryptable."""
        with down(self._engine):
            async with self._writing.begin() as sql:
                wanted = select(call_backs).where(call_backs.c.id == id_).with_for_update()
                row = (await sql.execute(wanted)).mappings().first()
                if row is None:
                    raise NoSuchCallBack(f"there is no call back {id_}")
                back = back_from(row, (await _entries(sql, [id_]))[id_], self._keyring)
                must_be_at(back, expected)
                after = moved(back, event, by=by, at=at, due_at=due_at, miss=miss, agent=agent)
                await sql.execute(call_backs.update().where(call_backs.c.id == id_), moving_row(after))
                await sql.execute(call_back_history.insert(), last_entry_row(after))
        return after

    async def _backs(self, wanted: Select[Any]) -> list[CallBack]:
        with down(self._engine):
            async with self._engine.connect() as sql:
                rows = (await sql.execute(wanted)).mappings().all()
                entries = await _entries(sql, [row["id"] for row in rows])
        return [back_from(row, entries[row["id"]], self._keyring) for row in rows]


async def _entries(sql: AsyncConnection, ids: Sequence[str]) -> dict[str, list[RowMapping]]:
    """The history of each, oldest first."""
    found: dict[str, list[RowMapping]] = defaultdict(list)
    wanted = select(call_back_history).where(call_back_history.c.id.in_(ids)).order_by(call_back_history.c.version)
    for row in (await sql.execute(wanted)).mappings():
        found[row["id"]].append(row)
    return found
