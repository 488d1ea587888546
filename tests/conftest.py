"""What every run of the tests needs before the first of them."""

import pytest
from rich.console import Console

from ivr.adapters.exchange.install import ensure
from ivr.settings import load


def pytest_sessionstart(session: pytest.Session) -> None:
    """Asterisk and nats-server are there, fetched once where the system has none; before the workers begin."""
    if not hasattr(session.config, "workerinput"):
        ensure(load(), Console(stderr=True))
