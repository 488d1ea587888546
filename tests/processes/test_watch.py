"""A controller that hangs is noticed from outside, ended, and its callers are freed."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.exchange import MemoryExchange
from ivr.domain.ids import Linkedid, Uniqueid
from ivr.ports.exchange import LiveLeg
from ivr.processes.pid_file import PidFile
from ivr.processes.watch import Watchdog, is_stuck
from tests.network import free_port
from tests.processes.dummies import answers, server

PATIENCE = 2.0


class Fixed:
    """A controller whose health the test decides."""

    def __init__(self) -> None:
        self.well = True

    async def __call__(self) -> bool:
        return self.well


@pytest.fixture
def clock() -> VirtualClock:
    """Time that the test moves."""
    return VirtualClock()


@pytest.fixture
async def exchange(clock: VirtualClock) -> AsyncIterator[MemoryExchange]:
    """An exchange with a link."""
    exchange = MemoryExchange(clock)
    await exchange.start()
    yield exchange
    await exchange.close()


@pytest.fixture
def pid_file(tmp_path: Path) -> PidFile:
    """The controller's."""
    return PidFile(tmp_path / "controller.pid")


@pytest.fixture
def port() -> int:
    """The controller's."""
    return free_port()


@pytest.fixture
def controller(port: int, pid_file: PidFile) -> Iterator[subprocess.Popen[bytes]]:
    """A real process that answers on `port`, and is noted."""
    process = subprocess.Popen(server("controller", port).command)
    pid_file.note(process.pid)
    yield process
    process.kill()
    process.wait(5)


def watchdog(
    answering: object, pid_file: PidFile, exchange: MemoryExchange, clock: VirtualClock, ours: str = "listener.accept"
) -> Watchdog:
    """One that takes the dummy for a controller."""
    return Watchdog(
        answers=answering,  # type: ignore[arg-type]
        controller=pid_file,
        exchange=exchange,
        clock=clock,
        interval=0.5,
        patience=PATIENCE,
        ours=ours,
    )


async def test_a_halted_controller_is_ended(
    controller: subprocess.Popen[bytes], port: int, pid_file: PidFile, exchange: MemoryExchange, clock: VirtualClock
) -> None:
    """SIGSTOP: it keeps its sockets and answers nothing; after the patience it is dead, not earlier."""
    watching = watchdog(lambda: answers(port), pid_file, exchange, clock)
    async with asyncio.timeout(5):
        while not await answers(port):
            await asyncio.sleep(0.01)
    await watching.look()
    os.kill(controller.pid, signal.SIGSTOP)
    await clock.advance(PATIENCE - 0.1)
    await watching.look()
    assert controller.poll() is None
    await clock.advance(0.2)
    await watching.look()
    assert controller.wait(5) == -signal.SIGKILL


async def test_a_controller_that_answers_is_left_alone(
    controller: subprocess.Popen[bytes], pid_file: PidFile, exchange: MemoryExchange, clock: VirtualClock
) -> None:
    """However long it is watched."""
    watching = watchdog(Fixed(), pid_file, exchange, clock)
    for _ in range(20):
        await clock.advance(PATIENCE)
        await watching.look()
    assert controller.poll() is None


async def test_a_controller_that_is_still_starting_is_left_alone(
    controller: subprocess.Popen[bytes], pid_file: PidFile, exchange: MemoryExchange, clock: VirtualClock
) -> None:
    """Ending a new process that has not answered yet would only begin its start anew, for ever."""
    unwell = Fixed()
    unwell.well = False
    watching = watchdog(unwell, pid_file, exchange, clock)
    await clock.advance(10 * PATIENCE)
    await watching.look()
    assert controller.poll() is None


async def test_a_process_that_is_no_controller_is_never_ended(
    controller: subprocess.Popen[bytes], pid_file: PidFile, exchange: MemoryExchange, clock: VirtualClock
) -> None:
    """A pid file that names another program is not believed."""
    health = Fixed()
    watching = watchdog(health, pid_file, exchange, clock, ours="ivr.processes.controller")
    await watching.look()
    health.well = False
    await clock.advance(10 * PATIENCE)
    await watching.look()
    assert controller.poll() is None


async def test_callers_still_stuck_go_to_the_fallback_once(
    pid_file: PidFile, exchange: MemoryExchange, clock: VirtualClock
) -> None:
    """No controller for two patiences: whoever sits in AGI is sent where no controller is needed, not twice."""
    health = Fixed()
    health.well = False
    watching = watchdog(health, pid_file, exchange, clock)
    leg = exchange.open_leg(application="AGI")
    await clock.advance(PATIENCE + 0.1)
    await watching.look()
    assert exchange.redirected == []
    for _ in range(3):
        await clock.advance(PATIENCE)
        await watching.look()
    assert exchange.redirected == [(leg.channel, "fallback", "s")]


async def test_a_lost_link_does_not_end_the_watch(
    pid_file: PidFile, exchange: MemoryExchange, clock: VirtualClock
) -> None:
    """Asterisk away too: the round ends, the next one frees the callers."""
    health = Fixed()
    health.well = False
    watching = watchdog(health, pid_file, exchange, clock)
    leg = exchange.open_leg(application="AGI")
    exchange.cut_link("test")
    await clock.advance(3 * PATIENCE)
    await watching.look()
    exchange.restore_link()
    await watching.look()
    assert exchange.redirected == [(leg.channel, "fallback", "s")]


def test_only_callers_inside_agi_count_as_stuck() -> None:
    """Who waits in a queue or talks to a person is not torn away."""
    leg = LiveLeg(Uniqueid("1"), Linkedid("1"), "PJSIP/x", "story", "Queue")
    assert not is_stuck(leg)
