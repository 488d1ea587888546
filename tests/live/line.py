"""A real hotline with its carrier, and callers on it: what the live tests are written in."""

import asyncio
import contextlib
import hashlib
import io
import json
import os
import queue
import random
import subprocess
import sys
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ivr.adapters.ami.exchange import AmiExchange
from ivr.adapters.call_recordings import FileRecordings
from ivr.adapters.carrier.caller import Caller
from ivr.adapters.carrier.placing import Carrier, Report
from ivr.adapters.carrier.scenarios import Scenario
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.nats import server as nats_server
from ivr.adapters.nats.bus import NatsBus
from ivr.adapters.recordings import Recordings
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.archive import SqlArchive, SqlFollowUps
from ivr.adapters.sql.engine import make_engine
from ivr.adapters.sql.recordings import SqlRegister
from ivr.adapters.sql.tickets import SqlTickets
from ivr.domain.call import CallRecord, Outcome
from ivr.domain.events import CallClosed, Event, SentencesSpoken
from ivr.domain.exchange import LegOpened
from ivr.domain.ids import CallId
from ivr.home import Home
from ivr.ports.archive import ArchivedCall, CallFilter
from ivr.processes.pid_file import Noted, PidFile
from ivr.settings import DEFAULT_CONFIG, Settings
from tests.live.audio import Samples
from tests.live.leaks import nothing_leaked, will_key
from tests.network import free_ports

STARTED_WITHIN = 240.0
"""Seconds, the first fetching of Asterisk included."""
SOON = 20.0
"""Seconds within which what is waited for happens on a slow machine."""


class Hotline:
    """One hotline below a folder of its own, on ports of its own."""

    def __init__(self, folder: Path, **different: str) -> None:
        self.folder = folder
        self.environment = environment(folder, **different)
        self.within: tuple[str, ...] = ()
        """Words before the hotline's command, that start it where it is to run."""

    @property
    def settings(self) -> Settings:
        """As the processes read them."""
        ours = {name: value for name, value in self.environment.items() if name.startswith("HOTLINE_")}
        values = {name.removeprefix("HOTLINE_"): value for name, value in ours.items()}
        nested: dict[str, object] = {"home": Path(values.pop("HOME")), "config": DEFAULT_CONFIG}
        for name, value in values.items():
            section, _, key = name.lower().partition("__")
            if key:
                nested.setdefault(section, {})[key] = value  # type: ignore[index]
            else:
                nested[section] = value
        nested = {key: _plain(value) for key, value in nested.items()}
        return Settings(**nested)  # type: ignore[arg-type]

    def run(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """The hotline command."""
        command = [*self.within, sys.executable, "-c", "from ivr.cli import main; main()", *arguments]
        return subprocess.run(
            command,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def start(self) -> None:
        """Up, with the carrier."""
        done = self.run("up", "--demo", "--detach", timeout=STARTED_WITHIN)
        assert done.returncode == 0, done.stdout + done.stderr

    def stop(self) -> None:
        """Down, whatever state it is in; and no secret that was keyed in is found in what it leaves."""
        self.run("down", timeout=90)
        nothing_leaked(Home(self.folder))

    @contextlib.contextmanager
    def up(self) -> Iterator["Hotline"]:
        """Started, and stopped when the `with` ends."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def process(self, name: str) -> Noted:
        """The living process of that name."""
        noted = PidFile.of(Home(self.folder), name).living()
        assert noted is not None, f"no {name} runs"
        return noted

    async def restarted(self, name: str, before: Noted) -> None:
        """Another process of that name has taken the place of this one."""
        async with asyncio.timeout(SOON * 2):
            while (now := PidFile.of(Home(self.folder), name).living()) is None or now == before:
                await asyncio.sleep(0.05)


def _plain(value: object) -> object:
    """A list is JSON in the environment."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value


def environment(folder: Path, **different: str) -> dict[str, str]:
    """Settings for a test: own home and ports, prompts cut short, callers not waited for as long."""
    first = free_ports(240)
    names = ("sip", "ami", "agi", "nats", "carrier_sip", "carrier_ami")
    ports = {f"HOTLINE_PORTS__{name.upper()}": str(first + place) for place, name in enumerate(names)}
    return {
        "HOTLINE_HOME": str(folder),
        "HOTLINE_CARRIER__ENABLED": "true",
        "HOTLINE_PORTS__RTP_FIRST": str(first + 20),
        "HOTLINE_PORTS__RTP_LAST": str(first + 119),
        "HOTLINE_PORTS__CARRIER_RTP_FIRST": str(first + 120),
        "HOTLINE_PORTS__CARRIER_RTP_LAST": str(first + 239),
        "HOTLINE_PROMPTS__CUT_MS": "200",
        "HOTLINE_STORY__KEY_PATIENCE": "4",
        **ports,
        **different,
    }


Act = Callable[[Caller], None]


@dataclass(slots=True)
class OnTheLine:
    """One call in the hands of a test."""

    number: str
    call_id: CallId
    floor: "Floor"
    acts: "queue.Queue[Act]"
    placed: "asyncio.Task[Report]"
    events: list[Event] = field(default_factory=list)
    seen: int = 0
    """Events that were waited for already."""

    async def does(self, act: Act) -> None:
        """The caller does this next."""
        self.acts.put(act)

    async def presses(self, keys: str) -> None:
        """The caller presses keys."""
        await self.does(lambda caller: caller.press(keys))

    async def keys_secret(self, secret: str, closing: str = "#") -> None:
        """The caller keys in what is to be found nowhere in the end."""
        await self.presses(will_key(Home(self.floor.settings.home), secret) + closing)

    async def hangs_up(self) -> None:
        """The caller hangs up."""
        await self.does(lambda caller: caller.hang_up())

    async def hears(self, prompt: str) -> None:
        """The line begins to say this, not counting what was waited for before."""
        await self.until(lambda event: isinstance(event, SentencesSpoken) and prompt in event.prompts)

    async def hears_one_of(self, *prompts: str) -> str:
        """The first of these that the line begins to say."""
        said = await self.until(
            lambda event: isinstance(event, SentencesSpoken) and bool(set(prompts) & {*event.prompts})
        )
        assert isinstance(said, SentencesSpoken)
        return next(prompt for prompt in prompts if prompt in said.prompts)

    async def until(self, matches: Callable[[Event], bool], patience: float = SOON) -> Event:
        """The next event that matches."""
        try:
            async with asyncio.timeout(patience):
                while True:
                    for place in range(self.seen, len(self.events)):
                        if matches(self.events[place]):
                            self.seen = place + 1
                            return self.events[place]
                    await self.floor.news.wait()
        except TimeoutError:
            told = "\n  ".join(str(event) for event in self.events[max(0, self.seen - 3) :])
            raise AssertionError(
                f"what was waited for did not come; what came, the last three before it too:\n  {told}"
            ) from None

    async def closes(self) -> CallRecord:
        """The call ends and stands in the archive."""
        await self.until(lambda event: isinstance(event, CallClosed))
        return (await self.floor.archived(self.call_id)).record

    def spoken(self) -> list[str]:
        """Every prompt said so far."""
        return [prompt for event in self.events if isinstance(event, SentencesSpoken) for prompt in event.prompts]


class Floor:
    """A test's view of a hotline: places calls, follows events, looks into the archive."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline = hotline
        self.settings = hotline.settings
        home = Home(self.settings.home)
        self.secrets = Secrets(home.secrets)
        self.bus = NatsBus(nats_server.url(self.settings), self.secrets.word(nats_server.TOKEN), name="test")
        self.witness = AmiExchange("127.0.0.1", self.settings.ports.ami, "witness", self.secrets.word("ami_witness"))
        database = make_engine(self.settings.archive_url)
        self.archive = SqlArchive(database, FileKeyring(self.secrets))
        self.follow_ups = SqlFollowUps(database)
        self.tickets = SqlTickets(database, FileKeyring(self.secrets))
        self.recordings = Recordings(home.asterisk.told, home.recordings, FileKeyring(self.secrets))
        self.calls_kept = FileRecordings(home.asterisk.calls, home.call_recordings, FileKeyring(self.secrets))
        self.register = SqlRegister(database)
        self.carrier = Carrier(self.settings)
        self.news = asyncio.Event()
        self.legs: dict[str, CallId] = {}
        """Call ids by the caller's number."""
        self.calls: dict[CallId, OnTheLine] = {}
        self.events: dict[CallId, list[Event]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Floor":
        await self.bus.connect(10)
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._watch())]
        await self.witness.start()
        await self.witness.ready()
        await self.carrier.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for call in self.calls.values():
            await call.hangs_up()
        if self.calls:
            await asyncio.wait([call.placed for call in self.calls.values()], timeout=5)
        await self.carrier.__aexit__(None, None, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.witness.close()
        await self.bus.close()
        await self.archive.close()

    async def call(self, dialled: str = "95000", *, number: str | None = None, name: str = "") -> OnTheLine:
        """Someone calls; once the exchange has the leg."""
        number = number or f"138{random.randrange(10**8):08d}"
        acts: queue.Queue[Act] = queue.Queue()

        def puppet(caller: Caller) -> None:
            while True:
                try:
                    act = acts.get_nowait()
                except queue.Empty:
                    caller.wait(0.1)
                else:
                    act(caller)

        await self.witness.ready()  # after a restart of the exchange: who is not linked up sees no leg
        self.legs.pop(number, None)  # of his last call
        scenario = Scenario(f"test-{number}", puppet, Outcome.SELF_SERVED)
        placed = asyncio.create_task(
            self.carrier.place(scenario, caller_number=number, dialled=dialled, caller_name=name)
        )
        async with asyncio.timeout(SOON):
            while number not in self.legs:
                if placed.done():
                    placed.result()
                await self._next()
        call = OnTheLine(number, self.legs[number], self, acts, placed)
        call.events = self.events.setdefault(call.call_id, [])
        self.calls[call.call_id] = call
        return call

    async def archived(self, call_id: CallId) -> ArchivedCall:
        """The call, as soon as the archive has it."""
        async with asyncio.timeout(SOON):
            while (found := await self.archive.read(call_id)) is None:
                await asyncio.sleep(0.05)
        return found

    async def settled(self, call_id: CallId) -> CallRecord:
        """The call, as soon as the archive knows what became of its recording."""
        async with asyncio.timeout(SOON * 2):
            while True:
                found = await self.archive.read(call_id)
                if found and (found.record.recording or found.record.not_recorded):
                    return found.record
                await asyncio.sleep(0.1)

    async def tape(self, call_id: CallId) -> tuple[Samples, Samples]:
        """What a call's recording holds: what the caller said, and what he heard."""
        record = await self.settled(call_id)
        assert record.recording is not None, record.not_recorded
        content = b"".join([piece async for piece in self.calls_kept.read(call_id)])
        assert hashlib.sha256(content).hexdigest() == record.recording.sha256
        with wave.open(io.BytesIO(content)) as file:
            both = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64)
        return both[0::2], both[1::2]

    async def calls_of(self, number: str) -> list[CallRecord]:
        """Every archived call of a number (E.164)."""
        return await self.archive.find(CallFilter(caller_number=number))

    async def _next(self) -> None:
        self.news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.news.wait(), 0.5)

    def _tell(self) -> None:
        self.news.set()
        self.news.clear()

    async def _follow(self) -> None:
        async for event in self.bus.follow():
            self.events.setdefault(CallId(event.stream), []).append(event)
            self._tell()

    async def _watch(self) -> None:
        async for event in self.witness.events():
            if isinstance(event, LegOpened) and event.context.startswith("trunk-") and event.caller_number:
                self.legs[event.caller_number] = CallId(event.uniqueid)
                self._tell()


@contextlib.asynccontextmanager
async def floor_of(hotline: Hotline) -> AsyncIterator[Floor]:
    """A floor, as long as the `with` lasts."""
    async with Floor(hotline) as floor:
        yield floor
