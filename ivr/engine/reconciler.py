"""The reconciler: no call that the exchange answered is missing, none doubled, none open for ever, nobody left in one.

It compares three records: the exchange's live legs, the exchange's own account of its calls (CEL), and the journal with
the archive behind it. Where the exchange cannot be asked, nothing is concluded.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from ivr.domain.call import CallRecord, Ending, EndReason, Incoming, Known, Outcome, PersonReached
from ivr.domain.ids import CallId, EffectId, call_back_of
from ivr.engine.forsaken import free_the_forsaken
from ivr.policies.follow_up import CUT_OFF
from ivr.ports.archive import Archive, ArchivedCall, ArchiveDown, FollowUp, FollowUps
from ivr.ports.cel import CallDetail, CallDetails
from ivr.ports.clock import Clock
from ivr.ports.exchange import Exchange, ExchangeDown
from ivr.ports.journal import Journal, JournalFull

log = structlog.get_logger(__name__)

_SETTLED = timedelta(seconds=60)
"""A call without a leg and without an end in CEL is given that long for its last row to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """How a call that the controller did not see end has ended."""

    reason: EndReason
    at: datetime
    talked: bool = False
    in_fallback: bool = False


Close = Callable[[CallId, Departure], Awaitable[None]]


class Reconciler:
    """Runs when the link comes up, when it is hurried, and each minute."""

    def __init__(
        self,
        *,
        journal: Journal,
        archive: Archive,
        follow_ups: FollowUps,
        exchange: Exchange,
        cel: CallDetails,
        clock: Clock,
        close: Close,
        incoming_of: Callable[[CallDetail], Incoming],
        interval: float = 60.0,
    ) -> None:
        self._journal = journal
        self._archive = archive
        self._follow_ups = follow_ups
        self._exchange = exchange
        self._cel = cel
        self._clock = clock
        self._close = close
        self._incoming_of = incoming_of
        self._interval = interval
        self._hurried = asyncio.Event()
        self.booted_at: datetime | None = None
        """When this run of the exchange began, from the last LinkUp."""

    def hurry(self) -> None:
        """Something ended that was not seen whole: look now."""
        self._hurried.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self.look_once()
            except (ExchangeDown, ArchiveDown, JournalFull) as down:
                log.info("reconciling_put_off", why=str(down))
            except Exception:  # a row that nobody foresaw must not end the controller, and with it every dialogue
                log.exception("reconciling_failed")
            self._hurried.clear()
            sleeping = asyncio.create_task(self._clock.sleep(self._interval))
            hurried = asyncio.create_task(self._hurried.wait())
            try:
                await asyncio.wait({sleeping, hurried}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleeping.cancel()
                hurried.cancel()

    async def look_once(self) -> None:
        """Free who was left, close what has ended, archive what nobody told. Raises ExchangeDown, ArchiveDown, and
        JournalFull where a call is to be closed and no disk takes it."""
        open_calls = await self._journal.open_calls()  # before the legs: a call opened since lives
        living = await self._exchange.legs()
        await free_the_forsaken(self._exchange, living)
        legs = {CallId(leg.uniqueid) for leg in living}
        details = await self._cel.read()
        for call_id in open_calls:
            if call_id not in legs:
                await self._close(call_id, await self._departure(call_id, details.get(call_id)))
        await self._archive_untold([detail for detail in details.values() if detail.call_id not in legs])

    # ------------------------------------------------------------------------------------------------
    async def _departure(self, call_id: CallId, detail: CallDetail | None) -> Departure:
        now = self._clock.now()
        if detail is None:
            entries = await self._journal.entries(call_id)
            since = entries[0].at if entries else now
            if self.booted_at is not None and since < self.booted_at:
                return Departure(reason=EndReason.EXCHANGE_RESTARTED, at=self.booted_at)
            return Departure(reason=EndReason.LOST, at=now)
        return Departure(
            reason=self._reason(detail),
            at=detail.ended_at or detail.last_seen_at,
            talked=detail.talked,
            in_fallback=detail.in_fallback,
        )

    def _reason(self, detail: CallDetail) -> EndReason:
        if detail.ended_at is None:
            restarted = self.booted_at is not None and detail.started_at < self.booted_at
            return EndReason.EXCHANGE_RESTARTED if restarted else EndReason.LOST
        return EndReason.WE_HUNG_UP if detail.hung_up_by_caller is False else EndReason.CALLER_HUNG_UP

    async def _archive_untold(self, details: list[CallDetail]) -> None:
        over = [detail for detail in details if self._is_over(detail)]
        answered = [detail for detail in over if detail.answered_at is not None]
        not_journalled = [detail for detail in answered if not await self._journal.entries(detail.call_id)]
        archived = await self._archive.has([detail.call_id for detail in not_journalled])
        untold = [detail for detail in not_journalled if detail.call_id not in archived]
        for detail in untold:
            await self._store(detail)
        journalled = {detail.call_id for detail in answered} - {detail.call_id for detail in not_journalled}
        await self._cel.forget({detail.call_id for detail in over} - journalled)

    def _is_over(self, detail: CallDetail) -> bool:
        if detail.ended_at is not None:
            return True
        if self.booted_at is not None and detail.last_seen_at < self.booted_at:
            return True
        return self._clock.now() - detail.last_seen_at > _SETTLED

    async def _store(self, detail: CallDetail) -> None:
        """A call that no controller ever heard of: the fallback served it, or nobody did."""
        if not detail.talked and call_back_of(detail.call_id) is None:  # a call back is made again
            follow_up = FollowUp(
                effect_id=EffectId(f"{detail.call_id}/reconciled"),
                call_id=detail.call_id,
                reason=CUT_OFF,
                opened_at=self._clock.now(),
            )
            await self._follow_ups.open(follow_up)
        await self._archive.store([ArchivedCall(record=self._record(detail))])
        log.info("call_archived_from_cel", call_id=detail.call_id, talked=detail.talked, fallback=detail.in_fallback)

    def _record(self, detail: CallDetail) -> CallRecord:
        served = detail.in_fallback or detail.talked
        return CallRecord(
            incoming=self._incoming_of(detail),
            known=Known(person=PersonReached.ANSWERED if detail.talked else PersonReached.NOBODY),
            answered_at=detail.answered_at,
            ended_at=detail.ended_at or detail.last_seen_at,
            ending=Ending(outcome=Outcome.FALLBACK if served else Outcome.UNFINISHED, end_reason=self._reason(detail)),
        )
