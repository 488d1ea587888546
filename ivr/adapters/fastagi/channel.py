"""One connection of Asterisk's AGI(): its environment, then one command in flight, ever; a long wait can be ended.

Why one: Asterisk reads commands through a buffer of its own, but waits on the socket. Of two lines that arrive together
it carries out the first; the second lies in the buffer, unseen, until more bytes come. Measured on 22.10: two NOOPs in
one segment get one answer; of NOOPs 0 to 0.5 ms after a WAIT FOR DIGIT every twentieth lay unseen, of 1000 that came 1
to 5 ms after it none.

`interrupt` ends a WAIT FOR DIGIT early all the same, and loses count of nothing. Any line ends it, and both are
answered, so a NOOP is sent: it is carried out in no time and cannot be ended itself, as a prompt would be. Should the
NOOP lie unseen, another brings it up, so NOOPs follow until there are as many answers as lines. That is right at any
speed of the exchange; SETTLED only makes it rare. Of two answers in a row Asterisk's kernel holds the second until the
first is acknowledged, and ours takes 40 ms over that when there is nothing to say; so it is told to do it at once.

A Protocol and not a stream: the next command leaves in the same turn of the loop in which the last one was answered.
A key that ends in between, while Asterisk obeys nobody, is lost.
"""

import asyncio
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import cast

import structlog

from ivr.adapters.fastagi.commands import Command, noop
from ivr.adapters.fastagi.environment import LONGEST, EnvironmentReader, NoEnvironment
from ivr.adapters.fastagi.replies import Answer, Garbled, Refusal, ReplyReader, Withdrawn
from ivr.ports.voice import SessionLost

log = structlog.get_logger()

SETTLED = 0.003
"""Seconds after which Asterisk has taken a line out of the socket, as good as always."""
_AGAIN = 0.020
"""Seconds without an answer until the first NOOP more; each next one takes twice as long."""
_INTERRUPTION = 5.0
"""Seconds an interruption may take."""
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
_NOOP = noop().line
_NOTHING_DONE = Answer(0)


class CommandRefused(Exception):
    """Asterisk does not know the command, or not so: 510, 511, 520."""


class AgiChannel(asyncio.Protocol):
    """Lines in and out. `lost` says why there is no connection any more; until then it is None."""

    def __init__(self, on_open: Callable[["AgiChannel"], None]) -> None:
        self._on_open = on_open
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._environment = EnvironmentReader()
        self._replies = ReplyReader()
        self._on_answer: Callable[[Answer | Refusal], None] | None = None
        self._too_late: asyncio.TimerHandle | None = None
        self._sent_at = 0.0
        self._interrupting: asyncio.TimerHandle | None = None
        self._noops = 0
        self._kept: Answer | Refusal | None = None
        self.environment: asyncio.Future[Mapping[str, str]] = self._loop.create_future()
        self.lost: str | None = None
        self.on_lost: Callable[[], None] = lambda: None
        """Called once, when `lost` is set."""

    # ------------------------------------------------------------------------------------------ commands
    @property
    def busy(self) -> bool:
        """A command is in flight."""
        return self._on_answer is not None

    def send(self, command: Command, on_answer: Callable[[Answer | Refusal], None]) -> None:
        """Write a command; its answer comes by `on_answer`, or `on_lost` is called. Raises SessionLost."""
        if self.lost is not None or self._transport is None:
            raise SessionLost(self.lost or "not connected")
        if self._on_answer is not None:
            raise RuntimeError("a command is in flight already")
        self._on_answer = on_answer
        self._too_late = self._loop.call_later(command.patience, self.lose, "no answer in time")
        self._sent_at = self._loop.time()
        self._transport.write(command.line)

    def interrupt(self) -> None:
        """Have the WAIT FOR DIGIT in flight end now. Its answer (a key, all the same, or 1) comes as any other, when
        nothing is in flight any more; doing it again changes nothing. No other command may be interrupted.
        """
        if self._on_answer is None or self._interrupting is not None:
            return
        if self._too_late is not None:
            self._too_late.cancel()
        self._too_late = self._loop.call_later(_INTERRUPTION, self.lose, "no answer in time")
        unsettled = self._sent_at + SETTLED - self._loop.time()
        if unsettled > 0:
            self._interrupting = self._loop.call_later(unsettled, self._send_noop, _AGAIN)
        else:
            self._send_noop(_AGAIN)

    async def ask(self, command: Command) -> Answer:
        """Write a command and wait for its answer. Raises SessionLost, CommandRefused."""
        answered: asyncio.Future[Answer | Refusal] = self._loop.create_future()

        def settle(answer: Answer | Refusal | None = None) -> None:
            if not answered.done():
                if answer is None:
                    answered.set_exception(SessionLost(self.lost))
                else:
                    answered.set_result(answer)

        before, self.on_lost = self.on_lost, settle
        try:
            self.send(command, settle)
            answer = await answered
        finally:
            self.on_lost = before
        if isinstance(answer, Refusal):
            raise CommandRefused(f"{answer.code} to {command.line.split(b' ')[0].decode()}")
        return answer

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
        if self._noops:
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

    def _send_noop(self, again: float) -> None:
        assert self._transport is not None  # noqa: S101  # a command was written
        self._noops += 1
        self._interrupting = self._loop.call_later(again, self._send_noop, again * 2)
        self._transport.write(_NOOP)

    def _answered(self, reply: Answer | Refusal) -> None:
        on_answer = self._on_answer
        if on_answer is None:
            self.lose("an answer to nothing")
            return
        if self._kept is None:
            self._kept = reply
        elif reply == _NOTHING_DONE:
            self._noops -= 1
        else:
            self.lose("an answer to nothing")
            return
        if not self._noops:
            answer = self._kept
            self._forget_command()
            on_answer(answer)

    def _acknowledge(self) -> None:
        """Let the next answer come: see above. Where the system has no such word it comes 40 ms later."""
        if _QUICKACK is not None and self._transport is not None:
            connection = self._transport.get_extra_info("socket")
            with suppress(OSError):  # it is lost, which will be told
                connection.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _forget_command(self) -> None:
        self._on_answer = self._kept = None
        self._noops = 0
        for timer in (self._too_late, self._interrupting):
            if timer is not None:
                timer.cancel()
        self._too_late = self._interrupting = None

    def lose(self, why: str) -> None:
        """There is no connection any more. The first reason stands."""
        if self.lost is not None:
            return
        self.lost = why
        self._forget_command()
        if self._transport is not None:
            self._transport.close()
        if not self.environment.done():
            self.environment.set_exception(NoEnvironment(why))
            self.environment.exception()  # looked at, so that nobody's absence is logged
        self.on_lost()
