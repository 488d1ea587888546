"""One real hotline for all live tests that leave it as it was, and one of its own for those that kill."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.recordings import Recordings
from ivr.adapters.secrets import Secrets
from ivr.home import Home
from tests.live.leaks import leaks
from tests.live.line import Floor, Hotline
from tests.live.people import keyed_secrets


@pytest.fixture(scope="session")
def shared_hotline(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Hotline]:
    """Started by the first test worker that needs it, stopped by the last."""
    root = tmp_path_factory.getbasetemp()
    root = root if worker_id == "master" else root.parent
    noted, lock = root / "shared-hotline.json", FileLock(root / "shared-hotline.lock")
    hotline = Hotline(root / "shared-hotline")
    with lock:
        state = json.loads(noted.read_text()) if noted.exists() else None
        if state is None:
            hotline.start()
            state = {"environment": hotline.environment, "users": 0}
        hotline.environment = state["environment"]
        state["users"] += 1
        noted.write_text(json.dumps(state))
    try:
        yield hotline
    finally:
        with lock:
            state = json.loads(noted.read_text())
            state["users"] -= 1
            if state["users"] == 0:
                hotline.stop()
                noted.unlink()
                nothing_leaked(Home(hotline.folder))
            else:
                noted.write_text(json.dumps(state))


def nothing_leaked(home: Home) -> None:
    """After all live tests: no password or code that was keyed in is anywhere below the run folder, in no file's bytes
    and in no recording's sound.
    """
    if not keyed_secrets(home).exists():
        return
    keyed = set(keyed_secrets(home).read_text().split())
    recordings = Recordings(home.asterisk.told, home.recordings, FileKeyring(Secrets(home.secrets)))
    found = list(leaks(home.root, keyed, recordings))
    assert not found, found


@pytest.fixture
async def floor(shared_hotline: Hotline) -> AsyncIterator[Floor]:
    """A test's view of the shared hotline."""
    async with Floor(shared_hotline) as ready:
        yield ready


@pytest.fixture(scope="module")
def own_hotline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """A hotline that a module may do anything to."""
    folder: Path = tmp_path_factory.mktemp("own-hotline")
    hotline = Hotline(folder)
    hotline.start()
    try:
        yield hotline
    finally:
        with contextlib.suppress(Exception):
            hotline.stop()


@pytest.fixture
async def own_floor(own_hotline: Hotline) -> AsyncIterator[Floor]:
    """A test's view of the hotline that its module may do anything to."""
    async with Floor(own_hotline) as ready:
        yield ready
