"""The disk of the journal is full while a real Asterisk has calls: a small file system of its own, really filled."""

import asyncio
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.domain.call import Outcome
from ivr.domain.events import CallClosed
from ivr.home import Home
from tests.live.audio import found, prompt, samples_of
from tests.live.line import SOON, Floor, Hotline, OnTheLine

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("full-disk")]

SURELY = 0.5
"""Likeness above which a prompt is there."""
RECONCILED = 90.0
"""Seconds within which the reconciler has looked once more."""
SMALL_DISK = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
MOUNTED = 'mount -t tmpfs -o size=8m,mode=700 tmpfs "$0" && exec "$@"'


class OnSmallDisk(Hotline):
    """Its journal lies on a file system of 8 MB, which its processes alone see. Needs user namespaces, no root."""

    def start(self) -> None:
        """Up, with the carrier."""
        journal = Home(self.folder).journal
        journal.mkdir(parents=True, mode=0o700)
        self.within = (*SMALL_DISK, MOUNTED, str(journal))
        try:
            super().start()
        finally:
            self.within = ()

    @property
    def ballast(self) -> Path:
        """A file beside the journal, as the controller sees it."""
        journal = Home(self.folder).journal
        return Path(f"/proc/{self.process('controller').pid}/root{journal}/ballast")

    def fill(self) -> None:
        """Nothing more can be written there."""
        with self.ballast.open("wb", buffering=0) as file:
            for size in (65536, 4096, 1):
                while _takes(file.fileno(), size):
                    pass

    def empty(self) -> None:
        """There is room again."""
        self.ballast.unlink()


def _takes(descriptor: int, size: int) -> bool:
    try:
        os.write(descriptor, bytes(size))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
    return True


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnSmallDisk]:
    """With whole prompts."""
    hotline = OnSmallDisk(
        tmp_path_factory.mktemp("full-disk"),
        HOTLINE_PROMPTS__CUT_MS="0",
        HOTLINE_STORY__PRODUCTS='["about_wealth"]',
        HOTLINE_STORY__SURVEY="false",
    )
    with hotline.up():
        assert isinstance(hotline, OnSmallDisk)
        yield hotline


async def test_a_full_disk_brings_callers_to_a_person_and_room_brings_the_story_back(
    own_floor: Floor, own_hotline: OnSmallDisk
) -> None:
    """In the middle of a call and before one: a person all the same, and an alarm. With room again the next call
    is told its story, and of the others, and of what stood in the journal before, nothing is lost.
    """
    controller = own_hotline.process("controller")
    before = await own_floor.call("95001")
    await served(before)
    within = await own_floor.call("95001")
    await within.hears("how_can_we_help")
    own_hotline.fill()
    await within.presses("5")
    await within.placed
    new = await own_floor.call("95001")
    await new.placed
    for call in (within, new):
        assert await hears_a_person(own_floor, call)
    assert alarm(own_hotline) == ["the journal takes nothing: the disk is full or fails; log/controller.log says which"]
    assert '"event": "journal_full"' in (own_hotline.folder / "log" / "controller.log").read_text()

    own_hotline.empty()
    after = await own_floor.call("95001")
    await served(after)
    assert alarm(own_hotline) == []
    assert own_hotline.process("controller") == controller, "it went on all the time"
    for call, outcome in (
        (before, Outcome.SELF_SERVED),
        (within, Outcome.HELPED_BY_PERSON),
        (new, Outcome.FALLBACK),
        (after, Outcome.SELF_SERVED),
    ):
        async with asyncio.timeout(RECONCILED):
            while (kept := await own_floor.archive.read(call.call_id)) is None:
                await asyncio.sleep(0.5)
        assert kept.record.ending is not None
        assert kept.record.ending.outcome is outcome


async def served(call: OnTheLine) -> None:
    """He wants to know of products, and nothing else."""
    for words, key in (("how_can_we_help", "5"), ("menu_products", "4"), ("anything_else", "2")):
        await call.hears(words)
        await call.presses(key)
    await call.until(lambda event: isinstance(event, CallClosed), SOON * 2)


async def hears_a_person(floor: Floor, call: OnTheLine) -> bool:
    """By the carrier's recording: the fallback's word, and then the demonstration's agent."""
    samples = samples_of((await call.placed).recording)
    folder = floor.settings.prompts_folder
    return all(found(prompt(folder, name), samples)[0] > SURELY for name in ("fallback_to_person", "agent_demo"))


def alarm(hotline: Hotline) -> list[str]:
    """What `hotline status` says is wrong."""
    wrong = json.loads(hotline.run("status", "--json").stdout)["wrong"]
    assert isinstance(wrong, list)
    return wrong
