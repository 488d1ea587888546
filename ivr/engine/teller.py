"""The teller: tells one call's story to one caller, and writes down every answer before it acts on it.

It owns the tail of the call's journal. The commit that holds a reply also holds the step that follows from it, so a
step costs one commit, and a call is always found either with a step asked, or over.

What may happen to it from outside comes in by three doors: a session arrives (the exchange hands the channel over,
perhaps again), a person answers in the queue, the caller is gone.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

import structlog

from ivr.domain.call import CallRecord, EndReason, Incoming, Known
from ivr.domain.conversation import Conversation, Places
from ivr.domain.errors import HungUp, Misfit
from ivr.domain.events import Event
from ivr.domain.ids import CallId, EffectId, NodeId, QueueName, RecordingName, Uniqueid, effect_id
from ivr.engine.answering import Desk
from ivr.engine.conductor import Conductor
from ivr.engine.doing import Hands
from ivr.engine.gate import Gate
from ivr.engine.keypad import found_out, outcome
from ivr.engine.public import event_of
from ivr.engine.record import record_of
from ivr.engine.recorder import Recorder, Tape
from ivr.engine.storybook import AFTERMATH, MISFIT, Storybook
from ivr.engine.talks import connected_at, conversation_of, handed_on
from ivr.engine.telling import Telling, first_step_of, retell
from ivr.flow.on_call import verify_on_call
from ivr.flow.person import CALL_BACK
from ivr.flow.steps import (
    Ask,
    Do,
    FollowUpOpened,
    Identify,
    JoinQueue,
    Lookup,
    Menu,
    Note,
    Noted,
    OpenFollowUp,
    QueueExit,
    Record,
    Reply,
    Say,
    Step,
    Verify,
    sentences,
)
from ivr.flow.talk import FIRST, Talk
from ivr.policies.routing import BASE
from ivr.ports.archive import ArchiveDown, FollowUp, FollowUps
from ivr.ports.clock import Clock
from ivr.ports.exchange import Exchange
from ivr.ports.journal import (
    Answered,
    Asked,
    CallerLeft,
    ChapterTurned,
    Closed,
    Entry,
    Fact,
    Journal,
    JournalFull,
    Learned,
    Opened,
    PersonConnected,
    PlaceRaised,
    ServedByFallback,
    StoodInQueue,
    TakenUp,
)
from ivr.ports.voice import SessionLost, VoiceSession

log = structlog.get_logger()

Speaking: TypeAlias = Say | Menu | Ask | Record | Identify | Verify

_LONGEST_PAUSE = 30.0
"""Seconds between two tries of a deed whose other side is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every teller works with."""

    storybook: Storybook
    journal: Journal
    follow_ups: FollowUps
    gate: Gate
    recorder: Recorder
    desk: Desk
    hands: Hands
    exchange: Exchange
    places: Callable[[], Places]
    """Where a call can be sent to now."""
    clock: Clock
    publish: Callable[[Event], None]
    """Hands an event to the bus without waiting for it."""


class Teller:
    """One call, from its opening to its close."""

    def __init__(self, call_id: CallId, node: NodeId, tools: Tools, entries: Sequence[Entry] = ()) -> None:
        self.call_id = call_id
        self._node = node
        self._tools = tools
        self._entries = list(entries)
        self._telling: Telling | None = None
        self._session: VoiceSession | None = None
        self._session_over = asyncio.Event()
        self._gone: tuple[EndReason, datetime] | None = None
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self.tape = Tape(call_id, tools.recorder, self._write, entries)
        """Its recording."""
        self.taken_up = bool(entries)
        """An earlier controller had it: what happened in between was not seen here."""
        self.conductor = Conductor(self, tools.exchange, tools.places, tools.clock)
        self._log = log.bind(call_id=call_id)

    # -------------------------------------------------------------------------------------- beginning
    @classmethod
    async def begin(cls, incoming: Incoming, tools: Tools) -> "Teller":
        """Open a new call in the journal. Raises JournalFull."""
        teller = cls(incoming.call_id, incoming.node, tools)
        book = tools.storybook
        opened = Opened(incoming=incoming, flow=book.flow, configuration=book.configuration)
        record = CallRecord(incoming=incoming)
        teller._telling = Telling(book.story("hotline", record), 1)
        await teller._write(opened, *teller._due())
        return teller

    @classmethod
    async def take_up(cls, call_id: CallId, entries: Sequence[Entry], tools: Tools) -> "Teller":
        """Go on with a call that an earlier controller left. Raises JournalFull."""
        teller = cls(call_id, record_of(entries).incoming.node, tools, entries)
        try:
            teller._telling = retell(tools.storybook, entries)
        except Misfit as misfit:
            teller._log.warning("journal_fits_no_more", why=str(misfit))
        except Exception:  # a story that fails on its own past would fail again: a person takes the call
            teller._log.exception("story_failed_when_retold")
        await teller._write(TakenUp())
        return teller

    # ------------------------------------------------------------------------------------ three doors
    def arrive(self, session: VoiceSession) -> asyncio.Event:
        """The channel obeys this session now; the event is set once the session is needed no more."""
        self._drop_session()
        self._session, self._session_over = session, asyncio.Event()
        self._news.set()
        return self._session_over

    async def person_connected(self, interface: str, waited: int, leg: Uniqueid | None = None) -> None:
        """A person answered in the queue. Raises JournalFull."""
        await self._write(PersonConnected(interface=interface, waited=waited, leg=leg))

    async def stood_in_queue(self, queue: QueueName, position: int) -> None:
        """He has a place in a queue. Raises JournalFull."""
        await self._write(StoodInQueue(queue=queue, position=position))

    async def at_keypad(self, session: VoiceSession) -> None:
        """A person has sent the caller to the keypad. Returns when he is to go back. Raises JournalFull."""
        if not self.is_with_persons or not await self.conductor.at_keypad():
            return
        before = self.known
        talk = Talk(self.incoming, self._tools.storybook.manners, before, recognised=True)
        story = verify_on_call(talk, self.conductor.wanted)
        now = await found_out(story, before, lambda step, number: self._perform_at(session, step, number))
        await self.conductor.keyed(before, now, outcome(before, now))

    async def place_raised(self, queue: QueueName, priority: int) -> None:
        """He has waited, and stands higher now. Raises JournalFull."""
        await self._write(PlaceRaised(queue=queue, priority=priority))

    async def served_by_fallback(self, *, talked: bool) -> None:
        """The exchange's static fallback had the call. Raises JournalFull."""
        await self._write(ServedByFallback(talked=talked))

    def caller_gone(self, reason: EndReason, at: datetime) -> None:
        """The caller's leg has ended. Hearing it twice changes nothing."""
        if self._gone is None:
            self._gone = (reason, at)
            self._news.set()

    # ---------------------------------------------------------------------------------------- telling
    @property
    def record(self) -> CallRecord:
        """What is known of the call now."""
        return record_of(self._entries)

    @property
    def pending(self) -> Step | None:
        """The step being carried out."""
        return self._telling.pending if self._telling else None

    @property
    def known(self) -> Known:
        """What is known of the call now."""
        return self.record.known

    @property
    def incoming(self) -> Incoming:
        """As it came in."""
        fact = self._entries[0].fact
        if not isinstance(fact, Opened):
            raise TypeError(f"{self.call_id}: the journal does not begin with the call's opening")
        return fact.incoming

    @property
    def conversation(self) -> Conversation:
        """Who has the call, and who hears whom."""
        return conversation_of(self._entries)

    @property
    def connected_at(self) -> datetime | None:
        """When the last person answered in a queue."""
        return connected_at(self._entries)

    @property
    def had_a_person(self) -> bool:
        """Somebody answered, sooner or later."""
        return self.connected_at is not None

    @property
    def next_entry(self) -> int:
        """The number of the entry that is written next."""
        return len(self._entries) + 1

    @property
    def is_with_persons(self) -> bool:
        """The story has given the caller away, and he has not left."""
        return isinstance(self.pending, JoinQueue) and self._gone is None and not self._caller_has_left

    async def is_heard_again(self) -> None:
        """No secret is keyed in any more: what was muted for one is recorded again. Raises JournalFull."""
        if self.is_with_persons:
            await self.tape.unmute_what_was_left()

    async def write_down(self, *facts: Fact) -> None:
        """Journal what happened in a conversation, unless that is over. Raises JournalFull."""
        if self.is_with_persons:
            await self._write(*facts)

    async def tell(self) -> None:
        """Tell the story to its end, see to the aftermath, close the call. Raises JournalFull."""
        if not self._caller_has_left:
            reason, at = await self._converse()
            await self._write(CallerLeft(reason=reason, at=at), *self._turn_page(AFTERMATH, reason, at))
        elif self._telling is None:
            await self._write(*self._turn_page(AFTERMATH))
        try:
            await self._carry_out()
        except JournalFull:
            raise
        except Exception:
            self._log.exception("aftermath_failed")
        record = self.record
        if record.ending is None or record.ended_at is None:
            raise RuntimeError(f"{self.call_id}: closed without an ending")
        await self._write(Closed(ending=record.ending, ended_at=record.ended_at))

    async def give_up(self) -> None:
        """This controller cannot go on with the call: the static fallback of the exchange brings it to a person."""
        session = self._session
        if session is not None:
            with suppress(HungUp, SessionLost):  # gone, or the dialplan has it already
                await session.to_fallback()
        self._drop_session()

    async def _converse(self) -> tuple[EndReason, datetime]:
        """Speak with the caller until one side hangs up; who, and when."""
        try:
            if self._telling is None:
                await self._write(*self._turn_page(MISFIT))
            try:
                await self._carry_out()
            except (HungUp, JournalFull):
                raise
            except Exception:
                self._log.exception("story_failed")
                await self._write(*self._turn_page(MISFIT))
                await self._carry_out()
            await self._hang_up()
        except HungUp:
            if self._telling is not None:
                self._telling.hang_up()
            self._drop_session()
            return self._gone or (EndReason.CALLER_HUNG_UP, self._tools.clock.now())
        self._drop_session()
        return EndReason.WE_HUNG_UP, self._tools.clock.now()

    @property
    def _current(self) -> Telling:
        """The chapter being told."""
        if self._telling is None:
            raise RuntimeError(f"{self.call_id}: no story is being told")
        return self._telling

    async def _carry_out(self) -> None:
        while (step := self._current.pending) is not None:
            await self._advance(await self._perform(step))

    async def _advance(self, reply: Reply) -> None:
        telling = self._current
        facts: list[Fact] = [Answered(number=telling.number, reply=reply)]
        try:
            telling.answer(reply)
            facts += self._due()
        except Exception:
            await self._write(*facts)  # what the caller did is kept, whatever the story made of it
            raise
        await self._write(*facts)

    def _due(self) -> list[Fact]:
        """The entries up to the next step that takes time: a note is answered as soon as it is asked."""
        telling = self._current
        facts: list[Fact] = []
        while (step := telling.pending) is not None:
            facts.append(Asked(number=telling.number, step=step))
            if not isinstance(step, Note):
                break
            facts.append(Answered(number=telling.number, reply=Noted()))
            telling.answer(Noted())
        return facts

    def _turn_page(self, chapter: str, reason: EndReason | None = None, at: datetime | None = None) -> list[Fact]:
        """Begin another chapter, the caller's leaving (to be written before it) already in view."""
        book = self._tools.storybook
        entries = list(self._entries)
        if reason is not None and at is not None:
            entries += self._as_entries([CallerLeft(reason=reason, at=at)])
        self._telling = Telling(book.story(chapter, record_of(entries)), first_step_of(entries))
        return [ChapterTurned(chapter=chapter, flow=book.flow, configuration=book.configuration), *self._due()]

    # ------------------------------------------------------------------------------------- performing
    async def _perform(self, step: Step) -> Reply:
        if not isinstance(step, Identify | Verify):
            await self.tape.unmute_what_was_left()
        match step:
            case Say() | Menu() | Ask() | Record() | Identify() | Verify():
                return await self._speak(step)
            case Lookup(question):
                answer = self._tools.desk.answer(question, self.incoming)
                return await self._meanwhile(answer, "please_wait_asking")
            case Do(deed):
                effect = effect_id(self.call_id, self._current.number)
                done = self._tools.hands.do(deed, effect, self.incoming)
                return await self._meanwhile(done, "please_wait_doing")
            case JoinQueue():
                return await self._queue(step)
            case OpenFollowUp():
                return await self._open_follow_up(step)
            case Note():
                return Noted()

    async def _speak(self, step: Speaking) -> Reply:
        while True:
            session = await self._session_at_hand()
            try:
                return await self._speak_to(session, step, f"{self._current.number}")
            except SessionLost:
                self._drop_session(session)

    async def _speak_to(self, session: VoiceSession, step: Speaking, number: str) -> Reply:
        match step:
            case Say():
                return await session.say(await self.tape.from_the_notice_on(session, step))
            case Menu():
                return await session.menu(await self.tape.from_the_notice_on(session, step))
            case Ask():
                return await session.ask(step)
            case Record():
                return await session.record(step, RecordingName(f"{self.call_id}-{number}"))
            case Identify():
                return await self._tools.gate.identify(session, step, self.incoming, self.tape.unheard)
            case Verify():
                return await self._tools.gate.verify(session, step, self.incoming, self.tape.unheard)

    async def _perform_at(self, session: VoiceSession, step: Step, number: int) -> Reply:
        """A step of the dialogue at the keypad; its effects have names of their own."""
        name = f"{self._current.number}.{self.next_entry}.{number}"
        match step:
            case Do(deed):
                effect = EffectId(f"{self.call_id}/{name}")
                waiting = sentences(self.known.language or FIRST, "please_wait_doing")
                return await session.meanwhile(self._tools.hands.do(deed, effect, self.incoming), waiting)
            case Say() | Menu() | Ask() | Record() | Identify() | Verify():
                return await self._speak_to(session, step, name)
            case _:
                raise TypeError(f"{type(step).__name__} does not come at the keypad")

    async def _meanwhile(self, work: Coroutine[Any, Any, Reply], words: str) -> Reply:
        """With these words and music where the caller is here and it takes long. It is carried out to its end whether
        he is or not.
        """
        session = self._session
        if session is None or self._gone is not None:
            return await work
        return await session.meanwhile(work, sentences(self.record.known.language or FIRST, words))

    async def _queue(self, step: JoinQueue) -> Reply:
        """Hand over, and wait for the call to come back from it. A call that comes back from elsewhere (an earlier
        controller died before it had handed over) is handed over again. So is one that a person sent to another queue,
        of which the story knows nothing, and whose caller pressed there what means something in the story's own.
        """
        effect = effect_id(self.call_id, self._current.number)
        while True:
            session = await self._session_at_hand()
            left, wait = session.arrival.left, step
            if session.arrival.back_from == effect and left is not None:
                onward = handed_on(step, self._entries, self._tools.places())
                offers = self._tools.storybook.manners.call_backs.enabled  # else the key is one of the configuration's
                if onward is None or not offers or (left.how, left.key) != (QueueExit.KEY, CALL_BACK):
                    return replace(left, learned=self._learned)
                wait = replace(onward, priority=max(step.priority, BASE[self.known.urgency]))
            with suppress(SessionLost):
                await session.hand_over(wait, effect)
            self._drop_session(session)

    @property
    def _learned(self) -> Known | None:
        """What is known, where a conversation found something out since the story noted it last."""
        for entry in reversed(self._entries):
            match entry.fact:
                case Learned():
                    return self.known
                case Asked():
                    return None
        return None

    async def _open_follow_up(self, step: OpenFollowUp) -> Reply:
        clock = self._tools.clock
        effect = effect_id(self.call_id, self._current.number)
        follow_up = FollowUp(effect_id=effect, call_id=self.call_id, reason=step.reason, opened_at=clock.now())
        pause = 0.5
        while True:
            try:
                await self._tools.follow_ups.open(follow_up)
                return FollowUpOpened()
            except ArchiveDown as down:
                self._log.warning("follow_up_waits_for_archive", why=str(down), pause=pause)
                await clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _hang_up(self) -> None:
        while True:
            session = await self._session_at_hand()
            try:
                await session.finish()
                return
            except SessionLost:
                self._drop_session(session)

    async def _session_at_hand(self) -> VoiceSession:
        while True:
            if self._gone is not None:
                raise HungUp
            if self._session is not None:
                return self._session
            self._news.clear()
            await self._news.wait()

    def _drop_session(self, session: VoiceSession | None = None) -> None:
        if session is None or session is self._session:
            self._session = None
            self._session_over.set()

    # ---------------------------------------------------------------------------------------- writing
    @property
    def _caller_has_left(self) -> bool:
        return any(isinstance(entry.fact, CallerLeft) for entry in self._entries)

    async def _write(self, *facts: Fact) -> None:
        """Journal the facts in one commit, then tell the world. A person's answer (`person_connected`) may come
        between two steps, hence the lock: sequences have no gap."""
        async with self._writing:
            entries = self._as_entries(facts)
            await self._tools.journal.append(entries)
            self._entries += entries
        for entry in entries:
            event = event_of(entry, self._node)
            if event is not None:
                self._tools.publish(event)

    def _as_entries(self, facts: Sequence[Fact]) -> list[Entry]:
        clock = self._tools.clock
        now, monotonic, first = clock.now(), clock.monotonic(), len(self._entries) + 1
        return [
            Entry(call_id=self.call_id, sequence=first + place, at=now, monotonic=monotonic, fact=fact)
            for place, fact in enumerate(facts)
        ]
