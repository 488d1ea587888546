"""Who connects, and what it may do to others."""

import asyncio

import pytest
from structlog.testing import capture_logs

from ivr.adapters.fastagi.environment import LONGEST
from ivr.domain.caller import Language
from ivr.domain.ids import EffectId
from ivr.flow.steps import LeftQueue, QueueExit, Said, Say, sentences
from ivr.ports.voice import VoiceSession
from tests.adapters.fastagi.conftest import Line, environment_of
from tests.adapters.fastagi.peer import SOON, UNIQUEID, AsteriskPeer

GREETING = Say(sentences(Language.ZH, "greeting"))


async def works(session: VoiceSession, peer: AsteriskPeer, times: int = 1) -> None:
    """This call goes on."""
    saying = asyncio.create_task(session.say(GREETING))
    await peer.hears("STREAM FILE", times)
    peer.end_of_sound()
    assert await saying == Said(interrupted=False)


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What came until the server let go; raises when it does not SOON."""
    async with asyncio.timeout(SOON):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


async def test_a_call_arrives_with_what_the_exchange_says(line: Line) -> None:
    """Ids, trunk and number; a first attempt, back from nowhere."""
    session, _ = await line.meet()
    assert session.call_id == UNIQUEID
    arrival = session.arrival
    assert (arrival.attempt, arrival.back_from, arrival.left) == (1, None, None)
    assert (arrival.incoming.caller_number, arrival.incoming.trunk) == ("+8613800138000", "carrier")


async def test_a_call_back_from_a_queue_says_how_it_left(line: Line) -> None:
    """The effect, the way out and the key."""
    peer = await line.call()
    peer.variables |= {
        "HOTLINE_ATTEMPT": "2",
        "HOTLINE_BACK": f"{UNIQUEID}/9",
        "HOTLINE_QUEUE_EXIT": "KEY",
        "HOTLINE_QUEUE_KEY": "1",
    }
    arrival = (await line.session()).arrival
    assert arrival.attempt == 2
    assert arrival.back_from == EffectId(f"{UNIQUEID}/9")
    assert arrival.left == LeftQueue(QueueExit.KEY, "1")


async def test_an_unknown_way_out_of_a_queue_is_failed(line: Line) -> None:
    """And logged as an error: a dialplan that is not ours."""
    with capture_logs() as logs:
        peer = await line.call()
        peer.variables |= {"HOTLINE_BACK": f"{UNIQUEID}/9", "HOTLINE_QUEUE_EXIT": "EATEN"}
        assert (await line.session()).arrival.left == LeftQueue(QueueExit.FAILED)
    assert any(entry["event"] == "queue_exit_unknown" for entry in logs)


@pytest.mark.parametrize(
    "content",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\xff\xfe\x00\x01\n" * 50,
        b"agi_network: " + b"x" * (2 * LONGEST),
        b"agi_x: y\n" * 5000,
        b"\n",
    ],
    ids=["http", "garbage", "one endless line", "endless lines", "empty"],
)
async def test_a_stranger_who_talks_nonsense_is_dropped_and_stops_nobody(line: Line, content: bytes) -> None:
    """At once, and a call in hand goes on."""
    session, peer = await line.meet()
    reader, _ = await line.raw(content)
    assert await closed(reader) == b""
    await works(session, peer)


async def test_a_stranger_who_says_nothing_is_dropped_in_time(hasty_line: Line) -> None:
    """Half-open: he has his patience and no more."""
    reader, _ = await hasty_line.raw(b"")
    assert await closed(reader) == b""


async def test_a_stranger_who_talks_slowly_has_one_patience_for_all(hasty_line: Line) -> None:
    """A byte at a time buys no time."""
    reader, writer = await hasty_line.raw(b"agi_")
    ended = asyncio.create_task(closed(reader))
    while not ended.done():
        writer.write(b"x")
        await asyncio.sleep(0.005)
    assert await ended == b""


async def test_a_peer_that_hangs_before_the_key_is_dropped(hasty_line: Line) -> None:
    """It is asked, does not answer, and goes."""
    reader, _ = await hasty_line.raw(environment_of())
    assert await closed(reader) == b"GET VARIABLE HOTLINE_KEY\n"


async def test_strangers_do_not_use_up_the_line(hasty_line: Line) -> None:
    """Of more than may wait at once the one who dallied longest goes; a call comes through all the same."""
    readers = [(await hasty_line.raw(b""))[0] for _ in range(12)]
    session, peer = await hasty_line.meet()
    await works(session, peer)
    for reader in readers:
        assert await closed(reader) == b""


async def test_an_unknown_path_is_refused_by_name(line: Line) -> None:
    """The log says what is allowed."""
    with capture_logs() as logs:
        reader, _ = await line.raw(environment_of("admin"))
        assert await closed(reader) == b""
    refused = next(entry for entry in logs if entry["event"] == "agi_path_unknown")
    assert (refused["path"], refused["allowed"]) == ("admin", ("call", "verify", "health"))


@pytest.mark.parametrize("key", ["wrong", "", None, "the-key-of-the-exchang", "钥匙"])
async def test_a_wrong_key_gets_no_session(line: Line, key: str | None) -> None:
    """Nor does a missing one; the log says what to look at, and not the key."""
    with capture_logs() as logs:
        peer = AsteriskPeer()
        reader, writer = await line.raw(environment_of())
        await reader.readline()
        answer = b"200 result=0\n" if key is None else b"200 result=1 (" + key.encode() + b")\n"
        writer.write(answer)
        assert await closed(reader) == b""
    assert peer.commands == []
    refused = next(entry for entry in logs if entry["event"] == "agi_connection_refused")
    assert "HOTLINE_KEY" in refused["why"]
    assert not key or key not in refused["why"]


@pytest.mark.parametrize("answer", [b"nonsense\n", b"200 result=\n", b"x" * 40_000, b"200 result=0\n" * 9])
async def test_a_garbled_answer_ends_that_call_alone(line: Line, answer: bytes) -> None:
    """Whatever comes instead of an answer, or beside it."""
    session, peer = await line.meet()
    reader, writer = await line.raw(environment_of())
    await reader.readline()
    writer.write(answer)
    await closed(reader)
    await works(session, peer)


async def test_a_call_whose_handler_fails_is_let_go(line: Line) -> None:
    """The dialplan brings it back; the fault is logged with the call id; the next call is served."""
    line.faults.append(RuntimeError("a fault of ours"))
    with capture_logs() as logs:
        peer = await line.call()
        await peer.gone.wait()
    assert any(entry["event"] == "session_failed" and entry["call_id"] == UNIQUEID for entry in logs)
    await works(*await line.meet())


async def test_twenty_calls_at_once_do_not_mix(line: Line) -> None:
    """Each session's key comes from its own peer."""
    calls = [await line.meet(agi_uniqueid=f"n1-1767603600.{number}") for number in range(20)]
    for number, (session, _) in enumerate(calls):
        assert session.call_id == f"n1-1767603600.{number}"
    await asyncio.gather(*(works(session, peer) for session, peer in calls))


async def test_a_server_that_closes_lets_go_of_every_channel(line: Line) -> None:
    """AGI() returns, and the dialplan goes on."""
    _, peer = await line.meet()
    reader, _ = await line.raw(b"")
    await line.server.close()
    async with asyncio.timeout(SOON):
        await peer.gone.wait()
    assert await closed(reader) == b""
    assert line.server.connections == 0


async def test_a_line_end_in_the_callers_name_changes_nothing(line: Line) -> None:
    """It neither ends the environment nor replaces a fact that Asterisk gave before it."""
    evil = "x\nagi_uniqueid: n1-9.9\n\nagi_network_script: health\nagi_calleridname: y"
    session, peer = await line.meet(agi_calleridname=evil)
    assert session.call_id == UNIQUEID
    await works(session, peer)


async def test_a_uniqueid_that_is_none_of_asterisks_is_refused(line: Line) -> None:
    """It would become a key in journal and archive."""
    reader, writer = await line.raw(environment_of(agi_uniqueid="../../etc"))
    await reader.readline()
    writer.write(b"200 result=1 (the-key-of-the-exchange)\n")
    assert await closed(reader) == b""
