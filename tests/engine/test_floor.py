"""The floor on fakes: what phones do becomes presence, presence becomes membership, whatever dies meanwhile."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from ivr.adapters.memory.agents import MemoryAgents
from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.exchange import MemoryExchange
from ivr.adapters.memory.phones import MemoryPhones
from ivr.application.roster import Roster
from ivr.domain.agent import SipCredentials, Skills, Tier
from ivr.domain.caller import Language
from ivr.domain.events import Event, PresenceChanged
from ivr.domain.exchange import AgentCalled, AgentConnected, AgentMissed, ExchangeEvent, PhoneState
from ivr.domain.ids import AgentId, CallId, Linkedid, NodeId, QueueName, Uniqueid
from ivr.domain.presence import PresenceEvent, PresenceState
from ivr.domain.ticket import Party, Role
from ivr.engine.attendance import Attendance
from ivr.engine.floor import Floor
from ivr.engine.places import WaitingRoom
from ivr.engine.seats import Seats
from ivr.policies.routing import Rules
from ivr.policies.seating import ONE_AGENT
from tests.contracts.staff import WRAP_UP, agent
from tests.contracts.tickets import LI

CHEN, ZHOU = AgentId("8001"), AgentId("8002")
SERVICE, EMERGENCY = QueueName("service"), QueueName("emergency")
CALLER = Uniqueid("n1-1.1")
STEP = 1.0
"""Seconds after which everything has been seen to that was told before."""


class Shift:
    """A floor with two agents, a controller that may die, a database that may be down."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.exchange = MemoryExchange(self.clock)
        self.exchange.configure_member(SERVICE, "PJSIP/desk1", "desk1")
        self.agents = MemoryAgents()
        self.phones = MemoryPhones()
        self.events: list[Event] = []
        self.priorities: dict[CallId, int] = {}
        self.raised: list[tuple[CallId, int]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> "Shift":
        """Two agents with phones of their own, of one line; the controller runs."""
        for number in (CHEN, ZHOU):
            skills = Skills(languages=(Language.ZH,), tier=Tier.AGENT)
            await self.agents.add(agent(number, phone="", skills=skills))
        await self.exchange.start()
        await self.starts()
        return self

    async def starts(self) -> None:
        """A controller."""
        self.attendance = Attendance(self.agents)
        self.roster = Roster(
            agents=self.attendance,
            clock=self.clock,
            wrap_up=WRAP_UP,
            breaks=["meal"],
            node=NodeId("n1"),
            publish=self.events.append,
        )
        rules = Rules()
        self.floor = Floor(
            attendance=self.attendance,
            roster=self.roster,
            exchange=self.exchange,
            seats=Seats(self.exchange, rules),
            places=WaitingRoom(
                self.exchange,
                rules,
                self.clock,
                self.priorities.get,
                self._raised,
            ),
            phones=self.phones,
            clock=self.clock,
            customer_of=lambda call: LI if call == CALLER else None,
            agents=self.agents,
        )
        self._tasks = [asyncio.create_task(self.floor.run()), asyncio.create_task(self._read())]
        await self.passes()

    async def _raised(self, call_id: CallId, _: QueueName, priority: int) -> None:
        self.raised.append((call_id, priority))

    async def _read(self) -> None:
        async for event in self.exchange.events():
            self.floor.hear(event)

    async def dies(self) -> None:
        """The controller, without a word."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.exchange.cut_link()

    async def comes_back(self) -> None:
        """Another controller."""
        self.exchange.restore_link()
        await self.starts()

    async def passes(self, seconds: float = STEP) -> None:
        """Time, in small steps."""
        while seconds > 0:
            await self.clock.advance(min(seconds, STEP))
            seconds -= STEP

    async def wishes(self, number: AgentId, event: PresenceEvent, reason: str | None = None) -> None:
        """An agent's own wish."""
        await self.roster.move(number, event, by=Party(Role.AGENT, number), reason=reason)
        self.floor.presence_changed()
        await self.passes()

    async def tell(self, event: ExchangeEvent) -> None:
        """And see to it."""
        self.exchange.tell(event)
        await self.passes()

    async def rings(self, number: AgentId, caller: Uniqueid = CALLER, queue: QueueName = SERVICE) -> Uniqueid:
        """His phone rings for that caller; his leg."""
        leg = Uniqueid(f"{caller}-{number}")
        self.exchange.open_leg(leg, linkedid=Linkedid(caller), channel=f"PJSIP/{number}-0001", is_up=False)
        called = AgentCalled(
            uniqueid=caller,
            linkedid=Linkedid(caller),
            queue=queue,
            agent_interface=f"PJSIP/{number}",
            agent_leg=leg,
        )
        await self.tell(called)
        return leg

    async def answers(self, number: AgentId, leg: Uniqueid, caller: Uniqueid = CALLER) -> None:
        """And talks with the caller."""
        self.exchange.answer_leg(leg)
        await self.tell(
            AgentConnected(
                uniqueid=caller,
                linkedid=Linkedid(caller),
                queue=SERVICE,
                agent_interface=f"PJSIP/{number}",
                waited=3,
                agent_leg=leg,
            )
        )

    async def misses(self, number: AgentId, leg: Uniqueid, caller: Uniqueid = CALLER) -> None:
        """It rang for its whole time: the leg ends, then app_queue says so."""
        self.exchange.end_leg(leg)
        await self.tell(
            AgentMissed(uniqueid=caller, linkedid=Linkedid(caller), queue=SERVICE, agent_interface=f"PJSIP/{number}")
        )

    async def hangs_up(self, leg: Uniqueid) -> None:
        """A leg ends."""
        self.exchange.end_leg(leg)
        await self.passes()

    def state(self, number: AgentId) -> PresenceState:
        """What he does now."""
        return self.attendance.standing[number].state

    async def seats(self, number: AgentId) -> dict[str, str | None]:
        """The queues that have his phone, and why it is paused there."""
        seats = (await self.exchange.queues()).seats
        ours = [seat for seat in seats if seat.interface == f"PJSIP/{number}"]
        alone = [seat for seat in ours if seat.queue == ONE_AGENT]
        found = {seat.queue: seat.paused for seat in ours if seat not in alone}
        # The queue in which he can be waited for by name is as the others.
        assert [seat.paused for seat in alone] == list(found.values())[:1]
        return found


@pytest.fixture
async def shift() -> AsyncIterator[Shift]:
    """Begun, and ended."""
    made = await Shift().begin()
    yield made
    await made.dies()


async def test_who_is_ready_is_rung_and_who_is_on_a_break_is_not(shift: Shift) -> None:
    """Membership follows presence: none offline, free when ready, paused with its reason on a break, none again."""
    assert await shift.seats(CHEN) == {}
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    assert await shift.seats(CHEN) == {"service": None}
    await shift.wishes(CHEN, PresenceEvent.TAKE_BREAK, "meal")
    assert await shift.seats(CHEN) == {"service": "meal"}
    await shift.wishes(CHEN, PresenceEvent.GO_OFFLINE)
    assert await shift.seats(CHEN) == {}


async def test_a_call_is_rung_talked_and_written_down_and_then_the_next_may_come(shift: Shift) -> None:
    """Ringing, talking, wrap-up with its time, ready: told to everyone, the queue paused from the answer on."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    leg = await shift.rings(CHEN)
    assert shift.state(CHEN) is PresenceState.RINGING
    await shift.answers(CHEN, leg)
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.TALKING, {"service": "talking"})
    await shift.hangs_up(leg)
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.WRAP_UP, {"service": "wrap_up"})
    handled = await shift.agents.last_handled(LI)
    assert handled is not None
    assert handled.agent == CHEN
    await shift.passes(WRAP_UP.usual.total_seconds() + STEP)
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.READY, {"service": None})
    told = [event for event in shift.events if isinstance(event, PresenceChanged)]
    assert [event.after for event in told] == ["ready", "ringing", "talking", "wrap_up", "ready"]
    assert told[1].call_id == told[2].call_id == told[3].call_id == CALLER


async def test_of_two_who_ring_the_one_who_does_not_answer_has_missed_nothing(shift: Shift) -> None:
    """The other's ring ends without a miss, and he is free for the next call."""
    for number in (CHEN, ZHOU):
        await shift.wishes(number, PresenceEvent.GO_READY)
    first, second = await shift.rings(CHEN), await shift.rings(ZHOU)
    shift.exchange.end_leg(second)
    await shift.answers(CHEN, first)
    assert (shift.state(CHEN), shift.state(ZHOU)) == (PresenceState.TALKING, PresenceState.READY)


async def test_a_missed_call_pauses_with_its_reason_and_is_told(shift: Shift) -> None:
    """So that the next caller is not rung at an empty desk, and a supervisor knows."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    leg = await shift.rings(CHEN)
    await shift.misses(CHEN, leg)
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.PAUSED, {"service": "missed_call"})
    last = shift.events[-1]
    assert isinstance(last, PresenceChanged)
    assert (last.what, last.reason, last.by) == ("miss", "missed_call", "line n1")


async def test_a_caller_who_leaves_while_it_rings_is_nobodys_fault(shift: Shift) -> None:
    """The agent is ready again a moment later."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    leg = await shift.rings(CHEN)
    await shift.hangs_up(leg)
    assert shift.state(CHEN) is PresenceState.READY


async def test_a_phone_that_vanishes_pauses_its_agent_until_it_is_back(shift: Shift) -> None:
    """At once when he is ready, and who goes ready without a phone is paused again, with the reason; who was paused for
    another reason stays so."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    shift.exchange.phone_does("PJSIP/8001", PhoneState.GONE)
    await shift.passes()
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.PAUSED, {"service": "phone_gone"})
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    assert shift.state(CHEN) is PresenceState.PAUSED
    shift.exchange.phone_does("PJSIP/8001", PhoneState.FREE)
    await shift.passes()
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.READY, {"service": None})
    shift.exchange.phone_does("PJSIP/8001", PhoneState.GONE)
    await shift.passes()
    await shift.wishes(CHEN, PresenceEvent.TAKE_BREAK, "meal")
    shift.exchange.phone_does("PJSIP/8001", PhoneState.FREE)
    await shift.passes()
    assert shift.state(CHEN) is PresenceState.BREAK


async def test_phones_that_a_new_exchange_has_not_seen_yet_cost_nobody_his_readiness(shift: Shift) -> None:
    """Paused while it finds them again, ready as soon as it has; a link that is down tells nothing of phones."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    shift.exchange.cut_link()
    shift.exchange.phone_does("PJSIP/8001", PhoneState.GONE)
    await shift.passes()
    assert shift.state(CHEN) is PresenceState.READY
    shift.exchange.restore_link()
    await shift.passes()
    assert shift.state(CHEN) is PresenceState.PAUSED
    shift.exchange.phone_does("PJSIP/8001", PhoneState.FREE)
    await shift.passes()
    assert shift.state(CHEN) is PresenceState.READY


async def test_presence_is_true_after_the_controller_was_killed_in_any_state(shift: Shift) -> None:
    """While it was dead a ring ended, and a talk: the legs of the exchange say so to the next."""
    for number in (CHEN, ZHOU):
        await shift.wishes(number, PresenceEvent.GO_READY)
    talk, ring = await shift.rings(CHEN), await shift.rings(ZHOU, Uniqueid("n1-1.2"))
    await shift.answers(CHEN, talk)
    await shift.dies()
    await shift.comes_back()
    assert (shift.state(CHEN), shift.state(ZHOU)) == (PresenceState.TALKING, PresenceState.RINGING)
    await shift.dies()
    shift.exchange.end_leg(talk)
    shift.exchange.end_leg(ring)
    await shift.comes_back()
    assert (shift.state(CHEN), shift.state(ZHOU)) == (PresenceState.WRAP_UP, PresenceState.READY)
    await shift.dies()
    await shift.clock.advance(60)
    await shift.comes_back()
    assert shift.state(CHEN) is PresenceState.READY


async def test_a_call_answered_while_no_controller_looked_is_found(shift: Shift) -> None:
    """Who was ready and talks now, talks; who was ready and rings now, rings."""
    for number in (CHEN, ZHOU):
        await shift.wishes(number, PresenceEvent.GO_READY)
    await shift.dies()
    for number, is_up in ((CHEN, True), (ZHOU, False)):
        shift.exchange.open_leg(linkedid=Linkedid(CALLER), channel=f"PJSIP/{number}-0002", is_up=is_up)
    await shift.comes_back()
    assert (shift.state(CHEN), shift.state(ZHOU)) == (PresenceState.TALKING, PresenceState.RINGING)


async def test_an_exchange_that_restarted_gets_its_members_back(shift: Shift) -> None:
    """It forgets them; whoever talked has his notes to write; whoever was ready is rung again."""
    for number in (CHEN, ZHOU):
        await shift.wishes(number, PresenceEvent.GO_READY)
    await shift.answers(CHEN, await shift.rings(CHEN))
    await shift.clock.advance(1)
    shift.exchange.restart()
    await shift.passes()
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.WRAP_UP, {"service": "wrap_up"})
    assert await shift.seats(ZHOU) == {"service": None}


async def test_with_the_database_down_presence_goes_on_and_is_written_later(shift: Shift) -> None:
    """A call is rung, answered, ended as ever; when the database is back its history holds all of it, in order."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    shift.agents.down = True
    leg = await shift.rings(CHEN)
    await shift.answers(CHEN, leg)
    assert (shift.state(CHEN), await shift.seats(CHEN)) == (PresenceState.TALKING, {"service": "talking"})
    answered_at = shift.attendance.standing[CHEN].since
    with capture_logs() as logged:
        await shift.hangs_up(leg)
    assert "floor_failed" not in {one["event"] for one in logged}, "the rest of that turn was not done"
    assert shift.attendance.owed == 3
    shift.agents.down = False
    await shift.passes(2)
    assert shift.attendance.owed == 0
    history = await shift.agents.history(CHEN, agent().created_at)
    assert [entry.event.value for entry in history] == ["go_ready", "ring", "answer", "hang_up"]
    assert history[2].at == answered_at
    assert await shift.agents.presence(CHEN) == shift.attendance.standing[CHEN]


async def test_a_controller_that_starts_without_database_leaves_the_members_as_they_are(shift: Shift) -> None:
    """Nothing is known of who is there, so nothing is changed until it is."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    await shift.dies()
    shift.agents.down = True
    await shift.comes_back()
    assert await shift.seats(CHEN) == {"service": None}
    shift.agents.down = False
    await shift.passes(4)
    await shift.wishes(CHEN, PresenceEvent.TAKE_BREAK, "meal")
    assert await shift.seats(CHEN) == {"service": "meal"}


async def test_an_agent_who_is_added_changed_or_removed_is_so_in_the_queues(shift: Shift) -> None:
    """Without a restart; the penalty follows the skills."""
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    senior = Skills(languages=(Language.EN, Language.ZH), tier=Tier.SENIOR)
    await shift.agents.change(agent(CHEN, phone="", skills=senior))
    shift.floor.accounts_changed()
    await shift.passes()
    seats = {
        seat.queue: seat.penalty
        for seat in (await shift.exchange.queues()).seats
        if seat.name == CHEN and seat.queue != ONE_AGENT
    }
    assert seats == {"service": 10, "emergency": 10}
    await shift.agents.remove(CHEN)
    shift.floor.accounts_changed()
    await shift.passes()
    assert await shift.seats(CHEN) == {}


async def test_a_phone_of_the_configuration_that_an_account_names_rings_only_for_its_agent(shift: Shift) -> None:
    """Paused while he is not there, free when he is ready; one that nobody's account names is left alone."""

    async def desk() -> str | None:
        return next(seat.paused for seat in (await shift.exchange.queues()).seats if seat.interface == "PJSIP/desk1")

    assert await desk() is None
    await shift.agents.change(agent(CHEN, phone="desk1", skills=Skills()))
    shift.floor.accounts_changed()
    await shift.passes()
    assert await desk() == "offline"
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    assert await desk() is None


async def test_credentials_that_are_made_or_destroyed_reach_the_exchange(shift: Shift) -> None:
    """As soon as somebody says that accounts changed; an exchange that does not answer is told again."""
    made = SipCredentials(agent=CHEN, password="long-and-random", made_at=agent().created_at)
    await shift.agents.keep_credentials(made)
    shift.phones.down = True
    shift.floor.accounts_changed()
    await shift.passes()
    assert shift.phones.may_register == {}
    shift.phones.down = False
    await shift.passes()
    assert shift.phones.may_register == {CHEN: "long-and-random"}
    await shift.agents.remove(CHEN)
    shift.floor.accounts_changed()
    await shift.passes()
    assert shift.phones.may_register == {}


async def test_who_waits_rises_and_an_emergency_never_has_to(shift: Shift) -> None:
    """Five for each minute, told to the exchange at once and noted; a caller of 100 stays where he is."""
    for name, priority in (("n1-1.1", 0), ("n1-1.2", 100)):
        shift.priorities[CallId(name)] = priority
        leg = shift.exchange.open_leg(Uniqueid(name))
        shift.exchange.join_queue(leg.uniqueid, leg.channel, SERVICE, priority)
    await shift.passes(62)
    assert "priority 5 for n1-1.1 in service" in shift.exchange.acts
    assert shift.raised == [(CallId("n1-1.1"), 5)]
    await shift.passes(60)
    assert shift.raised[1:] == [(CallId("n1-1.1"), 10)]
    assert [caller.uniqueid for caller in (await shift.exchange.queues()).callers] == ["n1-1.2", "n1-1.1"]


async def test_who_was_out_of_the_line_for_a_moment_does_not_rise_twice_for_one_wait(shift: Shift) -> None:
    """He comes back with the five that his first minute brought; his second brings five more, from when he came."""
    leg = shift.exchange.open_leg(CALLER)
    shift.priorities[CallId(CALLER)] = 0
    shift.exchange.join_queue(CALLER, leg.channel, SERVICE, 0)
    await shift.passes(70)
    shift.exchange.leave_queue(CALLER)
    shift.priorities[CallId(CALLER)] = 5
    shift.exchange.join_queue(CALLER, leg.channel, SERVICE, 5)
    await shift.passes(30)
    assert shift.raised == [(CallId(CALLER), 5)]
    await shift.passes(30)
    assert shift.raised == [(CallId(CALLER), 5), (CallId(CALLER), 10)]


async def test_a_rise_is_not_lost_with_the_controller(shift: Shift) -> None:
    """The next one sees in the exchange how long a caller has waited, and what it was told."""
    leg = shift.exchange.open_leg(Uniqueid("n1-1.1"))
    shift.priorities[CallId("n1-1.1")] = 0
    shift.exchange.join_queue(leg.uniqueid, leg.channel, SERVICE, 0)
    await shift.passes(30)
    await shift.dies()
    await shift.comes_back()
    await shift.passes(62)
    assert shift.raised == [(CallId("n1-1.1"), 5)]


async def test_an_agent_whose_phone_does_not_answer_the_controller_blocks_nobody(shift: Shift) -> None:
    """The exchange says nothing for a while: the floor goes on as soon as it does."""
    shift.exchange.fall_silent()
    await shift.wishes(CHEN, PresenceEvent.GO_READY)
    assert shift.state(CHEN) is PresenceState.READY
    shift.exchange.fall_silent(False)
    await shift.passes()
    assert await shift.seats(CHEN) == {"service": None}
