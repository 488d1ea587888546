"""Asking the controller over the bus."""

import asyncio

from ivr.adapters.nats import server
from ivr.adapters.nats.bus import NatsBus
from ivr.adapters.secrets import Secrets
from ivr.home import Home
from ivr.ports.bus import BusDown
from ivr.settings import Settings

ASKER = "operator"
"""Who asks, when it is whoever sits at this machine's command line."""


def open_bus(settings: Settings) -> NatsBus:
    """The bus of this hotline."""
    return NatsBus(server.url(settings), Secrets(Home(settings.home).secrets).word(server.TOKEN), name="hotline-cli")


def ask_controller(
    settings: Settings, command: str, patience: float, **content: object
) -> tuple[dict[str, object] | None, str]:
    """Its reply, and why there is none. Raises CommandRefused."""

    async def ask() -> tuple[dict[str, object] | None, str]:
        bus = open_bus(settings)
        try:
            return await bus.request(command, {"asked_by": ASKER, **content}, patience), ""
        except (BusDown, TimeoutError) as error:
            return None, str(error) or f"no answer within {patience:g} s"
        finally:
            await bus.close()

    return asyncio.run(ask())
