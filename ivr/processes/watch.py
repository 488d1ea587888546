"""The watchdog: outside the controller, since a controller that hangs cannot notice that it does.

A hung controller is worse than a dead one: it holds its AGI sockets, and its callers hear nothing. So it is ended; that
closes the sockets, the dialplan's loop tries again, and the parent (or systemd) starts a new one. Callers still stuck
after another patience (no pid file to end it by, or a process that cannot be ended) are redirected to the static
fallback, which needs no controller.
"""

import signal
from collections.abc import Awaitable, Callable

import structlog

from ivr.domain.ids import Uniqueid
from ivr.ports.clock import Clock
from ivr.ports.exchange import Exchange, ExchangeDown, ExchangeRefused, LiveLeg
from ivr.processes.pid_file import Noted, PidFile

log = structlog.get_logger(__name__)

STARTING = 20.0
"""Seconds a new controller may take to answer for the first time; ending it earlier would only begin that anew."""
FALLBACK = ("fallback", "s")
"""Context and extension of the dialplan that need no controller."""
OURS = "ivr.processes.controller"
"""Stands in the command line of a process that may be ended."""


class Watchdog:
    """One watch over one controller."""

    def __init__(
        self,
        *,
        answers: Callable[[], Awaitable[bool]],
        controller: PidFile,
        exchange: Exchange,
        clock: Clock,
        interval: float,
        patience: float,
        ours: str = OURS,
    ) -> None:
        self._answers = answers
        self._controller = controller
        self._exchange = exchange
        self._clock = clock
        self._interval = interval
        self._patience = patience
        self._ours = ours
        self._well_at = clock.monotonic()
        self._known_well: Noted | None = None
        """The process that has answered before; a silent one is no longer starting."""
        self._ended: Noted | None = None
        self._freed: set[Uniqueid] = set()

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.look()
            await self._clock.sleep(self._interval)

    async def look(self) -> None:
        """One round."""
        if await self._answers():
            self._well_at = self._clock.monotonic()
            self._known_well = self._controller.living()
            self._freed.clear()
            return
        silent = self._clock.monotonic() - self._well_at
        if silent >= self._patience:
            self._end_the_hung(silent)
        if silent >= 2 * self._patience:
            await self._free_the_stuck(silent)

    def _end_the_hung(self, silent: float) -> None:
        noted = self._controller.living()
        if noted is None or noted == self._ended:
            return
        if noted != self._known_well and noted.uptime() < STARTING:
            return
        if self._ours not in (command := noted.command_line()):
            log.error("pid_file_not_believed", pid=noted.pid, command=command, wanted=self._ours)
            return
        log.error("hung_controller_ended", pid=noted.pid, silent_for=round(silent, 1))
        noted.signal(signal.SIGKILL)
        self._ended = noted

    async def _free_the_stuck(self, silent: float) -> None:
        """Each caller once in an outage: who was redirected has left AGI, or never will."""
        try:
            legs = await self._exchange.legs()
        except ExchangeDown as error:
            log.warning("stuck_calls_unknown", error=str(error))
            return
        for leg in legs:
            if is_stuck(leg) and leg.uniqueid not in self._freed:
                self._freed.add(leg.uniqueid)
                await self._redirect(leg, silent)

    async def _redirect(self, leg: LiveLeg, silent: float) -> None:
        try:
            await self._exchange.redirect(leg.channel, *FALLBACK)
        except (ExchangeDown, ExchangeRefused) as error:  # hung up meanwhile, most likely
            log.warning("stuck_call_not_freed", call_id=leg.uniqueid, error=str(error))
        else:
            log.error("stuck_call_sent_to_fallback", call_id=leg.uniqueid, silent_for=round(silent, 1))


def is_stuck(leg: LiveLeg) -> bool:
    """With no controller answering, whoever is inside AGI waits for nobody."""
    return leg.application.upper() == "AGI"
