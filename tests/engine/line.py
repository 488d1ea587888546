"""A whole line in memory: calls come in, controllers die and come back, and a test says what it expects."""

import asyncio
from dataclasses import replace

from ivr.adapters.memory.journal import MemoryJournal
from ivr.adapters.memory.voice import MemorySession, ScriptedCaller
from ivr.adapters.memory.world import MemoryWorld
from ivr.domain.call import CallRecord, Incoming
from ivr.domain.events import Event
from ivr.domain.exchange import AgentConnected, LegEnded
from ivr.domain.ids import CallId, EffectId, Linkedid, QueueName, Uniqueid
from ivr.engine.record import record_of
from ivr.engine.storybook import Storybook
from ivr.engine.switchboard import Switchboard
from ivr.flow.steps import LeftQueue, QueueExit
from ivr.ports.journal import Closed, Entry
from ivr.ports.voice import Arrival, RecordingRefused
from tests.conversation import MANNERS, incoming

CALL = incoming().call_id


class Line:
    """One journal, one list of follow-ups, and controllers one after the other."""

    def __init__(self, book: Storybook | None = None) -> None:
        self.journal = MemoryJournal()
        self.world = MemoryWorld()
        self.follow_ups = self.world.follow_ups
        self.clock = self.world.clock
        self.book = book or Storybook.of(MANNERS)
        self.events: list[Event] = []
        self.recorded_after: list[list[str]] = []
        """What the caller had heard each time that a recording was to begin."""
        self.refuses_to_record = False
        self._sessions: set[asyncio.Task[None]] = set()
        self.switchboard = self._new_controller()

    def _new_controller(self) -> Switchboard:
        return Switchboard(self.world.tools(self.book, self.journal, self.events.append))

    async def arrives(
        self,
        caller: ScriptedCaller,
        call: Incoming | None = None,
        *,
        attempt: int = 1,
        at_keypad: bool = False,
        back: EffectId | None = None,
        left: LeftQueue | None = None,
    ) -> MemorySession:
        """The exchange hands a call over; the session, after everything that can happen has."""
        arrival = Arrival(incoming=call or incoming(), attempt=attempt, back_from=back, left=left, at_keypad=at_keypad)
        leg = Uniqueid(arrival.incoming.call_id)
        if leg not in {live.uniqueid for live in await self.world.exchange.legs()}:
            self.world.exchange.open_leg(leg)
        session = MemorySession(arrival, caller, lambda: self._record(leg, caller))
        task = asyncio.create_task(self.switchboard.session_arrived(session))
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)
        await self.settle()
        return session

    def _record(self, leg: Uniqueid, caller: ScriptedCaller) -> None:
        if self.refuses_to_record:
            raise RecordingRefused("no such application")
        self.recorded_after.append(list(caller.heard))
        self.world.exchange.record_leg(leg)

    async def comes_back(
        self, session: MemorySession, caller: ScriptedCaller, how: QueueExit = QueueExit.ANSWERED
    ) -> MemorySession:
        """The dialplan brings the call back from the queue that this session handed it over to."""
        assert session.handed_over is not None, "the call was not handed over"
        _, effect = session.handed_over
        return await self.arrives(caller, session.arrival.incoming, back=effect, left=LeftQueue(how))

    async def killed(self) -> None:
        """The controller dies, and another starts on the same journal."""
        await self.switchboard.stop()
        for task in self._sessions:
            task.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        self.switchboard = self._new_controller()
        await self.switchboard.take_up_open_calls()
        await self.settle()

    async def settle(self) -> None:
        """Let everything that can happen without time passing happen."""
        for _ in range(200):
            await asyncio.sleep(0)

    async def caller_hangs_up(self, call: CallId = CALL) -> None:
        """The exchange says that the caller's leg is gone."""
        await self.switchboard.hear(
            LegEnded(uniqueid=Uniqueid(call), linkedid=Linkedid(call), cause=16, cause_text="Normal Clearing")
        )
        await self.settle()

    async def person_answers(self, call: CallId = CALL) -> None:
        """The exchange says that somebody talks with the caller."""
        await self.switchboard.hear(
            AgentConnected(
                uniqueid=Uniqueid(call),
                linkedid=Linkedid(call),
                queue=QueueName("service"),
                agent_interface="PJSIP/desk1",
                waited=4,
            )
        )
        await self.settle()

    async def entries(self, call: CallId = CALL) -> list[Entry]:
        """The call's journal."""
        return await self.journal.entries(call)

    async def record(self, call: CallId = CALL) -> CallRecord:
        """The call's record; it must be closed."""
        entries = await self.entries(call)
        assert isinstance(entries[-1].fact, Closed), f"not closed: {entries[-1].fact}"
        return record_of(entries)

    async def reasons(self, call: CallId = CALL) -> list[str]:
        """Why follow-ups were opened for the call."""
        return [follow_up.reason for follow_up in await self.follow_ups.of_call(call)]


def numbered(place: int) -> Incoming:
    """Another call, told apart by its number."""
    name = f"n1-1767603600.{place}"
    return replace(incoming(), call_id=CallId(name), linkedid=Linkedid(name))
