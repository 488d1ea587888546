"""The children of one hotline: what each is started with, and how one knows that it does its work."""

import sys
from functools import partial

from ivr.adapters.exchange.install import Installation
from ivr.adapters.exchange.process import AsteriskProcess, greets
from ivr.adapters.nats import server as nats_server
from ivr.adapters.secrets import Secrets
from ivr.home import Home
from ivr.processes.child import Definition
from ivr.processes.health import controller_answers
from ivr.settings import Settings


def groups(settings: Settings, home: Home, secrets: Secrets, installation: Installation) -> list[list[Definition]]:
    """In the order in which they are started. The controller comes after the exchange only for a quiet log: each waits
    for the other as long as it takes.
    """
    ground = [_nats(settings, home, secrets, installation), _asterisk(settings, home, installation)]
    if settings.carrier.enabled:
        ground.append(_carrier(settings, home, installation))
    return [ground, [_controller(settings, secrets)], [_watchdog()]]


def _nats(settings: Settings, home: Home, secrets: Secrets, installation: Installation) -> Definition:
    configuration = nats_server.write_configuration(settings, home, secrets)
    return Definition(
        name="nats",
        command=tuple(nats_server.command(installation.nats_server, configuration)),
        is_ready=partial(greets, "127.0.0.1", settings.ports.nats, b"INFO"),
        stop_patience=5.0,
    )


def _asterisk(settings: Settings, home: Home, installation: Installation) -> Definition:
    process = AsteriskProcess(
        installation, home.asterisk, settings.ports.ami, realtime=settings.asterisk.realtime_priority
    )
    return Definition(name="asterisk", command=process.command, is_ready=process.is_ready, ready_patience=60.0)


def _carrier(settings: Settings, home: Home, installation: Installation) -> Definition:
    process = AsteriskProcess(installation, home.carrier, settings.ports.carrier_ami)
    return Definition(name="carrier", command=process.command, is_ready=process.is_ready, ready_patience=60.0)


def _controller(settings: Settings, secrets: Secrets) -> Definition:
    return Definition(
        name="controller",
        command=(sys.executable, "-m", "ivr.processes.controller"),
        is_ready=partial(controller_answers, settings, secrets, patience=1.0),
        ready_patience=30.0,
    )


def _watchdog() -> Definition:
    return Definition(name="watchdog", command=(sys.executable, "-m", "ivr.processes.watchdog"), is_ready=_at_once)


async def _at_once() -> bool:
    """It serves nobody: that it lives is all there is to know."""
    return True
