"""The floor: what the exchange tells of phones becomes presence, and presence becomes membership of the queues.

One task reads both. Nothing that a caller needs waits for it: calls are told by their tellers, app_queue rings by the
members that were set last, and where this task or the database is slow or dead, only the next change comes later.

What is believed of a phone: `AgentCalled` rings it, its leg's answer makes it talk, and its leg's `Hangup` ends that
(docs/decisions/0009). A ring that ends without `AgentRingNoAnswer` was no fault of the agent: another answered, or the
caller left; since the miss is told after the leg's end, that is concluded a moment later (`SETTLED`).
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from ivr.application.roster import Roster
from ivr.domain.banking import CustomerToken
from ivr.domain.errors import HotlineError
from ivr.domain.exchange import (
    AgentCalled,
    AgentConnected,
    AgentMissed,
    ExchangeEvent,
    LegAnswered,
    LegEnded,
    LegOpened,
    LinkDown,
    LinkUp,
    MemberSeen,
    PhoneState,
    QueueJoined,
    QueueLeft,
)
from ivr.domain.ids import AgentId, CallId, Linkedid, Uniqueid
from ivr.domain.presence import PHONE_GONE, Presence, PresenceEvent, PresenceState
from ivr.domain.ticket import Illegal, Party, Role
from ivr.engine.attendance import PATIENCE, Attendance
from ivr.engine.places import WaitingRoom
from ivr.engine.seats import Seats
from ivr.ports.agents import Agents, Handled
from ivr.ports.archive import ArchiveDown
from ivr.ports.clock import Clock
from ivr.ports.exchange import Exchange, ExchangeDown, ExchangeRefused, LiveLeg
from ivr.ports.phones import Phones, PhonesDown

log = structlog.get_logger(__name__)

TICK = 0.5
"""Seconds between two looks at the clock."""
SETTLED = 0.4
"""Seconds after the end of a ringing leg in which a miss would have been told."""
LOOKED_AGAIN = 60.0
"""Seconds until accounts and queues are looked at anew, whatever was told."""
_PAUSED_FOR_PHONE = (PresenceState.PAUSED, PHONE_GONE)


class Floor:
    """Runs beside the switchboard, on the same events."""

    def __init__(
        self,
        *,
        attendance: Attendance,
        roster: Roster,
        exchange: Exchange,
        seats: Seats,
        places: WaitingRoom,
        phones: Phones,
        clock: Clock,
        customer_of: Callable[[CallId], CustomerToken | None],
        agents: Agents,
    ) -> None:
        """`customer_of` tells whose call it is, and `agents` remembers who helped him."""
        self._attendance = attendance
        self._roster = roster
        self._exchange = exchange
        self._seats = seats
        self._places = places
        self._phones = phones
        self._clock = clock
        self._customer_of = customer_of
        self._agents = agents
        self._line = Party(Role.LINE, roster.node)
        self._inbox: asyncio.Queue[ExchangeEvent | None] = asyncio.Queue()
        self._up = False
        self._phone_states: dict[AgentId, PhoneState] = {}
        """Whose phone is not registered, or does not answer."""
        self._legs: dict[Uniqueid, AgentId] = {}
        """Living legs of agents' phones."""
        self._talking: set[Uniqueid] = set()
        """Those of them that were answered."""
        self._rung_out: dict[AgentId, float] = {}
        """Whose ringing leg has ended, and since when (clock's monotonic)."""
        self._look_at = 0.0
        self._stale = True
        self._phones_owed = True
        """The exchange is to be told who may register."""

    @property
    def standing(self) -> Mapping[AgentId, Presence]:
        """How it stands with everyone, by staff number."""
        return self._attendance.standing

    # ------------------------------------------------------------------------------------------ doors
    def hear(self, event: ExchangeEvent) -> None:
        """News of the exchange, in order. Returns at once."""
        self._inbox.put_nowait(event)

    def presence_changed(self) -> None:
        """Somebody's presence was changed elsewhere: the queues follow. Returns at once."""
        self._inbox.put_nowait(None)

    def accounts_changed(self) -> None:
        """Agents were added, changed or removed: read them anew. Returns at once."""
        self._stale = True
        self._inbox.put_nowait(None)

    async def run(self) -> None:
        """For ever."""
        ticking = asyncio.create_task(self._tick_for_ever())
        try:
            while True:
                await self._turn(await self._inbox.get())
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    async def _tick_for_ever(self) -> None:
        while True:
            await self._clock.sleep(TICK)
            if self._inbox.empty():
                self._inbox.put_nowait(None)

    async def _turn(self, event: ExchangeEvent | None) -> None:
        """All that was told by now, what time asks for, and the queues after it."""
        try:
            await self._load_if_stale()
            while True:
                if event is not None:
                    await self._take(event)
                if self._inbox.empty():
                    break
                event = self._inbox.get_nowait()
            await self._see_to_time()
            if self._up and self._attendance.loaded:
                await self._seats.follow(self._attendance, self._places.waiting, self._clock.now())
                await self._places.raise_those_due()
                await self._provide_phones()
        except (ExchangeDown, ExchangeRefused) as fault:
            self._seats.forget()
            log.info("floor_put_off", why=str(fault))
        except Exception:  # a case that nobody foresaw must not end the controller, and with it every dialogue
            self._seats.forget()
            log.exception("floor_failed")

    # ------------------------------------------------------------------------------------------ what is told
    async def _take(self, event: ExchangeEvent) -> None:
        match event:
            case LinkUp():
                self._up = True
                await self._begin_anew()
            case LinkDown():
                self._up = False
                self._phone_states.clear()
                self._seats.forget()
            case QueueJoined():
                self._places.joined(event)
            case QueueLeft(uniqueid=uniqueid, queue=queue):
                self._places.left(uniqueid, queue)
            case AgentCalled(agent_interface=interface, uniqueid=caller, agent_leg=leg):
                await self._rings(interface, CallId(caller), leg)
            case AgentMissed(agent_interface=interface):
                await self._missed(interface)
            case AgentConnected(agent_interface=interface, uniqueid=caller, agent_leg=leg):
                await self._connected(interface, CallId(caller), leg)
            case MemberSeen(agent_interface=interface, phone=phone):
                self._phone_seen(interface, phone)
            case LegOpened(uniqueid=uniqueid, channel=channel):
                self._opened(uniqueid, channel)
            case LegAnswered(uniqueid=uniqueid, linkedid=linkedid):
                await self._answered(uniqueid, linkedid)
            case LegEnded(uniqueid=uniqueid):
                await self._ended(uniqueid)
            case _:
                pass

    async def _rings(self, interface: str, call_id: CallId, leg: Uniqueid | None) -> None:
        agent = self._agent_at(interface)
        if agent is None:
            return
        if leg is not None:
            self._legs[leg] = agent
        if self._state(agent) is PresenceState.RINGING:  # the last ring has ended, or this one would not have come
            self._rung_out.pop(agent, None)
            await self._move(agent, PresenceEvent.RING_ELSEWHERE)
        await self._move(agent, PresenceEvent.RING, call_id=call_id)

    async def _missed(self, interface: str) -> None:
        agent = self._agent_at(interface)
        if agent is not None and self._state(agent) is PresenceState.RINGING:
            self._rung_out.pop(agent, None)
            await self._move(agent, PresenceEvent.MISS)

    async def _connected(self, interface: str, call_id: CallId, leg: Uniqueid | None) -> None:
        agent = self._agent_at(interface)
        if agent is None:
            return
        if leg is not None:
            self._legs[leg] = agent
            self._talking.add(leg)
        await self._talks(agent, call_id)

    def _phone_seen(self, interface: str, phone: PhoneState) -> None:
        agent = self._agent_at(interface)
        if agent is not None:
            self._phone_states[agent] = phone

    def _opened(self, uniqueid: Uniqueid, channel: str) -> None:
        agent = self._agent_at(channel.rpartition("-")[0])
        if agent is not None:
            self._legs[uniqueid] = agent

    async def _answered(self, uniqueid: Uniqueid, linkedid: Linkedid) -> None:
        agent = self._legs.get(uniqueid)
        if agent is not None:
            self._talking.add(uniqueid)
            await self._talks(agent, CallId(linkedid))

    async def _ended(self, uniqueid: Uniqueid) -> None:
        self._places.gone(uniqueid)
        agent = self._legs.pop(uniqueid, None)
        if agent is None:
            return
        was_talking = uniqueid in self._talking
        self._talking.discard(uniqueid)
        if was_talking and not self._talks_still(agent):
            await self._hung_up(agent)
        elif self._state(agent) is PresenceState.RINGING:
            self._rung_out[agent] = self._clock.monotonic()

    async def _talks(self, agent: AgentId, call_id: CallId) -> None:
        self._rung_out.pop(agent, None)
        if self._state(agent) is not PresenceState.TALKING:
            await self._move(agent, PresenceEvent.ANSWER, call_id=call_id)

    async def _hung_up(self, agent: AgentId) -> None:
        presence = self._attendance.standing.get(agent)
        if presence is None or presence.state is not PresenceState.TALKING:
            return
        call_id = presence.call_id
        await self._move(agent, PresenceEvent.HANG_UP)
        customer = self._customer_of(call_id) if call_id is not None else None
        if customer is not None:
            await self._note_handled(customer, agent)

    async def _note_handled(self, customer: CustomerToken, agent: AgentId) -> None:
        """For the next call of this customer; without it he is served as anybody."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._agents.note_handled(customer, Handled(agent=agent, at=self._clock.now()))
        except (ArchiveDown, HotlineError, TimeoutError) as fault:
            log.info("last_agent_not_noted", agent=agent, why=str(fault) or "not in time")

    # ------------------------------------------------------------------------------------------ what time asks for
    async def _see_to_time(self) -> None:
        if not self._attendance.loaded:
            return
        now = self._clock.monotonic()
        for agent in [agent for agent, since in self._rung_out.items() if now - since >= SETTLED]:
            del self._rung_out[agent]
            if self._state(agent) is PresenceState.RINGING:
                await self._move(agent, PresenceEvent.RING_ELSEWHERE)
        await self._roster.end_wrap_ups()
        await self._see_to_phones()
        if self._attendance.owed:
            try:
                await self._attendance.pay()
            except ArchiveDown as down:
                log.debug("presence_still_owed", changes=self._attendance.owed, why=str(down))

    async def _see_to_phones(self) -> None:
        """An exchange that has just started has every phone gone for moments: nobody has to come back by hand."""
        for agent, phone in sorted(self._phone_states.items()):
            presence = self._attendance.standing.get(agent)
            if presence is None:
                continue
            if phone is PhoneState.GONE and presence.state is PresenceState.READY:
                await self._move(agent, PresenceEvent.PAUSE, reason=PHONE_GONE)
            elif phone is not PhoneState.GONE and (presence.state, presence.reason) == _PAUSED_FOR_PHONE:
                await self._move(agent, PresenceEvent.PHONE_BACK)

    async def _load_if_stale(self) -> None:
        now = self._clock.monotonic()
        if not self._stale and now < self._look_at:
            return
        was_loaded = self._attendance.loaded
        try:
            await self._attendance.load()
        except ArchiveDown as down:
            self._look_at = now + TICK * 4
            self._stale = False
            log.info("agents_not_read", why=str(down))
            return
        self._look_at = now + LOOKED_AGAIN
        self._phones_owed = self._phones_owed or self._stale
        self._stale = False
        self._seats.forget()
        if self._up and not was_loaded:
            await self._begin_anew()
        elif self._up:
            await self._look_at_phones()

    async def _provide_phones(self) -> None:
        if not self._phones_owed:
            return
        try:
            await self._phones.provide(await self._attendance.credentials())
        except (ArchiveDown, PhonesDown) as down:
            log.warning("phones_not_provided", why=str(down))
        else:
            self._phones_owed = False

    # ------------------------------------------------------------------------------------------ after a gap
    async def _begin_anew(self) -> None:
        """The link is up: anything may have happened. The legs say who rings and talks, app_queue who waits."""
        self._seats.forget()
        self._legs.clear()
        self._talking.clear()
        self._rung_out.clear()
        legs = await self._exchange.legs()
        self._places.begin_anew(await self._seats.callers())
        await self._look_at_phones()
        living: dict[AgentId, list[LiveLeg]] = {}
        for leg in legs:
            agent = self._agent_at(leg.channel.rpartition("-")[0])
            if agent is not None:
                self._legs[leg.uniqueid] = agent
                living.setdefault(agent, []).append(leg)
        for agent in list(self._attendance.standing):
            await self._found(agent, living.get(agent, []))

    async def _look_at_phones(self) -> None:
        for seat in await self._seats.look():
            self._phone_seen(seat.interface, seat.phone)

    async def _found(self, agent: AgentId, legs: list[LiveLeg]) -> None:
        """Bring his presence to what his phone does now."""
        up = [leg for leg in legs if leg.is_up]
        state = self._state(agent)
        if up:
            self._talking.update(leg.uniqueid for leg in up)
            await self._talks(agent, CallId(up[0].linkedid))
        elif legs:
            if state is PresenceState.TALKING:
                await self._hung_up(agent)
            elif state is PresenceState.READY:
                await self._move(agent, PresenceEvent.RING, call_id=CallId(legs[0].linkedid))
        elif state is PresenceState.TALKING:
            await self._hung_up(agent)
        elif state is PresenceState.RINGING:
            await self._move(agent, PresenceEvent.RING_ELSEWHERE)

    # ------------------------------------------------------------------------------------------ small things
    def _agent_at(self, interface: str) -> AgentId | None:
        """Whose phone it is; of two accounts at one phone the one at work."""
        at_it = self._attendance.at(interface.removeprefix("PJSIP/")) if interface.startswith("PJSIP/") else ()
        return min(at_it, key=lambda agent: self._state(agent) is PresenceState.OFFLINE, default=None)

    def _talks_still(self, agent: AgentId) -> bool:
        return any(self._legs.get(leg) == agent for leg in self._talking)

    def _state(self, agent: AgentId) -> PresenceState | None:
        presence = self._attendance.standing.get(agent)
        return presence.state if presence else None

    async def _move(
        self, agent: AgentId, event: PresenceEvent, *, reason: str | None = None, call_id: CallId | None = None
    ) -> None:
        try:
            await self._roster.move(agent, event, by=self._line, reason=reason, call_id=call_id)
        except Illegal as illegal:  # a call that reaches somebody offline: he talks all the same
            log.info("presence_not_moved", agent=agent, what=event.value, why=str(illegal))
        except HotlineError as fault:
            log.warning("presence_not_moved", agent=agent, what=event.value, why=str(fault))
