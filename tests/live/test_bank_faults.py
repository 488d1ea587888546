"""The bank and the SMS gateway fail, and the controller is killed in the middle of what they do: over HTTP, by the
published contracts, with servers that the test holds in its hands.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ivr.adapters.bank.contract import bank_app
from ivr.adapters.bank.people import Person
from ivr.adapters.clock import SystemClock
from ivr.adapters.http.serving import listen, server
from ivr.adapters.memory.bank import MemoryBank, memory_password
from ivr.adapters.memory.sms import MemorySms
from ivr.adapters.sms.gateway import gateway_app
from ivr.domain.banking import CardState
from ivr.domain.call import Done
from ivr.domain.events import CallTakenUp, QueueEntered
from tests.live.audio import RATE, found, samples_of
from tests.live.line import Floor, Hotline
from tests.live.test_chapter_2 import at_the_menu, confirms, identifies
from tests.network import free_ports

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("bank_faults")]

TOKEN = "a-token-of-the-bank"
SLOW = 2.8
"""Seconds: a breath, a sentence and some music; shorter than the time limit."""
SURELY = 0.5
"""Likeness above which music is there: what passed through A-law is above 0.9, a sentence under 0.2."""


class Held:
    """The next call of one method: it does what it does, and then its answer waits."""

    def __init__(self, port: object, method: str) -> None:
        self.done = asyncio.Event()
        self.times = 0
        really = getattr(port, method)

        async def hold(*arguments: object, **named: object) -> object:
            self.times += 1
            result = await really(*arguments, **named)
            if self.times == 1:
                self.done.set()
                await asyncio.sleep(3600)
            return result

        setattr(port, method, hold)


class Outside:
    """The bank and the gateway, and their servers."""

    def __init__(self) -> None:
        self.bank = MemoryBank(clock=SystemClock())
        self.sms = MemorySms(clock=SystemClock())

    def somebody(self, place: int) -> Person:
        """An ordinary customer with one card, another for each place."""
        plain = [one for one in self.bank.people if one.has_password and one.mobile and len(one.cards) == 1]
        active = [one for one in plain if one.cards[0].state is CardState.ACTIVE and not one.vulnerable]
        return active[place]

    async def state_of(self, person: Person) -> CardState:
        """Of his card, as the bank has it."""
        return (await self.bank.cards(self.bank.token_of(person)))[0].state


@pytest.fixture(scope="module")
def peers() -> dict[str, int]:
    """The ports of the two servers."""
    first = free_ports(2)
    return {"bank": first, "sms": first + 1}


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory, peers: dict[str, int]) -> Iterator[Hotline]:
    """A hotline whose bank and gateway are elsewhere."""
    folder: Path = tmp_path_factory.mktemp("bank-faults")
    hotline = Hotline(
        folder,
        HOTLINE_BANK__KIND="http",
        HOTLINE_BANK__URL=f"http://127.0.0.1:{peers['bank']}",
        HOTLINE_BANK__TOKEN_ENV="BANK_FAULTS_TOKEN",
        HOTLINE_BANK__BREAKER_PAUSE="1",  # a bank that was down in one test is up in the next
        HOTLINE_SMS__KIND="http",
        HOTLINE_SMS__URL=f"http://127.0.0.1:{peers['sms']}",
        HOTLINE_SMS__TOKEN_ENV="BANK_FAULTS_TOKEN",
        HOTLINE_STORY__SURVEY="false",
        HOTLINE_FALLBACK__PAUSE="0.5",
        HOTLINE_FALLBACK__TRIES="40",  # a controller that starts slowly on a busy machine is waited for
    )
    hotline.environment["BANK_FAULTS_TOKEN"] = TOKEN
    with hotline.up():
        yield hotline


@pytest.fixture
async def outside(peers: dict[str, int]) -> AsyncIterator[Outside]:
    """Both, serving."""
    it = Outside()
    servers = [server(bank_app(it.bank, TOKEN)), server(gateway_app(it.sms, TOKEN))]
    sockets = [listen("127.0.0.1", peers["bank"]), listen("127.0.0.1", peers["sms"])]
    tasks = [asyncio.create_task(one.serve(sockets=[at])) for one, at in zip(servers, sockets, strict=True)]
    yield it
    for one in servers:
        one.should_exit = one.force_exit = True
    await asyncio.wait(tasks, timeout=5)
    for at in sockets:
        at.close()


async def killed(hotline: Hotline) -> None:
    """The controller dies, and the next one is there."""
    before = hotline.process("controller")
    before.signal(signal.SIGKILL)
    await hotline.restarted("controller", before)


async def test_killed_in_the_middle_of_a_block_it_is_done_once(
    own_floor: Floor, own_hotline: Hotline, outside: Outside
) -> None:
    """The bank has blocked and not yet answered: the next controller asks again under the same key, and hears what was
    done. One block, one ticket, and the caller is told.
    """
    person, held = outside.somebody(0), Held(outside.bank, "block_card")
    call = await at_the_menu(own_floor)
    await call.presses("12")
    await identifies(call, person.cards[0].number)
    await confirms(call)
    await asyncio.wait_for(held.done.wait(), 20)
    await killed(own_hotline)
    await call.until(lambda event: isinstance(event, CallTakenUp))
    await call.hears("loss_done")
    await call.hears("anything_else")
    await call.presses("2")
    record = await call.closes()
    assert record.known.done == (Done.CARD_BLOCKED,)
    assert record.controller_restarts == 1
    assert held.times == 2
    assert "loss_done_already" not in call.spoken()
    assert await outside.state_of(person) is CardState.LOSS_REPORTED
    assert len(await own_floor.tickets.of_call(call.call_id)) == 1


async def test_killed_in_the_middle_of_a_message_it_is_sent_once(
    own_floor: Floor, own_hotline: Hotline, outside: Outside
) -> None:
    """The code of the first sending is the code of the second: the customer has one, and it is right."""
    person = next(one for one in outside.bank.people if any(c.state is CardState.LOSS_REPORTED for c in one.cards))
    held = Held(outside.sms, "send")
    call = await at_the_menu(own_floor)
    await call.presses("13")
    await identifies(call, person.number)
    await call.hears("ask_password")
    await call.keys_secret(memory_password(person.number).reveal())
    await asyncio.wait_for(held.done.wait(), 20)
    await killed(own_hotline)
    await call.until(lambda event: isinstance(event, CallTakenUp))
    await call.hears("ask_code")
    assert person.mobile is not None
    text = await outside.sms.read_latest(person.mobile)
    assert text is not None
    assert await outside.sms.read_latest(person.mobile) is None, "a second message was sent"
    code = "".join(letter for letter in text.partition("，")[0] if letter.isdecimal())[-6:]
    await asyncio.sleep(3)  # the holding prompt is spoken to its end before the dialplan tries again
    await call.keys_secret(code)
    await call.hears("confirm_undo_choice")
    await call.hangs_up()
    await call.closes()
    assert held.times == 2


async def test_a_slow_bank_is_waited_for_with_music(own_floor: Floor, outside: Outside) -> None:
    """The caller is served, only later; meanwhile he hears it."""
    person = outside.somebody(1)
    really = outside.bank.balances

    async def slowly(*arguments: object) -> object:
        await asyncio.sleep(SLOW)
        return await really(*arguments)  # type: ignore[arg-type]

    outside.bank.balances = slowly  # type: ignore[method-assign, assignment]
    call = await at_the_menu(own_floor)
    await call.presses("51")
    await identifies(call, person.number)
    await call.hears("ask_password")
    await call.keys_secret(memory_password(person.number).reveal())
    if await call.hears_one_of("press_1", "available_balance") == "press_1":
        await call.presses("1")
    await call.hears("anything_else")
    await call.presses("2")
    assert (await call.closes()).known.done == (Done.BALANCE_TOLD,)
    heard = samples_of((await call.placed).recording)
    music = samples_of(own_floor.settings.prompts_folder / "moh" / "calm.wav")[: RATE // 2]
    assert found(music, heard)[0] > SURELY


async def test_a_bank_that_is_down_is_apologised_for_h2_3(own_floor: Floor, outside: Outside) -> None:
    """And a person helps on."""
    outside.bank.down = True
    call = await at_the_menu(own_floor)
    await call.presses("12")
    await call.hears("ask_identity_number")
    await call.presses(f"{outside.somebody(2).number}#")
    await call.hears("bank_down")
    entered = await call.until(lambda event: isinstance(event, QueueEntered))
    assert isinstance(entered, QueueEntered)
    await call.hangs_up()
    await call.closes()


async def test_an_sms_gateway_that_is_down_undoes_no_block(own_floor: Floor, outside: Outside) -> None:
    """The card is blocked and the caller told; only the message is missing."""
    person = outside.somebody(3)
    outside.sms.down = True
    call = await at_the_menu(own_floor)
    await call.presses("12")
    await identifies(call, person.cards[0].number)
    await confirms(call)
    await call.hears("loss_done")
    await call.until(lambda event: "anything_else" in getattr(event, "prompts", ()), 60)
    await call.presses("2")
    assert (await call.closes()).known.done == (Done.CARD_BLOCKED,)
    assert await outside.state_of(person) is CardState.LOSS_REPORTED
