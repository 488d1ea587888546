"""One real hotline for all live tests that leave it as it was, and one of its own for those that kill."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest
from filelock import FileLock

from tests.live.line import Floor, Hotline


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
            else:
                noted.write_text(json.dumps(state))


@pytest.fixture
async def floor(shared_hotline: Hotline) -> AsyncIterator[Floor]:
    """A test's view of the shared hotline."""
    async with Floor(shared_hotline) as ready:
        yield ready


@pytest.fixture
async def own_floor(own_hotline: Hotline) -> AsyncIterator[Floor]:
    """A test's view of the hotline that its module has for itself and may do anything to (`own_hotline` there)."""
    async with Floor(own_hotline) as ready:
        yield ready
