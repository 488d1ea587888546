"""The caller's dialogue over FastAGI, on a real Asterisk of its own: no key is lost, no answer is miscounted.

Callers are Local channels: one half runs a script of the dialplan and sends keys, the other half is in AGI().
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path

import pytest
import uvloop
from structlog.testing import capture_logs

from ivr.adapters.ami.link import Link
from ivr.adapters.clock import SystemClock
from ivr.adapters.fastagi import session as channel_session
from ivr.adapters.fastagi.arrivals import AgiFacts, incoming_of
from ivr.adapters.fastagi.channel import AgiChannel
from ivr.adapters.fastagi.commands import Kind, get_full_variable, wait_for_digit
from ivr.adapters.fastagi.flight import SETTLED, Outcome
from ivr.adapters.fastagi.probe import probe
from ivr.adapters.fastagi.replies import Answer
from ivr.adapters.fastagi.server import FastAgiServer
from ivr.adapters.memory.keyring import MemoryKeyring
from ivr.adapters.recordings import Recordings
from ivr.domain.call import Incoming
from ivr.domain.caller import Language
from ivr.domain.ids import CallId, EffectId, QueueName
from ivr.domain.secret import SecretDigits
from ivr.flow.steps import Ask, Chose, JoinQueue, Keyed, Menu, Said, Say, Silence, sentences
from ivr.ports.voice import Keypad, SessionLost, VoiceSession
from ivr.settings import load
from tests.adapters.fastagi.recorded import record
from tests.live.bare_asterisk import BareAsterisk
from tests.network import free_port

pytestmark = [pytest.mark.live, pytest.mark.alone]

KEY = "right-and-long"
SOON = 10.0
"""Seconds; a bound, not a wait."""
SOUNDS = {"short": 0.02, "tap": 0.11, "word": 0.2, "notice": 2.0, "long": 8.0}
"""Seconds each lasts."""
CHANCE = random.Random()  # distances, not secrets; another each time
BURST = "12345678901234567890"
MODULES = """
res_timing_timerfd pbx_config res_speech res_agi func_channel func_global func_callerid func_strings app_senddtmf
app_playback app_userevent bridge_simple codec_ulaw format_wav format_pcm
"""
FILES = {
    "manager.conf": """[general]
enabled = yes
webenabled = no
bindaddr = 127.0.0.1
port = {ami}
[test]
secret = {key}
read = system
write = system,call,originate,reporting
""",
    "extensions.conf": """[globals]
HOTLINE_KEY={key}
[story]
exten => s,1,Answer()
 same => n,Set(AGIEXITONHANGUP=yes)
 same => n,AGI(agi://127.0.0.1:{agi}/call)
 same => n,Set(GLOBAL(LEFT_${{CHANNEL(uniqueid)}})=${{HOTLINE_NEXT}} ${{HOTLINE_QUEUE}} ${{HOTLINE_EFFECT}})
 same => n,Hangup()
[caller]
exten => waits,1,Answer()
 same => n,Wait(60)
; Dkeys: presses them, one every 60 ms. Sound follows, as from any telephone: Asterisk stretches a key of 30 ms to 80,
; and lets it end with the first frame after that.
exten => _D.,1,Answer()
 same => n,Wait(0.3)
 same => n,SendDTMF(${{EXTEN:1}},30,30)
 same => n,Playback({home}/data/sounds/zh/dialogue/long)
 same => n,Wait(60)
exten => taps,1,Answer()
 same => n,Wait(0.3)
 same => n(on),SendDTMF(1234567890,43,47)
 same => n,Goto(on)
""",
}
MENU = Menu((), "1234567890*#", 1.0)


Run = Callable[[Coroutine[None, None, None]], None]


class Exchange(BareAsterisk):
    """With a story's door, and callers made of dialplan."""

    def __init__(self, home: Path) -> None:
        self.agi = free_port()
        super().__init__(home, MODULES, FILES, agi=self.agi, key=KEY)
        for name, seconds in SOUNDS.items():
            record(self.sounds, name, seconds)


class Floor:
    """A server of ours, and callers on the exchange."""

    def __init__(self, exchange: Exchange, link: Link) -> None:
        self.exchange = exchange
        self.link = link
        self.channels: dict[CallId, str] = {}
        self._sessions: asyncio.Queue[VoiceSession] = asyncio.Queue()
        self._over = asyncio.Event()
        settings = load()

        def taken(facts: AgiFacts) -> Incoming:
            incoming = incoming_of(facts, settings)
            self.channels[incoming.call_id] = facts.channel
            return incoming

        self.server = FastAgiServer(
            "127.0.0.1",
            exchange.agi,
            KEY,
            self._take,
            exchange.sounds,
            recordings=Recordings(exchange.sounds / "making", exchange.sounds / "kept", MemoryKeyring()),
            incoming_of=taken,
            clock=SystemClock(),
        )

    async def call(self, script: str = "waits") -> VoiceSession:
        """A caller with this extension of the dialplan for a script."""
        await place_call(self.link, script)
        return await self.session()

    async def session(self) -> VoiceSession:
        """The next caller; raises when none comes SOON."""
        async with asyncio.timeout(SOON):
            return await self._sessions.get()

    async def press(self, session: VoiceSession, key: str) -> None:
        """A key of this caller ends now."""
        await self.link.act(
            {"Action": "PlayDTMF", "Channel": self.channels[session.call_id], "Digit": key, "Receive": "true"}
        )

    async def hang_up(self, session: VoiceSession) -> None:
        """The caller hangs up."""
        await self.link.act({"Action": "Hangup", "Channel": self.channels[session.call_id].replace(";2", ";1")})

    async def left(self, session: VoiceSession) -> str:
        """What the dialplan found in its variables when AGI() returned."""
        async with asyncio.timeout(SOON):
            while True:
                answer = await self.link.act({"Action": "Getvar", "Variable": f"LEFT_{session.call_id}"})
                if answer["Value"]:
                    return answer["Value"]
                await asyncio.sleep(0.01)

    async def _take(self, session: VoiceSession) -> None:
        self._sessions.put_nowait(session)
        await self._over.wait()  # the test holds it


async def place_call(link: Link, script: str) -> None:
    """A Local channel: its first half runs the caller's script, its second half the story."""
    call = {"Action": "Originate", "Channel": "Local/s@story/n", "Context": "caller", "Exten": script}
    await link.act(call | {"Priority": "1", "Async": "true"})


def say(*words: str) -> Say:
    """Speak these."""
    return Say(sentences(Language.ZH, *words))


def menu(*words: str, patience: float = 1.0) -> Menu:
    """Every key is on offer."""
    return Menu(sentences(Language.ZH, *words), "1234567890*#", patience)


def stall() -> None:
    """The loop is busy with something else."""
    time.sleep(0.005)


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    """One for all tests here."""
    own = Exchange(tmp_path_factory.mktemp("agi"))
    own.start()
    yield own
    own.kill()


@pytest.fixture
async def floor(exchange: Exchange) -> AsyncIterator[Floor]:
    """A server and a link."""
    link = Link("127.0.0.1", exchange.ami, "test", KEY)
    await link.start()
    await link.ready()
    floor = Floor(exchange, link)
    await floor.server.start()
    yield floor
    await floor.server.close()
    await link.close()


async def test_a_burst_into_menus_is_kept_whole(floor: Floor) -> None:
    """Twenty keys, one every 60 ms, and a loop that stalls for 5 ms after each."""
    session = await floor.call(f"D{BURST}")
    heard = ""
    while len(heard) < len(BURST):
        reply = await session.menu(menu("long"))
        assert isinstance(reply, Chose), f"{reply} after {heard}"
        heard += reply.key
        stall()
    assert heard == BURST


async def test_a_burst_into_a_pause_is_kept_whole(floor: Floor) -> None:
    """Nothing is asked of the session, the loop stalls again and again, and every key is there in the end."""
    session = await floor.call(f"D{BURST}")
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        stall()
        await asyncio.sleep(CHANCE.uniform(0.005, 0.02))
    assert "".join([await one_key(session) for _ in BURST]) == BURST


async def test_a_burst_over_prompts_and_pauses_is_kept_whole(floor: Floor) -> None:
    """Prompts begin and are cut, short waits end and begin, while the keys come."""
    session = await floor.call(f"D{BURST}")
    heard = ""
    until = time.monotonic() + 6.0
    while len(heard) < len(BURST) and time.monotonic() < until:
        await session.say(say("short"))
        reply = await session.menu(menu("long", patience=0.3))
        heard += reply.key if isinstance(reply, Chose) else ""
        await asyncio.sleep(CHANCE.choice((0.0, 0.001, 0.012, 0.035, 0.08)))
    assert heard == BURST


async def test_no_key_is_lost_where_sentence_follows_sentence(floor: Floor) -> None:
    """A key every 130 ms, which may fall where one ends and the next begins, or is kept from beginning."""
    session = await floor.call("taps")
    heard, until = "", time.monotonic() + 20.0
    while time.monotonic() < until:
        reply = await session.menu(menu("short", "tap", "short", "tap", "long"))
        assert isinstance(reply, Chose)
        heard += reply.key
        if CHANCE.random() < 0.5:
            stall()
    assert heard == ("1234567890" * (len(heard) // 10 + 1))[: len(heard)]
    assert len(heard) > 100


async def test_no_key_is_lost_where_order_follows_order(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty callers, each with a key every 150 ms, while music begins and ends some sixty times a second."""
    monkeypatch.setattr(channel_session, "BREATH", 0.0)
    for _ in range(20):
        await place_call(floor.link, "taps")
    sessions = [await floor.session() for _ in range(20)]
    heard = await asyncio.gather(*(keys_among_orders(session, 8.0) for session in sessions))
    assert [keys for keys in heard if keys not in "1234567890" * 20] == []
    assert sum(map(len, heard)) > 500


async def keys_among_orders(session: VoiceSession, seconds: float) -> str:
    """What was taken in that time."""
    heard, until = "", time.monotonic() + seconds
    while time.monotonic() < until:
        await session.meanwhile(asyncio.sleep(CHANCE.uniform(0.005, 0.02)))
        reply = await session.menu(menu(patience=0.0))
        heard += reply.key if isinstance(reply, Chose) else ""
    return heard


async def test_a_burst_into_what_is_to_be_heard_whole_neither_shortens_nor_repeats_it(floor: Floor) -> None:
    """Twenty keys stop it twenty times; it lasts as long as it is, and every key is there afterwards."""
    session = await floor.call(f"D{BURST}")
    begun = time.monotonic()
    assert await session.say(say("notice"), whole=True) == Said(interrupted=True)
    lasted = time.monotonic() - begun
    assert SOUNDS["notice"] - 0.3 < lasted < SOUNDS["notice"] + 0.7
    assert "".join([await one_key(session) for _ in BURST]) == BURST


async def test_keys_typed_ahead_are_taken_without_a_word(floor: Floor) -> None:
    """Pressed into the first sentence, taken by the steps after it."""
    session = await floor.call("D4711#2")
    assert await session.say(say("long")) == Said(interrupted=True)
    begun = time.monotonic()
    assert await session.ask(Ask(say("long").sentences, 6, "#", 1.0)) == Keyed("4711")
    assert await session.menu(menu("long")) == Chose("2")
    assert time.monotonic() - begun < 2.0


async def test_a_secret_is_taken_whole_and_nothing_of_it_is_left(floor: Floor) -> None:
    """Keyed in after its sentence has begun; what is one key too many is no choice of the next menu."""
    session = await floor.call("D739164883#")
    keyed = await session.keypad(say("word").sentences, Keypad(6, 6, flush=True), 2.0)
    assert isinstance(keyed, SecretDigits)
    assert keyed.reveal() == "739164"
    assert await session.menu(menu("word", patience=0.5)) == Silence()


async def test_music_plays_while_something_takes_long(floor: Floor) -> None:
    """And the caller is heard again after it."""
    session = await floor.call()

    async def slow() -> int:
        await asyncio.sleep(channel_session.BREATH + 0.5)
        return 7

    assert await session.meanwhile(slow()) == 7
    pressing = asyncio.create_task(floor.press(session, "5"))
    assert await session.menu(menu("long", patience=2.0)) == Chose("5")
    await pressing


async def test_a_missing_recording_is_passed_over(floor: Floor) -> None:
    """The caller hears what follows; the log names the file."""
    session = await floor.call()
    begun = time.monotonic()
    with capture_logs() as logs:
        assert await session.say(say("nobody-recorded-this", "word")) == Said(interrupted=False)
    assert 0.15 < time.monotonic() - begun < 2.0
    assert [entry["file"].rpartition("/")[2] for entry in logs if entry["event"] == "recording_missing"] == [
        "nobody-recorded-this"
    ]


async def test_silence_lasts_as_long_as_the_patience(floor: Floor) -> None:
    """No longer, no shorter."""
    session = await floor.call()
    begun = time.monotonic()
    assert await session.menu(menu("word", patience=0.3)) == Silence()
    assert 0.45 < time.monotonic() - begun < 1.5


@pytest.mark.parametrize(
    ("words", "after"), [(("long",), 0.3), (("short",), 0.5), ((), 0.2)], ids=["prompt", "wait after it", "wait"]
)
async def test_a_hangup_in_a_step_is_session_lost(floor: Floor, words: tuple[str, ...], after: float) -> None:
    """In whatever command it falls."""
    session = await floor.call()
    step = asyncio.create_task(session.menu(menu(*words, patience=30.0)))
    await asyncio.sleep(after)
    await floor.hang_up(session)
    async with asyncio.timeout(SOON):
        with pytest.raises(SessionLost):
            await step


@pytest.mark.parametrize("pause", [0.0, 0.003, 0.01, 0.2])
async def test_a_hangup_between_steps_is_told_by_the_next(floor: Floor, pause: float) -> None:
    """Whether it says something or hands over."""
    session = await floor.call()
    await session.say(say("short"))
    await asyncio.sleep(pause)
    await floor.hang_up(session)
    await asyncio.sleep(0.1)
    with pytest.raises(SessionLost):
        await session.hand_over(JoinQueue(QueueName("service"), 0, Language.ZH, 60), EffectId("n1-1.1/4"))
    with pytest.raises(SessionLost):
        await session.say(say("word"))


async def test_a_hand_over_reaches_the_dialplan(floor: Floor) -> None:
    """Out of a long pause, which it ends."""
    session = await floor.call()
    await asyncio.sleep(0.2)
    effect = EffectId(f"{session.call_id}/4")
    await session.hand_over(JoinQueue(QueueName("service"), 0, Language.ZH, 60), effect)
    assert await floor.left(session) == f"queue service {effect}"


async def test_twenty_calls_at_once_keep_their_keys_apart(floor: Floor) -> None:
    """Each caller keys in a number of his own."""
    numbers = {f"{1000 + 37 * number}" for number in range(20)}
    for number in numbers:
        await place_call(floor.link, f"D{number}#")
    entry = Ask(say("long").sentences, 8, "#", 3.0)
    replies = await asyncio.gather(*(session.ask(entry) for session in [await floor.session() for _ in numbers]))
    assert {reply.digits for reply in replies if isinstance(reply, Keyed)} == numbers


async def test_a_key_that_meets_the_end_of_a_pause_is_a_key(floor: Floor) -> None:
    """Again and again, a millisecond before or after: it is never taken for the end, or lost."""
    session = await floor.call()
    for number in range(20):
        await asyncio.sleep(0.03)
        key = str(number % 10)
        pressing = asyncio.create_task(floor.press(session, key))
        await asyncio.sleep(CHANCE.uniform(0.0, 0.002))
        assert await session.menu(menu("long", patience=2.0)) == Chose(key)
        await pressing


async def test_a_probe_finds_the_controller(floor: Floor) -> None:
    """Beside a real call."""
    await floor.call()
    assert await probe("127.0.0.1", floor.exchange.agi, KEY, SOON)


@pytest.mark.parametrize("settled", [None, 0.0], ids=["settled", "at once"])
@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_wait_that_a_line_ends_is_answered_exactly(
    exchange: Exchange,
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[[Coroutine[None, None, None]], None],
    settled: float | None,
) -> None:
    """300 waits ended at any distance: each answered once, and the next answer is the next question's. `at once` sends
    the end before Asterisk can have read the wait, so that lines do meet in its buffer.
    """
    if settled is not None:
        monkeypatch.setitem(SETTLED, Kind.LISTENING, settled)
    run(races(exchange, 300))


async def races(exchange: Exchange, rounds: int) -> None:
    """Against a bare channel."""
    opened: asyncio.Queue[AgiChannel] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: AgiChannel(opened.put_nowait), "127.0.0.1", exchange.agi)
    link = Link("127.0.0.1", exchange.ami, "test", KEY)
    await link.start()
    await link.ready()
    await place_call(link, "waits")
    async with asyncio.timeout(30):
        channel = await opened.get()
        await channel.environment
        for number in range(rounds):
            ended: asyncio.Future[Outcome] = loop.create_future()
            channel.send(wait_for_digit(60_000), ended.set_result)
            await asyncio.sleep(CHANCE.choice((0.0, 0.0001, 0.0003, 0.001, 0.004)))
            while channel.free_in:
                await asyncio.sleep(channel.free_in)
            token = f"question {number}"
            assert (await channel.ask(get_full_variable(token))).value == token
            assert await ended == Answer(1)
            while channel.free_in:  # what had to be brought up
                await asyncio.sleep(0.001)
    channel.close()
    server.close()
    await link.close()


async def one_key(session: VoiceSession) -> str:
    """A key that is there already."""
    reply = await session.menu(MENU)
    return reply.key if isinstance(reply, Chose) else "?"
