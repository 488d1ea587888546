"""Rings those who were promised a call back (H1.2a, H2.2c): when it is time, one at a time for each who is free, and
never twice.

A look goes by the list alone, so that it does not matter which controller looks: what has come due is marked, what is
due is dialled, what was dialled and has ended without a word of its story is settled, what failed is planned anew or
given to a person. An attempt is written down before it is dialled, under a name that no other attempt has
(`channel_of`); a leg of that name that lives is never dialled again, and one that was lost before it rang is dialled
under another name.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from ivr.domain.call import CallRecord
from ivr.domain.callback import ENDS, CallBack, CallBackEvent, CallBackKind, CallBackState, Miss
from ivr.domain.exchange import DialledOut, ExchangeEvent, LegEnded
from ivr.domain.ids import CallId, EffectId, QueueName, Uniqueid, call_back_of
from ivr.domain.ticket import Party, Role
from ivr.engine.line_view import QueueNow
from ivr.engine.promising import Promises, channel_of
from ivr.policies.calling_back import allowed_at, is_due, next_attempt
from ivr.ports.archive import ArchiveDown, FollowUp, FollowUps
from ivr.ports.callbacks import CallBackFilter
from ivr.ports.exchange import Exchange, ExchangeDown, ExchangeRefused

log = structlog.get_logger(__name__)

USER_BUSY = 17
UNANSWERED = frozenset({16, 18, 19, 20, 21})
"""Causes of Q.850 with which a leg ends that rang: cleared, no response, no answer, absent, declined. Asterisk's own
reason of an originate (`DialledOut.reason`) does not tell a busy line from a failure."""
SETTLED = timedelta(seconds=10)
"""After an attempt was written down its leg is there, or was, and the story of an answered one has begun."""
ABANDONED = timedelta(hours=6)
"""After which an attempt of another node, which only that one can settle, counts as one that nobody answered."""
GIVEN_UP = "call_back_given_up"
"""The reason of the follow-up: a person writes."""
MOST = 500
"""Call backs of one look."""

_MISSED = frozenset({CallBackState.NOBODY, CallBackState.WRONG_PERSON})
_OPEN = frozenset(CallBackState) - ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """How customers are rung."""

    trunk: str
    number: str
    """Of the line: what they are shown."""
    patience: float = 30.0
    """Seconds a phone rings."""
    at_once: int = 5
    """So many ring at one time at most."""


@dataclass(slots=True, kw_only=True)
class CallingBack:
    """Of one node."""

    promises: Promises
    exchange: Exchange
    follow_ups: FollowUps
    record: Callable[[CallId], Awaitable[CallRecord | None]]
    """Of an answered attempt that has a story, told or being told."""
    was_dialled: Callable[[CallId], Awaitable[bool]]
    """Whether the exchange's own record has a leg of this name."""
    dialling: Dialling
    interval: float = 2.0
    _unanswered: set[Uniqueid] = field(default_factory=set)
    """Attempts of which the exchange says that nobody took them …"""
    _causes: dict[Uniqueid, int] = field(default_factory=dict)
    """… and why their legs ended; both until they are settled."""

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            try:
                await self.look_once()
            except (ExchangeDown, ArchiveDown) as down:
                log.info("calling_back_put_off", why=str(down))
            except Exception:  # one row that nobody foresaw must not end the controller
                log.exception("calling_back_failed")
            await self.promises.clock.sleep(self.interval)

    def hear(self, event: ExchangeEvent) -> None:
        """News of the exchange."""
        match event:
            case DialledOut(uniqueid=name, succeeded=False) if call_back_of(name) is not None:
                self._unanswered.add(name)
            case LegEnded(uniqueid=name, cause=cause) if call_back_of(name) is not None:
                self._causes[name] = cause

    async def look_once(self) -> None:
        """Everything that is to be done now. Raises ExchangeDown, ArchiveDown."""
        if not await self._find(*_OPEN, limit=1):  # as mostly: one question instead of five
            self._unanswered.clear()
            self._causes.clear()
            return
        await self._settle()
        await self._plan()
        if not self.promises.rules.enabled:
            return
        await self._mark()
        await self._dial()

    # ------------------------------------------------------------------------------------- what was dialled
    async def _settle(self) -> None:
        """Attempts that ended before their story could say how. Raises ExchangeDown, ArchiveDown."""
        dialled = await self._find(CallBackState.DIALLING)
        if not dialled:
            self._unanswered.clear()
            self._causes.clear()
            return
        legs = {leg.uniqueid for leg in await self.exchange.legs()}
        for back in dialled:
            name = Uniqueid(channel_of(back))
            age = self._now - back.history[-1].at
            late, cause = age > SETTLED, self._causes.get(name)
            if self._is_another_nodes(back):
                if age > ABANDONED:
                    await self._missed(back, Miss.NO_ANSWER)
            elif name in self._unanswered and (late or cause is not None):
                log.info("call_back_unanswered", call_back=back.id, cause=cause)
                await self._missed(back, _miss(cause))
            elif name not in legs and late:
                await self._look_for(back, CallId(name))

    async def _look_for(self, back: CallBack, name: CallId) -> None:
        """No leg, and nobody has said how it ended: as its story has it, once that is over; else it rang in vain, or
        never rang."""
        record = await self.record(name)
        if record is not None:
            if record.ended_at is not None:
                await self._as_told(back, record)
        elif await self.was_dialled(name):
            await self._missed(back, Miss.NO_ANSWER)
        else:
            log.warning("call_back_lost", call_back=back.id)
            await self._move(back, CallBackEvent.LOSE_LINE)

    async def _as_told(self, back: CallBack, record: CallRecord) -> None:
        """The story could not write it down: the list was away."""
        match record.known.met:
            case CallBackEvent.SPEAK:
                await self._move(back, CallBackEvent.SPEAK)
            case CallBackEvent.MEET_OTHER:
                await self._move(back, CallBackEvent.MEET_OTHER, miss=Miss.OTHER_PERSON)
            case _:
                await self._missed(back, Miss.MACHINE)

    def _is_another_nodes(self, back: CallBack) -> bool:
        """Its leg, if it lives, is on another exchange."""
        by = back.history[-1].by
        return by.role is Role.LINE and by.name != self.promises.node

    async def _missed(self, back: CallBack, miss: Miss) -> None:
        await self._move(back, CallBackEvent.MEET_NOBODY, miss=miss)

    # ------------------------------------------------------------------------------------- what comes next
    async def _plan(self) -> None:
        """After an attempt that failed: another, or a person writes. Raises ArchiveDown."""
        for back in await self._find(*_MISSED):
            again = next_attempt(back, back.last_miss or Miss.FAILED, self._now, self.promises.rules)
            if again is not None:
                await self._move(back, CallBackEvent.RETRY, due_at=again)
                continue
            follow_up = FollowUp(  # first, so that it cannot be forgotten
                effect_id=EffectId(f"{back.id}/given_up"),
                call_id=back.call_id,
                reason=GIVEN_UP,
                opened_at=self._now,
            )
            await self.follow_ups.open(follow_up)
            await self._move(back, CallBackEvent.GIVE_UP)

    async def _mark(self) -> None:
        """Those whose time, or place, has come. Raises ExchangeDown, ArchiveDown."""
        asked = [back for back in await self._find(CallBackState.ASKED) if back.due_at <= self._now]
        if not asked:
            return
        queues = await self.promises.view.now({back.queue for back in asked})
        under_way = await self._find(CallBackState.DUE, CallBackState.DIALLING)
        taken = {queue: sum(_keeps_place(back, queue) for back in under_way) for queue in queues}
        ageing = self.promises.view.ageing
        for back in sorted(asked, key=lambda back: (-back.priority, back.joined_at)):
            there = queues[back.queue]
            due = is_due(
                back,
                self._now,
                waiting=there.waiting,
                free_agents=_turns(there) - taken[back.queue],
                ageing=ageing,
                rules=self.promises.rules,
            )
            if due and await self._move(back, CallBackEvent.COME_DUE):
                taken[back.queue] += back.kind is CallBackKind.KEEPS_PLACE

    async def _dial(self) -> None:
        """Raises ExchangeDown, ArchiveDown."""
        room = self.dialling.at_once - len(await self._find(CallBackState.DIALLING))
        for back in await self._find(CallBackState.DUE):
            if room < 1:
                return
            now = self._now
            if allowed_at(now, back.urgency, self.promises.rules) != now:
                continue
            room -= 1
            dialling = await self._move(back, CallBackEvent.DIAL)
            if dialling is not None:
                await self._ring(dialling)

    async def _ring(self, back: CallBack) -> None:
        """Once. An attempt whose originate nobody answered for may ring: it is settled by a later look."""
        numbers = self.promises.numbers
        if numbers.dialable(back.number) != back.number:
            log.error("call_back_not_dialable", call_back=back.id, mend="call_backs.abroad names countries")
            await self._missed(back, Miss.FAILED)
            return
        number = numbers.as_dialled(back.number)
        try:
            await self.exchange.originate(
                uniqueid=Uniqueid(channel_of(back)),
                endpoint=f"PJSIP/{number}@trunk-{self.dialling.trunk}",
                context="call-back",
                extension="s",
                caller_id=f"<{self.dialling.number}>",
                patience=self.dialling.patience,
                variables={
                    "HOTLINE_CALL_BACK": back.id,
                    "HOTLINE_CALLED": back.number,
                    "HOTLINE_TRUNK": self.dialling.trunk,
                    "HOTLINE_DIALLED": self.dialling.number,
                    "HOTLINE_LANGUAGE": back.language.value,
                },
            )
        except ExchangeRefused as refused:
            log.warning("call_back_refused", call_back=back.id, why=str(refused))
            await self._missed(back, Miss.FAILED)

    # ------------------------------------------------------------------------------------------------
    @property
    def _now(self) -> datetime:
        return self.promises.clock.now()

    async def _find(self, *states: CallBackState, limit: int = MOST) -> list[CallBack]:
        return await self.promises.call_backs.find(CallBackFilter(states=frozenset(states), limit=limit))

    async def _move(self, back: CallBack, event: CallBackEvent, **more: object) -> CallBack | None:
        by = Party(Role.LINE, self.promises.node)
        return await self.promises.move(back, event, by=by, **more)  # type: ignore[arg-type]


def _turns(there: QueueNow) -> int:
    """How many may be rung for their place: one for each who is free; while there is work, the next in line, since
    whoever becomes free is given the next caller of the line at once, and would never be seen free."""
    return max(there.free, 1) if there.agents else 0


def _keeps_place(back: CallBack, queue: QueueName) -> bool:
    return back.queue == queue and back.kind is CallBackKind.KEEPS_PLACE


def _miss(cause: int | None) -> Miss:
    if cause == USER_BUSY:
        return Miss.BUSY
    return Miss.NO_ANSWER if cause in UNANSWERED else Miss.FAILED
