"""One connection of Asterisk's AGI(): its environment, then commands, of which one is in flight or a few.

Asterisk hears a key only while a command plays or listens; between two commands it reads the channel and drops what
comes. So what plays or listens is not let end: the next command ends it, and Asterisk goes over from the one to the
other without looking at the channel (it sees the socket first). And what neither plays nor listens is sent together
with a listening command that is carried out right after it (`listening_behind`). Whose answer comes is told apart:

* A sound that is ended is not answered. One that ended just before is, and says how far it came, which is further than
  the next can have come: that has only just begun.
* A WAIT FOR DIGIT that is ended answers 1, or a key all the same, and then comes the next one's answer.
* An order, the filler behind it and the WAIT FOR DIGIT behind that answer in their turn.

Asterisk reads lines through a buffer of its own, but waits on the socket: of two that arrive together it carries out
the first, and the second lies in the buffer, unseen, until more bytes come. (Measured on 22.10: of lines 0 to 0.5 ms
after a WAIT FOR DIGIT every twentieth lay unseen, of 1000 that came 1 to 5 ms after it none; on a busy machine one now
and then.) So a line comes only when the one before has long been read: `free_in`. A WAIT FOR DIGIT that does not answer
all the same, or answers a key, may have left the line behind it unseen. NOOPs bring that up, with a listening command
behind them as behind any order; a sound that lay unseen has been ended by that, and is told to be `Unplayed`. Of two
answers in a row Asterisk's kernel holds the second until the first is acknowledged, and ours takes 40 ms over that when
there is nothing to say; so it is told to do it at once.

A Protocol and not a stream: the next command leaves in the same turn of the loop in which the last one was answered.
"""

import asyncio
import math
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple, TypeAlias, cast

import structlog

from ivr.adapters.fastagi.commands import Command, Kind, noop
from ivr.adapters.fastagi.environment import LONGEST, EnvironmentReader, NoEnvironment
from ivr.adapters.fastagi.listening_behind import FILLER, LISTENING, with_listening
from ivr.adapters.fastagi.replies import Answer, Garbled, Refusal, ReplyReader, Withdrawn
from ivr.adapters.wav import RATE
from ivr.ports.voice import SessionLost

log = structlog.get_logger()

SETTLED = {Kind.LISTENING: 0.003, Kind.SOUND: 0.150}
"""Seconds after which Asterisk has taken a line out of the socket: as good as always; and, where nothing would tell
that it has not, always."""
AHEAD = 0.060
"""Seconds by which a sound may have come further than since it was sent."""
_AGAIN = 0.020
"""Seconds without an answer that is due until the first NOOP; each next one takes twice as long."""
_FILLED = 0.003
"""Seconds after which a filler has been answered, as good as always."""
_LONGEST_AGAIN = 5.0
_SLOWEST = 1.0
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
_NOOP = noop()
_ENDED = Answer(1)
"""To a listening command: by what it saw in the socket. After a key or a minute it may not have looked there."""
_TELLING_POSITION = (Kind.SOUND, Kind.RECORDING)


class CommandRefused(Exception):
    """Asterisk does not know the command, or not so: 510, 511, 520."""


class Unplayed:
    """A sound was ended before it had begun, or hardly after: to be played again."""


Outcome: TypeAlias = Answer | Refusal | Unplayed


def _nothing(_: object = None) -> None:
    pass


class _Sent(NamedTuple):
    command: Command
    at: float
    on_outcome: Callable[[Outcome], None] = _nothing


class AgiChannel(asyncio.Protocol):
    """Lines in and out. `lost` says why there is no connection any more; until then it is None."""

    def __init__(self, on_open: Callable[["AgiChannel"], None]) -> None:
        self._on_open = on_open
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._environment = EnvironmentReader()
        self._replies = ReplyReader()
        self._flight: deque[_Sent] = deque()
        self._unplayed: _Sent | None = None
        self._too_late: asyncio.TimerHandle | None = None
        self._bringing_up: asyncio.TimerHandle | None = None
        self._slowness = 0.0
        """Seconds that this Asterisk took lately to read a line, as far as that is known."""
        self.environment: asyncio.Future[Mapping[str, str]] = self._loop.create_future()
        self.lost: str | None = None
        self.on_lost: Callable[[], None] = lambda: None
        """Called once, when `lost` is set."""
        self._heard: deque[Outcome] = deque()
        self._on_heard: Callable[[Outcome], None] = self._heard.append

    # ------------------------------------------------------------------------------------------ commands
    @property
    def doing(self) -> Kind | None:
        """What the last command is, as long as it is not answered; None when the channel obeys nobody."""
        return self._flight[-1].command.kind if self._flight else None

    @property
    def free_in(self) -> float:
        """Seconds until a command may be sent, or it is worth asking again; infinite while one is carried out that
        nothing ends.
        """
        if not self._flight:
            return 0.0
        if self._flight[0].command is FILLER:
            return _FILLED
        if self._bringing_up is not None:
            return _AGAIN
        if self._carries_out:
            return math.inf
        last = self._flight[-1]
        settled = SETTLED[last.command.kind]
        if last.command.kind is Kind.LISTENING:
            settled = max(settled, self._slowness)
        return max(0.0, last.at + settled - self._loop.time())

    def send(self, command: Command, on_outcome: Callable[[Outcome], None], *, then_listen: bool = False) -> None:
        """Write a command, which ends one that plays or listens. What becomes of it comes by `on_outcome`, or `on_lost`
        is called; never of a sound that was ended by another command. `then_listen`: a listening command is carried out
        right after it; what becomes of that is told by `heard_by`. Raises SessionLost.
        """
        if self.lost is not None or self._transport is None:
            raise SessionLost(self.lost or "not connected")
        if self._carries_out:
            raise RuntimeError("a command is in flight already")
        before = self.doing
        if before is Kind.SOUND:  # and was so for long: what was ended by it would have answered by now
            self._flight = deque([self._flight[-1]])
        self._bound(command.patience)
        self._write(command, on_outcome, then_listen=then_listen)
        if before is Kind.LISTENING:
            self._bring_up_in(max(_AGAIN, self._slowness))

    def heard_by(self, on_heard: Callable[[Outcome], None]) -> None:
        """Who is told from now on what becomes of the listening that follows a command; at once of what became of one
        before.
        """
        self._on_heard = on_heard
        while self._heard:
            on_heard(self._heard.popleft())

    async def ask(self, command: Command, *, then_listen: bool = False) -> Answer:
        """Write a command, as `send` does, and wait for its answer. Raises SessionLost, CommandRefused."""
        answered: asyncio.Future[Outcome] = self._loop.create_future()

        def settle(outcome: Outcome | None = None) -> None:
            if not answered.done():
                if outcome is None:
                    answered.set_exception(SessionLost(self.lost))
                else:
                    answered.set_result(outcome)

        before, self.on_lost = self.on_lost, settle
        try:
            self.send(command, settle, then_listen=then_listen)
            outcome = await answered
        finally:
            self.on_lost = before
        return carried_out(command, outcome)

    def close(self) -> None:
        """Leave: AGI() returns and the dialplan goes on."""
        self.lose("closed by us")

    # ------------------------------------------------------------------------------------------ protocol
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Someone connected."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._on_open(self)

    def data_received(self, data: bytes) -> None:
        """Read whole lines, keep the rest."""
        if len(self._flight) > 1:
            self._acknowledge()
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if self.lost is not None:
                return
            self._line(line)
        if len(self._rest) > LONGEST:
            self.lose(f"a line of over {LONGEST} bytes")

    def eof_received(self) -> None:
        """Asterisk has left."""
        self.lose("the exchange closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self.lose("the connection broke" if exc else "the connection ended")

    # ------------------------------------------------------------------------------------------------
    def _line(self, line: bytes) -> None:
        try:
            if not self.environment.done():
                environment = self._environment.read(line)
                if environment is not None:
                    self.environment.set_result(environment)
                return
            reply = self._replies.read(line)
        except (NoEnvironment, Garbled) as fault:
            self.lose(str(fault))
            return
        if isinstance(reply, Withdrawn):
            self.lose("the exchange took the channel away")
        elif reply is not None:
            self._answered(reply)

    @property
    def _carries_out(self) -> bool:
        return any(sent.command.kind not in SETTLED for sent in self._flight)

    def _write(self, command: Command, on_outcome: Callable[[Outcome], None] = _nothing, *, then_listen: bool) -> None:
        assert self._transport is not None  # noqa: S101  # nothing is sent before there is one
        now = self._loop.time()
        self._flight.append(_Sent(command, now, on_outcome))
        if then_listen:
            self._flight += (_Sent(FILLER, now), _Sent(LISTENING, now, self._heard_behind))
        self._transport.write(with_listening(command) if then_listen else command.line)

    def _heard_behind(self, outcome: Outcome) -> None:
        self._on_heard(outcome)

    def _answered(self, reply: Answer | Refusal) -> None:
        flight = self._flight
        while flight and not self._is_of(flight[0], reply):
            self._unplayed = flight.popleft()  # it was ended by the one behind it
        if not flight:
            self.lose("an answer to nothing")
            return
        sent = flight.popleft()
        self._watch(sent, reply)
        if sent.command is _NOOP:
            self._brought_up()
        elif sent.command is not FILLER:
            self._unplayed = None
            sent.on_outcome(reply)

    def _is_of(self, sent: _Sent, reply: Answer | Refusal) -> bool:
        """Whether this reply, the next one, is to be this command's, the first in flight."""
        if sent.command.kind is not Kind.SOUND or len(self._flight) == 1:
            return True
        if not isinstance(reply, Answer) or reply.endpos is None:
            return False
        behind = self._flight[1]
        since = self._loop.time() - behind.at
        return behind.command.kind not in _TELLING_POSITION or reply.endpos > (since + AHEAD) * RATE

    # ---------------------------------------------------------------------------------- what lies unseen
    def _watch(self, sent: _Sent, reply: Answer | Refusal) -> None:
        """Whether what is in flight behind this one may lie unseen."""
        flight = self._flight
        if not flight:
            self._forget_timers()
        elif flight[0].command is FILLER:
            self._bound(flight[-1].command.patience)
            self._bring_up_in(max(_AGAIN, self._slowness))
        elif not any(behind.command is _NOOP for behind in flight):
            if sent.command is FILLER:  # what follows it is being read
                self._stop_bringing_up()
                flight[0] = flight[0]._replace(at=self._loop.time())
            elif sent.command.kind is Kind.LISTENING and reply == _ENDED:
                self._stop_bringing_up()
                self._slowness /= 2
            elif sent.command.kind is Kind.LISTENING:  # nobody may hear the next key
                self._bring_up_in(_AGAIN)

    def _bring_up_in(self, seconds: float) -> None:
        self._stop_bringing_up()
        self._bringing_up = self._loop.call_later(seconds, self._bring_up, seconds)

    def _bring_up(self, waited: float) -> None:
        if waited > _LONGEST_AGAIN:
            self.lose("no answer in time")
            return
        first, *behind = (sent.command for sent in self._flight)
        if first.kind not in SETTLED and first is not _NOOP and behind and behind[0] is FILLER:
            self._bring_up_in(waited)  # it was seen, and may take its time
            return
        self._slowness = min(_SLOWEST, max(waited, self._slowness * 2))
        # A filler that lies unseen was sent with more than should fit into the buffer: one line more, and no other.
        self._write(_NOOP, then_listen=first is not FILLER)
        self._bring_up_in(waited * 2)

    def _brought_up(self) -> None:
        """A NOOP was answered, and not the sound before it."""
        unplayed, self._unplayed = self._unplayed, None
        if unplayed is not None:
            unplayed.on_outcome(Unplayed())

    def _acknowledge(self) -> None:
        """Let the next answer come: see above. Where the system has no such word it comes 40 ms later."""
        if _QUICKACK is not None and self._transport is not None:
            connection = self._transport.get_extra_info("socket")
            with suppress(OSError, AttributeError):  # it is lost, which will be told; or none that has such a word
                connection.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    # ------------------------------------------------------------------------------------------------
    def _bound(self, patience: float) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
        self._too_late = self._loop.call_later(patience, self.lose, "no answer in time")

    def _stop_bringing_up(self) -> None:
        if self._bringing_up is not None:
            self._bringing_up.cancel()
            self._bringing_up = None

    def _forget_timers(self) -> None:
        self._stop_bringing_up()
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

    def lose(self, why: str) -> None:
        """There is no connection any more. The first reason stands."""
        if self.lost is not None:
            return
        self.lost = why
        self._flight.clear()
        self._unplayed = None
        self._forget_timers()
        if self._transport is not None:
            self._transport.close()
        if not self.environment.done():
            self.environment.set_exception(NoEnvironment(why))
            self.environment.exception()  # looked at, so that nobody's absence is logged
        self.on_lost()


def carried_out(command: Command, outcome: Outcome) -> Answer:
    """The answer. Raises CommandRefused."""
    if isinstance(outcome, Answer):
        return outcome
    why = f"{outcome.code}" if isinstance(outcome, Refusal) else "not carried out"
    raise CommandRefused(f"{why} to {command.line.split(b' ')[0].decode()}")
