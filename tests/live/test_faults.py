"""Things die in the middle of real calls. Prompts are whole here: what the caller hears is told by its sound."""

import asyncio
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import make_url

from ivr.adapters.exchange.install import find
from ivr.adapters.exchange.process import AsteriskProcess
from ivr.domain.call import Done, EndReason, Outcome
from ivr.domain.events import CallClosed, CallTakenUp, PersonAnswered, QueueEntered, SentencesSpoken
from ivr.domain.ids import CallId
from ivr.home import Home
from ivr.processes.pid_file import Noted
from tests.live.audio import found, prompt, samples_of
from tests.live.line import SOON, Floor, Hotline, OnTheLine
from tests.live.people import People
from tests.live.test_chapter_2 import identifies

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("faults")]

AUDIBLE = 300
"""Of 32,768."""
LAST_WORD = 2000
"""Samples of a quarter of a second."""
SURELY = 0.5
"""Likeness above which a prompt is there: what passed through A-law is above 0.9, another sentence under 0.2."""


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline to be maltreated, with whole prompts."""
    hotline = Hotline(
        tmp_path_factory.mktemp("faults"),
        HOTLINE_PROMPTS__CUT_MS="0",
        HOTLINE_FALLBACK__PAUSE="0.5",
        HOTLINE_STORY__PRODUCTS='["about_wealth"]',
        HOTLINE_STORY__SURVEY="false",
    )
    with hotline.up():
        yield hotline


async def heard_by(floor: Floor, call: OnTheLine, name: str) -> tuple[float, float]:
    """Whether the caller of an ended call heard this prompt, and when."""
    report = await call.placed
    return found(prompt(floor.settings.prompts_folder, name), samples_of(report.recording))


async def test_the_greeting_is_heard(own_floor: Floor) -> None:
    """H2.1a, by the carrier's recording: the standard words, within a second of the answer."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    await call.hangs_up()
    await call.closes()
    likeness, second = await heard_by(own_floor, call, "greeting")
    assert likeness > SURELY
    assert second < 1.0
    likeness, _ = await heard_by(own_floor, call, "goodbye")
    assert likeness < SURELY


async def test_every_sentence_is_heard_to_its_last_word(own_floor: Floor) -> None:
    """Each is ended by the next in the pause after it, not before."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    await call.until(lambda event: isinstance(event, SentencesSpoken), 60)  # he presses nothing, and is asked again
    await call.hangs_up()
    await call.closes()
    heard = samples_of((await call.placed).recording)
    *whole, _ = [event for event in call.events[: call.seen] if isinstance(event, SentencesSpoken)]
    said = [name for event in whole for name in event.prompts]
    assert len(said) > 5
    for name in said:
        sentence = prompt(own_floor.settings.prompts_folder, name)
        last = int(np.flatnonzero(np.abs(sentence) > AUDIBLE)[-1]) + 1
        likeness, _ = found(sentence[last - LAST_WORD : last], heard)
        assert likeness > SURELY, name


@pytest.mark.parametrize("step", ["greeting", "how_can_we_help", "about_wealth"])
async def test_a_killed_controller_is_not_the_callers_problem(
    own_floor: Floor, own_hotline: Hotline, step: str
) -> None:
    """He hears that we are still there, then the step he was at, and is served to the end."""
    call = await reached(own_floor, step)
    await killed(own_hotline)
    await call.until(lambda event: isinstance(event, CallTakenUp))
    if step != "about_wealth":
        await asyncio.sleep(3)  # the holding prompt is spoken to its end before the dialplan tries again
        await call.presses("54")
    await call.hears("anything_else")
    await call.presses("2")
    record = await call.closes()
    assert record.known.served
    assert record.controller_restarts == 1
    likeness, _ = await heard_by(own_floor, call, "still_here")
    assert likeness > SURELY


async def test_a_controller_killed_while_a_secret_is_keyed_in_is_asked_for_it_anew(
    own_floor: Floor, own_hotline: Hotline
) -> None:
    """Half of the password goes to one controller, half to none: neither is anywhere when the hotline has stopped."""
    people = People(Home(own_hotline.folder))
    person = people.somebody(most_accounts=1)
    password = people.password(person)
    call = await reached(own_floor, "how_can_we_help")
    await call.presses("51")
    await identifies(call, person.number)
    await call.hears("ask_password")
    await call.presses(password[:3])
    await asyncio.sleep(2)
    before = own_hotline.process("controller")
    before.signal(signal.SIGKILL)
    await call.presses(password[3:])
    await own_hotline.restarted("controller", before)
    await call.until(lambda event: isinstance(event, CallTakenUp))
    await call.hears("ask_password")
    await asyncio.sleep(3)  # the holding prompt is spoken to its end before the dialplan tries again
    await call.presses(password)
    await call.hears("anything_else")
    await call.hangs_up()
    record = await call.closes()
    assert record.known.done == (Done.BALANCE_TOLD,)
    assert record.controller_restarts == 1


async def test_a_controller_killed_while_the_caller_waits_or_talks(own_floor: Floor, own_hotline: Hotline) -> None:
    """The exchange goes on by itself; the next controller hears how it ended."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    await call.presses("0")
    await call.until(lambda event: isinstance(event, PersonAnswered))
    await killed(own_hotline)
    record = await call.closes()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.HELPED_BY_PERSON
    assert "goodbye" in call.spoken()


async def test_a_caller_who_leaves_while_no_controller_lives_is_archived(
    own_floor: Floor, own_hotline: Hotline
) -> None:
    """The exchange's own account tells how the call ended."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    await killed(own_hotline)
    await call.hangs_up()
    record = await call.closes()
    assert record.ending is not None
    assert record.ending.end_reason is EndReason.CALLER_HUNG_UP


@pytest.mark.parametrize("step", ["greeting", "how_can_we_help", "about_wealth"])
async def test_a_hung_controller_is_noticed_ended_and_replaced(
    own_floor: Floor, own_hotline: Hotline, step: str
) -> None:
    """SIGSTOP: nothing answers, nothing dies. The watchdog frees its calls, and each goes on where it was."""
    call = await reached(own_floor, step)
    before = own_hotline.process("controller")
    before.signal(signal.SIGSTOP)
    await own_hotline.restarted("controller", before)
    await call.until(lambda event: isinstance(event, CallTakenUp))
    if step != "about_wealth":
        await asyncio.sleep(3)  # the holding prompt is spoken to its end before the dialplan tries again
        await call.presses("54")
    await call.hears("anything_else")
    await call.presses("2")
    record = await call.closes()
    assert record.known.served
    assert record.controller_restarts == 1


async def test_a_controller_that_hangs_while_the_caller_waits_or_talks(own_floor: Floor, own_hotline: Hotline) -> None:
    """No dialogue runs there: nobody notices but the watchdog."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    await call.presses("0")
    await call.until(lambda event: isinstance(event, PersonAnswered))
    before = own_hotline.process("controller")
    before.signal(signal.SIGSTOP)
    await own_hotline.restarted("controller", before)
    record = await call.closes()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.HELPED_BY_PERSON
    assert "goodbye" in call.spoken()


async def test_without_any_controller_the_fallback_brings_a_person(own_floor: Floor, own_hotline: Hotline) -> None:
    """The parent cannot restart it: the exchange alone brings the caller to a person, and the archive knows."""
    parent = own_hotline.process("parent")
    controller = own_hotline.process("controller")
    parent.signal(signal.SIGSTOP)
    try:
        controller.signal(signal.SIGKILL)
        call = await own_floor.call("95001")
        report = await asyncio.wait_for(call.placed, 60)  # the demonstration's agent hangs up in the end
        samples = samples_of(report.recording)
        folder = own_floor.settings.prompts_folder
        assert found(prompt(folder, "fallback_to_person"), samples)[0] > SURELY
        assert found(prompt(folder, "agent_demo"), samples)[0] > SURELY
    finally:
        parent.signal(signal.SIGCONT)
    await own_hotline.restarted("controller", controller)
    archived = await own_floor.archived(call.call_id)
    assert archived.record.ending is not None
    assert archived.record.ending.outcome is Outcome.FALLBACK
    assert archived.record.incoming.caller_number == f"+86{call.number}"


async def test_a_cut_link_to_the_exchange_ends_no_call(own_floor: Floor, own_hotline: Hotline) -> None:
    """The dialogue goes on over FastAGI; the link comes back, and how the call ended is known."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    before = links_of(own_hotline)
    await cut_link(exchange_of(own_hotline))
    await call.presses("0")
    await call.until(lambda event: isinstance(event, QueueEntered))
    await call.hangs_up()
    record = await call.closes()
    assert record.controller_restarts == 0
    assert record.ending is not None
    assert record.ending.end_reason is EndReason.CALLER_HUNG_UP
    async with asyncio.timeout(SOON):
        while links_of(own_hotline) != before + 1:
            await asyncio.sleep(0.05)


async def test_a_database_that_is_away_ends_no_call(own_floor: Floor, own_hotline: Hotline) -> None:
    """Nothing can be written to it for longer than is waited for: a call is served all the same, waits in the journal,
    and is archived when the database is back."""
    database = make_url(own_hotline.settings.archive_url).database
    assert database is not None
    log = own_hotline.folder / "log" / "controller.log"
    with closing(sqlite3.connect(database, isolation_level=None)) as sql:
        sql.execute("BEGIN IMMEDIATE")
        call = await own_floor.call("95001")
        await call.hears("how_can_we_help")
        await call.presses("542")
        await call.until(lambda event: isinstance(event, CallClosed))
        async with asyncio.timeout(SOON):
            while "archive_down" not in log.read_text():
                await asyncio.sleep(0.1)
        assert await own_floor.archive.read(call.call_id) is None
        sql.execute("ROLLBACK")
    archived = await own_floor.archived(call.call_id)
    assert archived.record.known.served
    assert archived.record.controller_restarts == 0


async def test_a_killed_bus_ends_no_call(own_floor: Floor, own_hotline: Hotline) -> None:
    """Live events wait; the call is served and archived."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    before = own_hotline.process("nats")
    before.signal(signal.SIGKILL)
    await call.presses("54")
    await asyncio.sleep(1)
    await call.presses("2")
    await own_hotline.restarted("nats", before)
    archived = await own_floor.archived(call.call_id)
    assert archived.record.known.served
    await call.closes()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("13800138001", 'Robert "; drop'),
        ("13800138002", "王小明"),
        ("13800138003", "a\\nb ${SHELL(id)} |%&"),
    ],
)
async def test_a_strange_name_is_only_a_name(own_floor: Floor, number: str, name: str) -> None:
    """What a caller sends is data, wherever it goes."""
    call = await own_floor.call("95001", number=number, name=name)
    await call.hears("how_can_we_help")
    await call.presses("542")
    record = await call.closes()
    assert record.known.served
    assert record.incoming.caller_number == f"+86{number}"


async def test_a_killed_exchange_ends_its_calls_truthfully(own_floor: Floor, own_hotline: Hotline) -> None:
    """The call is closed as ended by the restart, somebody gets back to the caller, and the next call is served."""
    call = await own_floor.call("95001")
    await call.hears("how_can_we_help")
    before = own_hotline.process("asterisk")
    before.signal(signal.SIGKILL)
    await own_hotline.restarted("asterisk", before)
    record = await call.closes()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (
        Outcome.UNFINISHED,
        EndReason.EXCHANGE_RESTARTED,
    )
    assert [follow_up.reason for follow_up in await own_floor.follow_ups.of_call(call.call_id)] == ["cut_off"]
    await call.hangs_up()
    after = await own_floor.call("95001")
    for words, key in (("how_can_we_help", "5"), ("menu_products", "4"), ("anything_else", "2")):
        await after.hears(words)
        await after.presses(key)
    assert (await after.closes()).known.served


async def test_every_call_the_exchange_answered_is_archived_once(own_floor: Floor, own_hotline: Hotline) -> None:
    """After all that was done to this hotline: by the exchange's own count none is missing, none open for ever."""
    last = await own_floor.call("95001")
    await last.hears("how_can_we_help")
    await last.hangs_up()
    await last.closes()
    assert last.call_id in exchange_count(Home(own_hotline.folder))
    async with asyncio.timeout(90):
        while exchange_count(Home(own_hotline.folder)) - await archived_of(own_floor):
            await asyncio.sleep(0.5)
    status = own_hotline.run("status", "--json")
    assert '"calls": []' in status.stdout, status.stdout


# ------------------------------------------------------------------------------------------------
async def reached(floor: Floor, step: str) -> OnTheLine:
    """A caller who is hearing this."""
    call = await floor.call("95001")
    await call.hears("greeting")
    if step != "greeting":
        await call.hears("how_can_we_help")
    if step == "about_wealth":
        await call.presses("54")
        await call.hears("about_wealth")
    return call


async def killed(hotline: Hotline) -> Noted:
    """The controller dies as by a power cut; the next one."""
    before = hotline.process("controller")
    before.signal(signal.SIGKILL)
    await hotline.restarted("controller", before)
    return hotline.process("controller")


def exchange_of(hotline: Hotline) -> AsteriskProcess:
    """The hotline's Asterisk, by its own command line."""
    settings = hotline.settings
    return AsteriskProcess(find(settings), Home(hotline.folder).asterisk, settings.ports.ami)


async def cut_link(exchange: AsteriskProcess) -> None:
    """By the exchange, as a link is that it cannot write to any more."""
    sessions = await exchange.cli("manager show connected")
    (ours,) = [line.split() for line in sessions.splitlines() if line.split()[:1] == ["controller"]]
    _, _, _, _, descriptor, *_ = ours  # after user, address, start and age
    assert "Kicking" in await exchange.cli(f"manager kick session {descriptor}"), sessions


def links_of(hotline: Hotline) -> int:
    """How often the controllers of this hotline linked up with the exchange."""
    return (hotline.folder / "log" / "controller.log").read_text().count("exchange_linked")


def exchange_count(home: Home) -> set[CallId]:
    """Callers' legs that were answered and have ended, from whatever CEL still holds."""
    rows = "".join(path.read_text() for path in Path(home.asterisk.log / "cel-custom").glob("Master.csv*"))
    lines = [line.split('","') for line in rows.splitlines()]
    began = {line[6] for line in lines if line[0] == '"CHAN_START' and line[4].startswith("trunk-")}
    answered = {line[6] for line in lines if line[0] == '"ANSWER'}
    return {CallId(uniqueid) for uniqueid in began & answered}


async def archived_of(floor: Floor) -> set[CallId]:
    """Those of them that the archive has."""
    return await floor.archive.has(sorted(exchange_count(Home(floor.hotline.folder))))
