"""One call's dialogue, against a channel that behaves as Asterisk's."""

import asyncio

import pytest
from structlog.testing import capture_logs

from ivr.adapters.fastagi.dialogue import LONG
from ivr.domain.caller import Language
from ivr.domain.ids import EffectId, QueueName
from ivr.flow.steps import Ask, Chose, Escaped, JoinQueue, Keyed, Menu, Said, Say, Silence, WrongKey, sentences
from ivr.ports.voice import SessionLost
from tests.adapters.fastagi.conftest import Line
from tests.adapters.fastagi.peer import AsteriskPeer

GREETING = sentences(Language.ZH, "greeting")
TWO = sentences(Language.ZH, "greeting", "notice")
MENU = Menu(GREETING, "12*09", 0.03)
NUMBER = Ask(GREETING, longest=8, closing_key="#", patience=0.03)
LONG_WAIT = f"WAIT FOR DIGIT {LONG}"


def played(peer: AsteriskPeer) -> list[str]:
    """The sounds that were started."""
    return [command.split('"')[1] for command in peer.commands if command.startswith("STREAM FILE")]


async def test_sentences_are_spoken_one_after_the_other(line: Line) -> None:
    """Each begins when the one before is over, from the language's own folder."""
    session, peer = await line.meet()
    saying = asyncio.create_task(session.say(Say(TWO)))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    await peer.hears("STREAM FILE", 2)
    peer.end_of_sound()
    assert await saying == Said(interrupted=False)
    assert played(peer) == ["/sounds/zh/hotline/greeting", "/sounds/zh/hotline/notice"]


async def test_a_key_ends_the_sentence_and_waits_for_the_next_step(line: Line) -> None:
    """The menu takes it without saying a word."""
    session, peer = await line.meet()
    saying = asyncio.create_task(session.say(Say(TWO)))
    await peer.hears("STREAM FILE")
    peer.press("1")
    assert await saying == Said(interrupted=True)
    assert await session.menu(MENU) == Chose("1")
    assert len(played(peer)) == 1


async def test_a_menu_takes_a_key_in_the_middle_of_a_sentence(line: Line) -> None:
    """Chose for a key on offer, WrongKey for another."""
    for key, reply in (("0", Chose("0")), ("7", WrongKey("7"))):
        session, peer = await line.meet()
        choosing = asyncio.create_task(session.menu(MENU))
        await peer.hears("STREAM FILE")
        peer.press(key)
        assert await choosing == reply


async def test_a_menu_takes_a_key_after_the_last_word(line: Line) -> None:
    """While it is patient."""
    session, peer = await line.meet()
    choosing = asyncio.create_task(session.menu(Menu(GREETING, "1", 30.0)))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    await peer.hears("WAIT FOR DIGIT 30000")
    peer.press("1")
    assert await choosing == Chose("1")


async def test_silence_is_a_reply(line: Line) -> None:
    """After the patience of the step."""
    session, peer = await line.meet()
    choosing = asyncio.create_task(session.menu(MENU))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    assert await choosing == Silence()


@pytest.mark.parametrize(
    ("keys", "reply"),
    [
        ("4711#", Keyed("4711")),
        ("12345678", Keyed("12345678")),
        ("12*0", Escaped("0")),
        ("*9", Escaped("9")),
        ("99**12#", Keyed("12")),
        ("#", Keyed("")),
    ],
)
async def test_a_number_is_taken_key_by_key(line: Line, keys: str, reply: Keyed | Escaped) -> None:
    """The closing key, the length, and the ways out end it; two stars begin it anew."""
    session, peer = await line.meet()
    asking = asyncio.create_task(session.ask(Ask(GREETING, longest=8, closing_key="#", patience=30.0)))
    await peer.hears("STREAM FILE")
    for pressed, key in enumerate(keys):
        await peer.hears("WAIT FOR DIGIT 30000", pressed)
        peer.press(key)
    assert await asking == reply
    assert peer.lost_keys == []


async def test_an_unfinished_number_is_silence(line: Line) -> None:
    """Nobody said that these were all digits."""
    session, peer = await line.meet()
    asking = asyncio.create_task(session.ask(NUMBER))
    await peer.hears("STREAM FILE")
    peer.press("4")
    assert await asking == Silence()


async def test_a_key_in_a_pause_is_kept(line: Line) -> None:
    """While nobody asks anything of the session, the channel listens."""
    session, peer = await line.meet()
    for pressed, key in enumerate("314", start=1):
        await peer.hears(LONG_WAIT, pressed)
        peer.press(key)
    await peer.hears(LONG_WAIT, 4)
    replies = [await session.menu(MENU) for _ in range(3)]
    assert replies == [WrongKey("3"), Chose("1"), WrongKey("4")]
    assert (peer.lost_keys, played(peer)) == ([], [])


async def test_a_long_pause_ends_when_a_step_begins(line: Line) -> None:
    """A line ends the wait, both are answered, and the sentence begins."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    saying = asyncio.create_task(session.say(Say(GREETING)))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    assert await saying == Said(interrupted=False)
    begun = peer.commands.index(LONG_WAIT)
    assert peer.commands[begun : begun + 2] == [LONG_WAIT, "NOOP"]


async def test_a_key_at_the_very_end_of_a_pause_cuts_the_sentence_short(line: Line) -> None:
    """It came before the line that was to end the wait: it is a key, and not a word is said."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    saying = asyncio.create_task(session.say(Say(GREETING)))
    peer.press("1")
    assert await saying == Said(interrupted=True)
    assert played(peer) == []


@pytest.mark.parametrize("sluggish", [0.0, 0.004, 0.03])
async def test_every_line_is_answered_once_however_slow_the_exchange(line: Line, sluggish: float) -> None:
    """Steps at any distance from the last wait, lines that meet in the buffer: each sentence is played once, each step
    gets its own reply, and no answer is left over.
    """
    session, peer = await line.meet()
    peer.sluggish = sluggish
    rounds = 4 if sluggish > 0.01 else 12
    for number in range(1, rounds + 1):
        await asyncio.sleep(0.004 * (number % 6))  # the distances are the test
        saying = asyncio.create_task(session.say(Say(GREETING)))
        await peer.hears("STREAM FILE", number)
        peer.end_of_sound()
        assert await saying == Said(interrupted=False)
    await peer.hears(LONG_WAIT, peer.commands.count(LONG_WAIT) + 1)
    assert len(played(peer)) == rounds
    assert len(peer.answers) == len(peer.commands) - 1  # all but the wait in hand
    assert not peer.gone.is_set()


async def test_a_line_that_lies_unseen_is_brought_up(line: Line) -> None:
    """The wait and the NOOP met in one segment: the exchange waits and sees nothing, until one more line comes."""
    session, peer = await line.meet()
    await peer.hears("WAIT FOR DIGIT 10")
    peer.may_read.clear()
    await peer.has_unread(LONG_WAIT)
    saying = asyncio.create_task(session.say(Say(GREETING)))
    await peer.has_unread("NOOP")
    peer.may_read.set()
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    assert await saying == Said(interrupted=False)
    assert peer.commands[3:8] == [
        "WAIT FOR DIGIT 10",
        LONG_WAIT,
        "NOOP",
        "NOOP",
        'STREAM FILE "/sounds/zh/hotline/greeting" "0123456789*#"',
    ]
    assert peer.answers[4:6] == ["200 result=1", "200 result=0"]


async def test_a_missing_recording_is_logged_and_passed_over(line: Line) -> None:
    """The next sentence is spoken; the log names the file and the mend."""
    session, peer = await line.meet()
    peer.missing.add("greeting")
    with capture_logs() as logs:
        saying = asyncio.create_task(session.say(Say(TWO)))
        await peer.hears("STREAM FILE", 2)
        peer.end_of_sound()
        assert await saying == Said(interrupted=False)
    assert [entry["file"] for entry in logs if entry["event"] == "recording_missing"] == ["/sounds/zh/hotline/greeting"]


async def test_minus_one_on_a_dead_channel_is_a_loss(line: Line) -> None:
    """It is not taken for a missing recording."""
    session, peer = await line.meet()
    peer.missing.add("greeting")
    peer.is_up = False
    with pytest.raises(SessionLost):
        await session.say(Say(TWO))


@pytest.mark.parametrize("during", ["STREAM FILE", "WAIT FOR DIGIT 30000"])
async def test_a_hangup_is_session_lost(line: Line, during: str) -> None:
    """In the middle of a sentence as while waiting for a key; every later step says so at once."""
    session, peer = await line.meet()
    choosing = asyncio.create_task(session.menu(Menu(GREETING, "1", 30.0)))
    await peer.hears("STREAM FILE")
    if during != "STREAM FILE":
        peer.end_of_sound()
        await peer.hears(during)
    peer.hang_up()
    with pytest.raises(SessionLost):
        await choosing
    with pytest.raises(SessionLost):
        await session.say(Say(GREETING))


async def test_a_hangup_in_a_pause_is_told_by_the_next_step(line: Line) -> None:
    """Nobody was there to be told."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    peer.hang_up()
    await peer.gone.wait()
    with pytest.raises(SessionLost):
        await session.finish()


async def test_a_hand_over_tells_the_queue_first_and_the_way_last(line: Line) -> None:
    """A controller killed in between has changed nothing that the dialplan goes by."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    step = JoinQueue(QueueName("service"), priority=3, language=Language.EN, patience=90)
    await session.hand_over(step, EffectId("n1-1.1/4"))
    await peer.gone.wait()
    told = [command for command in peer.commands if command.startswith("SET VARIABLE")]
    assert told[-1] == 'SET VARIABLE HOTLINE_NEXT "queue"'
    assert {
        name: peer.variables[name] for name in peer.variables if name.startswith("HOTLINE_") and name != "HOTLINE_KEY"
    } == {
        "HOTLINE_TRUNK": "carrier",
        "HOTLINE_QUEUE": "service",
        "HOTLINE_PRIORITY": "3",
        "HOTLINE_PATIENCE": "90",
        "HOTLINE_ONLY": "",
        "HOTLINE_MOST": "",
        "HOTLINE_EFFECT": "n1-1.1/4",
        "HOTLINE_LANGUAGE": "en",
        "HOTLINE_OFFERS": "",
        "HOTLINE_PLACE": "",
        "HOTLINE_NEXT": "queue",
    }


async def test_a_digit_never_reaches_a_variable(line: Line) -> None:
    """SET VARIABLE stands in the exchange's log; what was keyed in must not."""
    session, peer = await line.meet()
    asking = asyncio.create_task(session.ask(Ask(GREETING, longest=4, closing_key="#", patience=30.0)))
    await peer.hears("STREAM FILE")
    for pressed, key in enumerate("8642"):
        await peer.hears("WAIT FOR DIGIT 30000", pressed)
        peer.press(key)
    await asking
    await session.to_fallback()
    assert not any("8642" in command or '"8' in command for command in peer.commands)


async def test_the_language_spoken_is_told_to_the_dialplan(line: Line) -> None:
    """Its holding prompt speaks it even when this controller was killed."""
    session, peer = await line.meet()
    saying = asyncio.create_task(session.say(Say(sentences(Language.EN, "greeting"))))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    await saying
    await peer.hears("WAIT FOR DIGIT 5", 2)
    assert peer.variables["HOTLINE_LANGUAGE"] == "en"
