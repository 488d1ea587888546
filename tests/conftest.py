"""What every run of the tests needs before the first of them."""

import asyncio
import gc
import os
from pathlib import Path

import pytest

gc.disable()  # until all tests are loaded: whatever is made meanwhile stays


def pytest_configure(config: pytest.Config) -> None:
    """`scripts/test fast` is for while one works: a tenth of the examples. The whole run tries them all. A process that
    only hands tests out to its workers tries none, and they wait until it is ready."""
    if hands_out(config):
        return
    from hypothesis import settings  # noqa: PLC0415

    settings.register_profile("fast", max_examples=10, deadline=None)
    settings.register_profile("whole", deadline=None)
    settings.load_profile(os.environ.get("TEST_EXAMPLES", "whole"))


def hands_out(config: pytest.Config) -> bool:
    """This process runs no test itself: its workers do (pytest-xdist)."""
    return bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file go to one process: what they load and make once is not loaded and made by each of them."""
    for one in items:
        if not one.get_closest_marker("xdist_group") and not one.nodeid.startswith("tests/live/"):
            one.add_marker(pytest.mark.xdist_group(one.nodeid.partition("::")[0]))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded is not looked through for garbage again and again: it took a tenth of the tests' time. And groups
    are held together: where they are not, nothing fails, and each process starts an Asterisk of its own."""
    gc.freeze()
    gc.enable()
    if getattr(session.config.option, "loadgroup", False):
        loose = [one for one in session.items if one.get_closest_marker("xdist_group") and "@" not in one.nodeid]
        if loose:
            raise pytest.UsageError("pytest-xdist does not see the groups of the tests: see `pytest` in pyproject.toml")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist hands the first test out; its workers load the tests meanwhile
def pytest_runtestloop(session: pytest.Session) -> None:
    """Asterisk and nats-server are there, fetched once where the system has none; before the first test."""
    if not hasattr(session.config, "workerinput"):
        from rich.console import Console  # noqa: PLC0415  (the workers need neither)

        from ivr.adapters.exchange.install import ensure  # noqa: PLC0415
        from ivr.settings import load  # noqa: PLC0415

        ensure(load(), Console(stderr=True))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with its tables and nothing in them, to be copied: migrating takes longer than most tests."""
    from ivr.adapters.sql import upgrade  # noqa: PLC0415  (loading it takes half a second, which all tests would wait)

    path = tmp_path_factory.mktemp("migrated") / "archive.db"
    asyncio.run(upgrade(f"sqlite+aiosqlite:///{path}"))
    return path
