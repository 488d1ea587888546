"""Call backs in memory: the same promises as in a database."""

from datetime import datetime

from ivr.domain.callback import CallBack, CallBackEvent, Miss, NewCallBack, asked, moved, must_be_at
from ivr.domain.ids import AgentId, CallBackId, EffectId
from ivr.domain.ticket import Party
from ivr.ports.archive import ArchiveDown
from ivr.ports.callbacks import CallBackFilter, NoSuchCallBack


class MemoryCallBacks:
    """Implements ivr.ports.callbacks.CallBacks."""

    def __init__(self) -> None:
        self._backs: dict[CallBackId, CallBack] = {}
        self.down = False
        """Set to play a database that cannot be reached."""

    async def ask(self, new: NewCallBack, effect_id: EffectId, *, due_at: datetime, by: Party) -> CallBack:
        """Promise it, once. Raises Illegal, ArchiveDown."""
        self._must_be_up()
        id_ = CallBackId(effect_id)
        if id_ not in self._backs:
            self._backs[id_] = asked(new, id_, due_at, by)
        return self._backs[id_]

    async def read(self, id_: CallBackId) -> CallBack | None:
        """One whole. Raises ArchiveDown."""
        self._must_be_up()
        return self._backs.get(id_)

    async def find(self, wanted: CallBackFilter) -> list[CallBack]:
        """Matching ones, the first due first. Raises ArchiveDown."""
        self._must_be_up()
        found = [back for back in self._backs.values() if _matches(back, wanted)]
        return sorted(found, key=lambda back: (back.due_at, back.id))[: wanted.limit]

    async def of_number(self, number: str, *, since: datetime | None = None) -> list[CallBack]:
        """Those to a number that are not over, and those asked for since. Raises ArchiveDown."""
        self._must_be_up()
        found = [
            back
            for back in self._backs.values()
            if back.number == number and (not back.is_over or (since is not None and back.asked_at >= since))
        ]
        return sorted(found, key=lambda back: (back.asked_at, back.id))

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
        """Let this happen to it. Raises NoSuchCallBack, Illegal, ArchiveDown."""
        self._must_be_up()
        if id_ not in self._backs:
            raise NoSuchCallBack(f"there is no call back {id_}")
        must_be_at(self._backs[id_], expected)
        after = moved(self._backs[id_], event, by=by, at=at, due_at=due_at, miss=miss, agent=agent)
        self._backs[id_] = after
        return after

    def _must_be_up(self) -> None:
        if self.down:
            raise ArchiveDown("the memory call backs play a database that is down")


def _matches(back: CallBack, wanted: CallBackFilter) -> bool:
    return (
        (not wanted.states or back.state in wanted.states)
        and wanted.queue in (None, back.queue)
        and (wanted.due_before is None or back.due_at < wanted.due_before)
    )
