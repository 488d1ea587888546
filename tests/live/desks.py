"""Agents' phones in the hands of a test: they ring, answer, refuse and hang up when told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivr.adapters.exchange.install import find
from ivr.adapters.exchange.process import AsteriskProcess
from ivr.home import Home
from tests.live.line import SOON, Hotline


class Ring:
    """One call to one phone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.over = asyncio.Event()
        self._answered = asyncio.Event()

    async def does(self, command: str) -> None:
        """An AGI command and its answer (a second that comes before it would not be read); none when it is over."""
        self._answered.clear()
        with contextlib.suppress(ConnectionError):
            self._writer.write(f"{command}\n".encode())
            await self._writer.drain()
            async with asyncio.timeout(SOON):
                await self._answered.wait()

    async def answers(self) -> None:
        """Pick up."""
        await self.does("ANSWER")

    async def refuses(self) -> None:
        """Busy."""
        await self.does("EXEC Hangup 17")

    async def hangs_up(self) -> None:
        """The end, from this side."""
        await self.does("HANGUP")

    async def ends(self) -> None:
        """It is over, whoever ended it."""
        async with asyncio.timeout(SOON):
            await self.over.wait()

    async def watch(self) -> None:
        """Read answers until the call is over."""
        with contextlib.suppress(ConnectionError):
            while line := await self._reader.readline():
                if line.startswith(b"HANGUP"):
                    break
                self._answered.set()
        self.over.set()
        self._answered.set()
        self._writer.close()


class Desks:
    """All phones of a hotline, played by the carrier."""

    def __init__(self) -> None:
        self._rings: dict[str, asyncio.Queue[Ring]] = {}

    async def rings(self, phone: str, patience: float = SOON) -> Ring:
        """The next call to it, already ringing."""
        async with asyncio.timeout(patience):
            return await self._rings.setdefault(phone, asyncio.Queue()).get()

    def is_silent(self, phone: str) -> bool:
        """Nothing rings there that was not taken note of."""
        return self._rings.setdefault(phone, asyncio.Queue()).empty()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call: AGI's greeting, then whatever the test does."""
        told = {}
        while line := (await reader.readline()).decode().strip():
            name, _, value = line.partition(": ")
            told[name] = value
        ring = Ring(reader, writer)
        watching = asyncio.create_task(ring.watch())
        await ring.does("EXEC Ringing")
        self._rings.setdefault(told["agi_request"].rpartition("/")[2], asyncio.Queue()).put_nowait(ring)
        await watching


@asynccontextmanager
async def desks_of(hotline: Hotline, *phones: str) -> AsyncIterator[Desks]:
    """These phones do as the test says, as long as the `with` lasts."""
    desks = Desks()
    server = await asyncio.start_server(desks.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = hotline.settings
    carrier = AsteriskProcess(find(settings), Home(settings.home).carrier, settings.ports.carrier_ami)
    for phone in phones:
        await carrier.cli(f"dialplan set global PHONE_AGI_{phone} agi://127.0.0.1:{port}/{phone}")
    try:
        yield desks
    finally:
        server.close()


class Registered:
    """A phone of the carrier that registers as an agent."""

    def __init__(self, hotline: Hotline, number: str) -> None:
        settings = hotline.settings
        self._settings, self._number = settings, number
        self._file = Home(settings.home).carrier.agents / "pjsip.conf"
        self._carrier = AsteriskProcess(find(settings), Home(settings.home).carrier, settings.ports.carrier_ami)

    async def appears(self, password: str) -> None:
        """It registers, and is let in."""
        number, port = self._number, self._settings.ports.sip
        self._file.write_text(
            f"[reg-{number}]\ntype = auth\nauth_type = userpass\nusername = {number}\npassword = {password}\n"
            f"[reg-{number}]\ntype = registration\ntransport = phones\noutbound_auth = reg-{number}\n"
            f"server_uri = sip:127.0.0.1:{port}\nclient_uri = sip:{number}@127.0.0.1:{port}\n"
            f"contact_user = {number}\nretry_interval = 1\nforbidden_retry_interval = 1\n"
            "auth_rejection_permanent = no\n"
        )
        await self._read_anew()
        async with asyncio.timeout(SOON):
            while "Registered" not in (told := await self._carrier.cli("pjsip show registrations")):
                await asyncio.sleep(0.2)
                assert "Registered" in told or "reg-" in told, told

    async def vanishes(self) -> None:
        """It says that it goes, as a phone that is switched off does."""
        await self._carrier.cli(f"pjsip send unregister reg-{self._number}")

    async def forgotten(self) -> None:
        """It is no phone any more."""
        self._file.write_text("")
        await self._read_anew()

    async def _read_anew(self) -> None:
        for module in ("res_pjsip", "res_pjsip_outbound_registration"):  # the password, then who registers by it
            await self._carrier.cli(f"module reload {module}.so")


@asynccontextmanager
async def registered(hotline: Hotline, number: str, password: str) -> AsyncIterator[Registered]:
    """Registered as this agent, as long as the `with` lasts."""
    phone = Registered(hotline, number)
    await phone.appears(password)
    try:
        yield phone
    finally:
        await phone.forgotten()
