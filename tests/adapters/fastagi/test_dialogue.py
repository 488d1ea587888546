"""One call's dialogue, against a channel that behaves as Asterisk's."""

import asyncio
import random
import re
import time
from collections import deque

import pytest
from structlog.testing import capture_logs

from ivr.adapters import sentence_sounds
from ivr.adapters.fastagi import session as channel_session
from ivr.adapters.fastagi.listening_behind import LONG
from ivr.domain.caller import Language
from ivr.domain.ids import EffectId, QueueName, RecordingName
from ivr.flow.steps import (
    Ask,
    Chose,
    Escaped,
    JoinQueue,
    Keyed,
    Menu,
    Record,
    Recorded,
    Said,
    Say,
    Silence,
    WrongKey,
    sentences,
)
from ivr.ports.voice import SessionLost, VoiceSession
from tests.adapters.fastagi.conftest import Line
from tests.adapters.fastagi.peer import SOON, AsteriskPeer, environment_of

GREETING = sentences(Language.ZH, "greeting")
TWO = sentences(Language.ZH, "greeting", "notice")
MENU = Menu(GREETING, "12*09", 0.03)
NUMBER = Ask(GREETING, longest=8, closing_key="#", patience=0.03)
CHANCE = random.Random()  # distances and keys, not secrets; others each time
LONG_WAIT = f"WAIT FOR DIGIT {LONG}"


def played(peer: AsteriskPeer) -> list[str]:
    """The sounds that were started."""
    return [
        "/".join(command.split('"')[1].split("/")[-3:])
        for command in peer.commands
        if command.startswith("STREAM FILE")
    ]


async def test_sentences_are_spoken_one_after_the_other(line: Line) -> None:
    """Each begins when the one before is over, from the language's own folder."""
    session, peer = await line.meet()
    saying = asyncio.create_task(session.say(Say(TWO)))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    await peer.hears("STREAM FILE", 2)
    peer.end_of_sound()
    assert await saying == Said(interrupted=False)
    assert played(peer) == ["zh/dialogue/greeting", "zh/dialogue/notice"]


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
    await peer.hears(LONG_WAIT, 2)
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
        await peer.hears(LONG_WAIT, pressed + 1)
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


async def test_the_next_sentence_ends_the_pause_after_the_last(line: Line) -> None:
    """Asterisk hears the caller all the time: nothing ends by itself, and the last pause is followed by a wait."""
    line.record("greeting", 0.2)
    line.record("notice", 0.3)
    session, peer = await line.meet()
    begun = time.monotonic()
    assert await session.say(Say(TWO)) == Said(interrupted=False)
    assert time.monotonic() - begun >= 0.5
    await peer.hears(LONG_WAIT, 2)
    assert played(peer) == ["zh/dialogue/greeting", "zh/dialogue/notice"]
    assert not any("endpos" in answer for answer in peer.answers)


async def test_patience_begins_with_the_last_word(line: Line) -> None:
    """Not with the end of the pause after it."""
    line.record("greeting", 0.2)
    session, peer = await line.meet()
    begun = time.monotonic()
    assert await session.menu(MENU) == Silence()
    assert 0.23 <= time.monotonic() - begun < 0.2 + sentence_sounds.PAUSE
    assert peer.listening == peer.commands[-1]


async def test_no_key_is_lost_whatever_it_falls_into(line: Line) -> None:
    """Twenty callers press keys at their own pace, while sentences, patience, pauses and orders come and go."""
    line.record("greeting", 0.2)
    line.record("notice", 0.16)
    meetings = [await line.meet() for _ in range(20)]
    await asyncio.gather(*(presses_through(session, peer) for session, peer in meetings))


async def presses_through(session: VoiceSession, peer: AsteriskPeer) -> None:
    """Ten keys; in the end all were taken, in their order."""
    keys = "".join(CHANCE.choices("0123456789*#", k=10))
    pressing = asyncio.create_task(press_all(peer, keys))
    taken = ""
    while len(taken) < len(keys):
        match CHANCE.randrange(4):
            case 0:
                await session.say(Say(GREETING))
            case 1:
                await session.record_call()
            case 2:
                await asyncio.sleep(CHANCE.choice((0.001, 0.006, 0.02, 0.1)))
            case _:
                reply = await session.menu(Menu(TWO, "0123456789*#", CHANCE.choice((0.02, 0.3))))
                taken += reply.key if isinstance(reply, Chose) else ""
        assert peer.lost_keys == []
    await pressing
    assert taken == keys


async def press_all(peer: AsteriskPeer, keys: str) -> None:
    """As fast as a machine can: 40 ms of tone, 40 ms of none; mostly slower."""
    for key in keys:
        await asyncio.sleep(CHANCE.uniform(0.08, 0.3))
        peer.press(key)


async def test_a_wait_ends_when_a_step_begins(line: Line) -> None:
    """The sentence's line ends it."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    saying = asyncio.create_task(session.say(Say(GREETING)))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    assert await saying == Said(interrupted=False)
    begun = peer.commands.index(LONG_WAIT)
    assert peer.commands[begun + 1].startswith("STREAM FILE")
    assert peer.answers[begun] == "200 result=1"


async def test_a_key_at_the_very_end_of_a_wait_cuts_the_sentence_short(line: Line) -> None:
    """It came before the line that was to end the wait: it is a key, and the step is over."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    saying = asyncio.create_task(session.say(Say(GREETING)))
    peer.press("1")
    assert await saying == Said(interrupted=True)
    assert await session.menu(MENU) == Chose("1")


@pytest.mark.parametrize("sluggish", [0.0, 0.004, 0.03])
async def test_every_sentence_is_heard_once_however_slow_the_exchange(line: Line, sluggish: float) -> None:
    """Steps at any distance from the last wait, lines that meet in the buffer: each sentence is heard to its end, each
    step gets its own reply, and no answer is left over.
    """
    session, peer = await line.meet()
    peer.sluggish = sluggish
    rounds = 4 if sluggish > 0.01 else 12
    for number in range(1, rounds + 1):
        await asyncio.sleep(0.004 * (number % 6))  # the distances are the test
        saying = asyncio.create_task(session.say(Say(GREETING)))
        while not saying.done():
            peer.end_of_sound()
            await asyncio.wait({saying}, timeout=0.07)
        assert await saying == Said(interrupted=False)
    await peer.hears(LONG_WAIT, peer.commands.count(LONG_WAIT) + (peer.listening is None))
    assert sum("endpos=8000" in answer for answer in peer.answers) == rounds
    assert not peer.gone.is_set()


async def test_a_sentence_that_lies_unseen_is_brought_up_and_said(line: Line) -> None:
    """The wait and the sentence met in one segment: the exchange waits and sees nothing, until one more line comes.
    That ends the sentence too, so it is said again.
    """
    session, peer = await meet_with_a_wait_unread(line)
    saying = asyncio.create_task(session.say(Say(GREETING)))
    await peer.has_unread("STREAM FILE")
    begun = len(peer.commands)
    peer.may_read.set()
    await peer.hears("STREAM FILE", 2)
    peer.end_of_sound()
    assert await saying == Said(interrupted=False)
    assert [" ".join(command.split()[:2]) for command in peer.commands[begun : begun + 6]] == [
        "WAIT FOR",
        "STREAM FILE",
        "NOOP",
        "NOOP",
        "WAIT FOR",
        "STREAM FILE",
    ]


async def meet_with_a_wait_unread(line: Line) -> tuple[VoiceSession, AsteriskPeer]:
    """A call whose exchange does not read the wait that follows a key."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    pressing = asyncio.create_task(one_key(session))
    await asyncio.sleep(0)
    peer.press("1")
    assert await pressing == "1"
    peer.may_read.clear()
    await peer.has_unread(LONG_WAIT)
    return session, peer


async def test_a_key_does_not_leave_what_lies_unseen_behind_it(line: Line) -> None:
    """The wait took a key, and did not look at the socket; nobody would hear the next one."""
    session, peer = await meet_with_a_wait_unread(line)
    saying = asyncio.create_task(session.say(Say(GREETING), whole=True))
    await peer.has_unread("STREAM FILE")
    peer.may_read.set()
    await peer.hears(LONG_WAIT, 2)
    peer.press("2")
    await peer.hears("STREAM FILE", 2)
    peer.end_of_sound()
    await saying
    assert await session.menu(MENU) == Chose("2")


async def test_a_hand_over_that_lies_unseen_behind_a_key_is_brought_up(line: Line) -> None:
    """The dialplan waits for it."""
    session, peer = await meet_with_a_wait_unread(line)
    leaving = asyncio.create_task(session.finish())
    await peer.has_unread("SET VARIABLE")
    peer.may_read.set()
    await peer.hears(LONG_WAIT, 2)
    peer.press("2")
    async with asyncio.timeout(1):
        await leaving
    assert peer.variables["HOTLINE_NEXT"] == "finish"


async def test_an_order_behind_a_wait_unread_is_carried_out_once(line: Line) -> None:
    """It was sent with more than fits into the buffer."""
    session, peer = await meet_with_a_wait_unread(line)
    recording = asyncio.create_task(session.record_call())
    await peer.has_unread("GOSUB")
    peer.may_read.set()
    await recording
    assert peer.routines == [("record", "begin")]


async def test_an_order_that_was_given_up_does_not_take_the_next_one_with_it(line: Line) -> None:
    """Its answer comes late, and is nobody's."""
    session, peer = await line.meet()
    peer.may_read.clear()
    given_up = asyncio.create_task(session.record_call())
    await peer.has_unread("GOSUB")
    given_up.cancel()
    await asyncio.wait({given_up})
    again = asyncio.create_task(session.record_call())
    await asyncio.sleep(0)
    peer.may_read.set()
    async with asyncio.timeout(2):
        await again
    assert len(peer.routines) == 2


class ImpatientPeer(AsteriskPeer):
    """A caller whose keys end in the very moment in which an order is done; each of them, and one of each."""

    def __init__(self) -> None:
        super().__init__()
        self._left = deque("0123456789")
        self.pressed = ""

    def _answer(self, line: str) -> None:
        super()._answer(line)
        if self.commands[-1].startswith(("SET", "GOSUB", "CHANNEL", "RECORD", "GET FULL")) and not line.startswith("1"):
            self.pressed += self._left[0]
            asyncio.get_running_loop().call_soon(self.press, self._left.popleft())


@pytest.mark.parametrize("buffer", [512, 1024, 2048, 4095, 4096], ids=lambda size: f"reads {size}")
async def test_no_key_is_lost_where_an_order_is_done(line: Line, monkeypatch: pytest.MonkeyPatch, buffer: int) -> None:
    """The arrival's, music's, a routine's, a language's, what the caller says, a look at a channel whose recording is
    missing: Asterisk goes over to a listening command before it looks at the channel, whatever it reads at once.
    """
    monkeypatch.setattr(channel_session, "BREATH", 0.05)
    peer = await line.call_with(ImpatientPeer, environment_of())
    peer.buffer = buffer
    session = await line.session()
    async with asyncio.timeout(SOON):
        keys = await keys_after_orders(session, peer)
    assert (keys, peer.lost_keys) == (peer.pressed, [])
    assert len(keys) == 7


async def keys_after_orders(session: VoiceSession, peer: AsteriskPeer) -> str:
    """Orders of every kind, and the key after each."""
    keys = [await one_key(session)]
    await session.record_call()
    keys.append(await one_key(session))

    async def slow() -> None:
        await peer.hears("SET MUSIC")

    await session.meanwhile(slow())
    keys += [await one_key(session), await one_key(session)]
    peer.missing.add("greeting")
    await session.say(Say(GREETING))
    keys.append(await one_key(session))
    await session.say(Say(sentences(Language.EN, "notice")))
    keys.append(await one_key(session))
    await session.record(Record((), 30, "#", 2.0), RecordingName("n1-1.1-3"))
    keys.append(await one_key(session))
    return "".join(keys)


async def one_key(session: VoiceSession) -> str:
    """The next."""
    reply = await session.menu(Menu((), "0123456789", 1.0))
    assert isinstance(reply, Chose)
    return reply.key


async def test_an_order_is_carried_out_by_an_exchange_that_reads_more_at_once(line: Line) -> None:
    """The filler and the listening lie unseen; they are brought up, and the caller is heard again."""
    session, peer = await line.meet()
    peer.buffer = 65536
    for _ in range(3):
        await session.record_call()
        async with asyncio.timeout(1):
            while peer.listening is None:
                await asyncio.sleep(0.001)  # nothing tells when it begins to listen
        peer.press("7")
        assert await session.menu(MENU) == WrongKey("7")
    assert len(peer.routines) == 3


async def test_what_the_caller_says_is_followed_by_a_wait_at_once(line: Line) -> None:
    """A key right after it is none that ended it, and is not lost."""
    peer = await line.call_with(SpeakingPeer, environment_of())
    session = await line.session()
    recording = asyncio.create_task(session.record(Record((), 30, "#", 2.0), RecordingName("n1-1.1-3")))
    await peer.hears("RECORD FILE")
    peer.over.set()
    await peer.hears(LONG_WAIT, 2)
    peer.press("7")
    assert await recording == Recorded(RecordingName("n1-1.1-3"), 1)
    assert await session.menu(MENU) == WrongKey("7")


class SpeakingPeer(AsteriskPeer):
    """A caller who speaks until his time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.over = asyncio.Event()

    async def speaks(self) -> int:
        """A second."""
        await self.over.wait()
        return 1


async def test_a_missing_recording_is_logged_and_passed_over(line: Line) -> None:
    """The next sentence is spoken; the log names the file and the mend."""
    session, peer = await line.meet()
    peer.missing.add("greeting")
    with capture_logs() as logs:
        saying = asyncio.create_task(session.say(Say(TWO)))
        await peer.hears("STREAM FILE", 2)
        peer.end_of_sound()
        assert await saying == Said(interrupted=False)
    assert [entry["file"] for entry in logs if entry["event"] == "recording_missing"] == [
        str(line.sounds / "zh/dialogue/greeting")
    ]


async def test_minus_one_on_a_dead_channel_is_a_loss(line: Line) -> None:
    """It is not taken for a missing recording."""
    session, peer = await line.meet()
    peer.missing.add("greeting")
    peer.is_up = False
    with pytest.raises(SessionLost):
        await session.say(Say(TWO))


@pytest.mark.parametrize("during", ["STREAM FILE", LONG_WAIT])
async def test_a_hangup_is_session_lost(line: Line, during: str) -> None:
    """In the middle of a sentence as while waiting for a key; every later step says so at once."""
    session, peer = await line.meet()
    choosing = asyncio.create_task(session.menu(Menu(GREETING, "1", 30.0)))
    await peer.hears("STREAM FILE")
    if during != "STREAM FILE":
        peer.end_of_sound()
        await peer.hears(during, 2)
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
    """In one command: a controller killed before it has changed nothing that the dialplan goes by."""
    session, peer = await line.meet()
    await peer.hears(LONG_WAIT)
    step = JoinQueue(QueueName("service"), priority=3, language=Language.EN, patience=90)
    await session.hand_over(step, EffectId("n1-1.1/4"))
    await peer.gone.wait()
    [told] = [command for command in peer.commands if command.startswith("SET VARIABLE")]
    assert re.search(r"[(].*,HOTLINE_NEXT[)] .*,queue\"$", told)
    assert peer.commands[-1] == told, "something stands between it and the end"
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
        await peer.hears(LONG_WAIT, pressed + 1)
        peer.press(key)
    await asking
    await session.to_fallback()
    assert not any("8642" in command or '"8' in command for command in peer.commands)


async def test_a_language_chosen_by_key_is_told_to_the_dialplan_before_it_is_spoken(line: Line) -> None:
    """Its holding prompt speaks it even when this controller was killed."""
    session, peer = await line.meet()
    choosing = asyncio.create_task(session.menu(MENU))
    await peer.hears("STREAM FILE")
    peer.press("2")
    await choosing
    saying = asyncio.create_task(session.say(Say(sentences(Language.EN, "greeting"))))
    await peer.hears("STREAM FILE", 2)
    assert peer.variables["HOTLINE_LANGUAGE"] == "en"
    peer.end_of_sound()
    await saying


async def test_a_sentence_in_another_language_does_not_change_the_dialplans(line: Line) -> None:
    """Whoever is asked for his language has not chosen yet."""
    session, peer = await line.meet()
    both = sentences(Language.ZH, "choose") + sentences(Language.EN, "choose")
    saying = asyncio.create_task(session.say(Say(both)))
    for number in (1, 2):
        await peer.hears("STREAM FILE", number)
        peer.end_of_sound()
    await saying
    await peer.hears(LONG_WAIT, 2)
    assert "HOTLINE_LANGUAGE" not in peer.variables
    saying = asyncio.create_task(session.say(Say(sentences(Language.EN, "greeting"))))
    await peer.hears("STREAM FILE", 3)
    assert peer.variables["HOTLINE_LANGUAGE"] == "en"
    peer.end_of_sound()
    await saying


async def test_a_language_that_the_dialplan_knows_is_not_told_again(line: Line) -> None:
    """A caller who comes back has chosen before."""
    peer = await line.call_with(EnglishPeer, environment_of())
    session = await line.session()
    saying = asyncio.create_task(session.say(Say(sentences(Language.EN, "greeting"))))
    await peer.hears("STREAM FILE")
    peer.end_of_sound()
    await saying
    await peer.hears(LONG_WAIT)
    assert not any(command.startswith("SET VARIABLE") for command in peer.commands)


class EnglishPeer(AsteriskPeer):
    """A channel whose caller speaks English."""

    def __init__(self) -> None:
        super().__init__()
        self.variables["HOTLINE_LANGUAGE"] = "en"
