"""Recordings of real calls: who is heard in which phase, what is not, and what is left when something is killed.

Callers and persons sound by tones of their own, the line by its prompts; the digits of a secret by their two tones, in
band, which the keys themselves (RFC 4733) do not make.
"""

import asyncio
import hashlib
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from ivr.adapters.exchange.install import find
from ivr.adapters.exchange.process import AsteriskProcess
from ivr.adapters.wav import header
from ivr.domain.call import EndReason
from ivr.domain.events import CallTakenUp, PersonAnswered, QueueEntered
from ivr.domain.recording import NoRecording
from ivr.home import Home
from ivr.ports.journal import RecordingMuted
from tests.dialplans.exchanges import Agi, Scripts, write_tone
from tests.live.audio import RATE, Samples, found, prompt
from tests.live.leaks import COLUMNS, KEYS, ROWS, tones
from tests.live.line import SOON, Floor, Hotline, OnTheLine
from tests.live.people import People

pytestmark = pytest.mark.live

CALLER, PERSON, WAITER = 700, 1300, 500
"""Hertz: of the caller in the conversation, of the person, and of the caller in the queue."""
SURELY = 0.5


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline to be maltreated."""
    hotline = Hotline(
        tmp_path_factory.mktemp("recording"),
        HOTLINE_PROMPTS__CUT_MS="600",
        HOTLINE_FALLBACK__PAUSE="0.5",
        HOTLINE_STORY__SURVEY="false",
    )
    with hotline.up():
        yield hotline


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What callers and persons play: `700.wav`, a second of a tone each."""
    folder = tmp_path_factory.mktemp("sounds")
    for hertz in (CALLER, PERSON, WAITER):
        write_tone(folder / f"{hertz}.wav", hertz, seconds=1.0)
    return folder


@pytest_asyncio.fixture
async def person(own_hotline: Hotline, sounds: Path) -> AsyncIterator[Scripts]:
    """Whoever answers at the desks: speaks for three seconds and stays until the caller leaves."""
    scripts = Scripts()

    async def answers(agi: Agi) -> None:
        await agi.do("ANSWER")
        for _ in range(3):
            await agi.do(f'STREAM FILE "{sounds / str(PERSON)}" ""')
        await agi.do("EXEC Wait 60")

    scripts.on = {"desk1": answers, "duty1": answers}
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(scripts, "127.0.0.1", 0))
        host, port = server.sockets[0].getsockname()
        for phone in scripts.on:
            await carrier_of(own_hotline).cli(f"dialplan set global PHONE_AGI_{phone} agi://{host}:{port}/{phone}")
        yield scripts
        for phone in scripts.on:
            await carrier_of(own_hotline).cli(f"dialplan set global PHONE_AGI_{phone} ")


def carrier_of(hotline: Hotline) -> AsteriskProcess:
    """The carrier's command line."""
    settings = hotline.settings
    return AsteriskProcess(find(settings), Home(hotline.folder).carrier, settings.ports.carrier_ami)


async def plays(call: OnTheLine, sound: Path, times: int = 1) -> None:
    """The caller plays it, and has played it when this returns."""
    over, loop = asyncio.Event(), asyncio.get_running_loop()
    await call.does(lambda caller: caller.play(sound, times))
    await call.does(lambda _: loop.call_soon_threadsafe(over.set) and None)
    async with asyncio.timeout(SOON):
        await over.wait()


def seconds_of(samples: Samples, hertz: int) -> float:
    """How long this tone is the loudest thing."""
    size = RATE // 20
    windows = samples[: len(samples) // size * size].reshape(-1, size)
    spectra = np.abs(np.fft.rfft(windows * np.hanning(size)))
    near = np.abs(spectra.argmax(axis=1) * RATE / size - hertz) < 25
    return float((near & (np.abs(windows).max(axis=1) > 1000)).sum()) * size / RATE


def key_tones(file: Path, keys: str) -> Path:
    """What these keys sound like in band: a tenth of a second each, and as long a pause."""
    times = np.arange(RATE // 10) / RATE
    parts = [np.zeros(RATE // 10)]
    for key in keys:
        row, column = divmod(KEYS.index(key), 4)
        tone = np.sin(2 * np.pi * ROWS[row] * times) + np.sin(2 * np.pi * COLUMNS[column] * times)
        parts += [5000 * tone, np.zeros(RATE // 10)]
    sound = np.concatenate(parts).astype("<i2").tobytes()
    file.write_bytes(header(len(sound), 1) + sound)
    return file


async def in_the_queue(floor: Floor) -> OnTheLine:
    """A caller who asked for a person."""
    call = await floor.call()
    await call.hears("greeting")
    await call.presses("1")
    await call.hears("how_can_we_help")
    await call.presses("0")
    await call.until(lambda event: isinstance(event, QueueEntered))
    return call


async def test_both_sides_are_whole_in_flow_queue_and_conversation(
    own_floor: Floor, sounds: Path, person: Scripts
) -> None:
    """The caller left, in every phase; right the line's words, its music, and the person."""
    call = await own_floor.call()
    await call.hears("greeting")
    await asyncio.sleep(3)  # a key would cut the notice short
    await call.presses("1")
    await call.hears("how_can_we_help")
    await plays(call, sounds / f"{CALLER}.wav", 2)
    await call.presses("0")
    await call.until(lambda event: isinstance(event, PersonAnswered))
    await plays(call, sounds / f"{WAITER}.wav", 4)
    await call.hangs_up()
    caller, line = await own_floor.tape(call.call_id)
    record = await own_floor.settled(call.call_id)
    assert record.recording is not None
    assert (record.recording.segments, record.recording.lacking) == (2, 0)
    assert seconds_of(caller, CALLER) == pytest.approx(2, abs=0.2)
    assert seconds_of(caller, WAITER) == pytest.approx(4, abs=0.2)
    assert seconds_of(line, PERSON) == pytest.approx(3, abs=0.2)
    assert seconds_of(line, CALLER) + seconds_of(line, WAITER) + seconds_of(caller, PERSON) < 0.5
    spoken = prompt(own_floor.settings.prompts_folder, "recording_notice")[: RATE // 2]
    likeness, at = found(spoken, line)
    assert likeness > SURELY
    assert at < 1.0
    greeted, _ = found(prompt(own_floor.settings.prompts_folder, "greeting")[: RATE // 2], line)
    assert greeted < SURELY, "what was said before the notice is recorded"


async def test_what_is_keyed_in_is_in_no_recording_and_what_comes_after_is(
    own_floor: Floor, own_hotline: Hotline, tmp_path: Path
) -> None:
    """In-band tones of number and password are gone; those before and after are there, so the ears are good."""
    people = People(Home(own_hotline.folder))
    someone = people.somebody(most_accounts=1)
    keyed = {keys: key_tones(tmp_path / f"{keys}.wav", keys) for keys in ("135", "8642", "975310", "246")}
    call = await own_floor.call()
    await call.hears("greeting")
    await call.presses("1")
    await call.hears("how_can_we_help")
    await plays(call, keyed["135"])
    await call.presses("51")
    await call.hears("ask_identity_number")
    await plays(call, keyed["8642"])
    await call.presses(f"{someone.number}#")
    await call.hears("read_back_choice")
    await call.presses("1")
    await call.hears("ask_password")
    await plays(call, keyed["975310"])
    await call.presses(people.password(someone))
    await call.hears("anything_else")
    await plays(call, keyed["246"])
    await call.hangs_up()
    caller, _ = await own_floor.tape(call.call_id)
    assert tones(header(2 * len(caller), 1) + caller.astype("<i2").tobytes()) == "135246"
    entries = (await own_floor.archived(call.call_id)).entries
    muted = [entry.fact.on for entry in entries if isinstance(entry.fact, RecordingMuted)]
    assert muted == [True, False, True, False]


async def test_twenty_calls_at_once_have_a_recording_each(own_floor: Floor, own_hotline: Hotline, sounds: Path) -> None:
    """Nobody is heard in another's; nothing is left in clear."""
    pitches = [400 + 60 * place for place in range(20)]
    for pitch in pitches:
        write_tone(sounds / f"{pitch}.wav", pitch, seconds=1.0)

    async def calls(pitch: int) -> OnTheLine:
        call = await in_the_queue(own_floor)
        await plays(call, sounds / f"{pitch}.wav", 2)
        await call.hangs_up()
        return call

    placed = await asyncio.gather(*(calls(pitch) for pitch in pitches))
    for pitch, call in zip(pitches, placed, strict=True):
        caller, _ = await own_floor.tape(call.call_id)
        assert seconds_of(caller, pitch) > 1.5
        assert seconds_of(caller, pitch) == pytest.approx(sum(seconds_of(caller, one) for one in pitches), abs=0.1)
        recording = (await own_floor.settled(call.call_id)).recording
        assert recording is not None
        assert (recording.segments, recording.lacking) == (2, 0)
    assert await own_floor.calls_kept.left() == []


async def test_a_killed_controller_leaves_no_gap(own_floor: Floor, own_hotline: Hotline, sounds: Path) -> None:
    """What the caller says before, while none lives, and after is in one recording."""
    call = await own_floor.call()
    await call.hears("greeting")
    await call.presses("1")
    await call.hears("how_can_we_help")
    await plays(call, sounds / f"{CALLER}.wav")
    before = own_hotline.process("controller")
    before.signal(signal.SIGKILL)
    await plays(call, sounds / f"{WAITER}.wav")
    await own_hotline.restarted("controller", before)
    await call.until(lambda event: isinstance(event, CallTakenUp))
    await plays(call, sounds / f"{PERSON}.wav")
    await call.hangs_up()
    caller, _ = await own_floor.tape(call.call_id)
    for hertz in (CALLER, WAITER, PERSON):
        assert seconds_of(caller, hertz) == pytest.approx(1, abs=0.2)


async def test_what_a_killed_controller_left_in_clear_is_sealed_by_the_next(
    own_floor: Floor, own_hotline: Hotline, sounds: Path
) -> None:
    """The caller left while none lived."""
    call = await own_floor.call()
    await call.hears("greeting")
    await call.presses("1")
    await call.hears("how_can_we_help")
    await plays(call, sounds / f"{CALLER}.wav")
    before = own_hotline.process("controller")
    before.signal(signal.SIGKILL)
    await call.hangs_up()
    await own_hotline.restarted("controller", before)
    caller, _ = await own_floor.tape(call.call_id)
    assert seconds_of(caller, CALLER) == pytest.approx(1, abs=0.2)
    assert await own_floor.calls_kept.left() == []


async def test_without_a_controller_nobody_is_told_and_nobody_is_recorded(
    own_floor: Floor, own_hotline: Hotline
) -> None:
    """The static fallback gives no notice: the archive says why there is no recording."""
    parent, controller = own_hotline.process("parent"), own_hotline.process("controller")
    parent.signal(signal.SIGSTOP)
    try:
        controller.signal(signal.SIGKILL)
        call = await own_floor.call()
        await asyncio.sleep(1)
        await call.hangs_up()
        await call.placed
    finally:
        parent.signal(signal.SIGCONT)
    assert (await own_floor.settled(call.call_id)).not_recorded is NoRecording.NO_CONTROLLER


async def test_a_killed_exchange_loses_its_last_two_seconds_at_most(
    own_floor: Floor, own_hotline: Hotline, sounds: Path
) -> None:
    """What it had not written yet, 32 KiB a file. Headers are mended, segments joined, the call is archived."""
    call = await in_the_queue(own_floor)
    await plays(call, sounds / f"{WAITER}.wav", 6)
    before = own_hotline.process("asterisk")
    before.signal(signal.SIGKILL)
    await own_hotline.restarted("asterisk", before)
    caller, line = await own_floor.tape(call.call_id)
    record = await own_floor.settled(call.call_id)
    assert record.ending is not None
    assert record.ending.end_reason is EndReason.EXCHANGE_RESTARTED
    assert record.recording is not None
    assert record.recording.segments == 2
    assert seconds_of(caller, WAITER) > 6 - 2.2
    assert len(line) == len(caller)
    await call.hangs_up()


async def test_a_recording_is_taken_out_with_a_reason_and_checked(own_floor: Floor, own_hotline: Hotline) -> None:
    """The file is the one whose digest stands in the archive, the access is noted; a damaged one is named."""
    call = await own_floor.call()
    await call.hears("greeting")
    await call.presses("1")
    await call.hears("how_can_we_help")
    await call.hangs_up()
    record = await own_floor.settled(call.call_id)
    assert record.recording is not None
    taken = own_hotline.folder.parent / f"{call.call_id}.wav"
    refused = own_hotline.run("calls", "recording", call.call_id, "--out", str(taken))
    assert (refused.returncode, taken.exists()) == (2, False)
    done = own_hotline.run("calls", "recording", call.call_id, "--out", str(taken), "--reason", "complaint 10000007")
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(taken.read_bytes()).hexdigest() == record.recording.sha256
    [access] = await own_floor.register.accesses(call.call_id)
    assert access.reason == "complaint 10000007"
    [listed] = json.loads(own_hotline.run("calls", "list", "--limit", "1", "--json").stdout)
    assert (listed["recording"], listed["recording_sha256"]) == ("kept", record.recording.sha256)
    checked = own_hotline.run("recordings", "check", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["wrong"]) == (0, []), checked.stdout + checked.stderr
    sealed = own_floor.calls_kept.path(call.call_id)
    whole = sealed.read_bytes()
    sealed.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    checked = own_hotline.run("recordings", "check", "--json")
    wrong = json.loads(checked.stdout)["wrong"]
    assert (checked.returncode, [(one["call_id"], one["what"]) for one in wrong]) == (1, [(call.call_id, "damaged")])
    sealed.write_bytes(whole)
