"""The switchboard: knows the live calls, and brings sessions and news of the exchange to their tellers."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

import structlog

from ivr.domain.banking import CustomerToken
from ivr.domain.call import EndReason, PersonReached
from ivr.domain.errors import HungUp
from ivr.domain.exchange import AgentConnected, DialledOut, ExchangeEvent, LegEnded, QueueJoined, RoomEntered
from ivr.domain.ids import CallId, Linkedid, QueueName, Uniqueid, called_to
from ivr.engine.reconciler import Departure
from ivr.engine.teller import Teller, Tools
from ivr.flow.steps import JoinQueue
from ivr.ports.exchange import ExchangeDown, ExchangeRefused
from ivr.ports.journal import Closed, JournalFull
from ivr.ports.voice import SessionLost, VoiceSession

log = structlog.get_logger()


class Switchboard:
    """Every call that is not closed has one teller here, running."""

    def __init__(
        self,
        tools: Tools,
        on_closed: Callable[[CallId], None] = lambda _: None,
    ) -> None:
        """`on_closed` hears of every call that is over."""
        self._tools = tools
        self._on_closed = on_closed
        self.look_closer: Callable[[], None] = lambda: None
        """Hurries the reconciler."""
        self._tellers: dict[CallId, Teller] = {}
        self._tasks: dict[CallId, asyncio.Task[None]] = {}
        self._reactions: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.draining = False
        """New calls are given to the static fallback; those that live go on."""
        self.journal_full = False
        """The last write found the disk full: an alarm, and new calls are served without us."""

    @property
    def tellers(self) -> dict[CallId, Teller]:
        """The live calls."""
        return dict(self._tellers)

    def priority_of(self, call_id: CallId) -> int | None:
        """With which priority the call was sent to the queue that it waits in; None: it is not known to wait."""
        teller = self._tellers.get(call_id)
        step = teller.pending if teller else None
        return step.priority if isinstance(step, JoinQueue) else None

    async def place_raised(self, call_id: CallId, queue: QueueName, priority: int) -> None:
        """A waiting caller was given a higher place: his journal holds it."""
        teller = self._tellers.get(call_id)
        if teller is not None:
            try:
                await teller.place_raised(queue, priority)
            except JournalFull as full:
                self._sound_journal_alarm(full)

    def customer_of(self, call_id: CallId) -> CustomerToken | None:
        """Whose call it is, as far as is known: by himself, else by his number."""
        teller = self._tellers.get(call_id)
        known = teller.record.known if teller else None
        facts = (known.customer or known.hint) if known else None
        return facts.customer if facts else None

    async def take_up_open_calls(self) -> int:
        """Go on with every call that an earlier controller left open; how many."""
        open_calls = await self._tools.journal.open_calls()
        for call_id in open_calls:
            if call_id not in self._tellers:
                await self._take_up(call_id)
        return len(open_calls)

    async def session_arrived(self, session: VoiceSession) -> None:
        """The exchange handed a call over. Returns when the session is needed no more."""
        try:
            teller = self._tellers.get(session.call_id) or await self._teller_for(session)
        except JournalFull as full:
            self._sound_journal_alarm(full)
            teller = None
        if teller is None:
            if not session.arrival.at_keypad:  # from there he goes back to his person
                await _to_fallback(session)
        elif session.arrival.at_keypad:
            await self._at_keypad(teller, session)
        else:
            await teller.arrive(session).wait()

    async def hear(self, event: ExchangeEvent) -> None:
        """News of the exchange."""
        match event:
            case LegEnded(uniqueid=uniqueid, linkedid=linkedid):
                if (teller := self._tellers.get(CallId(uniqueid))) is not None:
                    self._caller_left(teller)
                elif (teller := self._owner(uniqueid, linkedid)) is not None:
                    self._react(teller, teller.conductor.leg_ended(uniqueid))
            case RoomEntered(uniqueid=uniqueid):
                if (teller := self._tellers.get(CallId(uniqueid))) is not None:
                    self._react(teller, teller.conductor.caller_in_room())
            case DialledOut(uniqueid=uniqueid, succeeded=succeeded):
                if (teller := self._owner(uniqueid)) is not None:
                    self._react(teller, teller.conductor.dialled(uniqueid, answered=succeeded))
            case AgentConnected(uniqueid=uniqueid) | QueueJoined(uniqueid=uniqueid):
                if (teller := self._tellers.get(CallId(uniqueid))) is not None:
                    await self._write_down(teller, event)
            case _:
                pass

    async def _write_down(self, teller: Teller, event: AgentConnected | QueueJoined) -> None:
        """What happens to him in a queue."""
        try:
            match event:
                case AgentConnected(agent_interface=interface, waited=waited, agent_leg=leg):
                    await teller.person_connected(interface, waited, leg)
                case QueueJoined(queue=queue, position=position):
                    await teller.stood_in_queue(queue, position)
        except JournalFull as full:
            self._sound_journal_alarm(full)

    async def look_at_conversations(self) -> None:
        """Take up what happened in them while nobody looked. Raises ExchangeDown."""
        tellers = [teller for teller in self._tellers.values() if teller.is_with_persons]
        if not tellers:
            return
        legs = await self._tools.exchange.legs()
        for teller in tellers:
            self._react(teller, teller.conductor.look(legs))

    async def close(self, call_id: CallId, departure: Departure) -> None:
        """The reconciler found that this call has ended."""
        teller = self._tellers.get(call_id) or await self._take_up(call_id)
        if teller is None:
            return
        if departure.in_fallback:
            await teller.served_by_fallback(talked=departure.talked)
        elif departure.talked and teller.known.person is PersonReached.WAITING and not teller.had_a_person:
            await teller.person_connected("", 0)
        teller.caller_gone(departure.reason, departure.at)

    async def drained(self) -> None:
        """Take no new calls; return when the last live one is closed."""
        self.draining = True
        await self._empty.wait()

    async def stop(self) -> None:
        """Let go of every call as a crash would: their journals are whole, the next controller goes on."""
        tasks = [*self._tasks.values(), *self._reactions]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ------------------------------------------------------------------------------------------------
    def _caller_left(self, teller: Teller) -> None:
        self._react(teller, teller.conductor.caller_left(teller.conversation))
        if teller.taken_up:  # the exchange's own record knows what happened while no controller looked
            self.look_closer()
        else:
            teller.caller_gone(EndReason.CALLER_HUNG_UP, self._tools.clock.now())

    def _owner(self, leg: Uniqueid, linkedid: Linkedid | None = None) -> Teller | None:
        """The call that a person's leg belongs to: app_queue's are linked to it, ours bear its name."""
        return self._tellers.get(called_to(leg) or CallId("")) or self._tellers.get(CallId(linkedid or ""))

    def _react(self, teller: Teller, reaction: Coroutine[None, None, None]) -> None:
        """Do it beside the reading of events: a turn waits for the exchange's answer, and maybe for a moment."""
        task = asyncio.create_task(self._reacting(teller, reaction))
        self._reactions.add(task)
        task.add_done_callback(self._reactions.discard)

    async def _reacting(self, teller: Teller, reaction: Coroutine[None, None, None]) -> None:
        try:
            await reaction
        except JournalFull as full:
            self._sound_journal_alarm(full)
        except (ExchangeDown, ExchangeRefused) as fault:
            log.warning("conversation_not_served", call_id=teller.call_id, why=str(fault))
            await _look_again(teller)
        except Exception:
            log.exception("conversation_failed", call_id=teller.call_id)

    async def _at_keypad(self, teller: Teller, session: VoiceSession) -> None:
        try:
            await teller.at_keypad(session)
        except JournalFull as full:
            self._sound_journal_alarm(full)

    async def _teller_for(self, session: VoiceSession) -> Teller | None:
        entries = await self._tools.journal.entries(session.call_id)
        if entries:
            return await self._take_up(session.call_id)
        if self.draining or session.arrival.at_keypad:
            return None
        teller = await Teller.begin(session.arrival.incoming, self._tools)
        return self._run(teller)

    async def _take_up(self, call_id: CallId) -> Teller | None:
        entries = await self._tools.journal.entries(call_id)
        if not entries or isinstance(entries[-1].fact, Closed):
            return None
        teller = await Teller.take_up(call_id, entries, self._tools)
        log.info("call_taken_up", call_id=call_id, step=type(teller.pending).__name__)
        return self._run(teller)

    def _run(self, teller: Teller) -> Teller:
        self._tellers[teller.call_id] = teller
        self._empty.clear()
        self._tasks[teller.call_id] = asyncio.create_task(self._tell(teller), name=f"call {teller.call_id}")
        return teller

    async def _tell(self, teller: Teller) -> None:
        try:
            await teller.tell()
            self.journal_full = False
            self._on_closed(teller.call_id)
        except JournalFull as full:
            self._sound_journal_alarm(full)
            await teller.give_up()
        except Exception:
            log.exception("call_failed", call_id=teller.call_id)
            await teller.give_up()
        finally:
            del self._tellers[teller.call_id], self._tasks[teller.call_id]
            if not self._tellers:
                self._empty.set()

    def _sound_journal_alarm(self, why: JournalFull) -> None:
        if not self.journal_full:
            mend = "make room below the home, or see to its disk; calls go to the static fallback until then"
            log.error("journal_full", why=str(why), mend=mend)
        self.journal_full = True


async def _look_again(teller: Teller) -> None:
    try:
        await teller.conductor.look_again()
    except (ExchangeDown, ExchangeRefused, JournalFull) as fault:  # the next link-up looks
        log.info("conversation_looked_at_later", call_id=teller.call_id, why=str(fault))


async def _to_fallback(session: VoiceSession) -> None:
    with suppress(HungUp, SessionLost):  # gone, or the dialplan has it already
        await session.to_fallback()
