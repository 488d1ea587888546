"""H1.2a, H2.2c: promised call backs are kept: in their turn, not at night, never twice, and none is forgotten."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.exchange import MemoryExchange
from ivr.adapters.memory.voice import Listens, Presses, ScriptedCaller, StaysSilent
from ivr.adapters.memory.world import MemoryWorld
from ivr.domain.call import CallRecord, Incoming
from ivr.domain.callback import CallBack, CallBackEvent, CallBackKind, CallBackState, Miss
from ivr.domain.caller import Language
from ivr.domain.events import CallBackChanged
from ivr.domain.exchange import PhoneState
from ivr.domain.ids import CallBackId, CallId, EffectId, Linkedid, NodeId, QueueName, Uniqueid, effect_id
from ivr.domain.problem import Urgency
from ivr.domain.ticket import Party, Role
from ivr.engine.calling_back import GIVEN_UP, USER_BUSY, CallingBack, Dialling
from ivr.engine.promising import Promises, channel_of
from ivr.engine.record import record_of
from ivr.engine.storybook import Storybook
from ivr.flow.deeds import PromiseCallBack
from ivr.flow.steps import DidIt, QueueExit, Refused, Unsure
from ivr.policies.calling_back import allowed_at
from tests.contracts.staff import new_call_back
from tests.conversation import MANNERS, incoming
from tests.engine.line import Line

IS_IT_YOU = ("call_back_is_it_you",)
SERVICE, DESK = QueueName("service"), "PJSIP/desk1"
ONE = effect_id(CallId("n1-1767600000.1"), 9)
MOBILE = "+8613800138000"
CUSTOMER = Party(Role.CUSTOMER, "n1-1767600000.1")


@dataclass
class Ringing:
    """A line that calls back, and what became of it."""

    line: Line = field(default_factory=Line)
    seen: set[CallId] = field(default_factory=set)
    """Legs of which the exchange's own record has a row."""

    def __post_init__(self) -> None:
        self.calling_back = self.new()

    @property
    def world(self) -> MemoryWorld:
        """Around it."""
        return self.line.world

    @property
    def clock(self) -> VirtualClock:
        """Of all."""
        return self.world.clock

    @property
    def promises(self) -> Promises:
        """As the controller handles them."""
        return self.world.promises(Storybook.of(MANNERS), self.line.events.append)

    def new(self) -> CallingBack:
        """Another controller's."""

        async def record(name: CallId) -> CallRecord | None:
            entries = await self.line.entries(name)
            return record_of(entries) if entries else None

        async def dialled(name: CallId) -> bool:
            return name in self.seen

        return CallingBack(
            promises=self.promises,
            exchange=self.world.exchange,
            follow_ups=self.world.follow_ups,
            record=record,
            was_dialled=dialled,
            dialling=Dialling(trunk="carrier", number="95000"),
        )

    async def asked(self, effect: EffectId = ONE, **different: object) -> CallBack:
        """Somebody is promised a call back now."""
        now = self.clock.now()
        usual: dict[str, object] = {
            "number": MOBILE,
            "urgency": Urgency.NORMAL,
            "priority": 0,
            "joined_at": now,
            "asked_at": now,
            "customer": None,
        }
        new = new_call_back(**{**usual, **different})
        return await self.world.call_backs.ask(new, effect, due_at=now, by=CUSTOMER)

    async def is_promised(self, effect: EffectId) -> DidIt | Refused | Unsure:
        """The same number, on another call, by the story of that call."""
        deed = PromiseCallBack(
            kind=CallBackKind.KEEPS_PLACE,
            number=MOBILE,
            due_at=None,
            queue=SERVICE,
            priority=0,
            joined_at=self.clock.now(),
            language=Language.ZH,
            category=None,
            urgency=Urgency.NORMAL,
            customer=None,
            ticket=None,
        )
        tools = self.world.tools(Storybook.of(MANNERS), self.line.journal, self.line.events.append)
        return await tools.hands.do(deed, effect, incoming(call_id=CallId(effect.split("/")[0])))

    async def looks(self, seconds: float = 0) -> CallBack:
        """Time passes, and the controller looks; what became of the first."""
        await self.clock.advance(seconds)
        await self.calling_back.look_once()
        return await self.stands()

    async def stands(self, effect: EffectId = ONE) -> CallBack:
        """How it is."""
        back = await self.world.call_backs.read(CallBackId(effect))
        assert back is not None
        return back

    def fails(self, back: CallBack, cause: int) -> None:
        """The exchange says that nobody took it."""
        name = Uniqueid(channel_of(back))
        self.world.exchange.fail_dial(name, 0, cause)
        self.hears_all()

    def hears_all(self) -> None:
        """What the exchange told reaches the controller."""
        told = self.world.exchange._told
        while not told.empty():
            event = told.get_nowait()
            if event is not None:
                self.calling_back.hear(event)

    async def answers(self, back: CallBack, caller: ScriptedCaller) -> Incoming:
        """Somebody, or something, picks up."""
        name = channel_of(back)
        call = incoming(
            call_id=CallId(name),
            linkedid=Linkedid(name),
            call_back=back.id,
            arrived_at=self.clock.now(),
        )
        self.session = await self.line.arrives(caller, call)
        return call

    @property
    def dialled(self) -> list[str]:
        """Every phone call that went out, by its number."""
        return [dial.endpoint for dial in self.world.exchange.dialled]


@pytest.fixture
def ringing() -> Ringing:
    """One agent, free."""
    return Ringing()


async def test_a_kept_place_is_rung_when_its_turn_comes_h1_2a(ringing: Ringing) -> None:
    """A more urgent caller on the line goes first; then it is his turn, by his number as it is dialled at home."""
    ringing.world.exchange.join_queue(Uniqueid("n1-1.1"), "PJSIP/carrier-1", SERVICE, 10)
    ringing.world.exchange.phone_does(DESK, PhoneState.BUSY)
    await ringing.asked()
    assert (await ringing.looks()).state is CallBackState.ASKED
    ringing.world.exchange.leave_queue(Uniqueid("n1-1.1"))
    back = await ringing.looks()
    assert back.state is CallBackState.DIALLING
    assert ringing.dialled == ["PJSIP/13800138000@trunk-carrier"]
    (dial,) = ringing.world.exchange.dialled
    assert (dial.uniqueid, dial.context, dial.caller_id) == (channel_of(back), "call-back", "<95000>")
    assert dial.variables["HOTLINE_CALL_BACK"] == back.id


async def test_nobody_is_rung_while_nobody_is_at_work(ringing: Ringing) -> None:
    """He would only wait on another line."""
    ringing.world.exchange.phone_does(DESK, PhoneState.GONE)
    await ringing.asked()
    assert (await ringing.looks()).state is CallBackState.ASKED


async def test_one_is_rung_for_each_who_is_free_h1_2a(ringing: Ringing) -> None:
    """One agent: the second waits until the first is settled."""
    await ringing.asked()
    await ringing.asked(effect_id(CallId("n1-2.2"), 1), number="+8613900139000")
    await ringing.looks()
    await ringing.looks(5)
    assert len(ringing.dialled) == 1


async def test_who_says_that_he_asked_is_reached_and_brought_to_a_person_h2_2c(ringing: Ringing) -> None:
    """The call is one like any other: journalled, recorded in the archive, and it names the promise."""
    await ringing.asked()
    back = await ringing.looks()
    caller = ScriptedCaller(Listens(*IS_IT_YOU), Presses("1"))
    call = await ringing.answers(back, caller)
    assert (await ringing.stands()).state is CallBackState.REACHED
    session = await ringing.line.comes_back(ringing.session, ScriptedCaller(), QueueExit.ANSWERED)
    assert session.left_for == "finish"
    record = await ringing.line.record(call.call_id)
    assert record.incoming.call_back == back.id
    assert caller.heard[:2] == [*IS_IT_YOU, "greeting"]


async def test_a_machine_is_told_nothing_and_he_is_rung_again_h2_2c(ringing: Ringing) -> None:
    """Silence counts as nobody; the next attempt has another name."""
    await ringing.asked()
    back = await ringing.looks()
    caller = ScriptedCaller(*[StaysSilent()] * 2)
    await ringing.answers(back, caller)
    assert set(caller.heard) == {*IS_IT_YOU, "call_back_sorry"}
    ringing.world.exchange.end_leg(Uniqueid(channel_of(back)))
    missed = await ringing.looks()
    assert (missed.state, missed.last_miss, missed.attempts) == (CallBackState.ASKED, Miss.MACHINE, 1)
    again = await ringing.looks(1801)
    assert again.state is CallBackState.DIALLING
    assert channel_of(again) != channel_of(back)


async def test_somebody_else_is_left_in_peace_for_good(ringing: Ringing) -> None:
    """One ring; then a person looks after the promise in writing."""
    await ringing.asked()
    await ringing.answers(await ringing.looks(), ScriptedCaller(Presses("2")))
    assert (await ringing.looks(1)).state is CallBackState.GIVEN_UP
    await ringing.looks(86400)
    assert len(ringing.dialled) == 1
    back = await ringing.stands()
    assert [one.reason for one in await ringing.world.follow_ups.of_call(back.call_id)] == [GIVEN_UP]


async def test_who_did_not_ask_is_not_rung_because_somebody_gives_his_number_again(ringing: Ringing) -> None:
    """For a week: a caller cannot have a stranger's phone rung by asking anew."""
    await ringing.asked()
    await ringing.answers(await ringing.looks(), ScriptedCaller(Presses("2")))
    again = effect_id(CallId("n1-1767600000.2"), 9)
    assert isinstance(await ringing.is_promised(again), Refused)
    await ringing.looks(7 * 86400 + 1)
    assert isinstance(await ringing.is_promised(again), DidIt)


async def test_a_busy_line_is_tried_again_soon_and_not_for_ever_h2_2c(ringing: Ringing) -> None:
    """Three times in all, five minutes between; then a person writes, once."""
    await ringing.asked()
    for attempt in (1, 2, 3):
        back = await ringing.looks(301)
        assert (back.state, back.attempts) == (CallBackState.DIALLING, attempt)
        ringing.fails(back, USER_BUSY)
        back = await ringing.looks()
    assert back.state is CallBackState.GIVEN_UP
    assert back.last_miss is Miss.BUSY
    await ringing.looks(86400)
    assert len(ringing.dialled) == 3
    assert len(await ringing.world.follow_ups.of_call(back.call_id)) == 1


async def test_nobody_is_rung_at_night(ringing: Ringing) -> None:
    """A call back that came due at 20:59 and was not dialled waits until eight."""
    await ringing.clock.advance(4 * 3600 + 60)  # 21:01 in Beijing
    await ringing.asked()
    assert (await ringing.looks()).state is CallBackState.ASKED
    await ringing.world.call_backs.move(
        CallBackId(ONE), CallBackEvent.COME_DUE, by=Party(Role.SUPERVISOR, "9001"), at=ringing.clock.now()
    )
    assert (await ringing.looks(3600)).state is CallBackState.DUE
    assert (await ringing.looks(10 * 3600)).state is CallBackState.DIALLING  # 08:01


async def test_a_controller_killed_while_it_rings_does_not_dial_again(ringing: Ringing) -> None:
    """The leg lives; the next controller leaves it ringing, and its story goes on there."""
    await ringing.asked()
    back = await ringing.looks()
    await ringing.line.killed()
    ringing.calling_back = ringing.new()
    assert (await ringing.looks(20)).state is CallBackState.DIALLING
    assert len(ringing.dialled) == 1
    await ringing.answers(back, ScriptedCaller(Presses("1")))
    assert (await ringing.stands()).state is CallBackState.REACHED


async def test_an_attempt_that_ended_unseen_counts_as_one(ringing: Ringing) -> None:
    """The exchange's own record says that it rang."""
    await ringing.asked()
    back = await ringing.looks()
    ringing.seen.add(CallId(channel_of(back)))
    ringing.world.exchange.cut_link()
    ringing.world.exchange.restore_link()
    ringing.world.exchange._legs.clear()
    after = await ringing.looks(20)
    assert (after.state, after.last_miss, after.attempts) == (CallBackState.ASKED, Miss.NO_ANSWER, 1)


async def test_what_another_node_dialled_is_left_to_that_node(ringing: Ringing) -> None:
    """Its exchange has no such leg, and its own record none: dialling again would ring the customer twice."""
    await ringing.asked()
    back = await ringing.looks()
    there = MemoryExchange(ringing.clock)
    there.restore_link()
    elsewhere = replace(ringing.new(), exchange=there, promises=replace(ringing.promises, node=NodeId("n2")))
    await ringing.clock.advance(3600)
    await elsewhere.look_once()
    assert await ringing.stands() == back
    await ringing.clock.advance(6 * 3600)
    await elsewhere.look_once()
    assert (await ringing.stands()).last_miss is Miss.NO_ANSWER
    assert there.dialled == []


async def test_a_controller_killed_before_it_dialled_dials_once(ringing: Ringing) -> None:
    """Written down, and never sent: it does not count, and is made again."""
    await ringing.asked()
    ringing.world.exchange.fall_silent()
    await ringing.world.call_backs.move(CallBackId(ONE), CallBackEvent.COME_DUE, by=LINE, at=ringing.clock.now())
    await ringing.world.call_backs.move(CallBackId(ONE), CallBackEvent.DIAL, by=LINE, at=ringing.clock.now())
    ringing.world.exchange.fall_silent(silent=False)
    back = await ringing.looks(20)
    assert (back.state, back.attempts) == (CallBackState.DIALLING, 1)
    assert len(ringing.dialled) == 1


async def test_a_number_that_may_not_be_called_is_not_called_whoever_put_it_there(ringing: Ringing) -> None:
    """Toll fraud: looked at once more when it is dialled."""
    await ringing.asked(number="+12125551234")
    assert (await ringing.looks()).last_miss is Miss.FAILED
    assert ringing.dialled == []


async def test_everyone_who_follows_hears_what_happens_to_it(ringing: Ringing) -> None:
    """In its own numbers, without the number."""
    await ringing.asked()
    await ringing.looks()
    told = [event for event in ringing.line.events if isinstance(event, CallBackChanged)]
    assert [(event.sequence, event.after) for event in told] == [(2, "due"), (3, "dialling")]
    assert MOBILE not in repr(told)


LINE = Party(Role.LINE, "n1")
HAPPENS = ("machine", "other", "reached", "busy", "nobody", "lost", "killed", "hours", "minutes")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(HAPPENS), max_size=25), st.integers(0, 23), st.sampled_from(CallBackKind))
def test_a_promise_is_kept_or_given_to_a_person_never_at_night_and_never_twice(
    happens: list[str], hour: int, kind: CallBackKind
) -> None:
    """Whatever happens in between: no attempt outside the hours, none while another lives, and in the end it is reached
    or a follow-up stands."""
    asyncio.run(_lives(happens, hour, kind))


async def _lives(happens: list[str], hour: int, kind: CallBackKind) -> None:
    ringing = Ringing()
    await ringing.clock.advance(hour * 3600)
    await ringing.asked(kind=kind)
    for what in [*happens, *["busy"] * 12]:
        before = len(ringing.dialled)
        back = await ringing.looks(600)
        for _ in ringing.dialled[before:]:
            at = back.history[-1].at
            assert allowed_at(at, back.urgency, ringing.promises.rules) == at
        assert len(ringing.world.exchange._legs) <= 1
        await _happens(ringing, back, what)
    for _ in range(12):
        back = await ringing.looks(4 * 3600)
        await _happens(ringing, back, "busy")
        back = await ringing.looks()
    assert back.is_over
    assert back.attempts <= ringing.promises.rules.tries
    follow_ups = await ringing.world.follow_ups.of_call(back.call_id)
    assert (back.state is CallBackState.REACHED) != bool(follow_ups)
    names = [dial.uniqueid for dial in ringing.world.exchange.dialled]
    assert len(names) == len(set(names))


async def _happens(ringing: Ringing, back: CallBack, what: str) -> None:
    legs = ringing.world.exchange._legs
    name = Uniqueid(channel_of(back))
    if what == "killed":
        await ringing.line.killed()
        ringing.calling_back = ringing.new()
    elif what in ("hours", "minutes"):
        await ringing.clock.advance(7 * 3600 if what == "hours" else 420)
    elif name not in legs or await ringing.line.entries(CallId(name)):
        return
    elif what in ("busy", "nobody"):
        ringing.fails(back, USER_BUSY if what == "busy" else 19)
    elif what == "lost":
        ringing.world.exchange.restart()
    else:
        keys = {"reached": "1", "other": "2"}.get(what)
        caller = ScriptedCaller(Presses(keys)) if keys else ScriptedCaller(*[StaysSilent()] * 2)
        await ringing.answers(back, caller)
        ringing.world.exchange.end_leg(name)
        await ringing.line.caller_hangs_up(CallId(name))


@pytest.mark.parametrize(
    ("cause", "miss"),
    [(17, Miss.BUSY), (16, Miss.NO_ANSWER), (19, Miss.NO_ANSWER), (21, Miss.NO_ANSWER), (38, Miss.FAILED)],
)
async def test_how_an_attempt_failed_is_told_by_the_networks_cause(ringing: Ringing, cause: int, miss: Miss) -> None:
    """Busy comes again soon, a phone that rang on or was declined later."""
    await ringing.asked()
    ringing.fails(await ringing.looks(), cause)
    assert (await ringing.looks()).last_miss is miss


@pytest.mark.parametrize(
    ("key", "state"), [("1", CallBackState.REACHED), ("2", CallBackState.WRONG_PERSON), (None, CallBackState.NOBODY)]
)
async def test_what_a_story_could_not_write_down_is_written_down_later(
    ringing: Ringing, key: str | None, state: CallBackState
) -> None:
    """The list was away when the call told whom it met: the journal knows it, and nobody is rung who was reached."""
    await ringing.asked()
    back = await ringing.looks()
    call = CallId(channel_of(back))
    caller = ScriptedCaller(*([Listens(*IS_IT_YOU), Presses(key)] if key else [StaysSilent()] * 2))
    listening = asyncio.create_task(ringing.answers(back, caller))
    await caller.has_begun_to_hear(*IS_IT_YOU)
    ringing.world.call_backs.down = True
    await listening
    await ringing.clock.advance(60)
    ringing.world.exchange.end_leg(Uniqueid(call))
    await ringing.line.caller_hangs_up(call)
    await ringing.clock.advance(60)
    ringing.world.call_backs.down = False
    await ringing.calling_back._settle()
    assert (await ringing.stands()).state is state
