"""Whose answer it is: a channel's lines, fed one by one."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from ivr.adapters.fastagi.channel import AgiChannel
from ivr.adapters.fastagi.commands import Command, Kind, record_file, set_variable, stream_file, wait_for_digit
from ivr.adapters.fastagi.environment import LONGEST
from ivr.adapters.fastagi.flight import AHEAD, SETTLED, Outcome, Unplayed
from ivr.adapters.fastagi.replies import Answer, Refusal
from tests.adapters.fastagi.peer import environment_of

SOUND = stream_file("/sounds/greeting")
NEXT = stream_file("/sounds/notice")
WAIT = wait_for_digit(60_000)
TELL = set_variable("HOTLINE_LANGUAGE", "en")
LONG_AGO = 8 * 2000
"""Samples of two seconds: what only a sound before the last one can have come to."""


class Wire(asyncio.Transport):
    """What was written, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """A line, or more."""
        self.writes.append(bytes(data))

    def close(self) -> None:
        """No more."""
        self.closed = True


class Exchange:
    """A channel whose other end is the test."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.channel = AgiChannel(lambda _: None)
        self.outcomes: list[tuple[str, Outcome]] = []
        """The command, by its number, and what became of it."""
        self._sent = 0
        self.heard: list[Outcome] = []
        """What became of the listening behind a command."""
        self.channel.heard_by(self.heard.append)
        self.channel.connection_made(self.wire)
        self.channel.data_received(environment_of())

    def sends(self, *commands: Command) -> None:
        """One after the other, as if each had long been settled."""
        for command in commands:
            self.channel.send(command, self._named())

    def orders(self, command: Command) -> None:
        """With a listening command behind it."""
        self.channel.send(command, self._named(), then_listen=True)

    def _named(self) -> Callable[[Outcome], None]:
        self._sent += 1
        name = f"{self._sent}"
        return lambda outcome: self.outcomes.append((name, outcome))

    def answers(self, *lines: str) -> None:
        """In one segment."""
        self.channel.data_received("".join(f"{line}\n" for line in lines).encode())

    @property
    def noops(self) -> int:
        """How often it was brought up what might lie unseen."""
        return sum(write.startswith(b"NOOP") for write in self.wire.writes)

    async def noop(self, times: int = 1) -> None:
        """Wait for them."""
        async with asyncio.timeout(5):
            while self.noops < times:
                await asyncio.sleep(0.001)


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    """Connected."""
    exchange = Exchange()
    yield exchange
    exchange.channel.close()


async def test_a_sound_that_is_ended_is_not_answered(exchange: Exchange) -> None:
    """The one answer is the next one's."""
    exchange.sends(SOUND, NEXT)
    exchange.answers("200 result=0 endpos=0")
    assert exchange.outcomes == [("2", Answer(0, endpos=0))]
    assert exchange.channel.doing is None


async def test_a_sound_that_ended_just_before_is_known_by_how_far_it_came(exchange: Exchange) -> None:
    """A key in it is a key, and the next answer is the next sound's."""
    exchange.sends(SOUND, NEXT)
    exchange.answers(f"200 result=53 endpos={LONG_AGO}")
    assert exchange.channel.doing is Kind.SOUND
    exchange.answers("200 result=54 endpos=160")
    assert exchange.outcomes == [("1", Answer(53, endpos=LONG_AGO)), ("2", Answer(54, endpos=160))]


async def test_a_sound_is_never_taken_for_the_one_before_when_it_has_played_on(exchange: Exchange) -> None:
    """It may be as far as the time that has passed, and a little ahead."""
    exchange.sends(SOUND, NEXT)
    await asyncio.sleep(0.05)
    exchange.answers(f"200 result=53 endpos={round(8000 * (0.05 + AHEAD / 2))}")
    assert [name for name, _ in exchange.outcomes] == ["2"]


async def test_a_recording_tells_how_far_it_came_too(exchange: Exchange) -> None:
    """A sound that ended just before it is told apart in the same way."""
    exchange.sends(SOUND, record_file("/spool/message", 60, 5))
    exchange.answers(f"200 result=35 endpos={LONG_AGO}", "200 result=-1 (hangup) endpos=80")
    assert [name for name, _ in exchange.outcomes] == ["1", "2"]


@pytest.mark.parametrize("key", [1, 53], ids=["ended", "a key all the same"])
async def test_a_wait_is_answered_and_then_what_ended_it(exchange: Exchange, key: int) -> None:
    """Whatever that is."""
    for command, answer in ((SOUND, Answer(0, endpos=160)), (TELL, Answer(1)), (WAIT, Answer(54))):
        exchange.outcomes.clear()
        exchange.sends(WAIT, command)
        exchange.answers(f"200 result={key}")
        exchange.answers(f"200 result={answer.result}" + (f" endpos={answer.endpos}" if answer.endpos else ""))
        assert [outcome for _, outcome in exchange.outcomes] == [Answer(key), answer]


async def test_a_sound_ended_by_what_tells_no_position_is_told_apart_by_that(exchange: Exchange) -> None:
    """Ended, and ended by itself just before."""
    exchange.sends(SOUND, TELL)
    exchange.answers("200 result=1")
    assert exchange.outcomes == [("2", Answer(1))]
    exchange.sends(SOUND, WAIT)
    exchange.answers("200 result=0 endpos=160", "200 result=55")
    assert exchange.outcomes[1:] == [("3", Answer(0, endpos=160)), ("4", Answer(55))]


async def test_a_refusal_after_a_sound_is_of_what_ended_it(exchange: Exchange) -> None:
    """A sound that plays was not refused."""
    exchange.sends(SOUND, TELL)
    exchange.answers("511 Command Not Permitted on a dead channel or intercept routine")
    assert exchange.outcomes == [("2", Refusal(511))]


async def test_what_ended_long_ago_is_forgotten(exchange: Exchange) -> None:
    """Of three sounds only the last two can still answer."""
    exchange.sends(SOUND, NEXT, SOUND)
    exchange.answers(f"200 result=53 endpos={LONG_AGO}", "200 result=0 endpos=160")
    assert [name for name, _ in exchange.outcomes] == ["2", "3"]


async def test_a_line_is_not_sent_before_the_last_one_was_read(exchange: Exchange) -> None:
    """Of two that arrive together the second lies unseen."""
    assert exchange.channel.free_in == 0.0
    for command in (WAIT, SOUND):
        exchange.sends(command)
        assert 0.0 < exchange.channel.free_in <= SETTLED[command.kind]
        exchange.answers("200 result=0" + " endpos=160" * (command is SOUND))
    exchange.sends(TELL)
    assert exchange.channel.free_in == float("inf")


async def test_a_listening_command_follows_an_order_in_the_same_write(exchange: Exchange) -> None:
    """The order's answer, the filler's, and what becomes of the listening."""
    exchange.orders(TELL)
    [written] = exchange.wire.writes
    assert [line.rstrip() for line in written.splitlines()] == [TELL.line.rstrip(), b"NOOP", WAIT.line.rstrip()]
    exchange.answers("200 result=1", "200 result=0", "200 result=57")
    assert exchange.outcomes == [("1", Answer(1))]
    assert exchange.heard == [Answer(57)]
    assert exchange.channel.doing is None


async def test_what_ends_the_listening_behind_an_order_is_answered_next(exchange: Exchange) -> None:
    """It is a wait as any other."""
    exchange.sends(WAIT)
    exchange.orders(TELL)
    exchange.answers("200 result=1", "200 result=1", "200 result=0")
    exchange.sends(SOUND)
    exchange.answers("200 result=1", "200 result=53 endpos=160")
    assert exchange.outcomes == [("1", Answer(1)), ("2", Answer(1)), ("3", Answer(53, endpos=160))]
    assert exchange.heard == [Answer(1)]


async def test_a_refused_order_is_followed_by_listening_too(exchange: Exchange) -> None:
    """The answers keep their turn."""
    exchange.orders(TELL)
    exchange.answers("510 Invalid or unknown command", "200 result=0")
    assert exchange.outcomes == [("1", Refusal(510))]
    assert exchange.channel.doing is Kind.LISTENING


async def test_who_listens_later_is_told_what_was_heard_before() -> None:
    """A key behind the arrival's question comes before there is a dialogue."""
    exchange = Exchange()
    channel = AgiChannel(lambda _: None)
    channel.connection_made(exchange.wire)
    channel.data_received(environment_of())
    channel.send(TELL, lambda _: None, then_listen=True)
    channel.data_received(b"200 result=1\n200 result=0\n200 result=57\n")
    heard: list[Outcome] = []
    channel.heard_by(heard.append)
    assert heard == [Answer(57)]
    channel.close()


async def test_nothing_is_sent_before_an_order_is_done_and_what_follows_it_was_read(exchange: Exchange) -> None:
    """Nothing ends an order, and a line that comes before the listening was read would lie unseen."""
    exchange.orders(TELL)
    assert exchange.channel.free_in == float("inf")
    with pytest.raises(RuntimeError):
        exchange.sends(SOUND)
    exchange.answers("200 result=1")
    assert exchange.channel.free_in > 0
    exchange.answers("200 result=0")
    assert 0 < exchange.channel.free_in <= SETTLED[Kind.LISTENING]


async def test_an_order_that_is_not_answered_ends_it(exchange: Exchange) -> None:
    """The listening behind it has time, the order has not."""
    exchange.orders(TELL._replace(patience=0.02))
    async with asyncio.timeout(2):
        while exchange.channel.lost is None:
            await asyncio.sleep(0.001)
    assert exchange.channel.lost == "no answer in time"


async def test_the_listening_behind_an_order_may_take_longer_than_the_order(exchange: Exchange) -> None:
    """A minute, mostly."""
    exchange.orders(TELL._replace(patience=0.02))
    exchange.answers("200 result=1", "200 result=0")
    await asyncio.sleep(0.05)
    assert exchange.channel.lost is None


async def test_a_filler_that_lies_unseen_is_brought_up(exchange: Exchange) -> None:
    """By an exchange that reads more at once. The listening behind it is ended by that."""
    exchange.orders(TELL)
    exchange.answers("200 result=1")
    await exchange.noop()
    assert exchange.wire.writes[-1] == b"NOOP\n"
    exchange.answers("200 result=0", "200 result=1", "200 result=0")
    assert exchange.heard == [Answer(1)]
    assert (exchange.channel.doing, exchange.channel.free_in) == (None, 0.0)


async def test_a_sound_behind_a_wait_that_does_not_answer_is_to_be_played_again(exchange: Exchange) -> None:
    """The NOOP brought it up, and ended it; behind that the caller is heard."""
    exchange.sends(WAIT, SOUND)
    await exchange.noop()
    exchange.answers("200 result=1", "200 result=0")
    [(name, waited), (sound, outcome)] = exchange.outcomes
    assert (name, waited, sound) == ("1", Answer(1), "2")
    assert isinstance(outcome, Unplayed)
    assert exchange.channel.doing is Kind.LISTENING


@pytest.mark.parametrize("command", [SOUND, TELL], ids=["sound", "order"])
async def test_a_key_does_not_tell_that_what_is_behind_it_was_seen(exchange: Exchange, command: Command) -> None:
    """The wait took it, and did not look at the socket: what lies there unseen is brought up all the same."""
    exchange.sends(WAIT, command)
    exchange.answers("200 result=53")
    await exchange.noop()


async def test_nothing_is_brought_up_behind_a_wait_that_was_ended(exchange: Exchange) -> None:
    """It has seen what ended it; however long that takes."""
    exchange.sends(WAIT, SOUND)
    exchange.answers("200 result=1")
    await asyncio.sleep(0.05)
    assert exchange.noops == 0


async def test_more_time_is_left_to_an_exchange_that_was_slow(exchange: Exchange) -> None:
    """Or its sentences would lie unseen again and again. Less again, when they do not."""
    exchange.sends(WAIT, SOUND)
    await exchange.noop(2)
    exchange.answers("200 result=1", "200 result=0", "200 result=0", "200 result=1", "200 result=0", "200 result=0")
    slow = exchange.channel.free_in
    assert SETTLED[Kind.LISTENING] * 5 < slow <= SETTLED[Kind.SOUND]
    exchange.sends(SOUND)
    exchange.answers("200 result=1", "200 result=53 endpos=160")
    exchange.sends(WAIT)
    assert 0 < exchange.channel.free_in < slow * 2 / 3


async def test_a_key_in_a_sound_that_was_brought_up_is_a_key(exchange: Exchange) -> None:
    """It came before the NOOP could end it."""
    exchange.sends(WAIT, SOUND)
    await exchange.noop()
    exchange.answers("200 result=1", "200 result=53 endpos=160")
    assert exchange.channel.free_in > 0
    exchange.answers("200 result=0", "200 result=0")
    assert exchange.outcomes == [("1", Answer(1)), ("2", Answer(53, endpos=160))]
    assert exchange.channel.doing is Kind.LISTENING


async def test_nothing_is_sent_until_every_noop_is_answered(exchange: Exchange) -> None:
    """Or it would meet one in the buffer."""
    exchange.sends(WAIT, TELL)
    await exchange.noop(2)
    exchange.answers("200 result=1", "200 result=1", "200 result=0", "200 result=0", "200 result=1")
    assert exchange.channel.free_in > SETTLED[Kind.LISTENING]
    exchange.answers("200 result=0", "200 result=0")
    assert exchange.outcomes == [("1", Answer(1)), ("2", Answer(1))]
    assert exchange.heard == [Answer(1)]
    exchange.answers("200 result=57")
    assert (exchange.heard[1:], exchange.channel.free_in) == ([Answer(57)], 0.0)


async def test_what_was_brought_up_may_take_its_time(exchange: Exchange) -> None:
    """A recording that runs has been seen: no NOOP more is sent behind it, and none is missed."""
    exchange.sends(WAIT)
    exchange.orders(record_file("/spool/message", 60, 5))
    await exchange.noop()
    exchange.answers("200 result=1")
    await asyncio.sleep(0.15)
    assert exchange.noops == 1
    exchange.answers("200 result=35 endpos=8000", "200 result=0", "200 result=1", "200 result=0", "200 result=0")
    assert [name for name, _ in exchange.outcomes] == ["1", "2"]
    assert exchange.channel.doing is Kind.LISTENING


@pytest.mark.parametrize("line", ["200 result=0", "200 result=53 endpos=160"])
async def test_an_answer_to_nothing_ends_it(exchange: Exchange, line: str) -> None:
    """Count was lost: the dialplan brings the call back."""
    exchange.answers(line)
    assert exchange.channel.lost == "an answer to nothing"
    assert exchange.wire.closed


async def test_a_line_without_end_ends_it(exchange: Exchange) -> None:
    """Its memory is bounded."""
    exchange.channel.data_received(b"x" * (LONGEST + 1))
    assert exchange.channel.lost is not None
