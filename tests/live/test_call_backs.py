"""Call backs on a real Asterisk: promised on the line, dialled through the carrier, and never twice."""

import asyncio
import json
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.adapters.carrier.caller import Caller
from ivr.adapters.carrier.placing import _Placement
from ivr.adapters.carrier.scenarios import Scenario
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.sql.callbacks import SqlCallBacks
from ivr.adapters.sql.engine import make_engine
from ivr.domain.call import CallRecord, Outcome
from ivr.domain.callback import CallBack, CallBackEvent, CallBackKind, CallBackState, Miss, NewCallBack
from ivr.domain.caller import Language
from ivr.domain.events import PersonAnswered, QueueEntered
from ivr.domain.ids import CallBackId, CallId, EffectId, QueueName
from ivr.domain.problem import Urgency
from ivr.domain.ticket import Party, Role
from ivr.engine.promising import channel_of
from tests.live.line import SOON, Floor, Hotline, OnTheLine

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("call_backs")]
CUSTOMER = Party(Role.CUSTOMER, "test")
LONG = 60.0
"""Seconds for an attempt from the promise to its end, on a busy machine."""


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """Its customers may be rung whenever tests run, and are offered it however short the wait is."""
    different = {
        "HOTLINE_CALL_BACKS__CALL_FROM": "00:00",
        "HOTLINE_CALL_BACKS__CALL_UNTIL": "23:59:59",
        "HOTLINE_CALL_BACKS__OFFER_AFTER": "0",
        "HOTLINE_STORY__SURVEY": "false",
    }
    with Hotline(tmp_path_factory.mktemp("call-backs"), **different).up() as hotline:
        yield hotline


@dataclass
class Customers:
    """Those who were promised a call back, and what they do when it rings."""

    floor: Floor

    def __post_init__(self) -> None:
        self.backs = SqlCallBacks(make_engine(self.floor.settings.archive_url), FileKeyring(self.floor.secrets))
        self.answered: list[str] = []
        """Numbers, once for each time that one was rung."""

    async def will(self, number: str, script: Callable[[Caller], None]) -> None:
        """Whoever has this number does that when it rings, each time."""
        token = f"customer-{number}"

        def noted(caller: Caller) -> None:
            self.answered.append(number)
            self._stands_by(token, number, noted)
            script(caller)

        self._stands_by(token, number, noted)
        port = self.floor.carrier._line.server_address[1]
        await self.set_program(number, f"agi://127.0.0.1:{port}/{token}")

    async def set_program(self, phone: str, address: str) -> None:
        """The carrier sends this phone's calls there; empty: as by default."""
        action = {"Action": "Setvar", "Variable": f"PHONE_AGI_{phone}", "Value": address}
        await self.floor.carrier._exchange._link.act(action)

    def _stands_by(self, token: str, number: str, script: Callable[[Caller], None]) -> None:
        folder = Path(self.floor.carrier._spool) / "callers" / f"{token}-{len(self.answered)}"
        folder.mkdir(parents=True, exist_ok=True)
        scenario = Scenario(token, script, Outcome.NOBODY_MET)
        self.floor.carrier._line.placements[token] = _Placement(scenario, folder)

    async def promised(self, number: str) -> CallBack:
        """As the line would."""
        now = datetime.now(UTC)
        call = CallId(f"n1-{int(now.timestamp())}.{random.randrange(10**6)}")
        new = NewCallBack(
            kind=CallBackKind.KEEPS_PLACE,
            call_id=call,
            number=f"+86{number}",
            customer=None,
            ticket=None,
            queue=QueueName("service"),
            priority=0,
            joined_at=now,
            language=Language.ZH,
            category=None,
            urgency=Urgency.NORMAL,
            asked_at=now,
        )
        return await self.backs.ask(new, EffectId(f"{call}/1"), due_at=now, by=CUSTOMER)

    async def until(self, id_: CallBackId, event: CallBackEvent) -> CallBack:
        """As soon as that has happened to it."""
        async with asyncio.timeout(LONG):
            while True:
                back = await self.backs.read(id_)
                assert back is not None
                if event in {entry.event for entry in back.history}:
                    return back
                await asyncio.sleep(0.1)

    async def record(self, back: CallBack) -> CallRecord:
        """Of the call that its latest attempt was."""
        return (await self.floor.archived(CallId(channel_of(back)))).record


@pytest.fixture
async def customers(own_floor: Floor) -> Customers:
    """Nobody yet."""
    return Customers(own_floor)


def mobile() -> str:
    """A number of nobody else."""
    return f"139{random.randrange(10**8):08d}"


def says_it_is_he(caller: Caller) -> None:
    """Picks up, listens, presses `1`, and stays until the other side hangs up."""
    caller._agi.do("ANSWER")
    caller.wait(1.5)
    caller.press("1")
    caller.wait(40)


def says_it_is_not(caller: Caller) -> None:
    """Presses `2`."""
    caller._agi.do("ANSWER")
    caller.wait(1.5)
    caller.press("2")
    caller.wait(20)


def voicemail(caller: Caller) -> None:
    """Picks up, and records whatever comes."""
    caller._agi.do("ANSWER")
    caller.listen(40)


def busy(caller: Caller) -> None:
    """Talks with somebody else."""
    caller._agi.do("EXEC", "Busy", "1")


def rings_on(caller: Caller) -> None:
    """Nobody is at home."""
    caller._agi.do("EXEC", "Ringing")
    caller.wait(50)


async def test_a_caller_is_promised_a_call_back_and_gets_it(own_floor: Floor, customers: Customers) -> None:
    """`1` while he waits, `1`, `1`, `1`; the carrier's phone of that number picks up and presses `1`; a person
    answers. Both calls are in the archive, and name each other."""
    await customers.will("desk1", rings_on)
    call = await wants_a_person(own_floor)
    await asyncio.sleep(1.0)
    await call.presses("1")
    await call.hears("call_back_offer")
    await call.presses("1")
    await call.hears("call_back_when")
    await call.presses("1")
    await call.hears("call_back_number_ends")
    await customers.will(call.number, says_it_is_he)
    await customers.set_program("desk1", "")
    await call.presses("1")
    await call.hears("call_back_noted")
    record = await call.closes()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.CALL_BACK
    assert record.known.call_back is not None
    back = await customers.until(record.known.call_back, CallBackEvent.SPEAK)
    kept = await customers.record(back)
    assert kept.ending is not None
    assert kept.ending.outcome is Outcome.HELPED_BY_PERSON
    assert (kept.incoming.call_back, kept.incoming.caller_number) == (back.id, f"+86{call.number}")
    assert back.call_id == call.call_id
    assert customers.answered.count(call.number) == 1
    assert any(isinstance(event, PersonAnswered) for event in own_floor.events[CallId(channel_of(back))])


@pytest.mark.parametrize(
    ("does", "miss"),
    [(busy, Miss.BUSY), (voicemail, Miss.MACHINE), (says_it_is_not, Miss.OTHER_PERSON)],
)
async def test_who_is_not_he_is_told_nothing(customers: Customers, does: Callable[[Caller], None], miss: Miss) -> None:
    """A busy line, a machine that presses nothing, and another person: not even who calls."""
    number = mobile()
    await customers.will(number, does)
    back = await customers.promised(number)
    other = miss is Miss.OTHER_PERSON
    back = await customers.until(back.id, CallBackEvent.MEET_OTHER if other else CallBackEvent.MEET_NOBODY)
    assert back.last_miss is miss
    back = await customers.until(back.id, CallBackEvent.GIVE_UP if other else CallBackEvent.RETRY)
    said = [
        prompt
        for event in customers.floor.events.get(CallId(channel_of(back)), [])
        for prompt in getattr(event, "prompts", ())
    ]
    assert set(said) <= {"call_back_is_it_you", "call_back_sorry"}
    assert customers.answered == [number]
    if not other:
        await customers.backs.move(back.id, CallBackEvent.WITHDRAW, by=CUSTOMER, at=datetime.now(UTC))


async def wants_a_person(floor: Floor) -> OnTheLine:
    """A caller in the service queue, where nobody answers."""
    call = await floor.call("95001")
    await call.hears("how_can_we_help")
    await call.presses("0")
    await call.until(lambda event: isinstance(event, QueueEntered))
    return call


async def line_of(floor: Floor) -> list[str]:
    """Who waits in the service queue, in order, as the exchange has it."""
    shown = await asyncio.to_thread(floor.hotline.run, "queues", "show", "service", "--json")
    assert shown.returncode == 0, shown.stderr
    waiting = json.loads(shown.stdout)["waiting"]
    return [each["call_id"] for each in sorted(waiting, key=lambda each: each["position"])]


async def test_who_asks_and_stays_is_back_in_front_of_who_came_later(own_floor: Floor, customers: Customers) -> None:
    """`1` takes him out of the line, `2` back to his place in it; the exchange has it so."""
    await customers.will("desk1", rings_on)
    first, second = await wants_a_person(own_floor), await wants_a_person(own_floor)
    third = await wants_a_person(own_floor)
    await asyncio.sleep(1.0)
    assert await line_of(own_floor) == [first.call_id, second.call_id, third.call_id]
    await second.presses("1")
    await second.hears("call_back_offer")
    await second.presses("2")
    await second.until(lambda event: isinstance(event, QueueEntered))
    async with asyncio.timeout(SOON):
        while len(line := await line_of(own_floor)) < 3:
            await asyncio.sleep(0.1)
    assert line == [first.call_id, second.call_id, third.call_id]
    for call in (first, second, third):
        await call.hangs_up()
        await call.closes()
    await customers.set_program("desk1", "")


async def test_a_controller_killed_between_promise_and_dialling_dials_once(
    own_floor: Floor, customers: Customers
) -> None:
    """The promise stands in the list; whoever comes next keeps it."""
    number = mobile()
    await customers.will(number, says_it_is_he)
    before = own_floor.hotline.process("controller")
    before.signal(signal.SIGKILL)
    back = await customers.promised(number)
    await own_floor.hotline.restarted("controller", before)
    back = await customers.until(back.id, CallBackEvent.SPEAK)
    assert (back.attempts, customers.answered) == (1, [number])
    assert (await customers.record(back)).incoming.call_back == back.id


async def test_a_controller_killed_with_a_dial_written_down_and_not_sent_dials_once(
    own_floor: Floor, customers: Customers
) -> None:
    """No leg, and none in the exchange's record: that attempt never was, and another is made under another name."""
    number = mobile()
    await customers.will(number, says_it_is_he)
    before = own_floor.hotline.process("controller")
    before.signal(signal.SIGKILL)
    back = await customers.promised(number)
    for event in (CallBackEvent.COME_DUE, CallBackEvent.DIAL):
        back = await customers.backs.move(back.id, event, by=Party(Role.LINE, "n1"), at=datetime.now(UTC))
    written = channel_of(back)
    await own_floor.hotline.restarted("controller", before)
    back = await customers.until(back.id, CallBackEvent.SPEAK)
    assert (back.attempts, customers.answered) == (1, [number])
    assert channel_of(back) != written


async def test_a_number_that_costs_is_not_dialled_whoever_put_it_there(customers: Customers) -> None:
    """Not even where it stands in the list already."""
    number = "4008001234"
    await customers.will(number, says_it_is_he)
    back = await customers.promised(number)
    back = await customers.until(back.id, CallBackEvent.MEET_NOBODY)
    assert (back.last_miss, customers.answered) == (Miss.FAILED, [])
    await customers.backs.move(back.id, CallBackEvent.WITHDRAW, by=CUSTOMER, at=datetime.now(UTC))


async def test_a_controller_killed_while_it_rings_does_not_ring_twice(own_floor: Floor, customers: Customers) -> None:
    """The phone rings on; the next controller knows of it, and the customer is reached by that one call."""
    number = mobile()
    ringing = asyncio.Event()
    loop = asyncio.get_running_loop()

    def picks_up_late(caller: Caller) -> None:
        loop.call_soon_threadsafe(ringing.set)
        caller._agi.do("EXEC", "Ringing")
        caller.wait(12)
        says_it_is_he(caller)

    await customers.will(number, picks_up_late)
    back = await customers.promised(number)
    async with asyncio.timeout(LONG):
        await ringing.wait()
    before = own_floor.hotline.process("controller")
    before.signal(signal.SIGKILL)
    await own_floor.hotline.restarted("controller", before)
    back = await customers.until(back.id, CallBackEvent.SPEAK)
    assert [entry.event for entry in back.history].count(CallBackEvent.DIAL) == 1
    assert back.state is CallBackState.REACHED
    assert (await customers.record(back)).incoming.call_back == back.id
    await asyncio.sleep(SOON / 4)
    assert customers.answered == [number]
