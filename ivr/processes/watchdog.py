"""`python -m ivr.processes.watchdog`: the watchdog as a process."""

import asyncio
import signal
import sys

import structlog

from ivr.adapters.ami.exchange import AmiExchange
from ivr.adapters.clock import SystemClock
from ivr.adapters.secrets import Secrets
from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.ports.exchange import Exchange
from ivr.processes.health import controller_answers
from ivr.processes.logs import configure
from ivr.processes.pid_file import PidFile
from ivr.processes.watch import Watchdog
from ivr.settings import load

log = structlog.get_logger(__name__)


async def _watch() -> None:
    """Put together from the settings; runs until SIGTERM."""
    settings = load()
    configure(settings)
    home = Home(settings.home)
    secrets = Secrets(home.secrets)
    exchange = AmiExchange(
        "127.0.0.1",
        settings.ports.ami,
        "watchdog",
        secrets.word("ami_watchdog"),
        secret_source=str(home.secrets / "ami_watchdog"),
    )
    await exchange.start()
    watch = settings.watchdog
    watchdog = Watchdog(
        answers=lambda: controller_answers(settings, secrets, patience=watch.patience),
        controller=PidFile.of(home, "controller"),
        exchange=exchange,
        clock=SystemClock(),
        interval=watch.interval,
        patience=watch.patience,
    )
    unread = asyncio.create_task(_let_pass(exchange))
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    watching = asyncio.create_task(watchdog.run())
    ending = asyncio.create_task(stopped.wait())
    log.info("watchdog_started", interval=watch.interval, patience=watch.patience)
    try:
        done, _ = await asyncio.wait({watching, ending, unread}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (watching, ending, unread):
            task.cancel()
        await exchange.close()


async def _let_pass(exchange: Exchange) -> None:
    """Its events are the controller's business; read, so that they do not gather."""
    async for _ in exchange.events():
        pass


def main() -> int:
    """Run until SIGTERM. 0: ended as asked; 2: it cannot run, the last line says why."""
    try:
        asyncio.run(_watch())
    except HotlineError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
