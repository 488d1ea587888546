"""Call backs as the stories of calls handle them: what may be promised, the promise, and whom it met."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from ivr.domain.call import Incoming
from ivr.domain.callback import CallBack, CallBackEvent, CallBackState, Miss, NewCallBack
from ivr.domain.errors import HotlineError
from ivr.domain.events import CallBackChanged, Event
from ivr.domain.ids import CallBackId, CallId, EffectId, NodeId, attempt_id
from ivr.domain.ticket import Illegal, Party, Role
from ivr.engine.line_view import LineView
from ivr.flow.deeds import CallBackPromised, CallBackSettled, PromiseCallBack, SettleCallBack
from ivr.flow.questions import DialableNumber, HourOf, Line, LineAhead, Moment, Promise
from ivr.policies.calling_back import CallBackRules, WrongTime, allowed_at, at_next
from ivr.ports.archive import ArchiveDown
from ivr.ports.callbacks import CallBacks
from ivr.ports.clock import Clock
from ivr.ports.exchange import ExchangeDown
from ivr.ports.numbers import Numbers

log = structlog.get_logger(__name__)

LOOK = 1.5
"""Seconds for a look at the line."""
IN_PEACE = timedelta(days=7)
"""So long nobody is rung who has said that he did not ask for it, whoever gives his number."""


class LeftInPeace(HotlineError):
    """This number is not called for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """Of this line."""

    call_backs: CallBacks
    view: LineView
    numbers: Numbers
    clock: Clock
    rules: CallBackRules
    node: NodeId
    publish: Callable[[Event], None]

    # ------------------------------------------------------------------------------------- what is asked
    async def line(self, question: LineAhead) -> Line:
        """At once or not at all: nobody comes later to the queue for it (H1.2a). Raises ExchangeDown, ArchiveDown."""
        try:
            async with asyncio.timeout(LOOK):
                return await self.view.ahead(question.queue, question.priority, question.since)
        except TimeoutError:
            raise ExchangeDown(f"the line could not be seen within {LOOK} s") from None

    def dialable(self, number: str) -> DialableNumber:
        """Whether it may be called."""
        return DialableNumber(self.numbers.dialable(number))

    def moment(self, question: HourOf) -> Moment:
        """The next moment of this hour, where it may be promised."""
        try:
            return Moment(at_next(question.keyed, self.clock.now(), question.urgency, self.rules))
        except WrongTime:
            return Moment(None)

    async def promise_of(self, call_back: CallBackId) -> Promise:
        """Raises ArchiveDown, also where there is none of this id."""
        back = await self.call_backs.read(call_back)
        if back is None:
            raise ArchiveDown(f"there is no call back {call_back}")
        return Promise(
            state=back.state,
            queue=back.queue,
            priority=back.priority,
            joined_at=back.joined_at,
            language=back.language,
            category=back.category,
            urgency=back.urgency,
        )

    # -------------------------------------------------------------------------------------- what is done
    async def promise(self, deed: PromiseCallBack, effect: EffectId, incoming: Incoming) -> CallBackPromised:
        """Put it on the list, once. One to the same number that was not tried yet is replaced; one that was goes on,
        so that nobody has a stranger's phone rung without end. Raises LeftInPeace, ArchiveDown."""
        now = self.clock.now()
        known = await self.call_backs.of_number(deed.number, since=now - IN_PEACE)
        before = [back for back in known if not back.is_over and back.id != CallBackId(effect)]
        tried = next((back for back in before if back.attempts or back.state is CallBackState.DIALLING), None)
        if await self.call_backs.read(CallBackId(effect)) is None:
            if any(entry.miss is Miss.OTHER_PERSON for back in known for entry in back.history):
                raise LeftInPeace("whoever has this number did not ask for a call back")
            if tried is not None:
                return CallBackPromised(tried.id, tried.due_at)
        new = NewCallBack(
            kind=deed.kind,
            call_id=incoming.call_id,
            number=deed.number,
            customer=deed.customer,
            ticket=deed.ticket,
            queue=deed.queue,
            priority=deed.priority,
            joined_at=deed.joined_at,
            language=deed.language,
            category=deed.category,
            urgency=deed.urgency,
            asked_at=now,
        )
        by = Party(Role.LINE, incoming.call_id)
        due_at = deed.due_at or allowed_at(now, deed.urgency, self.rules)
        back = await self.call_backs.ask(new, effect, due_at=due_at, by=by)
        self.tell(back)
        for old in before:
            if old is not tried:
                await self.move(old, CallBackEvent.WITHDRAW, by=by)
        return CallBackPromised(back.id, back.due_at)

    async def settle(self, deed: SettleCallBack, incoming: Incoming) -> CallBackSettled:
        """Write down whom it met; what is settled stays so. Raises ArchiveDown."""
        back = await self.call_backs.read(deed.call_back)
        if back is None:
            raise ArchiveDown(f"there is no call back {deed.call_back}")
        if back.state is CallBackState.DIALLING and channel_of(back) == incoming.call_id:
            after = await self.move(back, deed.event, by=Party(Role.LINE, incoming.call_id), miss=deed.miss)
            back = after or await self.call_backs.read(deed.call_back) or back
        return CallBackSettled(back.state)

    async def move(
        self, back: CallBack, event: CallBackEvent, *, by: Party, miss: Miss | None = None, **more: object
    ) -> CallBack | None:
        """Let this happen to it and tell; None when something else was faster. Raises ArchiveDown."""
        try:
            after = await self.call_backs.move(
                back.id,
                event,
                by=by,
                at=self.clock.now(),
                miss=miss,
                expected=back.version,
                **more,  # type: ignore[arg-type]
            )
        except Illegal as illegal:
            log.info("call_back_not_moved", call_back=back.id, event=event.value, why=str(illegal))
            return None
        self.tell(after)
        return after

    def tell(self, back: CallBack) -> None:
        """What happened last to it, to everyone who follows."""
        entry = back.history[-1]
        self.publish(
            CallBackChanged(
                call_back=back.id,
                sequence=back.version,
                node=self.node,
                at=entry.at,
                monotonic=self.clock.monotonic(),
                call_id=back.call_id,
                queue=back.queue,
                before=entry.before.value if entry.before else None,
                after=entry.after.value,
                what=entry.event.value,
                due_at=back.due_at,
                attempts=back.attempts,
                agent=back.agent,
            )
        )


def channel_of(back: CallBack) -> CallId:
    """The name of the leg of its latest attempt: the call back's, and which of its moves dialled. So an attempt has one
    name for ever, and no two share one."""
    dials = [place for place, entry in enumerate(back.history, 1) if entry.event is CallBackEvent.DIAL]
    dialled = dials[-1] if dials else 0
    return attempt_id(back.id, dialled)
