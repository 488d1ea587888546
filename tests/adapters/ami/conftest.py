"""A scripted manager interface, and exchanges that are linked to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from ivr.adapters.ami.exchange import AmiExchange
from ivr.adapters.ami.link import Link
from tests.adapters.ami.server import QUICK, ScriptedAmi

Linked = Callable[..., Awaitable[Link]]
Exchanging = Callable[..., Awaitable[AmiExchange]]


@pytest.fixture
async def ami() -> AsyncIterator[ScriptedAmi]:
    """Listening."""
    server = ScriptedAmi()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def linked(ami: ScriptedAmi) -> AsyncIterator[Linked]:
    """Start a link to it."""
    links: list[Link] = []

    async def make(**different: Any) -> Link:
        link = Link("127.0.0.1", ami.port, "controller", "s3cret", **{"timing": QUICK, **different})
        links.append(link)
        await link.start()
        return link

    yield make
    for link in links:
        await link.close()


@pytest.fixture
async def exchanging(ami: ScriptedAmi) -> AsyncIterator[Exchanging]:
    """Start an exchange on it, and wait until the link stands."""
    exchanges: list[AmiExchange] = []

    async def make(**different: Any) -> AmiExchange:
        exchange = AmiExchange("127.0.0.1", ami.port, "controller", "s3cret", **{"timing": QUICK, **different})
        exchanges.append(exchange)
        await exchange.start()
        await exchange.ready()
        return exchange

    yield make
    for exchange in exchanges:
        await exchange.close()
