"""One connection of Asterisk's AGI(): its environment, then commands, of which one is in flight or a few.

Asterisk hears a key only while a command plays or listens; between two commands it reads the channel and drops what
comes. So what plays or listens is not let end: the next command ends it, and Asterisk goes over from the one to the
other without looking at the channel (it sees the socket first). And what neither plays nor listens is sent together
with a listening command that is carried out right after it (`listening_behind`). Whose answer comes, `flight` tells.

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
from typing import cast

import structlog

from ivr.adapters.fastagi.commands import Command, Kind, noop
from ivr.adapters.fastagi.environment import LONGEST, EnvironmentReader, NoEnvironment
from ivr.adapters.fastagi.flight import SETTLED, Flight, Outcome, Sent, Unplayed
from ivr.adapters.fastagi.listening_behind import FILLER, LISTENING, with_listening
from ivr.adapters.fastagi.replies import Answer, Garbled, Refusal, ReplyReader, Withdrawn
from ivr.ports.voice import SessionLost

log = structlog.get_logger()

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


class CommandRefused(Exception):
    """Asterisk does not know the command, or not so: 510, 511, 520."""


def _nothing(_: object = None) -> None:
    pass


class AgiChannel(asyncio.Protocol):
    """Lines in and out. `lost` says why there is no connection any more; until then it is None."""

    def __init__(self, on_open: Callable[["AgiChannel"], None]) -> None:
        self._on_open = on_open
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._environment = EnvironmentReader()
        self._replies = ReplyReader()
        self._flight = Flight()
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
        last = self._flight.last
        return last.command.kind if last else None

    @property
    def free_in(self) -> float:
        """Seconds until a command may be sent, or it is worth asking again; infinite while one is carried out that
        nothing ends.
        """
        first, last = self._flight.first, self._flight.last
        if first is None or last is None:
            return 0.0
        if first.command is FILLER:
            return _FILLED
        if self._bringing_up is not None:
            return _AGAIN
        if self._flight.carries_out:
            return math.inf
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
        if self._flight.carries_out:
            raise RuntimeError("a command is in flight already")
        before = self.doing
        if before is Kind.SOUND:
            self._flight.forget_all_but_the_last()
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

    def _write(self, command: Command, on_outcome: Callable[[Outcome], None] = _nothing, *, then_listen: bool) -> None:
        assert self._transport is not None  # noqa: S101  # nothing is sent before there is one
        now = self._loop.time()
        self._flight.put(Sent(command, now, on_outcome))
        if then_listen:
            self._flight.put(Sent(FILLER, now, _nothing), Sent(LISTENING, now, self._heard_behind))
        self._transport.write(with_listening(command) if then_listen else command.line)

    def _heard_behind(self, outcome: Outcome) -> None:
        self._on_heard(outcome)

    def _answered(self, reply: Answer | Refusal) -> None:
        sent = self._flight.take(reply, self._loop.time())
        if sent is None:
            self.lose("an answer to nothing")
            return
        self._watch(sent, reply)
        if sent.command is FILLER:
            return
        unplayed = self._flight.take_unplayed()
        if sent.command is not _NOOP:
            sent.on_outcome(reply)
        elif unplayed is not None:  # the NOOP was answered, and not the sound before it
            unplayed.on_outcome(Unplayed())

    # ---------------------------------------------------------------------------------- what lies unseen
    def _watch(self, sent: Sent, reply: Answer | Refusal) -> None:
        """Whether what is in flight behind this one may lie unseen."""
        first, last = self._flight.first, self._flight.last
        if first is None or last is None:
            self._forget_timers()
        elif first.command is FILLER:
            self._bound(last.command.patience)
            self._bring_up_in(max(_AGAIN, self._slowness))
        elif not self._flight.has(_NOOP):
            if sent.command is FILLER:  # what follows it is being read
                self._stop_bringing_up()
                self._flight.date_the_first(self._loop.time())
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
        first = self._flight.first
        assert first is not None  # noqa: S101  # else this timer is stopped
        seen = first.command.kind not in SETTLED and first.command is not _NOOP and self._flight.is_followed_by(FILLER)
        if seen:  # it may take its time
            self._bring_up_in(waited)
            return
        self._slowness = min(_SLOWEST, max(waited, self._slowness * 2))
        # A filler that lies unseen was sent with more than should fit into the buffer: one line more, and no other.
        self._write(_NOOP, then_listen=first.command is not FILLER)
        self._bring_up_in(waited * 2)

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
