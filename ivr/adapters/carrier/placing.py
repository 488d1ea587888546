"""Placing scripted calls: the carrier's Asterisk dials the hotline, and a thread for each caller does as scripted."""

import asyncio
import contextlib
import secrets as random_words
import socketserver
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import structlog

from ivr.adapters.ami.exchange import AmiExchange
from ivr.adapters.carrier.agi import CallerAgi, Gone
from ivr.adapters.carrier.caller import Caller, Diary
from ivr.adapters.carrier.scenarios import Scenario
from ivr.adapters.secrets import Secrets
from ivr.domain.errors import HotlineError
from ivr.domain.exchange import DialledOut
from ivr.domain.ids import Uniqueid
from ivr.home import Home
from ivr.settings import Settings

log = structlog.get_logger(__name__)

RINGING = 30.0
"""Seconds until an unanswered call is given up."""
CONNECTED = 10.0
"""Seconds from the answer until the caller's script begins."""
USER, SECRET = "tester", "carrier_ami"


class NotAnswered(HotlineError):
    """The hotline did not take the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a call went for the caller."""

    scenario: str
    caller_number: str
    dialled: str
    seconds: float
    hung_up_himself: bool
    did: tuple[str, ...]
    recording: Path
    """All that the caller heard, from answer to end."""
    audible: float
    """Seconds in which something was to be heard."""


@dataclass(slots=True)
class _Placement:
    """A call that is under way."""

    scenario: Scenario
    folder: Path
    diary: Diary = field(default_factory=Diary)
    begun: "Future[None]" = field(default_factory=Future)
    ended: "Future[None]" = field(default_factory=Future)


class _Line(socketserver.ThreadingTCPServer):
    """Where the carrier's Asterisk connects to, once a call."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Leg)
        self.placements: dict[str, _Placement] = {}


class _Leg(socketserver.StreamRequestHandler):
    """One connection: one caller."""

    def handle(self) -> None:
        assert isinstance(self.server, _Line)  # noqa: S101  (for the type: socketserver does not know its own server)
        stream = self.connection.makefile("rw", encoding="utf-8", errors="replace", newline="\n")
        agi = CallerAgi(stream)
        placement = self.server.placements.pop(agi.token, None)
        if placement is None:
            log.warning("unknown_caller_refused", path=agi.token)
            return
        placement.diary.began = time.monotonic()
        placement.begun.set_result(None)
        try:
            placement.scenario.script(Caller(agi, placement.folder, placement.diary))
            placement.diary.hung_up_himself = True
        except Gone:
            placement.ended.set_result(None)
        except Exception as error:  # the script's fault goes to who placed the call
            placement.ended.set_exception(error)
        else:
            placement.ended.set_result(None)
        finally:
            with contextlib.suppress(OSError, ValueError):
                stream.close()


class Carrier:
    """The carrier's Asterisk, as long as the `with` lasts."""

    def __init__(self, settings: Settings) -> None:
        home = Home(settings.home)
        self._port = settings.ports.carrier_ami
        self._spool = home.carrier.spool
        secret = Secrets(home.secrets).word(SECRET)
        self._exchange = AmiExchange("127.0.0.1", self._port, USER, secret, secret_source=str(home.secrets / SECRET))
        self._line = _Line()
        self._dialled: dict[Uniqueid, asyncio.Future[DialledOut]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Carrier":
        threading.Thread(target=self._line.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        await self._exchange.start()
        self._tasks.append(asyncio.create_task(self._hear()))
        try:
            async with asyncio.timeout(5):
                await self._exchange.ready()
        except TimeoutError:
            await self.__aexit__(None, None, None)
            raise HotlineError(f"no carrier answers on port {self._port}; `hotline up --demo` starts one") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._exchange.close()
        await asyncio.to_thread(self._line.shutdown)
        self._line.server_close()

    async def place(self, scenario: Scenario, *, caller_number: str, dialled: str, caller_name: str = "") -> Report:
        """Place one call and wait until it has ended. Raises NotAnswered, and what the script raises."""
        token = random_words.token_hex(8)
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{scenario.name}-{token[:4]}"
        folder = self._spool / "callers" / name
        folder.mkdir(parents=True, mode=0o700)
        placement = _Placement(scenario, folder)
        self._line.placements[token] = placement
        try:
            await self._dial(token, name, caller_id(caller_number, caller_name), dialled)
            async with asyncio.timeout(CONNECTED):
                await asyncio.wrap_future(placement.begun)
            await asyncio.wrap_future(placement.ended)
        except TimeoutError:
            raise NotAnswered(f"the call to {dialled} was answered, but the carrier did not begin the script") from None
        finally:
            self._line.placements.pop(token, None)
        diary = placement.diary
        return Report(
            scenario=scenario.name,
            caller_number=caller_number,
            dialled=dialled,
            seconds=time.monotonic() - diary.began,
            hung_up_himself=diary.hung_up_himself,
            did=tuple(diary.did),
            recording=self._spool / f"{name}-heard.wav",
            audible=diary.audible,
        )

    async def _dial(self, token: str, name: str, shown: str, dialled: str) -> None:
        uniqueid = Uniqueid(f"caller-{token}")
        answer: asyncio.Future[DialledOut] = asyncio.get_running_loop().create_future()
        self._dialled[uniqueid] = answer
        port = self._line.server_address[1]
        try:
            await self._exchange.originate(
                uniqueid=uniqueid,
                endpoint=f"PJSIP/{dialled}@hotline",
                context="caller",
                extension="s",
                caller_id=shown,
                patience=RINGING,
                variables={"CALLER_AGI": f"agi://127.0.0.1:{port}/{token}", "CALLER_NAME": name},
            )
            async with asyncio.timeout(RINGING + 5):
                result = await answer
        except TimeoutError:
            raise NotAnswered(f"nobody took the call to {dialled} within {RINGING:g} s") from None
        finally:
            del self._dialled[uniqueid]
        if not result.succeeded:
            raise NotAnswered(f"the hotline did not take the call to {dialled} (Asterisk's reason {result.reason})")

    async def _hear(self) -> None:
        async for event in self._exchange.events():
            if isinstance(event, DialledOut) and (answer := self._dialled.get(event.uniqueid)) and not answer.done():
                answer.set_result(event)


def caller_id(number: str, name: str) -> str:
    """What the hotline is shown of the caller; AMI's own syntax."""
    return f'"{name}" <{number}>' if name else f"<{number}>"
