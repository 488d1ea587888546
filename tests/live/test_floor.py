"""The floor on a real Asterisk: agents with phones in the carrier, callers, and things that die."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from ivr.domain.events import PersonAnswered, PresenceChanged, QueueEntered
from ivr.domain.ids import CallId
from ivr.home import Home
from ivr.ports.bus import BusDown, CommandRefused
from ivr.ports.journal import StoodInQueue
from tests.live.desks import Desks, desks_of, registered
from tests.live.line import SOON, Floor, Hotline, OnTheLine
from tests.live.people import People

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("floor")]

AGENTS = {"8001": "seat1", "8002": "seat2", "8003": "seat3"}
"""The third is a senior."""


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """With agents only, who ring for six seconds and write notes for three."""
    phones = [{"name": phone, "contact": f"sip:{phone}@127.0.0.1:{{carrier_sip}}"} for phone in AGENTS.values()]
    queues = [
        {"name": "service", "ring": 6, "patience": 60, "joins_after": 5, "strategy": "ringall"},
        {"name": "emergency", "ring": 6, "patience": 60},
    ]
    hotline = Hotline(
        tmp_path_factory.mktemp("floor"),
        HOTLINE_PHONES=json.dumps(phones),
        HOTLINE_QUEUES=json.dumps(queues),
        HOTLINE_AGENTS__WRAP_UP="3",
        HOTLINE_STORY__SURVEY="false",
        HOTLINE_FALLBACK__TRIES="60",  # a slow machine may take longer to start a controller than callers are to wait
    )
    with hotline.up():
        for number, phone in AGENTS.items():
            tier = "senior" if number == "8003" else "agent"
            made = hotline.run("agents", "add", number, "--name", "陈静", "--phone", phone, "--tier", tier)
            assert made.returncode == 0, made.stderr
        yield hotline


@pytest.fixture
async def desks(own_floor: Floor) -> AsyncIterator[Desks]:
    """Everyone's phone; in the end everyone is offline."""
    async with desks_of(own_floor.hotline, *AGENTS.values()) as made:
        yield made
    for number in AGENTS:
        await at_work(own_floor, number, "go_offline")


async def at_work(floor: Floor, number: str, event: str, reason: str | None = None) -> None:
    """An agent's own wish; a controller that was killed is given the time to come back."""
    wish: dict[str, object] = {"agent": number, "event": event, "role": "agent", "name": number, "reason": reason}
    for _ in range(50):
        try:
            await floor.bus.request("presence", wish, 2.0)
        except CommandRefused as refused:
            if "what may come" not in str(refused):
                raise
            return  # he does it already
        except (BusDown, TimeoutError):
            await asyncio.sleep(0.2)
        else:
            return
    raise AssertionError("the controller did not answer")


def presence(floor: Floor, number: str) -> list[PresenceChanged]:
    """Everything that was told of him."""
    return [event for event in floor.events.get(CallId(f"agent-{number}"), []) if isinstance(event, PresenceChanged)]


async def becomes(floor: Floor, number: str, state: str, reason: str | None = None) -> None:
    """He does this now, as is told to everyone."""
    try:
        async with asyncio.timeout(SOON):
            while not (told := presence(floor, number)) or (told[-1].after, told[-1].reason) != (state, reason):
                await floor._next()
    except TimeoutError:
        log = (floor.hotline.folder / "log" / "controller.log").read_text()[-3000:]
        states = [(event.after, event.reason) for event in presence(floor, number)]
        raise AssertionError(f"{number} is not {state}: {states}\n{log}") from None


async def wants_a_person(floor: Floor, number: str | None = None) -> OnTheLine:
    """A caller in the service queue."""
    call = await floor.call("95001", number=number)
    await call.hears("how_can_we_help")
    await call.presses("0")
    await call.until(lambda event: isinstance(event, QueueEntered))
    return call


async def are_together(call: OnTheLine) -> None:
    """The caller and whoever has answered, whose number he has been told."""
    await call.until(lambda event: isinstance(event, PersonAnswered))


async def has_an_emergency(floor: Floor) -> OnTheLine:
    """A caller in the emergency queue."""
    call = await floor.call("95001")
    await call.hears("greeting")
    await call.presses("9")
    await call.hears("confirm_emergency")
    await call.presses("9")
    await call.until(lambda event: isinstance(event, QueueEntered))
    return call


async def killed(floor: Floor, name: str) -> None:
    """And come back."""
    hotline = floor.hotline
    before = hotline.process(name)
    before.signal(signal.SIGKILL)
    await hotline.restarted(name, before)
    async with asyncio.timeout(SOON * 2):
        while True:
            with contextlib.suppress(BusDown, CommandRefused, TimeoutError):
                await floor.bus.request("queues", {}, 1.0)  # the controller is there, and its link stands
                break
            await asyncio.sleep(0.1)


async def test_who_is_ready_is_rung_answers_and_has_time_for_his_notes(own_floor: Floor, desks: Desks) -> None:
    """Ready rings; a break does not; after the talk the notes have their time, and then he is ready again."""
    await at_work(own_floor, "8001", "go_ready")
    await at_work(own_floor, "8002", "take_break", "meal")
    call = await wants_a_person(own_floor)
    ring = await desks.rings("seat1")
    await becomes(own_floor, "8001", "ringing")
    await ring.answers()
    await call.until(lambda event: isinstance(event, PersonAnswered))
    await becomes(own_floor, "8001", "talking")
    await ring.hangs_up()
    await becomes(own_floor, "8001", "wrap_up")
    await becomes(own_floor, "8001", "ready")
    assert desks.is_silent("seat2")
    await call.closes()
    told = presence(own_floor, "8001")
    assert [event.after for event in told[-5:]] == ["ready", "ringing", "talking", "wrap_up", "ready"]
    assert {event.call_id for event in told[-4:]} == {call.call_id}


async def test_of_two_who_ring_one_answers_and_the_other_has_missed_nothing(own_floor: Floor, desks: Desks) -> None:
    """Both ring; the second is ready again at once."""
    for number in ("8001", "8002"):
        await at_work(own_floor, number, "go_ready")
    call = await wants_a_person(own_floor)
    first, second = await desks.rings("seat1"), await desks.rings("seat2")
    await first.answers()
    await second.ends()
    await becomes(own_floor, "8001", "talking")
    await becomes(own_floor, "8002", "ready")
    await call.hangs_up()
    await becomes(own_floor, "8001", "wrap_up")
    await call.closes()


async def test_a_missed_call_and_a_refused_one_pause_with_the_reason(own_floor: Floor, desks: Desks) -> None:
    """The caller waits on, and is served by who comes."""
    for number in ("8001", "8002"):
        await at_work(own_floor, number, "go_ready")
    call = await wants_a_person(own_floor)
    await desks.rings("seat1")
    await (await desks.rings("seat2")).refuses()
    await becomes(own_floor, "8002", "paused", "missed_call")
    await becomes(own_floor, "8001", "paused", "missed_call")
    await at_work(own_floor, "8002", "go_ready")
    ring = await desks.rings("seat2")
    await ring.answers()
    await becomes(own_floor, "8002", "talking")
    await ring.hangs_up()
    await call.closes()


async def test_a_caller_who_leaves_while_it_rings_leaves_the_agent_ready(own_floor: Floor, desks: Desks) -> None:
    """No fault of his."""
    await at_work(own_floor, "8001", "go_ready")
    call = await wants_a_person(own_floor)
    ring = await desks.rings("seat1")
    await becomes(own_floor, "8001", "ringing")
    await call.hangs_up()
    await ring.ends()
    await becomes(own_floor, "8001", "ready")
    await call.closes()


async def test_of_two_callers_the_emergency_is_first(own_floor: Floor, desks: Desks) -> None:
    """Who came first waits; then he is served too."""
    await at_work(own_floor, "8003", "take_break", "meal")
    ordinary = await wants_a_person(own_floor)
    urgent = await has_an_emergency(own_floor)
    await at_work(own_floor, "8003", "go_ready")
    ring = await desks.rings("seat3")
    await ring.answers()
    await urgent.until(lambda event: isinstance(event, PersonAnswered))
    await ring.hangs_up()
    await urgent.closes()
    ring = await desks.rings("seat3")
    await ring.answers()
    await ordinary.until(lambda event: isinstance(event, PersonAnswered))
    await ring.hangs_up()
    await ordinary.closes()


async def test_a_senior_is_rung_for_who_waits_longer(own_floor: Floor, desks: Desks) -> None:
    """H1.2e: the second line joins after its time; the exchange sees to it by itself."""
    await at_work(own_floor, "8003", "go_ready")
    call = await wants_a_person(own_floor)
    began = asyncio.get_running_loop().time()
    ring = await desks.rings("seat3")
    assert 3 < asyncio.get_running_loop().time() - began < 15
    await ring.answers()
    await becomes(own_floor, "8003", "talking")
    await ring.hangs_up()
    await call.closes()


async def test_a_customer_who_calls_again_is_brought_to_the_same_agent(own_floor: Floor, desks: Desks) -> None:
    """While he is free, and before anybody else; where he is not, at once to the others."""
    person = People(Home(own_floor.hotline.folder)).somebody()
    assert person.mobile is not None
    await at_work(own_floor, "8002", "go_ready")
    call = await wants_a_person(own_floor, person.mobile)
    ring = await desks.rings("seat2")
    await ring.answers()
    await becomes(own_floor, "8002", "talking")
    await ring.hangs_up()
    await becomes(own_floor, "8002", "ready")
    await call.closes()
    await at_work(own_floor, "8001", "go_ready")
    again = await wants_a_person(own_floor, person.mobile)
    ring = await desks.rings("seat2")
    await asyncio.sleep(1)
    assert desks.is_silent("seat1")
    await ring.answers()
    await becomes(own_floor, "8002", "talking")
    third = await wants_a_person(own_floor, person.mobile)
    other = await desks.rings("seat1")
    await other.answers()
    await becomes(own_floor, "8001", "talking")
    for each in (ring, other):
        await each.hangs_up()
    await again.closes()
    await third.closes()


async def test_who_was_brought_to_the_same_agent_is_sent_on_to_the_queue_that_is_named(
    own_floor: Floor, desks: Desks
) -> None:
    """He alone was rung for the first wait; what bound that one binds no later one."""
    person = People(Home(own_floor.hotline.folder)).somebody()
    assert person.mobile is not None
    await at_work(own_floor, "8002", "go_ready")
    first = await wants_a_person(own_floor, person.mobile)
    ring = await desks.rings("seat2")
    await ring.answers()
    await becomes(own_floor, "8002", "talking")
    await ring.hangs_up()
    await becomes(own_floor, "8002", "ready")
    await first.closes()
    call = await wants_a_person(own_floor, person.mobile)
    ring = await desks.rings("seat2")
    await ring.answers()
    await are_together(call)
    await at_work(own_floor, "8003", "go_ready")
    order = {"verb": "transfer", "call_id": call.call_id, "by": "seat2", "to": "emergency", "asked_by": "test"}
    await own_floor.bus.request("talk", order, 10)
    senior = await desks.rings("seat3")
    await senior.answers()
    await becomes(own_floor, "8003", "talking")
    await senior.hangs_up()
    await call.closes()
    entries = (await own_floor.archived(call.call_id)).entries
    assert [entry.fact.queue for entry in entries if isinstance(entry.fact, StoodInQueue)] == [
        "same-agent",
        "emergency",
    ]


async def test_the_command_line_shows_who_waits_and_who_is_rung(own_floor: Floor, desks: Desks) -> None:
    """Place, priority and time of a caller; what each member does, and his phone; the measures of today."""
    hotline = own_floor.hotline

    async def told(*words: str) -> dict[str, object]:
        done = await asyncio.to_thread(hotline.run, *words, "--json")
        assert done.returncode == 0, done.stderr
        value = json.loads(done.stdout)
        return value if isinstance(value, dict) else {str(row["agent"]): row for row in value}

    await at_work(own_floor, "8001", "take_break", "meal")
    call = await wants_a_person(own_floor)
    service = await told("queues", "show", "service")
    (waiting,) = service["waiting"]  # type: ignore[misc]  # JSON
    assert (waiting["call_id"], waiting["position"], waiting["priority"]) == (call.call_id, 1, 0)
    members = {each["member"]: each for each in service["members"]}  # type: ignore[attr-defined]  # JSON
    assert (members["8001"]["state"], members["8001"]["paused"]) == ("break", "meal")
    assert members["8001"]["phone_state"] == "free"
    agents = await told("agents", "list")
    assert (agents["8001"]["phone_state"], agents["8002"]["phone_state"]) == ("free", None)  # type: ignore[index]
    await call.hangs_up()
    await call.closes()
    queues = await told("queues", "list")
    today = {each["queue"]: each for each in queues["queues"]}["service"]  # type: ignore[attr-defined]  # JSON
    assert today["abandoned"] >= 1
    shown = await asyncio.to_thread(hotline.run, "queues", "list")
    assert "service level" in shown.stdout


async def test_an_agents_phone_registers_rings_and_pauses_him_when_it_vanishes(own_floor: Floor) -> None:
    """By the credentials of his account, made while the hotline runs; a call meanwhile is not touched."""
    hotline = own_floor.hotline
    done = await asyncio.to_thread(hotline.run, "agents", "add", "8009", "--name", "周明")
    assert done.returncode == 0, done.stderr
    made = await asyncio.to_thread(hotline.run, "agents", "credentials", "8009", "--json")
    password = json.loads(made.stdout)["password"]
    async with desks_of(hotline, "8009") as desks, registered(hotline, "8009", password) as phone:
        await at_work(own_floor, "8009", "go_ready")
        call = await wants_a_person(own_floor)
        ring = await desks.rings("8009")
        await becomes(own_floor, "8009", "ringing")
        await ring.answers()
        await becomes(own_floor, "8009", "talking")
        reading = await asyncio.to_thread(hotline.run, "agents", "set", "8001", "--name", "陈静")
        assert reading.returncode == 0, reading.stderr
        await ring.hangs_up()
        await becomes(own_floor, "8009", "ready")
        await call.closes()
        await phone.vanishes()
        await becomes(own_floor, "8009", "paused", "phone_gone")
    await at_work(own_floor, "8009", "go_offline")
    gone = await asyncio.to_thread(hotline.run, "agents", "remove", "8009")
    assert gone.returncode == 0, gone.stderr
    assert password not in (Home(hotline.folder).asterisk.agents / "pjsip.conf").read_text()


async def test_a_caller_is_handed_to_an_agent_at_a_phone_of_his_own(own_floor: Floor, desks: Desks) -> None:
    """By the staff number of who is at work, after a word with him; and his presence follows."""
    hotline = own_floor.hotline
    done = await asyncio.to_thread(hotline.run, "agents", "add", "8010", "--name", "吴敏")
    assert done.returncode == 0, done.stderr
    made = await asyncio.to_thread(hotline.run, "agents", "credentials", "8010", "--json")
    password = json.loads(made.stdout)["password"]
    async with desks_of(hotline, "8010") as own, registered(hotline, "8010", password):
        await at_work(own_floor, "8001", "go_ready")
        call = await wants_a_person(own_floor)
        first = await desks.rings("seat1")
        await first.answers()
        await are_together(call)

        async def asks(verb: str, **more: str) -> dict[str, object]:
            order = {"verb": verb, "call_id": call.call_id, "by": "seat1", "asked_by": "test", **more}
            return await own_floor.bus.request("talk", order, 10)

        with pytest.raises(CommandRefused, match="no agent at work"):
            await asks("consult", to="8010")
        await at_work(own_floor, "8010", "take_break", "meal")
        assert (await asks("consult", to="8010"))["went_to"] == "8010"
        second = await own.rings("8010")
        await second.answers()
        await becomes(own_floor, "8010", "talking")
        async with asyncio.timeout(SOON):
            while (await asks("show"))["phase"] != "consulting":
                await asyncio.sleep(0.1)
        assert (await asks("complete"))["persons"] == ["8010"]
        await first.ends()
        await second.hangs_up()
        await call.closes()
    await at_work(own_floor, "8010", "go_offline")
    gone = await asyncio.to_thread(hotline.run, "agents", "remove", "8010")
    assert gone.returncode == 0, gone.stderr


@pytest.mark.parametrize("moment", ["waiting", "ringing", "talking", "wrap_up"])
async def test_a_killed_controller_is_nobodys_problem(own_floor: Floor, desks: Desks, moment: str) -> None:
    """In the queue, while it rings, in the talk, in the notes: the call goes on, and presence is true afterwards."""
    await at_work(own_floor, "8001", *(("take_break", "meal") if moment == "waiting" else ("go_ready",)))
    call = await wants_a_person(own_floor)
    if moment == "waiting":
        await killed(own_floor, "controller")
        await at_work(own_floor, "8001", "go_ready")
    ring = await desks.rings("seat1")
    if moment == "ringing":
        await killed(own_floor, "controller")
    await ring.answers()
    await becomes(own_floor, "8001", "talking")
    if moment == "talking":
        await killed(own_floor, "controller")
        await becomes(own_floor, "8001", "talking")
    await ring.hangs_up()
    if moment == "wrap_up":
        await becomes(own_floor, "8001", "wrap_up")
        await killed(own_floor, "controller")
    await becomes(own_floor, "8001", "ready")
    await call.closes()


async def test_an_asterisk_that_was_killed_gets_its_members_back(own_floor: Floor, desks: Desks) -> None:
    """Whoever talked writes his notes, whoever was ready is rung by the next caller."""
    await at_work(own_floor, "8001", "go_ready")
    call = await wants_a_person(own_floor)
    ring = await desks.rings("seat1")
    await ring.answers()
    await becomes(own_floor, "8001", "talking")
    await killed(own_floor, "asterisk")
    await becomes(own_floor, "8001", "ready")  # paused for a moment it may be before, while no phone is seen yet
    await call.closes()
    again = await wants_a_person(own_floor)
    ring = await desks.rings("seat1")
    await ring.answers()
    await becomes(own_floor, "8001", "talking")
    await ring.hangs_up()
    await again.closes()
