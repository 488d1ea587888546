"""The caller hears the number of whoever has answered, and is with him then: on a real Asterisk, by tones."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest

from ivr.domain.call import EndReason
from ivr.domain.caller import Language
from ivr.domain.events import CallClosed, PersonAnswered, QueueEntered, SentencesSpoken
from ivr.engine.talks import talks_of
from ivr.policies import speech_en, speech_zh
from ivr.ports.journal import PersonConnected
from tests.live.audio import RATE, Samples, found, prompt
from tests.live.line import SOON, Floor, Hotline, floor_of
from tests.live.phones import phones
from tests.live.test_conversation import Phones, Talk, calls_in
from tests.live.test_floor import at_work, becomes, presence
from tests.live.tones import seconds_of

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("agent-number")]

AGENTS = {"8001": "agent", "80012": "agent", "900000001": "agent", "8002": "senior"}
"""All at one phone but the senior, who alone answers emergencies."""
SURELY = 0.5
CATCHING_UP = 0.6
"""Seconds of silence after it, in which what the agent said meanwhile is read and left."""
AT_ONCE = 0.5
"""Seconds between a person's answer and the talk where nothing is told, on a slow machine."""


@pytest.fixture(scope="module")
def desks() -> Iterator[Phones]:
    """A caller's phone and two seats."""
    with phones(caller="caller", seat1="first", seat2="senior") as made:
        yield made


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory, desks: Phones) -> Iterator[Hotline]:
    """With whole sentences, and a number for each language."""
    seats: list[dict[str, object]] = [
        {"name": name, "contact": f"sip:{name}@127.0.0.1:{desks[name].port}", "queues": []}
        for name in ("seat1", "seat2")
    ]
    numbers = [
        {"number": number, "trunk": "carrier", "language": language, "line_of_business": "personal"}
        for number, language in (("95001", "zh"), ("95002", "en"))
    ]
    hotline = Hotline(
        tmp_path_factory.mktemp("agent-number"),
        HOTLINE_PHONES=json.dumps(seats),
        HOTLINE_NUMBERS=json.dumps(numbers),
        HOTLINE_AGENTS__WRAP_UP="2",
        HOTLINE_STORY__SURVEY="false",
        HOTLINE_PROMPTS__CUT_MS="0",
        HOTLINE_FALLBACK__TRIES="60",
    )
    with hotline.up():
        for number, tier in AGENTS.items():
            seat = "seat2" if tier == "senior" else "seat1"
            made = hotline.run("agents", "add", number, "--name", "陈静", "--phone", seat, "--tier", tier)
            assert made.returncode == 0, made.stderr
        yield hotline


@pytest.fixture
async def line(own_hotline: Hotline, desks: Phones) -> AsyncIterator[Floor]:
    """In the end every phone is down, and everyone offline."""
    async with floor_of(own_hotline) as floor:
        yield floor
        for phone in desks.values():
            phone.hang_up()
            await phone.until(False)
        for number in AGENTS:
            await at_work(floor, number, "go_offline")


async def answered(floor: Floor, desks: Phones, number: str, dialled: str = "95001") -> tuple[Talk, float]:
    """A caller whose call this agent has just answered, and the moment of it."""
    await at_work(floor, number, "go_ready")
    call = await calls_in(floor, desks, dialled)
    await desks["seat1"].until(True)
    return call, time.monotonic()


def pieces(floor: Floor, number: str, language: Language) -> list[Samples]:
    """What is said of this agent, each as it was recorded."""
    if language is Language.ZH:
        said = ["agent_number", *speech_zh.digits(number), "at_your_service"]
    else:
        said = ["agent_number", *speech_en.digits(number)]
    return [prompt(floor.settings.prompts_folder, each, language) for each in said]


def words(floor: Floor, number: str, language: Language) -> Samples:
    """All of it."""
    return np.concatenate(pieces(floor, number, language))


async def heard_by_both(call: Talk, seat: str, tone: str) -> float:
    """When the caller heard this person's tone, and he the caller's."""
    async with asyncio.timeout(SOON):
        while True:
            now = time.monotonic()
            ears = call.caller.ear.who(now - 0.1, now), call.desks[seat].ear.who(now - 0.1, now)
            if ears == ({tone}, {"caller"}):
                return now
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "dialled", "language"),
    [("8001", "95001", Language.ZH), ("80012", "95001", Language.ZH), ("8001", "95002", Language.EN)],
)
async def test_the_caller_hears_who_has_answered_and_is_with_him_then_h2_1a(
    line: Floor, desks: Phones, number: str, dialled: str, language: Language
) -> None:
    """In his language, digit for digit, and in the recording too. Nobody hears the other until then; then both do, with
    nothing of what the agent said meanwhile, neither late nor at once.
    """
    expected = words(line, number, language)
    call, since = await answered(line, desks, number, dialled)
    await becomes(line, number, "talking")
    together = await heard_by_both(call, "seat1", "first")
    assert together - since == pytest.approx(len(expected) / RATE + CATCHING_UP, abs=0.4)
    assert desks["seat1"].ear.shares(since, together - 0.4)["anything"] == 0
    assert call.caller.ear.shares(since + 0.1, together - 0.4)["first"] == 0
    await call.until(PersonAnswered)
    await asyncio.sleep(1)
    came = [at for at, _ in call.caller.ear.sound if together - 0.5 <= at < together + 0.5]
    assert len(came) < 60, "what he said meanwhile came all at once"
    before = call.caller.ear.seconds()["first"]
    call.caller.hang_up()
    await call.until(CallClosed)
    _, told = await line.tape(call.call_id)
    for piece in pieces(line, number, language):
        assert found(piece, told)[0] > SURELY
    assert seconds_of(told)["first"] == pytest.approx(before, abs=0.4)


async def test_a_number_that_would_take_long_is_not_told(line: Floor, desks: Phones) -> None:
    """They talk at once, as they do where who answers has no number."""
    call, since = await answered(line, desks, "900000001")
    assert await heard_by_both(call, "seat1", "first") - since < AT_ONCE


async def test_an_emergency_waits_for_no_number(line: Floor, desks: Phones) -> None:
    """Whoever answers it has one."""
    await at_work(line, "8002", "go_ready")
    desks["caller"].name = "13800138111"
    desks["caller"].dial("95001", line.settings.ports.sip)
    async with asyncio.timeout(SOON):
        while desks["caller"].name not in line.legs:
            await asyncio.sleep(0.02)
    call = Talk(line, desks, line.legs[desks["caller"].name])
    await call.until(SentencesSpoken)
    desks["caller"].press("9")
    said = await call.until(SentencesSpoken)
    while not (isinstance(said, SentencesSpoken) and "confirm_emergency" in said.prompts):
        said = await call.until(SentencesSpoken)
    desks["caller"].press("9")
    await call.until(QueueEntered, queue="emergency")
    await desks["seat2"].until(True)
    since = time.monotonic()
    assert await heard_by_both(call, "seat2", "senior") - since < AT_ONCE


async def test_a_caller_who_hangs_up_meanwhile_frees_the_agent_at_once(line: Floor, desks: Phones) -> None:
    """The call ends as his doing, and the agent has his notes and is ready again."""
    call, _ = await answered(line, desks, "8001")
    await asyncio.sleep(1)
    call.caller.hang_up()
    await desks["seat1"].until(False, patience=1)
    await call.until(CallClosed)
    record = (await line.archived(call.call_id)).record
    assert record.ending is not None
    assert record.ending.end_reason is EndReason.CALLER_HUNG_UP
    await becomes(line, "8001", "ready")
    assert [event.after for event in presence(line, "8001")[-3:]] == ["talking", "wrap_up", "ready"]


async def test_an_agent_who_hangs_up_meanwhile_leaves_the_caller_to_the_story(line: Floor, desks: Phones) -> None:
    """When the number has been told; his notes begin, and the archive knows that they did not talk."""
    call, since = await answered(line, desks, "8001")
    await asyncio.sleep(1)
    desks["seat1"].hang_up()
    said = await call.until(SentencesSpoken)
    while not (isinstance(said, SentencesSpoken) and "after_person" in said.prompts):
        said = await call.until(SentencesSpoken)
    assert time.monotonic() - since < len(words(line, "8001", Language.ZH)) / RATE + 1.5
    await becomes(line, "8001", "ready")
    assert [event.after for event in presence(line, "8001")[-3:]] == ["talking", "wrap_up", "ready"]
    await call.until(CallClosed)
    call_archived = await line.archived(call.call_id)
    assert call.caller.ear.seconds()["first"] < 0.3
    spoke = talks_of(call_archived.entries)
    assert all(each.until and (each.until - each.since).total_seconds() < 0.5 for each in spoke)


async def test_a_controller_that_is_killed_meanwhile_is_not_missed(
    line: Floor, own_hotline: Hotline, desks: Phones
) -> None:
    """Caller and agent are together when the number has been told; the next controller knows that they talk."""
    call, since = await answered(line, desks, "8001")
    before = own_hotline.process("controller")
    before.signal(signal.SIGKILL)
    together = await heard_by_both(call, "seat1", "first")
    assert together - since == pytest.approx(len(words(line, "8001", Language.ZH)) / RATE + CATCHING_UP, abs=0.4)
    await own_hotline.restarted("controller", before)
    await call.stands("talking", "seat1")
    desks["seat1"].hang_up()
    await call.until(CallClosed)
    entries = (await line.archived(call.call_id)).entries
    assert [entry for entry in entries if isinstance(entry.fact, PersonConnected)]
