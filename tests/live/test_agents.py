"""Agents of a running hotline: the controller owns their presence."""

import asyncio
import json
import signal
from collections.abc import Iterator

import pytest

from ivr.domain.events import PresenceChanged
from ivr.domain.ids import CallId
from tests.live.line import SOON, Floor, Hotline

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline whose controller may be killed: the shared one has other tests' calls."""
    with Hotline(tmp_path_factory.mktemp("agents")).up() as hotline:
        yield hotline


async def test_presence_goes_by_the_controller_and_is_true_after_its_restart(own_floor: Floor) -> None:
    """Told to everyone who follows, refused by the table, and found again by the controller that comes after."""

    def agents(*words: str) -> tuple[int, str, str]:
        done = own_floor.hotline.run("agents", *words)
        return done.returncode, done.stdout, done.stderr

    assert agents("add", "8001", "--name", "陈静")[0] == 0
    try:
        assert agents("ready", "8001") == (0, "agent 8001 is ready\n", "")
        told = await _told(own_floor, "agent-8001", 2)  # no phone has registered in his name, so he is paused at once
        assert [(event.before, event.after) for event in told] == [("offline", "ready"), ("ready", "paused")]
        assert told[0].by == "agent 8001"
        code, _, errors = agents("extend", "8001")
        assert (code, "what may come:" in errors) == (1, True)
        before = own_floor.hotline.process("controller")
        before.signal(signal.SIGKILL)
        await own_floor.hotline.restarted("controller", before)
        assert json.loads(agents("show", "8001", "--json")[1])["state"] == "paused"
        for _ in range(20):  # the new controller serves its commands once it has taken its calls up
            code, said, errors = agents("offline", "8001")
            if code == 0:
                break
            assert "did not answer" in errors, errors
        assert said == "agent 8001 is offline\n"
        told = await _told(own_floor, "agent-8001", 3)
        assert (told[2].before, told[2].after) == ("paused", "offline")
        assert [event.sequence for event in told] == [1, 2, 3]
    finally:
        agents("offline", "8001")
        agents("remove", "8001")


async def _told(floor: Floor, stream: str, count: int) -> list[PresenceChanged]:
    """The agent's events, once there are so many."""
    async with asyncio.timeout(SOON):
        while len(floor.events.get(CallId(stream), [])) < count:
            await floor._next()
    return [event for event in floor.events[CallId(stream)] if isinstance(event, PresenceChanged)]
