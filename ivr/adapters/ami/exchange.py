"""Asterisk as the port `Exchange`: actions by name, events in the domain's words."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog

from ivr.adapters.ami.backlog import Backlog, Heard
from ivr.adapters.ami.link import Link, Timing
from ivr.adapters.ami.protocol import Unsendable
from ivr.adapters.ami.translate import Garbled, headers, translate
from ivr.domain.exchange import DialledOut, ExchangeEvent, LinkDown, LinkUp
from ivr.domain.ids import Linkedid, Uniqueid
from ivr.ports.exchange import ExchangeDown, ExchangeRefused, LiveLeg, Place

log = structlog.get_logger(__name__)

BREATH = 64
"""Events after which the reader lets others run: at some 10 µs each, a waiting caller notices nothing."""

MOST_LEGS = 20_000
"""Legs of one list; a node carries some hundred calls."""

_CREATED = re.compile(r"(?:^|-)(\d{9,11})\.\d+(?:;\d)?$")
"""A Uniqueid that Asterisk made: `SYSTEMNAME-EPOCH.COUNTER`."""


class AmiExchange:
    """One Asterisk over AMI. `start` it, read `events`, act; `close` it in the end.

    When the login is refused, `events` and every action raise `ivr.adapters.ami.link.LoginRefused`.
    """

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
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._link = Link(
            host, port, username, secret, secret_source=secret_source, timing=timing, backlog=backlog, now=now
        )
        self._now = now
        self._dialling: dict[Uniqueid, float] = {}
        """Originates whose end is not known, and until when (loop time) they may still come to life."""
        self._originating = asyncio.Lock()

    async def start(self) -> None:
        """Begin to connect, and keep connected. Returns at once."""
        await self._link.start()

    async def ready(self) -> LinkUp:
        """Wait until the link stands. Raises LoginRefused."""
        return await self._link.ready()

    async def close(self) -> None:
        """End the link; `events` comes to its end."""
        await self._link.close()

    async def events(self) -> AsyncIterator[ExchangeEvent]:
        """Typed events, in order; one reader at a time. Raises LoginRefused."""
        read = 0
        while (heard := await self._link.heard()) is not None:
            event = self._understood(heard)
            if event is not None:
                yield event
            read += 1
            if not read % BREATH:
                await asyncio.sleep(0)

    def _understood(self, heard: Heard) -> ExchangeEvent | None:
        if not isinstance(heard, bytes):
            if isinstance(heard, LinkDown):
                self._dialling.clear()  # their ends may be missed; from here on the look decides
            return heard
        try:
            event = translate(headers(heard))
        except Garbled as error:
            log.warning("ami event not believed", reason=str(error))
            return None
        if isinstance(event, DialledOut):
            self._dialling.pop(event.uniqueid, None)
        return event

    async def legs(self) -> list[LiveLeg]:
        """Every leg that lives now. A leg whose number garbles its line is left out, and logged."""
        items = await self._link.collect({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete", MOST_LEGS)
        return [leg for item in items if (leg := self._leg(item)) is not None]

    def _leg(self, item: Mapping[str, str]) -> LiveLeg | None:
        try:
            return LiveLeg(
                uniqueid=Uniqueid(item["Uniqueid"]),
                linkedid=Linkedid(item["Linkedid"]),
                channel=item["Channel"],
                context=item["Context"],
                application=item["Application"],
                created_at=self._created_at(item["Uniqueid"], item.get("Duration", "")),
                bridge=item.get("BridgeId", ""),
            )
        except KeyError as error:
            log.warning("ami leg not believed", lacks=str(error))
            return None

    def _created_at(self, uniqueid: str, duration: str) -> datetime | None:
        made = _CREATED.search(uniqueid)
        if made:
            return datetime.fromtimestamp(int(made[1]), UTC)
        parts = duration.split(":")  # HH:MM:SS; hours may have more than two digits
        if len(parts) == 3 and all(part.isdigit() for part in parts):
            hours, minutes, seconds = map(int, parts)
            return self._now() - timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return None

    async def redirect(self, channel: str, context: str, extension: str) -> None:
        """Send a channel elsewhere in the dialplan."""
        await self._link.act(
            {"Action": "Redirect", "Channel": channel, "Context": context, "Exten": extension, "Priority": "1"}
        )

    async def redirect_both(self, one: str, one_to: Place, other: str, other_to: Place) -> None:
        """Send two channels elsewhere, as one act."""
        await self._link.act(
            {
                "Action": "Redirect",
                "Channel": one,
                "Context": one_to.context,
                "Exten": one_to.extension,
                "Priority": "1",
                "ExtraChannel": other,
                "ExtraContext": other_to.context,
                "ExtraExten": other_to.extension,
                "ExtraPriority": "1",
            }
        )

    async def assign(self, channel: str, variables: dict[str, str]) -> None:
        """Set channel variables."""
        if not channel:
            raise Unsendable("no channel: Asterisk would set the variable for every call")
        for name, value in variables.items():
            _check_variable(name)
            await self._link.act({"Action": "Setvar", "Channel": channel, "Variable": name, "Value": value})

    async def hang_up(self, channel: str) -> None:
        """End a leg."""
        if channel.startswith("/"):
            raise Unsendable(f"channel {channel!r}: to Asterisk that is a pattern, which may end every call")
        await self._link.act({"Action": "Hangup", "Channel": channel, "Cause": "16"})

    async def mute_recording(self, uniqueid: Uniqueid, *, on: bool) -> None:
        """Every MixMonitor that the leg has now. Asterisk finds a leg by its Uniqueid too."""
        await self._link.act(
            {"Action": "MixMonitorMute", "Channel": uniqueid, "Direction": "both", "State": "1" if on else "0"}
        )

    async def originate(
        self,
        *,
        uniqueid: Uniqueid,
        endpoint: str,
        context: str,
        extension: str,
        caller_id: str,
        patience: float,
        variables: dict[str, str],
    ) -> None:
        """Dial out, once; answered at once, its end is told by `DialledOut`."""
        action = {
            "Action": "Originate",
            "Channel": endpoint,
            "ChannelId": uniqueid,
            "Context": context,
            "Exten": extension,
            "Priority": "1",
            "CallerID": caller_id,
            "Timeout": str(round(patience * 1000)),
            "Async": "true",
            "Variable": [assignment(name, value) for name, value in variables.items()],
        }
        # One at a time: between the look and the dial nobody else may dial the same.
        async with self._originating:
            if self._is_dialling(uniqueid) or await self._lives(uniqueid):
                return
            self._dialling[uniqueid] = asyncio.get_running_loop().time() + patience
            try:
                await self._link.act(action)
            except (ExchangeRefused, ExchangeDown):
                # If it went through after all, it lives by the time anyone asks again; the look finds it.
                self._dialling.pop(uniqueid, None)
                raise

    def _is_dialling(self, uniqueid: Uniqueid) -> bool:
        """Sent, and not told of since: the leg may come to life between the look and the dial."""
        now = asyncio.get_running_loop().time()
        self._dialling = {name: until for name, until in self._dialling.items() if until > now}
        return uniqueid in self._dialling

    async def _lives(self, uniqueid: Uniqueid) -> bool:
        try:  # Asterisk finds a channel by its Uniqueid as well as by its name
            await self._link.collect({"Action": "Status", "Channel": uniqueid}, "StatusComplete", 10)
        except ExchangeRefused as error:
            if "No such channel" not in str(error):
                raise
            return False
        return True


def assignment(name: str, value: str) -> str:
    """`NAME=VALUE` of a channel variable, whole: Asterisk splits at commas and takes quotes, brackets and backslashes
    away. Raises Unsendable for a name that is none (a function would be carried out).
    """
    _check_variable(name)
    escaped = re.sub(r'([\\"(),\[\]])', r"\\\1", value)
    return f"{name}={escaped}"


def _check_variable(name: str) -> None:
    if not re.fullmatch(r"_{0,2}[A-Za-z][A-Za-z0-9_]*", name):
        raise Unsendable(f"{name!r} is no name of a channel variable: letters, digits and _")
