"""What is rendered, in real Asterisks: it boots without a complaint, and calls go where they should, with a controller
and without."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.adapters.ami.exchange import AmiExchange
from ivr.adapters.exchange.cel import rows_of
from ivr.adapters.loudness import measure
from ivr.adapters.secrets import Secrets
from ivr.domain.exchange import DialledOut
from ivr.domain.ids import Uniqueid
from ivr.home import Home
from ivr.settings import DEFAULT_CONFIG, Settings
from tests.dialplans.exchanges import (
    WAV_HEADER,
    Agi,
    Running,
    Scripts,
    free_ports,
    own_config,
    running,
    seconds_of_tone,
    this_machine,
    write_tone,
)
from tests.dialplans.renderings import RICH, settings_of

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]

CALL = 25.0
"""Seconds a call of these tests may take; five are usual."""
CALLER_TONE, PERSON_TONE = 600, 1000
"""Hertz: by its tone a recording tells who is heard."""
MORE = """
[[trunks]]
name = "strict"
host = "127.0.0.2"

[[numbers]]
number = "95000"
trunk = "strict"

[[queues]]
name = "deserted"
"""
VARIABLES = ("ATTEMPT", "BACK", "QUEUE_EXIT", "QUEUE_KEY", "TRUNK", "DIALLED", "LANGUAGE", "KEY")


@dataclass
class Line:
    """The hotline and its carrier, with whoever plays the caller, the phone and the controller."""

    settings: Settings
    hotline: Running
    carrier: Running
    tester: AmiExchange
    scripts: Scripts
    address: str
    dialled: dict[str, asyncio.Future[bool]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """Before the first call."""

    async def dial(self, number: str, name: str) -> bool:
        """Whether the hotline takes the call."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.dialled[name] = answer
        await self.tester.originate(
            uniqueid=Uniqueid(name),
            endpoint=f"PJSIP/{number}@hotline",
            context="caller",
            extension="s",
            caller_id="<13800138000>",
            patience=10,
            variables={"CALLER_AGI": f"agi://{self.address}/caller", "CALLER_NAME": name},
        )
        async with asyncio.timeout(CALL):
            return await answer

    async def hear(self) -> None:
        """What becomes of the dialling."""
        async for event in self.tester.events():
            if isinstance(event, DialledOut):
                self.dialled[event.uniqueid].set_result(event.succeeded)

    def rows(self) -> list[dict[str, str]]:
        """What the hotline's CEL tells of all calls so far."""
        file = self.hotline.home.log / "cel-custom" / "Master.csv"
        content = file.read_bytes() if file.exists() else b""
        rows, taken = rows_of(content)
        assert taken == len(content)
        return rows

    async def told(self, event: str, since: int) -> list[dict[str, str]]:
        """The rows since then, once this event is among them."""
        async with asyncio.timeout(CALL):
            while True:
                rows = self.rows()[since:]
                if event in [row["eventtype"] for row in rows]:
                    return rows
                await asyncio.sleep(0.05)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    """Prompts cut short; a phone that is played by us."""
    folder, own = tmp_path_factory.mktemp("line"), {**free_ports(), **this_machine()}
    config = own_config(DEFAULT_CONFIG, folder, {"5170": own["HOTLINE_PORTS__CARRIER_SIP"]}, MORE)
    values = {"HOME": str(folder / "home"), "PROMPTS__CUT_MS": "200", "FALLBACK__TRIES": "1", "FALLBACK__PAUSE": "0.2"}
    settings = settings_of(config, own | {f"HOTLINE_{key}": text for key, text in values.items()}, carrier=True)
    scripts = Scripts()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(await asyncio.start_server(scripts, "127.0.0.1", 0))
        up = await stack.enter_async_context(running(settings))
        for tone in (CALLER_TONE, PERSON_TONE):
            write_tone(up["hotline"].home.data / "sounds" / "zh" / "hotline-test" / f"{tone}.wav", tone)
        secret = Secrets(Home(settings.home).secrets).word("carrier_ami")
        tester = AmiExchange("127.0.0.1", settings.ports.carrier_ami, "tester", secret)
        stack.push_async_callback(tester.close)
        await tester.start()
        await tester.ready()
        host, port = server.sockets[0].getsockname()
        made = Line(settings, up["hotline"], up["carrier"], tester, scripts, f"{host}:{port}")
        hearing = asyncio.create_task(made.hear())
        stack.callback(hearing.cancel)
        for phone in ("desk1", "duty1"):
            await up["carrier"].cli(f"dialplan set global PHONE_AGI_{phone} agi://{made.address}/{phone}")
        await phones_seen(up["hotline"])
        made.complaints = [*made.hotline.complaints(), *made.carrier.complaints()]
        yield made


async def phones_seen(hotline: Running) -> None:
    """A phone serves once Asterisk has seen it answer."""
    async with asyncio.timeout(15):
        seen = re.compile(r"(?:desk1|duty1)/.* Avail ")
        while len(seen.findall(await hotline.cli("pjsip show contacts"))) < 2:  # it tells nobody
            await asyncio.sleep(0.1)


async def heard_in_the_end(file: Path, tone: int) -> float:
    """Seconds of this tone, more than half of one: the carrier writes what was heard, and the file's own length into
    it, a moment after its call is over."""
    async with asyncio.timeout(15):
        while int.from_bytes((content := file.read_bytes())[40:44], "little") != len(content) - WAV_HEADER:
            await asyncio.sleep(0.1)
    seconds = seconds_of_tone(file, tone)
    assert seconds > 0.5
    return seconds


async def talk(agi: Agi) -> None:
    """A caller who speaks on and on: a tone of his own."""
    while True:
        await agi.do(f'STREAM FILE hotline-test/{CALLER_TONE} ""')


async def answer_and_leave(agi: Agi) -> None:
    """A person who picks up, speaks for two seconds and hangs up."""
    await agi.do("ANSWER")
    for _ in range(5):
        await agi.do(f'STREAM FILE hotline-test/{PERSON_TONE} ""')


async def let_it_ring(agi: Agi) -> None:
    """Nobody is at the desk."""
    await agi.do("EXEC Ringing")
    while True:
        await agi.do("EXEC Wait 1")


async def test_a_caller_reaches_a_person_without_any_controller(line: Line) -> None:
    """He is greeted, hears music, is brought to a phone that answers, both hear each other, and CEL tells so."""
    line.scripts.on = {"caller": talk, "desk1": answer_and_leave}
    since = len(line.rows())
    assert await line.dial("95000", "alone")
    rows = await line.told("LINKEDID_END", since)
    told = [(row["eventtype"], row["eventenum"]) for row in rows]
    assert ("HOTLINE_FALLBACK", "USER_DEFINED") in told
    assert [row["extra"] for row in rows if row["eventtype"] == "HOTLINE_FALLBACK_ENDED"] == ['{"extra":"CONTINUE"}']
    assert [row["channame"].split("-")[0] for row in rows if row["eventtype"] == "BRIDGE_ENTER"] == [
        "PJSIP/desk1",
        "PJSIP/trunk",
    ]
    spool = line.carrier.home.spool
    [phone] = spool.glob("phone-desk1-*-heard.wav")
    heard = spool / "alone-heard.wav"
    await heard_in_the_end(phone, CALLER_TONE)
    spoken = await heard_in_the_end(heard, PERSON_TONE)
    assert measure(heard).audible - spoken > 0.3, "neither greeting nor music"


async def test_a_number_that_is_not_ours_is_refused(line: Line) -> None:
    """It is not answered, and begins no call."""
    since = len(line.rows())
    assert not await line.dial("77777", "astray")
    assert line.rows()[since:] == []


QUEUES = {
    "ANSWERED": ("service", answer_and_leave),
    "TIMED_OUT": ("emergency", let_it_ring),
    "NOBODY_THERE": ("deserted", let_it_ring),
    "FAILED": ("none,of-ours)", let_it_ring),
}


@pytest.mark.parametrize("way", QUEUES)
async def test_the_controller_hands_a_call_to_a_queue_and_gets_it_back(line: Line, way: str) -> None:
    """It is told of the call, then how the waiting ended, and its word `finish` ends the call."""
    queue, phone = QUEUES[way]
    seen: list[dict[str, str]] = []

    async def controller(agi: Agi) -> None:
        seen.append({name: await agi.variable(f"HOTLINE_{name}") for name in VARIABLES})
        word = {"QUEUE": queue, "PRIORITY": "5", "PATIENCE": "2", "EFFECT": "1/7", "LANGUAGE": "en", "NEXT": "queue"}
        for name, value in word.items() if len(seen) == 1 else [("NEXT", "finish")]:
            await agi.do(f'SET VARIABLE HOTLINE_{name} "{value}"')

    line.scripts.on = {"caller": talk, "desk1": phone, "duty1": phone, "call": controller}
    async with await asyncio.start_server(line.scripts, "127.0.0.1", line.settings.ports.agi):
        since = len(line.rows())
        assert await line.dial("95001", f"queue-{way}")
        rows = await line.told("LINKEDID_END", since)
    if way == "ANSWERED":
        await heard_in_the_end(line.carrier.home.spool / f"queue-{way}-heard.wav", PERSON_TONE)
    key = Secrets(Home(line.settings.home).secrets).word("hotline_key")
    both = {"ATTEMPT": "1", "QUEUE_KEY": "", "TRUNK": "carrier", "DIALLED": "95001", "KEY": key}
    assert seen == [
        {**both, "BACK": "", "QUEUE_EXIT": "", "LANGUAGE": "zh"},
        {**both, "BACK": "1/7", "QUEUE_EXIT": way, "LANGUAGE": "en"},
    ]
    assert "HOTLINE_FALLBACK" not in [row["eventtype"] for row in rows]


def invite(line: Line, sock: socket.socket, name: str, user: str) -> bytes:
    """A call, byte by byte."""
    host, port = sock.getsockname()
    body = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
    return (
        f"INVITE sip:95000@127.0.0.1:{line.settings.ports.sip} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{port};rport\r\nMax-Forwards: 70\r\n"
        f"From: {name} <sip:{user}@{host}>;tag=1\r\nTo: <sip:95000@127.0.0.1>\r\nCall-ID: {port}@{host}\r\n"
        f"CSeq: 1 INVITE\r\nContact: <sip:x@{host}:{port}>\r\nContent-Type: application/sdp\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def final_answer(line: Line, host: str, name: str, user: str) -> int:
    """The SIP status that a call from this address ends its asking with."""
    loop = asyncio.get_running_loop()
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as sock:
        sock.setblocking(False)
        sock.bind((host, 0))
        await loop.sock_sendto(sock, invite(line, sock, name, user), ("127.0.0.1", line.settings.ports.sip))
        async with asyncio.timeout(CALL):
            while True:
                status = re.match(rb"SIP/2.0 (\d+)", await loop.sock_recv(sock, 65536))
                if status and int(status[1]) >= 200:
                    return int(status[1])


async def test_line_ends_and_quotes_of_a_caller_reach_nobody(line: Line) -> None:
    """Number and name are cleaned before the controller, an event or a phone is told of them."""
    seen: asyncio.Future[Agi] = asyncio.get_running_loop().create_future()

    async def controller(agi: Agi) -> None:
        seen.set_result(agi)
        await agi.do('SET VARIABLE HOTLINE_NEXT "finish"')

    line.scripts.on = {"call": controller}
    secret = Secrets(Home(line.settings.home).secrets).word("ami_witness")
    reader, writer = await asyncio.open_connection("127.0.0.1", line.settings.ports.ami)
    writer.write(f"Action: Login\r\nUsername: witness\r\nSecret: {secret}\r\n\r\n".encode())
    async with await asyncio.start_server(line.scripts, "127.0.0.1", line.settings.ports.agi), asyncio.timeout(CALL):
        forged = "1%0d%0a%0d%0aEvent%3a%20Forged%0d%0a%0d%0a8"
        assert await final_answer(line, "127.0.0.1", '"A\\"b\\\\ ${HOTLINE_KEY},)("', forged) == 200
        agi = await seen
        await reader.readuntil(b"Event: NewCallerid\r\n")  # an earlier call may end before it
        stream = await reader.readuntil(b"Event: Hangup\r\n")
    writer.close()
    assert agi.environment["agi_callerid"] == "18"
    assert agi.environment["agi_calleridname"] == "Ab HOTLINE_KEY"
    assert b"Forged" not in agi.raw
    # The channel's birth is told before the dialplan has a say; the AMI link does not believe such an event.
    assert b"Forged" not in stream


async def test_a_trunk_takes_nobody_without_a_number_unless_it_may(line: Line) -> None:
    """403 before anything is answered."""
    assert await final_answer(line, "127.0.0.2", '"Anonymous"', "anonymous") == 403


async def test_a_stranger_is_not_let_in(line: Line) -> None:
    """Trunks are told by their address; who calls from another is asked for what nobody has."""
    assert await final_answer(line, "127.0.0.3", '"Carrier"', "carrier") == 401


async def test_the_demonstrations_exchanges_boot_without_a_complaint(line: Line) -> None:
    """The shipped configuration and its carrier: no warning, no error."""
    assert line.complaints == []


async def test_every_application_and_function_of_the_dialplans_is_loaded(line: Line) -> None:
    """Asterisk tells of a missing one only when a call comes to it."""
    for exchange in (line.hotline, line.carrier):
        dialplan = (exchange.home.etc / "extensions.conf").read_text("utf-8")
        code = "\n".join(text for text in dialplan.splitlines() if not text.startswith(";"))
        applications = set(re.findall(r"(?:,1|n(?:\([a-z]+\))?),([A-Za-z]+)\(", code))
        functions = set(re.findall(r"(?:\$\{|Set\()([A-Z]+)\(", code))
        assert {"Set", "AGI", "Hangup"} <= applications
        for kind, names in (("application", applications), ("function", functions)):
            for name in names:
                assert "not registered" not in (told := await exchange.cli(f"core show {kind} {name}")), told
                assert "No function" not in told, told


async def test_a_banks_configuration_boots_without_a_complaint(tmp_path: Path) -> None:
    """Two providers, one to register at, codecs, several numbers, queues and phones; every module is there."""
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as silent:  # whom it calls is there, and says nothing
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        changes = {
            'bind = "0.0.0.0"': 'bind = "127.0.0.1"',
            'host = "sip.telecom.example"': f'host = "127.0.0.1"\nport = {port}',
            'host = "192.0.2.5"\nport = 5062': f'host = "127.0.0.1"\nport = {port}',
            "desk1@192.0.2.101": f"desk1@127.0.0.1:{port}",
            "agent.two@phones.bank.example:5080": f"agent.two@127.0.0.1:{port}",
            "senior1@192.0.2.103": f"senior1@127.0.0.1:{port}",
        }
        config = own_config(RICH, tmp_path, changes, f'\n[prompts]\nfolder = "{DEFAULT_CONFIG.parent / "prompts"}"\n')
        settings = settings_of(config, {**free_ports(), **this_machine(), "HOTLINE_HOME": str(tmp_path / "home")})
        async with running(settings) as up:
            hotline = up["hotline"]
            loaded = await hotline.cli("module show")
            wanted = re.findall(
                r"(?m)^(?:load|require) = (\S+)", (hotline.home.etc / "modules.conf").read_text("utf-8")
            )
            assert [module for module in wanted if f"{module} " not in loaded] == []
            assert "hot line@bank" in await hotline.cli("pjsip show auth trunk-telecom")
            assert hotline.complaints() == []
