"""One connection of Asterisk's AGI(): its environment, then one command in flight, ever.

Why one: Asterisk reads commands through a stdio buffer, but waits on the socket. Of two lines that arrive together it
carries out the first; the second lies in the buffer, unseen, until more bytes come (measured on 22.10.1: two NOOPs in
one segment get one answer). A line that follows soon enough arrives together with the one before it, so no command is
sent before the last is answered, and WAIT FOR DIGIT is never cancelled by the next command (which logs a warning, too).

A Protocol and not a stream: the next command leaves in the same turn of the loop in which the last one was answered.
A key that ends in between, while Asterisk obeys nobody, is lost.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

import structlog

from ivr.adapters.fastagi.commands import Command
from ivr.adapters.fastagi.environment import LONGEST, EnvironmentReader, NoEnvironment
from ivr.adapters.fastagi.replies import Answer, Garbled, Refusal, ReplyReader, Withdrawn
from ivr.ports.voice import SessionLost

log = structlog.get_logger()


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
        self._transport.write(command.line)

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

    def _answered(self, reply: Answer | Refusal) -> None:
        on_answer = self._on_answer
        if on_answer is None:
            self.lose("an answer to nothing")
            return
        self._forget_command()
        on_answer(reply)

    def _forget_command(self) -> None:
        self._on_answer = None
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

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
