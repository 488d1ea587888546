"""The exchange over AMI, on a real Asterisk of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.adapters.ami.exchange import AmiExchange
from ivr.adapters.ami.link import Link, LoginRefused, Timing
from ivr.domain.exchange import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    DialledOut,
    LegAnswered,
    LegEnded,
    LegOpened,
    LinkDown,
    LinkUp,
    QueueJoined,
    QueueLeft,
)
from ivr.domain.ids import Uniqueid
from ivr.ports.exchange import ExchangeDown, ExchangeRefused
from ivr.ports.queues import Queues
from tests.contracts.exchange_contract import PATIENCE, ExchangeContract, Listener, connected, dial, names_of
from tests.contracts.queues_contract import SERVICE, QueuesContract
from tests.live.bare_asterisk import BareAsterisk
from tests.network import free_port

pytestmark = pytest.mark.live

SECRET = "right-and-long"
MODULES = """
pbx_config app_queue app_dial app_echo app_stack func_callerid func_strings func_uri bridge_simple bridge_softmix
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_statsd res_geolocation res_http_websocket
res_pjproject res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_caller_id res_pjsip_sdp_rtp
res_pjsip_endpoint_identifier_anonymous app_chanspy func_cut func_groupcount func_periodic_hook app_mixmonitor
format_wav res_rtp_asterisk codec_ulaw chan_pjsip
"""
FILES = {
    "manager.conf": """[general]
enabled = yes
webenabled = no
bindaddr = 127.0.0.1
port = {ami}
[controller]
secret = {secret}
deny = 0.0.0.0/0.0.0.0
permit = 127.0.0.1/255.255.255.255
read = system,call,agent
write = reporting,call,agent,originate
""",
    "pjsip.conf": """[udp]
type = transport
protocol = udp
bind = 127.0.0.1:{sip}
[anonymous]
type = endpoint
context = from-carrier
disallow = all
allow = ulaw
""",
    "queues.conf": """[general]
[service]
strategy = ringall
timeout = 5
member => Local/phone@phones/n
""",
    "extensions.conf": """[phones]
exten => phone,1,Answer()
 same => n,Wait(60)
exten => other,1,Goto(phone,1)
exten => busy,1,Busy(1)
[desk]
exten => s,1,Wait(60)
exten => say,1,Echo(${{WORDS}})
[elsewhere]
exten => s,1,Wait(60)
[recorded]
exten => s,1,MixMonitor(,r({home}/spool/heard.wav)t({home}/spool/said.wav)S)
 same => n,Wait(60)
[queue]
exten => s,1,Queue(service,,,,30)
[from-carrier]
exten => s,1,Answer()
 same => n,Wait(60)
exten => clean,1,Set(CALLERID(num)=${{FILTER(0-9+,${{CALLERID(num)}})}})
 same => n,Answer()
 same => n,Wait(60)
""",
}


class OwnAsterisk(BareAsterisk):
    """With a manager, a queue with a phone, and a door for whoever calls by SIP."""

    def __init__(self, home: Path) -> None:
        self.sip = free_port()
        super().__init__(home, MODULES, FILES, sip=self.sip, secret=SECRET)


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnAsterisk]:
    """One for all tests here."""
    own = OwnAsterisk(tmp_path_factory.mktemp("ami"))
    own.start()
    yield own
    own.kill()


@dataclass
class AmiWorld:
    """The real thing, with a phone in its dialplan."""

    asterisk: OwnAsterisk
    exchange: AmiExchange
    listener: Listener
    answer: Callable[[Uniqueid], Awaitable[None]]
    restart: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]
    record: Callable[[Uniqueid], Awaitable[None]]
    endpoint: str = "Local/phone@phones/n"
    context: str = "desk"
    extension: str = "s"
    elsewhere: str = "elsewhere"


@pytest.fixture
async def world(asterisk: OwnAsterisk) -> AsyncIterator[AmiWorld]:
    """Linked, and listened to; what was dialled is hung up in the end."""
    exchange = AmiExchange("127.0.0.1", asterisk.ami, "controller", SECRET)

    async def answer(uniqueid: Uniqueid) -> None:
        """The phone answers by itself."""

    async def restart() -> None:
        await asyncio.to_thread(asterisk.kill)
        await asyncio.sleep(1)  # two runs that begin within one second look the same
        await asyncio.to_thread(asterisk.start)

    async def record(uniqueid: Uniqueid) -> None:
        await exchange.redirect(uniqueid, "recorded", "s")
        async with asyncio.timeout(PATIENCE):
            while ("recorded", "Wait") not in [(leg.context, leg.application) for leg in await exchange.legs()]:
                await asyncio.sleep(0.02)  # a redirect tells nobody that it was carried out

    await exchange.start()
    async with asyncio.timeout(PATIENCE):
        await exchange.ready()
    yield AmiWorld(asterisk, exchange, Listener(exchange), answer, restart, exchange.close, record)
    await exchange.close()
    await hang_up_all(asterisk)


async def hang_up_all(asterisk: OwnAsterisk) -> None:
    """No leg is left to the next test, not even one whose line is garbled."""
    link = Link("127.0.0.1", asterisk.ami, "controller", SECRET)
    await link.start()
    async with asyncio.timeout(PATIENCE):
        await link.ready()
        while channels := await all_channels(link):
            for channel in channels:
                try:
                    await link.act({"Action": "Hangup", "Channel": channel})
                except ExchangeRefused:
                    continue  # the other end took it along
    await link.close()


async def all_channels(link: Link) -> list[str]:
    """Every channel: its name is the first of its line."""
    items = await link.collect({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete")
    return [item["Channel"] for item in items]


@pytest.fixture
async def link(asterisk: OwnAsterisk) -> AsyncIterator[Link]:
    """The gateway itself, with the controller's rights."""
    bare = Link("127.0.0.1", asterisk.ami, "controller", SECRET)
    await bare.start()
    await bare.ready()
    yield bare
    await bare.close()
    await hang_up_all(asterisk)


class TestAmiExchange(ExchangeContract):
    """The contract, kept by Asterisk."""


@dataclass
class AmiFloor:
    """app_queue, with one phone of the configuration."""

    queues: Queues
    listener: Listener
    join: Callable[[Uniqueid, int], Awaitable[None]]
    restart: Callable[[], Awaitable[None]]
    static: str = "Local/phone@phones/n"
    phone: str = "Local/other@phones/n"


@pytest.fixture
async def floor(world: AmiWorld) -> AsyncIterator[AmiFloor]:
    """The queues of that world; what was done to them is undone."""

    async def join(uniqueid: Uniqueid, priority: int) -> None:
        await world.exchange.originate(
            uniqueid=uniqueid,
            endpoint="Local/s@queue/n",
            context="desk",
            extension="s",
            caller_id="<13800138000>",
            patience=5,
            variables={"_QUEUE_PRIO": str(priority)},
        )
        await world.listener.until_kind(QueueJoined, Uniqueid(f"{uniqueid};2"))

    async def restart() -> None:
        await world.restart()
        await world.listener.until_kind(LinkUp, count=2)

    ready = AmiFloor(world.exchange, world.listener, join, restart)
    yield ready
    for seat in (await world.exchange.queues()).seats:
        if not seat.static:
            await world.exchange.remove_member(SERVICE, seat.interface)
        elif seat.paused is not None:
            await world.exchange.pause_member(SERVICE, seat.interface, None)


class TestAmiQueues(QueuesContract):
    """The contract, kept by app_queue."""


async def test_the_events_of_a_queued_call_come_in_their_order(world: AmiWorld) -> None:
    """Opened, answered, joined, an agent called and connected, left, completed, ended: typed, for the caller's leg."""
    caller = Uniqueid("live-queued")
    await world.exchange.originate(
        uniqueid=caller,
        endpoint="Local/s@queue/n",
        context="desk",
        extension="s",
        caller_id='"李 \\"四\\"" <13800138000>',
        patience=5,
        variables={},
    )
    waiting = Uniqueid(f"{caller};2")  # the end of the Local channel that stands in the queue
    await world.listener.until_kind(AgentConnected, waiting)
    await world.exchange.hang_up(caller)
    await world.listener.until_kind(AgentCompleted, waiting)
    await world.listener.until_kind(LegEnded, waiting)
    kinds = [type(event) for event in world.listener.seen if getattr(event, "uniqueid", None) == waiting]
    order = [LegOpened, QueueJoined, AgentCalled, AgentConnected, AgentCompleted, LegEnded]
    assert [kind for kind in kinds if kind in order] == order
    assert QueueLeft in kinds
    joined = await world.listener.until_kind(QueueJoined)
    assert isinstance(joined, QueueJoined)
    assert (joined.queue, joined.position, joined.linkedid) == ("service", 1, caller)
    called = await world.listener.until_kind(AgentConnected)
    assert isinstance(called, AgentConnected)
    assert called.agent_interface == "Local/phone@phones/n"
    assert LegAnswered in [type(event) for event in world.listener.seen]


async def test_a_dial_that_fails_says_so(world: AmiWorld) -> None:
    """A phone that is busy or does not exist: DialledOut without success, under our id."""
    for name, endpoint in (("live-busy", "Local/busy@phones/n"), ("live-nobody", "Local/nobody@phones/n")):
        world.endpoint = endpoint
        uniqueid = await dial(world, name)
        result = await world.listener.until_kind(DialledOut, uniqueid)
        assert isinstance(result, DialledOut)
        assert not result.succeeded


async def test_a_variable_arrives_as_it_was_sent(world: AmiWorld, link: Link) -> None:
    """Commas, quotes, brackets, backslashes, blanks and Chinese: the dialplan sees the value."""
    words = 'a,b "c" (d [e]) \\ \\n 中文; $x'
    await world.exchange.originate(
        uniqueid=Uniqueid("live-words"),
        endpoint=world.endpoint,
        context="desk",
        extension="say",
        caller_id="<1>",
        patience=5,
        variables={"WORDS": words},
    )
    await world.listener.until_kind(LegAnswered, Uniqueid("live-words"))
    async with asyncio.timeout(PATIENCE):
        while True:
            items = await link.collect({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete")
            told = {item["Uniqueid"]: item["ApplicationData"] for item in items}.get("live-words", "")
            if told not in ("", "(Outgoing Line)"):  # as long as it runs no application yet
                break
    assert told == words


async def test_the_controller_may_do_what_it_needs_and_no_more(link: Link) -> None:
    """No commands, no applications, no configuration: a controller taken over is no shell on the exchange."""
    assert await link.act({"Action": "Ping"})
    assert await link.act({"Action": "CoreStatus"})
    for action in (
        {"Action": "Command", "Command": "core show version"},
        {"Action": "GetConfig", "Filename": "manager.conf"},
        {"Action": "UpdateConfig", "SrcFilename": "extensions.conf", "DstFilename": "extensions.conf"},
        {"Action": "ModuleLoad", "LoadType": "reload"},
        {"Action": "DBPut", "Family": "x", "Key": "y", "Val": "z"},
        {"Action": "Reload"},
    ):
        with pytest.raises(ExchangeRefused, match="Permission denied"):
            await link.act(action)
    with pytest.raises(ExchangeRefused, match="Originate Access Forbidden"):
        await link.act(
            {"Action": "Originate", "Channel": "Local/phone@phones", "Application": "System", "Data": "true"}
        )


async def test_a_wrong_secret_is_refused_once(asterisk: OwnAsterisk) -> None:
    """Asterisk's own refusal ends the trying, and names user and file."""
    exchange = AmiExchange("127.0.0.1", asterisk.ami, "controller", "wrong", secret_source="secrets/ami")
    await exchange.start()
    with pytest.raises(LoginRefused, match=r"'controller'.*secrets/ami"):
        async with asyncio.timeout(PATIENCE):
            await exchange.ready()
    await exchange.close()


async def test_a_call_survives_the_loss_of_the_link(world: AmiWorld) -> None:
    """The link cut while a leg lives: LinkDown, LinkUp of the same run, the leg still there and not dialled again."""
    uniqueid = await connected(world, "live-survivor")
    first = await world.listener.until_kind(LinkUp)
    world.exchange._link._connector.protocol.transport.abort()  # type: ignore[union-attr]
    await world.listener.until_kind(LinkDown)
    assert await world.listener.until_kind(LinkUp, count=2) == first
    assert uniqueid in await names_of(world)
    await dial(world, "live-survivor")
    assert len([event for event in world.listener.seen if isinstance(event, DialledOut)]) == 1


async def test_an_exchange_that_hangs_is_given_up_and_found_again(asterisk: OwnAsterisk) -> None:
    """A stopped Asterisk keeps its sockets open: the ping's silence tells, and the link comes back with it."""
    timing = Timing(silence=0.2, answer=0.3, connect=0.3)
    exchange = AmiExchange("127.0.0.1", asterisk.ami, "controller", SECRET, timing=timing)
    await exchange.start()
    listener = Listener(exchange)
    first = await listener.until_kind(LinkUp)
    await exchange.legs()
    asterisk.process.send_signal(19)  # SIGSTOP
    try:
        down = await listener.until_kind(LinkDown)
        assert isinstance(down, LinkDown)
        assert "silent" in down.reason
        with pytest.raises(ExchangeDown):
            await exchange.legs()
    finally:
        asterisk.process.send_signal(18)  # SIGCONT
    assert await listener.until_kind(LinkUp, count=2) == first
    await exchange.close()


def invite(asterisk: OwnAsterisk, extension: str, user: str, name: str = "") -> socket.socket:
    """Call in by SIP, as anybody on the network can."""
    phone = socket.socket(type=socket.SOCK_DGRAM)
    phone.bind(("127.0.0.1", 0))
    port = phone.getsockname()[1]
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
    lines = (
        f"INVITE sip:{extension}@127.0.0.1:{asterisk.sip} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{port}",
        f"From: {name}<sip:{user}@127.0.0.1>;tag=1",
        f"To: <sip:{extension}@127.0.0.1>",
        f"Call-ID: {port}@test",
        "CSeq: 1 INVITE",
        "Max-Forwards: 70",
        f"Contact: <sip:a@127.0.0.1:{port}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(sdp)}",
    )
    phone.sendto(("\r\n".join(lines) + "\r\n\r\n" + sdp).encode(), ("127.0.0.1", asterisk.sip))
    return phone


async def test_a_caller_cannot_write_events(world: AmiWorld, link: Link) -> None:
    """A SIP number with line ends in it forges a Hangup on Asterisk's own link; nobody of ours believes it.

    Asterisk 22.10 escapes names in events but not numbers. Once the dialplan has cleaned the number, the leg shows.
    """
    victim = await connected(world, "live-victim")
    forged = f"1%0d%0a%0d%0aEvent%3a Hangup%0d%0aPrivilege%3a call,all%0d%0aUniqueid%3a {victim}%0d%0a%0d%0aX%3a "
    with closing(invite(world.asterisk, "s", forged.replace(" ", "%20"))):
        async with asyncio.timeout(PATIENCE):
            while len(await all_channels(link)) < 3:  # nothing of ours tells of it
                await asyncio.sleep(0.02)
        await connected(world, "live-witness")
        assert not any(isinstance(event, LegEnded) for event in world.listener.seen)
        assert victim in await names_of(world)
    with closing(invite(world.asterisk, "clean", "138%0d%0aUniqueid%3a%20live-victim", '"李 \\"\\\\四" ')):
        async with asyncio.timeout(PATIENCE):
            while not any(name.startswith("n1-") for name in await names_of(world)):
                await asyncio.sleep(0.02)
