"""The children of a parent: started in order, kept alive, stopped in order."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from ivr.home import Home
from ivr.processes import leftovers
from ivr.processes.child import Definition, State
from ivr.processes.family import Family, NotReady
from ivr.processes.pid_file import PidFile
from tests.network import free_port
from tests.processes.dummies import failing, lines_of, server

MakeFamily = Callable[[Sequence[Sequence[Definition]]], Family]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A made home."""
    home = Home(tmp_path / "home")
    home.make()
    return home


@pytest.fixture
async def make(home: Home) -> AsyncIterator[MakeFamily]:
    """Families that are stopped at the end of the test."""
    made: list[Family] = []

    def family(groups: Sequence[Sequence[Definition]]) -> Family:
        made.append(Family(home, groups, lambda: None))
        return made[-1]

    yield family
    for it in made:
        await it.stop()


async def until(happened: Callable[[], bool]) -> None:
    """Wait for it, five seconds at most."""
    async with asyncio.timeout(5):
        while not happened():
            await asyncio.sleep(0.005)


async def test_every_group_is_ready_before_the_next_begins(make: MakeFamily) -> None:
    """A child that needs another finds it."""
    slow = server("slow", free_port(), delay=0.2)
    family = make([[slow], [server("next", free_port())]])
    starting = asyncio.create_task(family.start())
    first, second = family.children
    await until(lambda: first.state is State.STARTING)
    assert second.state is State.STOPPED
    await starting
    assert [row.state for row in family.rows()] == ["ready", "ready"]


async def test_a_killed_child_is_back_at_once(make: MakeFamily) -> None:
    """The first death costs no pause: callers wait."""
    family = make([[server("it", free_port())]])
    await family.start()
    (child,) = family.children
    assert child.noted is not None
    first, began = child.noted.pid, time.monotonic()
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.restarts == 1 and child.ready.is_set())
    assert time.monotonic() - began < 2.0
    assert (child.noted.pid != first, child.last_end) == (True, "ended by SIGKILL")


async def test_a_child_that_keeps_dying_is_reported_with_the_end_of_its_log(make: MakeFamily) -> None:
    """Who starts a hotline reads the reason without looking for it."""
    family = make([[failing("broken", "no such database")]])
    with pytest.raises(NotReady, match=r"(?s)broken ends as soon as it is started \(exited with 3\).*no such database"):
        await family.start()


async def test_a_child_that_is_never_ready_is_reported(make: MakeFamily) -> None:
    """It may live and still do nothing."""
    family = make([[server("late", free_port(), delay=30, ready_patience=0.2)]])
    with pytest.raises(NotReady, match="late"):
        await family.start()


async def test_a_child_deaf_to_sigterm_is_ended_all_the_same(make: MakeFamily) -> None:
    """Stopping is bounded in time."""
    family = make([[server("deaf", free_port(), "--deaf", stop_patience=0.2)]])
    await family.start()
    (child,) = family.children
    noted = child.noted
    assert noted is not None
    async with asyncio.timeout(3):
        await family.stop()
    assert not noted.lives()


async def test_a_stopped_child_is_not_started_again(make: MakeFamily, home: Home) -> None:
    """And no pid file is left of it."""
    family = make([[server("it", free_port())]])
    await family.start()
    await family.stop()
    (child,) = family.children
    assert (child.state, child.restarts) == (State.STOPPED, 0)
    assert list(home.pids.glob("*.pid")) == []


async def test_ctrl_c_reaches_the_parent_alone(make: MakeFamily) -> None:
    """A child is in a session of its own, so the terminal's interrupt does not end it out of order."""
    family = make([[server("it", free_port())]])
    await family.start()
    (child,) = family.children
    assert child.noted is not None
    assert os.getsid(child.noted.pid) != os.getsid(0)


async def test_each_start_begins_a_new_log_and_keeps_the_old(make: MakeFamily, home: Home) -> None:
    """What went wrong yesterday can still be read."""
    for _ in range(2):
        family = make([[server("it", free_port())]])
        await family.start()
        await family.stop()
    assert len(lines_of(home.log / "it.log")) == 1
    assert len(lines_of(home.log / "it.log.1")) == 1


async def test_what_a_killed_parent_left_is_stopped(make: MakeFamily, home: Home) -> None:
    """By the pid files, also a child that is halted (SIGSTOP) and would hear no SIGTERM."""
    family = make([[server("controller", free_port()), server("nats", free_port())]])
    await family.start()
    noted = [child.noted for child in family.children]
    for child in family.children:  # the parent is gone: nobody starts them again
        child._stopping = True
    assert noted[0] is not None
    noted[0].signal(signal.SIGSTOP)
    assert await asyncio.to_thread(leftovers.stop, home) == ["controller", "nats"]
    assert not any(it.lives() for it in noted if it)
    assert PidFile.of(home, "controller").read() is None
