"""A follower's loop, without a server."""

import asyncio
import contextlib
from types import SimpleNamespace

import pytest

from ivr.adapters.nats.following import Following


class Greedy:
    """A subscription that once gives a message to whom is cancelled in that turn, as wait_for of Python 3.11 can."""

    def __init__(self) -> None:
        self.given = 0

    async def next_msg(self, timeout: float) -> object:  # noqa: ASYNC109  (as the library has it)
        """The first at once, the second to whom is cancelled, the third never."""
        if self.given == 1:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(timeout)
        elif self.given:
            await asyncio.sleep(60)
        self.given += 1
        place = SimpleNamespace(consumer=self.given, stream=self.given)
        return SimpleNamespace(data=b"", metadata=SimpleNamespace(sequence=place))


async def test_who_follows_no_more_is_let_go_though_a_message_comes_in_the_same_turn() -> None:
    """Else whoever ends his followers waits for them for ever."""
    subscription = Greedy()
    following = Following(SimpleNamespace(generation=1), "hotline.events.*", None)  # type: ignore[arg-type]
    heard = []

    async def follow() -> None:
        async for message in following._unbroken(subscription, 1):  # type: ignore[arg-type]
            heard.append(message)

    task = asyncio.create_task(follow())
    while not heard:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)
    assert len(heard) == 1
