"""What every run of the tests needs before the first of them."""

import os

import pytest
from hypothesis import settings
from rich.console import Console

from ivr.adapters.exchange.install import ensure
from ivr.settings import load

# `scripts/test fast` is for while one works: a tenth of the examples. The whole run tries them all.
settings.register_profile("fast", max_examples=10, deadline=None)
settings.register_profile("whole", deadline=None)
settings.load_profile(os.environ.get("TEST_EXAMPLES", "whole"))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Asterisk and nats-server are there, fetched once where the system has none; before the workers begin."""
    if not hasattr(session.config, "workerinput"):
        ensure(load(), Console(stderr=True))
