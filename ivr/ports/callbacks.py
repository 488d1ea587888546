"""The promised call backs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.callback import CallBack, CallBackEvent, CallBackState, Miss, NewCallBack
from ivr.domain.errors import HotlineError
from ivr.domain.ids import AgentId, CallBackId, EffectId, QueueName
from ivr.domain.ticket import Party


class NoSuchCallBack(HotlineError):
    """No call back has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackFilter:
    """Which to list. Empty or None means any."""

    states: frozenset[CallBackState] = frozenset()
    queue: QueueName | None = None
    due_before: datetime | None = None
    limit: int = 200


class CallBacks(Protocol):
    """Every method raises ArchiveDown (`ivr.ports.archive`) when there is no reaching it."""

    async def ask(self, new: NewCallBack, effect_id: EffectId, *, due_at: datetime, by: Party) -> CallBack:
        """Promise it. Under an effect id that promised one already, that one, as it stands."""

    async def read(self, id_: CallBackId) -> CallBack | None:
        """One whole; None when there is none of this id."""

    async def find(self, wanted: CallBackFilter) -> list[CallBack]:
        """Matching ones, the first due first."""

    async def of_number(self, number: str, *, since: datetime | None = None) -> list[CallBack]:
        """Those to a number (E.164) that are not over, and with `since` (UTC) all that were asked for from then on;
        oldest first. Found by the blind index, never by scanning."""

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
        """Let this happen to it, in one transaction. Raises NoSuchCallBack, and Illegal: then nothing was changed."""
