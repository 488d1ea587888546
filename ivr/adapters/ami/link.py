"""The link to Asterisk's manager interface: one gateway for actions, one queue of what was heard.

panoramisk opens the connection and writes the actions; everything it would do by itself (log in again for ever, resend
what was not answered, ping without looking at the answer) is done here, or not at all.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from traceback import format_exception
from typing import Any

import stamina
import structlog
from panoramisk.manager import Manager

from ivr.adapters.ami.backlog import Backlog, Heard
from ivr.adapters.ami.protocol import MESSAGE_CAP, ActionHeaders, HardenedProtocol, Request
from ivr.domain.errors import HotlineError
from ivr.domain.exchange import LinkDown, LinkUp
from ivr.ports.exchange import ExchangeDown, ExchangeRefused

log = structlog.get_logger(__name__)

AUTHENTICATION = "Authentication failed"
"""What Asterisk says to a wrong user, a wrong secret, or an address that the user may not come from."""


class LoginRefused(ExchangeDown, HotlineError):
    """The exchange does not know the user, or not by this secret. Not tried again: it would only be locked out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the link waits, in seconds."""

    answer: float = 5.0
    """For the answer to an action."""
    connect: float = 5.0
    """For the connection and the banner."""
    boot: float = 60.0
    """For an exchange that answers, but still loads its modules."""
    silence: float = 5.0
    """Without a byte before the peer is pinged; without an answer to that it is given up."""
    backoff_first: float = 0.1
    backoff_most: float = 5.0
    jitter: float = 0.5
    steady: float = 10.0
    """A link that lived so long was a good one: after it the first try is made at once."""


class _Connector(Manager):  # type: ignore[misc]  # panoramisk carries no types
    """panoramisk's Manager without a will of its own: it connects when told, and never again by itself."""

    protocol: HardenedProtocol

    def connection_made(self, f: "asyncio.Task[tuple[Any, HardenedProtocol]]") -> None:
        """Keep the connection; greeting, login and faults are the link's."""
        if not f.cancelled() and f.exception() is None:
            self.protocol = f.result()[1]

    def connection_lost(self, exc: object) -> None:
        """Nothing: the link decides when to connect again."""

    async def send_awaiting_actions(self, *_: object) -> None:
        """Never: an unanswered Originate sent again is a second phone call."""


class Link:
    """One AMI connection, kept up. Everything that is sent goes through `act` or `collect`."""

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        *,
        secret_source: str = "the secret given",  # noqa: S107  # says where the secret lies
        timing: Timing | None = None,
        backlog: Backlog | None = None,
        message_cap: int = MESSAGE_CAP,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._where = f"{host}:{port}"
        self._host, self._port = host, port
        self._username, self._secret, self._secret_source = username, secret, secret_source
        self._timing = timing or Timing()
        self._backlog = backlog or Backlog()
        self._message_cap = message_cap
        self._now = now
        self._connector: _Connector | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._up: LinkUp | None = None
        self._fault: Exception = ExchangeDown("the link is not started")

    # ------------------------------------------------------------------------------------------ life
    async def start(self) -> None:
        """Begin to connect, and keep connected from now on. Returns at once: the exchange may still be down."""
        if self._keeper is None:
            self._fault = ExchangeDown(f"no link to {self._where} yet")
            self._keeper = asyncio.create_task(self._keep(), name="ami link")

    async def ready(self) -> LinkUp:
        """Wait until the link stands. Raises LoginRefused."""
        while self._up is None:
            if self._keeper is None or self._keeper.done():
                raise self._fault
            self._changed.clear()
            await self._changed.wait()
        return self._up

    async def close(self) -> None:
        """End the link. What is pending fails; who reads comes to the end."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._fault = self._fault if isinstance(self._fault, LoginRefused) else ExchangeDown("the link is closed")
        self._backlog.close()
        self._changed.set()

    async def heard(self) -> Heard | None:
        """What was heard next; None when the link is closed. Raises LoginRefused once everything before is read."""
        heard = await self._backlog.take()
        if heard is None and isinstance(self._fault, LoginRefused):
            raise self._fault
        return heard

    # ------------------------------------------------------------------------------------------ actions
    async def act(self, action: ActionHeaders) -> dict[str, str]:
        """Send one action, once, and return its response. Raises ExchangeDown, ExchangeRefused."""
        return await self._ask(self._standing(), Request(action))

    async def collect(self, action: ActionHeaders, complete: str, limit: int = 10_000) -> list[dict[str, str]]:
        """Send an action that is answered by a list; its items up to the event `complete`, `limit` at most.

        Raises ExchangeDown, ExchangeRefused.
        """
        request = Request(action, complete=complete, limit=limit)
        await self._ask(self._standing(), request)
        return request.listed

    def _standing(self) -> _Connector:
        if self._connector is None or self._up is None:
            raise self._fault
        return self._connector

    async def _ask(self, connector: _Connector, request: Request) -> dict[str, str]:
        name = request["Action"]
        protocol = connector.protocol
        try:
            async with asyncio.timeout(self._timing.answer):
                response = await connector.send_action(request)
        except TimeoutError:
            raise ExchangeDown(
                f"{name}: no answer in {self._timing.answer:g} s; it may have been carried out"
            ) from None
        finally:
            protocol.forget(request)
        if not response.success:
            raise ExchangeRefused(f"{name}: {response.message or 'refused without a reason'}")
        return {key: value for key, value in response.items() if key != "content"}

    # ------------------------------------------------------------------------------------------ keeping it up
    async def _keep(self) -> None:
        timing = self._timing
        try:
            while True:
                async for attempt in stamina.retry_context(
                    on=lambda error: isinstance(error, ExchangeDown) and not isinstance(error, LoginRefused),
                    attempts=None,
                    timeout=None,
                    wait_initial=timing.backoff_first,
                    wait_max=timing.backoff_most,
                    wait_jitter=timing.jitter,
                ):
                    with attempt:
                        await self._one_connection()
        except LoginRefused as refused:
            log.error("ami login refused", reason=str(refused))  # noqa: TRY400  # the sentence says all
            self._fault = refused
        except Exception as error:
            # As text: a traceback drawn with its variables would show the secret.
            log.error("ami link ended by a fault of ours", trace="".join(format_exception(error)))  # noqa: TRY400
            self._fault = ExchangeDown(f"the link ended by a fault of ours: {error!r}")
        finally:
            self._backlog.close()
            self._changed.set()

    async def _one_connection(self) -> None:
        """Connect, live, lose. Returns after a link that was steady; raises ExchangeDown after any other."""
        await self._backlog.room()
        began = asyncio.get_running_loop().time()
        async with self._connected() as connector:
            up = await self._introduce(connector)
            self._connector, self._up = connector, up
            self._backlog.put(up)
            try:
                # Only now: so LinkUp comes before any event of this link.
                await self._ask(connector, Request({"Action": "Events", "EventMask": "on"}))
                self._changed.set()
                log.info("ami link up", booted_at=up.booted_at.isoformat(), version=up.version)
                reason = await self._watch(connector)
                self._down(f"the link to {self._where} is down: {reason}")
            except (ExchangeDown, ExchangeRefused) as error:
                connector.protocol.drop(f"no events: {error}")
                raise self._down(f"the link to {self._where} is down: no events: {error}") from error
            finally:
                self._connector = self._up = None
                self._backlog.put(LinkDown(reason=self._reason(connector.protocol)))
                log.warning("ami link down", reason=self._reason(connector.protocol))
        if asyncio.get_running_loop().time() - began < self._timing.steady:
            raise self._fault

    @staticmethod
    def _reason(protocol: HardenedProtocol) -> str:
        return protocol.lost.result() if protocol.lost.done() else "closed by us"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[_Connector]:
        connector = _Connector(
            host=self._host,
            port=self._port,
            protocol_factory=lambda: HardenedProtocol(self._backlog, self._message_cap),
            loop=asyncio.get_running_loop(),
        )
        try:
            async with asyncio.timeout(self._timing.connect):
                _, protocol = await connector.connect()
        except (OSError, TimeoutError) as error:  # TimeoutError is an OSError; named for the reader
            raise self._down(f"cannot connect to {self._where}: {error or 'no answer'}") from error
        connector.protocol = protocol
        try:
            yield connector
        finally:
            protocol.drop("closed by us")

    async def _introduce(self, connector: _Connector) -> LinkUp:
        """Log in, and learn which run of which Asterisk this is."""
        protocol = connector.protocol
        try:
            await self._first(protocol, protocol.greeted, self._timing.connect, "no AMI banner")
            await self._log_in(connector)
            booted = await self._first(
                protocol,
                protocol.booted,
                self._timing.boot,
                f"no FullyBooted: it is still loading, or user {self._username!r} lacks read=system in manager.conf",
            )
            settings = await self._ask(connector, Request({"Action": "CoreSettings"}))
            status = await self._ask(connector, Request({"Action": "CoreStatus"}))
            booted_at = boot_time(status, uptime=int(booted["Uptime"]), now=self._now())
        except LoginRefused:
            raise
        except ExchangeRefused as error:
            raise self._down(f"{self._where} refuses what the link needs: {error}") from error
        except (KeyError, ValueError) as error:
            raise self._down(f"{self._where} does not say when it started ({error!r})") from error
        except ExchangeDown as error:
            raise self._down(f"{self._where}: {error}") from error
        return LinkUp(booted_at=booted_at, version=settings.get("AsteriskVersion", ""))

    async def _log_in(self, connector: _Connector) -> None:
        login = {"Action": "Login", "Username": self._username, "Secret": self._secret, "Events": "system"}
        try:
            await self._ask(connector, Request(login))
        except ExchangeRefused as error:
            if AUTHENTICATION not in str(error):  # "Asterisk is shutting down": its successor may let us in
                raise
            raise LoginRefused(
                f"{self._where} refuses AMI user {self._username!r} ({error}): {self._secret_source} must hold the "
                f"secret that the exchange's manager.conf names; render it again and restart the exchange"
            ) from error

    @staticmethod
    async def _first(protocol: HardenedProtocol, wanted: "asyncio.Future[Any]", patience: float, else_say: str) -> Any:
        await asyncio.wait({wanted, protocol.lost}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if wanted.done():
            return wanted.result()
        raise ExchangeDown(protocol.lost.result() if protocol.lost.done() else f"{else_say} in {patience:g} s")

    def _down(self, sentence: str) -> ExchangeDown:
        self._fault = ExchangeDown(sentence)
        return self._fault

    async def _watch(self, connector: _Connector) -> str:
        """Until the connection is lost; a peer that says nothing is asked, and given up."""
        protocol = connector.protocol
        loop = asyncio.get_running_loop()
        while not protocol.lost.done():
            # While we do not read, silence is ours.
            since = loop.time() if protocol.paused else protocol.heard_at
            await asyncio.wait({protocol.lost}, timeout=max(0.0, since + self._timing.silence - loop.time()))
            if protocol.lost.done() or protocol.paused:
                continue
            if loop.time() - protocol.heard_at >= self._timing.silence:
                await self._ping(connector)
        return protocol.lost.result()

    async def _ping(self, connector: _Connector) -> None:
        asked_at = asyncio.get_running_loop().time()
        try:
            await self._ask(connector, Request({"Action": "Ping"}))
        except ExchangeRefused:
            pass  # an answer all the same
        except ExchangeDown as error:
            protocol = connector.protocol
            # An event storm may hold the answer back; a peer that talks is not silent.
            if protocol.heard_at <= asked_at and not protocol.paused:
                protocol.drop(f"the exchange is silent ({error})")


def boot_time(status: dict[str, str], *, uptime: int, now: datetime) -> datetime:
    """When this run of Asterisk began, UTC, to the second and the same at each call.

    CoreStatus tells it to the second, but in Asterisk's local time, without saying which; FullyBooted's uptime
    (seconds) tells it in any zone, but a second more or less. The one finds the zone, in quarters of an hour, of the
    other. Two runs that began within one second look the same.
    Raises KeyError, ValueError on what Asterisk does not write.
    """
    local = datetime.fromisoformat(f"{status['CoreStartupDate']}T{status['CoreStartupTime']}").replace(tzinfo=UTC)
    quarter = timedelta(minutes=15)
    zone = round((local - (now - timedelta(seconds=uptime))) / quarter) * quarter
    return local - zone
