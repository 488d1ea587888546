"""Recordings of real calls: who is heard in which phase, what is not, and what is left when something is killed.

Callers and persons sound by tones of their own, the line by its prompts; the digits of a secret by their two tones, in
band, which the keys themselves (RFC 4733) do not make.
"""

import asyncio
import json
import signal
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from ivr.adapters.bank.people import Example
from ivr.adapters.exchange.install import find
from ivr.adapters.exchange.process import AsteriskProcess
from ivr.domain.call import EndReason
from ivr.domain.events import CallTakenUp, PersonAnswered, QueueEntered
from ivr.domain.ids import CallId
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


def begins_at(samples: Samples, hertz: int) -> float:
    """The second at which this tone is first the loudest thing."""
    return next(
        at / RATE for at in range(0, len(samples), RATE // 10) if seconds_of(samples[at : at + RATE], hertz) > 0.5
    )


def loudness(samples: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


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
    assert seconds_of(line, CALLER) + seconds_of(line, WAITER) + seconds_of(caller, PERSON) < 0.1
    spoken = prompt(own_floor.settings.prompts_folder, "recording_notice")[: RATE // 2]
    likeness, at = found(spoken, line)
    assert likeness > SURELY
    assert at < 1.0
    greeted, _ = found(prompt(own_floor.settings.prompts_folder, "greeting")[: RATE // 2], line)
    assert greeted < SURELY, "what was said before the notice is recorded"
