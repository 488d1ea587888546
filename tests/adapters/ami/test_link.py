"""The link holds against a manager interface that misbehaves."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.adapters.ami.backlog import Backlog
from ivr.adapters.ami.link import Link, LoginRefused, Timing, boot_time
from ivr.adapters.ami.protocol import END, Unsendable
from ivr.adapters.ami.translate import headers
from ivr.domain.exchange import LinkDown, LinkUp
from ivr.ports.exchange import ExchangeDown, ExchangeRefused
from tests.adapters.ami.conftest import Linked
from tests.adapters.ami.server import QUICK, ScriptedAmi, channel, event, hangup, listed, nothing, refusal, success

PING = {"Action": "Ping"}
ORIGINATE = {"Action": "Originate", "Channel": "PJSIP/desk1", "Context": "desk", "Exten": "s", "Async": "true"}


def quick(**different: float) -> Timing:
    """QUICK, but for these."""
    plain = {name: getattr(QUICK, name) for name in Timing.__slots__}
    return Timing(**(plain | different))


async def next_uniqueid(link: Link) -> str:
    """The Uniqueid of the next event."""
    return headers(await next_event(link))["Uniqueid"]


async def next_event(link: Link) -> bytes:
    """The next event, as it came, without the end of its message."""
    while not isinstance(heard := await link.heard(), bytes):
        assert heard is not None, "the link ended"
    return heard


def storm_of(count: int) -> list[bytes]:
    """So many hangups, no two alike, as they are heard. One is written out: to put each together takes longer than to
    read it.
    """
    one = hangup("n1-1.NUMBER").removesuffix(END)
    return [one.replace(b"NUMBER", b"%d" % number) for number in range(count)]


async def next_of(link: Link, kind: type) -> Any:
    """The next word of that kind; events before it are passed over."""
    async with asyncio.timeout(5):
        while not isinstance(heard := await link.heard(), kind):
            assert heard is not None, "the link ended"
    return heard


async def answers(link: Link) -> bool:
    """Whether an action is answered, once the link stands."""
    await link.ready()
    try:
        await link.act(PING)
    except ExchangeDown:
        await asyncio.sleep(0)
        return False
    return True


# ---------------------------------------------------------------------------------------------- what arrives
async def test_a_character_split_between_two_segments_arrives_whole(ami: ScriptedAmi, linked: Linked) -> None:
    """Bytes are put together before they are decoded, wherever the network cuts them."""
    link = await linked()
    await link.ready()
    raw = event("Newchannel", **channel("n1-1.1", CallerIDName="李四，您好"))
    for byte in raw:
        ami.say(bytes([byte]))
        await asyncio.sleep(0)
    await next_of(link, LinkUp)
    heard = await link.heard()
    assert isinstance(heard, bytes)
    assert headers(heard)["CallerIDName"] == "李四，您好"


async def test_an_empty_last_header_is_kept(ami: ScriptedAmi, linked: Linked) -> None:
    """A response that ends in a header without a value has that header."""
    ami.answers["Ping"] = lambda action: success(action, Ping="Pong", Last="")
    link = await linked()
    await link.ready()
    assert (await link.act(PING))["Last"] == ""


async def test_a_response_with_a_header_twice_is_answered_by_the_first(ami: ScriptedAmi, linked: Linked) -> None:
    """A repeated header neither breaks the answer nor turns text into a list."""
    ami.answers["Ping"] = lambda action: success(action, Ping="Pong").replace(b"\r\n\r\n", b"\r\nPing: Peng\r\n\r\n")
    link = await linked()
    await link.ready()
    assert (await link.act(PING))["Ping"] == "Pong"


async def test_garbage_between_messages_hurts_none_of_them(ami: ScriptedAmi, linked: Linked) -> None:
    """What is no message is logged and passed over; the next event and the next answer arrive."""
    link = await linked()
    await link.ready()
    for garbage in (
        b"\r\n\r\n\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
        b"Event: \r\n\r\n",
        b"Response: \r\n\r\n",
        b": :\r\n\r\n",
    ):
        ami.say(garbage + hangup("n1-1.2"))
        assert await next_uniqueid(link) == "n1-1.2"
    assert await link.act(PING)
    assert ami.connections == 1


async def test_an_answer_to_an_action_nobody_sent_is_passed_over(ami: ScriptedAmi, linked: Linked) -> None:
    """An unknown ActionID, or none, changes nothing."""
    link = await linked()
    await link.ready()
    ami.say(b"Response: Success\r\nActionID: action/unknown/1/1\r\n\r\nResponse: Error\r\nMessage: no\r\n\r\n")
    assert await link.act(PING)


@pytest.mark.parametrize(
    "oversize",
    [
        b"Event: Hangup\r\nX: " + b"x" * 5000,
        b"Event: Hangup\r\nX: " + b"x" * 5000 + b"\r\n\r\n",
        b"Response: Success\r\nX: " + b"x" * 5000 + b"\r\n\r\n",
    ],
    ids=["without an end", "event", "response"],
)
async def test_a_message_that_is_too_long_ends_the_link(ami: ScriptedAmi, linked: Linked, oversize: bytes) -> None:
    """Over the cap the link is dropped, says so, and is made anew; memory does not grow."""
    link = await linked(message_cap=4096)
    await link.ready()
    ami.say(oversize)
    down = await next_of(link, LinkDown)
    assert "more than 4096 bytes" in down.reason
    await next_of(link, LinkUp)
    assert await link.act(PING)


async def test_fifty_thousand_events_come_in_their_order(ami: ScriptedAmi, linked: Linked) -> None:
    """A storm arrives whole and in order, while actions are answered in the midst of it."""
    link = await linked(timing=quick(answer=30))
    await link.ready()
    events = storm_of(50_000)

    async def storm() -> None:
        for start in range(0, len(events), 500):
            ami.say(b"".join(one + END for one in events[start : start + 500]))
            await ami.drain()

    storming = asyncio.create_task(storm())
    heard, pings = [], []
    while len(heard) < len(events):
        heard.append(await next_event(link))
        if len(heard) % 10_000 == 1:  # by a task of its own: who reads the events must not wait behind them
            pings.append(asyncio.create_task(link.act(PING)))
        elif not len(heard) % 64:
            await asyncio.sleep(0)
    await storming
    assert all(await asyncio.gather(*pings))
    assert heard == events
    assert ami.connections == 1


async def test_a_slow_reader_stops_the_reading_not_the_memory(ami: ScriptedAmi, linked: Linked) -> None:
    """A flood that nobody reads is held up to the bound and no further; read later, none of it is missing."""
    backlog = Backlog(soft=64 << 10, hard=256 << 10)
    link = await linked(backlog=backlog)
    await link.ready()
    events = storm_of(20_000)  # some 8 MB
    ami.say(b"".join(one + END for one in events))
    async with asyncio.timeout(5):
        while backlog.size < backlog.soft:  # nobody tells of a byte taken
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.05)
    held = backlog.size
    assert held < (64 << 10) + (256 << 10) * 1.3, "the bound, and what one read of the socket brings"
    assert [await next_event(link) for _ in events] == events
    assert ami.connections == 1


async def test_a_reader_that_waits_for_an_answer_in_the_midst_of_a_flood_gets_it(
    ami: ScriptedAmi, linked: Linked
) -> None:
    """The answer stands behind the events; while it is awaited, reading goes on beyond the soft bound."""
    backlog = Backlog(soft=8 << 10, hard=64 << 20)
    link = await linked(backlog=backlog, timing=quick(answer=2))
    await link.ready()
    ami.say(b"".join(hangup(f"n1-1.{number}") for number in range(5000)))
    await asyncio.sleep(0.02)
    assert (await link.act(PING))["Response"] == "Success"
    assert backlog.size > 1 << 20


async def test_a_reader_that_fails_loses_only_what_it_was_given(ami: ScriptedAmi, linked: Linked) -> None:
    """An exception in the reader does not reach the link; the next reader goes on with the next event."""
    link = await linked()
    await link.ready()
    ami.say(hangup("n1-1.1") + hangup("n1-1.2"))
    with pytest.raises(ZeroDivisionError):
        int(await next_uniqueid(link) and "1") / 0
    assert await next_uniqueid(link) == "n1-1.2"
    assert await link.act(PING)


async def test_two_readers_at_once_are_refused(linked: Linked) -> None:
    """Each would get half of the events, so the second is told."""
    link = await linked()
    await next_of(link, LinkUp)
    first = asyncio.create_task(link.heard())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="two readers"):
        await link.heard()
    first.cancel()


# ---------------------------------------------------------------------------------------------- what is sent
@pytest.mark.parametrize("name", ["Channel", "Variable"])
@pytest.mark.parametrize("bad", ["a\r\nAction: Originate", "a\nb", "a\rb", "a\0b", "\ud800"])
async def test_a_value_that_would_inject_is_refused_before_it_is_sent(
    ami: ScriptedAmi, linked: Linked, name: str, bad: str
) -> None:
    """A line end or NUL in a value, or what is no UTF-8: not one byte goes out, and the link stands."""
    link = await linked()
    await link.ready()
    sent = ami.raw
    with pytest.raises(Unsendable, match=name):
        await link.act(ORIGINATE | {name: bad} if name == "Channel" else {**ORIGINATE, name: ["x=1", bad]})
    assert ami.raw == sent
    assert await link.act(PING)


@pytest.mark.parametrize("bad", ["", "A: B", "A\r\nB", "A\n", "A\0", "Ä"])
async def test_a_header_name_that_would_inject_is_refused(linked: Linked, bad: str) -> None:
    """Header names are letters, digits and hyphens."""
    link = await linked()
    await link.ready()
    with pytest.raises(Unsendable):
        await link.act({"Action": "Ping", bad: "x"})


async def test_a_refusal_is_told_in_the_exchange_s_words(ami: ScriptedAmi, linked: Linked) -> None:
    """`Response: Error` raises ExchangeRefused with its message."""
    ami.answers["Redirect"] = lambda action: refusal(action, "Channel does not exist: x")
    link = await linked()
    await link.ready()
    with pytest.raises(ExchangeRefused, match="Redirect: Channel does not exist: x"):
        await link.act({"Action": "Redirect", "Channel": "x"})


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("PlayDTMF", "DTMF successfully queued"),
        ("QueueAdd", "Added interface to queue"),
        ("Originate", "Originate successfully queued"),
        ("MixMonitor", "will follow"),
    ],
)
async def test_one_response_is_the_whole_answer(ami: ScriptedAmi, linked: Linked, name: str, sentence: str) -> None:
    """Whatever its words seem to announce: the action is answered at once, and the link stands."""
    ami.answers[name] = lambda action: success(action, Message=sentence)
    link = await linked()
    await link.ready()
    assert (await link.act({"Action": name}))["Message"] == sentence
    assert await link.act(PING)
    assert ami.connections == 1


async def test_an_action_without_an_answer_is_given_up_and_forgotten(ami: ScriptedAmi, linked: Linked) -> None:
    """After its time it raises ExchangeDown; the late answer disturbs nobody."""
    late: list[dict[str, str]] = []
    ami.answers["Redirect"] = lambda action: late.append(action) or b""
    link = await linked(timing=quick(answer=0.03))
    await link.ready()
    with pytest.raises(ExchangeDown, match=r"Redirect: no answer in 0\.03 s"):
        await link.act({"Action": "Redirect"})
    assert link._connector is not None
    assert link._connector.protocol.responses == {}, "nothing is kept for an answer that may never come"
    ami.say(success(late[0]))
    assert await link.act(PING)


async def test_a_list_comes_whole_among_other_events(ami: ScriptedAmi, linked: Linked) -> None:
    """Items are told from events by their ActionID."""
    items = [{"Channel": f"x{number}"} for number in range(3)]
    ami.answers["CoreShowChannels"] = lambda action: (
        hangup("n1-1.1") + listed(action, "CoreShowChannel", "CoreShowChannelsComplete", items)
    )
    link = await linked()
    await link.ready()
    got = await link.collect({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete")
    assert [item["Channel"] for item in got] == ["x0", "x1", "x2"]
    assert await next_uniqueid(link) == "n1-1.1"


async def test_a_list_without_end_is_given_up_at_its_bound(ami: ScriptedAmi, linked: Linked) -> None:
    """More items than the limit raise ExchangeDown; what follows of them is not kept."""
    items = [{"Channel": f"x{number}"} for number in range(50)]
    ami.answers["CoreShowChannels"] = lambda action: listed(action, "CoreShowChannel", "Never", items)
    link = await linked()
    await link.ready()
    with pytest.raises(ExchangeDown, match="more than 10"):
        await link.collect({"Action": "CoreShowChannels"}, "CoreShowChannelsComplete", limit=10)
    assert await link.act(PING)


# ---------------------------------------------------------------------------------------------- the link lost
async def test_what_is_pending_fails_when_the_link_is_lost(ami: ScriptedAmi, linked: Linked) -> None:
    """Every action in flight raises ExchangeDown at once, not after its time."""
    ami.answers["Redirect"] = nothing
    link = await linked(timing=quick(answer=60))
    await link.ready()
    pending = [asyncio.create_task(link.act({"Action": "Redirect"})) for _ in range(5)]
    await ami.until(lambda: len(ami.of("Redirect")) == 5)
    ami.cut()
    async with asyncio.timeout(1):
        results = await asyncio.gather(*pending, return_exceptions=True)
    assert all(isinstance(result, ExchangeDown) for result in results)


async def test_an_unanswered_originate_is_never_sent_again(ami: ScriptedAmi, linked: Linked) -> None:
    """After the link came back, the server has seen one Originate: a second would be a second phone call."""
    ami.answers["Originate"] = nothing
    link = await linked(timing=quick(answer=60))
    await link.ready()
    dialling = asyncio.create_task(link.act(ORIGINATE))
    await ami.until(lambda: bool(ami.of("Originate")))
    ami.cut()
    with pytest.raises(ExchangeDown, match="may have been carried out"):
        await dialling
    await next_of(link, LinkDown)
    await next_of(link, LinkUp)
    ami.say(event("FullyBooted", Status="Fully Booted"))  # the moment at which panoramisk alone would resend
    await link.act(PING)
    await asyncio.sleep(0.02)
    assert ami.raw.count(b"Action: Originate") == 1


async def test_no_link_no_action(ami: ScriptedAmi, linked: Linked) -> None:
    """While the link is down an action is refused at once and never sent later."""
    link = await linked(timing=quick(backoff_first=30, backoff_most=30))
    await link.ready()
    ami.cut()
    await next_of(link, LinkDown)
    with pytest.raises(ExchangeDown, match="is down"):
        await link.act(ORIGINATE)
    assert ami.of("Originate") == []


async def test_a_lost_link_is_told_and_made_anew(ami: ScriptedAmi, linked: Linked) -> None:
    """LinkUp, events, LinkDown, LinkUp, events: in that order."""
    link = await linked()
    await link.ready()
    ami.say(hangup("n1-1.1"))
    await next_of(link, LinkUp)
    assert await next_uniqueid(link) == "n1-1.1"
    ami.cut()
    assert isinstance(await link.heard(), LinkDown)
    assert isinstance(await link.heard(), LinkUp)
    await ami.until(lambda: len(ami.of("Events")) == 2)
    ami.say(hangup("n1-1.2"))
    assert await next_uniqueid(link) == "n1-1.2"


async def test_half_a_message_of_the_old_link_is_no_beginning_of_the_new(ami: ScriptedAmi, linked: Linked) -> None:
    """What a lost link left unfinished is thrown away with it."""
    link = await linked()
    await link.ready()
    ami.say(b"Event: Hangup\r\nUniqueid: torn")
    await asyncio.sleep(0.01)
    ami.cut()
    await next_of(link, LinkDown)
    await next_of(link, LinkUp)
    await ami.until(lambda: len(ami.of("Events")) == 2)
    ami.say(hangup("n1-1.3"))
    assert await next_uniqueid(link) == "n1-1.3"


async def test_an_exchange_that_comes_later_is_found(ami: ScriptedAmi, linked: Linked) -> None:
    """The link may be started before the exchange: it tries again, with growing pauses, until it is there."""
    port = ami.port
    await ami.close()
    link = await linked()
    with pytest.raises(ExchangeDown):
        await link.act(PING)
    await asyncio.sleep(0.03)
    await ami.start(port)
    async with asyncio.timeout(2):
        await link.ready()
    assert await link.act(PING)


async def test_a_silent_peer_is_asked_and_then_given_up(ami: ScriptedAmi, linked: Linked) -> None:
    """Nothing heard for a while: a Ping; no answer to that: LinkDown, and a new connection."""
    ami.answers["Ping"] = nothing
    link = await linked(timing=quick(silence=0.03, answer=0.03))
    await link.ready()
    down = await next_of(link, LinkDown)
    assert "silent" in down.reason
    assert len(ami.of("Ping")) == 1
    await next_of(link, LinkUp)
    assert ami.connections == 2


async def test_a_quiet_peer_that_answers_is_kept(ami: ScriptedAmi, linked: Linked) -> None:
    """Silence alone is no fault: pings are answered, and the link stays."""
    link = await linked(timing=quick(silence=0.01))
    await link.ready()
    await ami.until(lambda: len(ami.of("Ping")) >= 5)
    assert ami.connections == 1


# ---------------------------------------------------------------------------------------------- the beginning
async def test_a_refused_login_ends_the_trying_and_says_where_the_secret_is(ami: ScriptedAmi, linked: Linked) -> None:
    """User and file are named, the secret is not; nothing is tried a second time, and reader and actor are told."""
    ami.answers["Login"] = lambda action: refusal(action, "Authentication failed")
    link = await linked(secret_source="HOME/secrets/ami-controller")
    with pytest.raises(LoginRefused, match=r"'controller'.*Authentication failed.*HOME/secrets/ami-controller") as told:
        await link.ready()
    assert "s3cret" not in str(told.value)
    with pytest.raises(LoginRefused):
        await link.heard()
    with pytest.raises(LoginRefused):
        await link.act(PING)
    await asyncio.sleep(0.03)
    assert ami.connections == 1


async def test_an_exchange_that_is_shutting_down_is_waited_for(ami: ScriptedAmi, linked: Linked) -> None:
    """A login refused for another reason than user and secret is tried again: the next run may let us in."""
    proper = ami.answers["Login"]
    ami.answers["Login"] = lambda action: refusal(action, "Asterisk is shutting down")
    link = await linked()
    await ami.until(lambda: ami.connections >= 3)
    ami.answers["Login"] = proper
    async with asyncio.timeout(2):
        await link.ready()


@pytest.mark.parametrize("banner", [b"", b"Asterisk Call Mana", b"HTTP/1.1 400 Bad Request\r\n", b"x" * 5000])
async def test_what_is_no_ami_is_left_and_tried_again(ami: ScriptedAmi, linked: Linked, banner: bytes) -> None:
    """A banner that is missing, half, or another's: no secret is sent there, and the right one is found later."""
    right, ami.banner = ami.banner, banner
    link = await linked(timing=quick(connect=0.03))
    await ami.until(lambda: ami.connections >= 2)
    assert ami.received == []
    with pytest.raises(ExchangeDown, match="banner"):
        await link.act(PING)
    ami.banner = right
    async with asyncio.timeout(2):
        await link.ready()


async def test_a_banner_in_pieces_is_a_banner(ami: ScriptedAmi, linked: Linked) -> None:
    """The banner may come byte by byte, and together with what follows it."""
    banner, ami.banner = ami.banner, b""
    link = await linked()
    await ami.until(lambda: ami.connections == 1)
    for byte in banner:
        ami.say(bytes([byte]))
        await asyncio.sleep(0)
    await link.ready()
    assert ami.connections == 1


@pytest.mark.parametrize("action", ["Login", "CoreSettings", "CoreStatus", "Events"])
async def test_a_greeting_that_stops_half_way_is_begun_again(ami: ScriptedAmi, linked: Linked, action: str) -> None:
    """Whatever is not answered before the link stands: given up after its time, and tried anew."""
    proper = ami.answers.get(action, success)
    ami.answers[action] = nothing
    link = await linked(timing=quick(answer=0.03))
    await ami.until(lambda: ami.connections >= 2)
    ami.answers[action] = proper
    async with asyncio.timeout(2):
        while not await answers(link):
            pass


async def test_an_exchange_that_still_loads_is_waited_for(ami: ScriptedAmi, linked: Linked) -> None:
    """The link stands only once the exchange is fully booted: before that its queues and dialplan are not there."""
    ami.answers["Login"] = success
    link = await linked(timing=quick(boot=5))
    await ami.until(lambda: bool(ami.of("Login")))
    await asyncio.sleep(0.01)
    assert ami.of("CoreStatus") == []
    ami.say(event("FullyBooted", Uptime="3", Status="Fully Booted"))
    await link.ready()


async def test_without_the_right_to_hear_of_the_boot_it_says_so(ami: ScriptedAmi, linked: Linked) -> None:
    """No FullyBooted: the reason names the right that the user may lack."""
    ami.answers["Login"] = success
    link = await linked(timing=quick(boot=0.02))
    await ami.until(lambda: ami.connections >= 2)
    with pytest.raises(ExchangeDown, match="read=system"):
        await link.act(PING)


@pytest.mark.parametrize("hours", [-10, -3.5, 0, 5.75, 8, 14])
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_the_boot_is_known_to_the_second_in_any_time_zone(hours: float, off: int) -> None:
    """Asterisk tells it in its local time; the uptime, a second more or less, tells the zone."""
    boot = datetime(2026, 11, 24, 23, 59, 58, tzinfo=UTC)
    local = boot + timedelta(hours=hours)
    status = {"CoreStartupDate": f"{local:%Y-%m-%d}", "CoreStartupTime": f"{local:%H:%M:%S}"}
    assert boot_time(status, uptime=100_000 + off, now=boot + timedelta(seconds=100_000)) == boot


async def test_closing_leaves_nothing_running(ami: ScriptedAmi, linked: Linked) -> None:
    """After close the reader comes to the end, what is pending has failed, and no task is left."""
    ami.answers["Redirect"] = nothing
    link = await linked(timing=quick(answer=60))
    await link.ready()
    pending = asyncio.create_task(link.act({"Action": "Redirect"}))
    await ami.until(lambda: bool(ami.of("Redirect")))
    await link.close()
    with pytest.raises(ExchangeDown):
        await pending
    heard = [await link.heard() for _ in range(3)]
    assert [type(word) for word in heard] == [LinkUp, LinkDown, type(None)]
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "ami link"]
