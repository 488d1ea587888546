"""An exchange that lives in memory: legs, events and faults as told, no Asterisk. It ships: demos and tests run on it.

It keeps what the real one keeps: events begin with LinkUp, a lost link ends in LinkDown and every action in
ExchangeDown, a leg that lives is not dialled again, an unknown channel is refused.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

from ivr.adapters.memory.queues import MemoryQueues
from ivr.domain.exchange import (
    DialledOut,
    ExchangeEvent,
    LegAnswered,
    LegEnded,
    LegOpened,
    LinkDown,
    LinkUp,
)
from ivr.domain.ids import Linkedid, Uniqueid
from ivr.ports.clock import Clock
from ivr.ports.exchange import ExchangeDown, ExchangeRefused, LiveLeg

NORMAL_CLEARING = 16
"""Q.850: the ordinary hanging up."""
ANSWERED = 4
"""Asterisk's reason of an originate that was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """An originate as it was asked for."""

    uniqueid: Uniqueid
    endpoint: str
    context: str
    extension: str
    caller_id: str
    patience: float
    variables: dict[str, str]


class MemoryExchange(MemoryQueues):
    """The ports `Exchange` and `Queues`, and what a test or a demonstration does to it: open and end legs, cut
    the link, restart."""

    def __init__(self, clock: Clock, *, version: str = "memory") -> None:
        self._clock = clock
        self._version = version
        self._booted_at: datetime = clock.now()
        self._up = False
        self._silent = False
        self._legs: dict[Uniqueid, LiveLeg] = {}
        self._told: asyncio.Queue[ExchangeEvent | None] = asyncio.Queue()
        self._made = 0
        self.dialled: list[Dial] = []
        """Every phone call that really went out."""
        self.redirected: list[tuple[str, str, str]] = []
        """Every redirect carried out: channel, context, extension."""
        self._make_queues()

    # ------------------------------------------------------------------------------------------ the port
    async def start(self) -> None:
        """The link comes up."""
        self.restore_link()

    async def close(self) -> None:
        """The link ends, and `events` with it."""
        self.cut_link("closed by us")
        self._told.put_nowait(None)

    async def events(self) -> AsyncIterator[ExchangeEvent]:
        """What was told, in order, since the last one read."""
        while (event := await self._told.get()) is not None:
            yield event

    async def legs(self) -> list[LiveLeg]:
        """Every leg that lives now."""
        self._answer()
        return list(self._legs.values())

    async def redirect(self, channel: str, context: str, extension: str) -> None:
        """Move a leg to another context. An unknown channel is refused."""
        self._answer()
        leg = self._named(channel)
        self._legs[leg.uniqueid] = replace(leg, context=context)
        self.redirected.append((channel, context, extension))

    async def hang_up(self, channel: str) -> None:
        """End a leg. An unknown channel is refused."""
        self._answer()
        self.end_leg(self._named(channel).uniqueid)

    async def originate(
        self,
        *,
        uniqueid: Uniqueid,
        endpoint: str,
        context: str,
        extension: str,
        caller_id: str,
        patience: float,
        variables: dict[str, str],
    ) -> None:
        """Dial, unless that leg lives: it opens, and waits for `answer_dial` or `fail_dial`."""
        self._answer()
        if uniqueid in self._legs:
            return
        self.dialled.append(
            Dial(
                uniqueid=uniqueid,
                endpoint=endpoint,
                context=context,
                extension=extension,
                caller_id=caller_id,
                patience=patience,
                variables=dict(variables),
            )
        )
        self.open_leg(uniqueid, channel=f"{endpoint}-{uniqueid}", context=context, extension=extension)

    # ------------------------------------------------------------------------------------------ what happens to it
    def open_leg(
        self,
        uniqueid: Uniqueid | None = None,
        *,
        linkedid: Linkedid | None = None,
        channel: str | None = None,
        context: str = "from-carrier",
        extension: str = "95000",
        application: str = "AGI",
        caller_number: str | None = None,
    ) -> LiveLeg:
        """A channel comes to be, of a new name unless one is given."""
        self._made += 1
        name = uniqueid or Uniqueid(f"n1-{int(self._clock.now().timestamp())}.{self._made}")
        leg = LiveLeg(
            uniqueid=name,
            linkedid=linkedid or Linkedid(name),
            channel=channel or f"PJSIP/carrier-{self._made:08x}",
            context=context,
            application=application,
            created_at=self._clock.now(),
        )
        self._legs[name] = leg
        self.tell(
            LegOpened(
                uniqueid=name,
                linkedid=leg.linkedid,
                channel=leg.channel,
                context=context,
                extension=extension,
                caller_number=caller_number,
            )
        )
        return leg

    def answer_leg(self, uniqueid: Uniqueid) -> None:
        """A channel goes up."""
        self.tell(LegAnswered(uniqueid=uniqueid, linkedid=self._legs[uniqueid].linkedid))

    def end_leg(self, uniqueid: Uniqueid, cause: int = NORMAL_CLEARING, cause_text: str = "Normal Clearing") -> None:
        """A channel is gone."""
        leg = self._legs.pop(uniqueid)
        self.tell(LegEnded(uniqueid=uniqueid, linkedid=leg.linkedid, cause=cause, cause_text=cause_text))

    def answer_dial(self, uniqueid: Uniqueid) -> None:
        """Who was dialled takes the call."""
        self.answer_leg(uniqueid)
        self.tell(DialledOut(uniqueid=uniqueid, succeeded=True, reason=ANSWERED))

    def fail_dial(self, uniqueid: Uniqueid, reason: int = 0, cause: int = 19) -> None:
        """Nobody takes it: `reason` as Asterisk's OriginateResponse gives it, `cause` of Q.850 (19 no answer)."""
        self.tell(DialledOut(uniqueid=uniqueid, succeeded=False, reason=reason))
        self.end_leg(uniqueid, cause, "")

    def cut_link(self, reason: str = "link cut") -> None:
        """The link breaks. Legs live on, and what happens to them is told to nobody."""
        if self._up:
            self._up = False
            self._told.put_nowait(LinkDown(reason=reason))

    def restore_link(self) -> None:
        """The link stands again, to the same run of the exchange."""
        if not self._up:
            self._up = True
            self._told.put_nowait(LinkUp(booted_at=self._booted_at, version=self._version))

    def restart(self) -> None:
        """The exchange dies and starts again: every leg is gone, without a word of it."""
        self.cut_link("the exchange closed the connection")
        self._legs.clear()
        self.restart_queues()
        self._booted_at = self._clock.now()
        self.restore_link()

    def fall_silent(self, silent: bool = True) -> None:
        """From now on (or no more) every action ends unanswered; events go on."""
        self._silent = silent

    def tell(self, event: ExchangeEvent) -> None:
        """Any event, if the link stands to carry it."""
        if self._up:
            self._told.put_nowait(event)

    def _answer(self) -> None:
        if not self._up:
            raise ExchangeDown("the link is down")
        if self._silent:
            raise ExchangeDown("no answer; it may have been carried out")

    def _named(self, channel: str) -> LiveLeg:
        """The leg of that channel name or, as Asterisk allows too, of that Uniqueid."""
        for leg in self._legs.values():
            if channel in (leg.channel, leg.uniqueid):
                return leg
        raise ExchangeRefused(f"no such channel: {channel}")
