"""The exchange seen from its side door (AMI): which legs live, and what can be done to them from outside."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.exchange import ExchangeEvent
from ivr.domain.ids import Linkedid, Uniqueid


class ExchangeDown(Exception):
    """The link is down or the action was not answered in time. It may or may not have been carried out."""


class ExchangeRefused(Exception):
    """The exchange said no. The sentence is its own."""


@dataclass(frozen=True, slots=True)
class LiveLeg:
    """A leg that exists now."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    channel: str
    context: str
    application: str
    created_at: datetime | None = None
    bridge: str = ""
    """What joins it with others: legs of the same bridge hear one another. Empty: nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the dialplan a leg is sent."""

    context: str
    extension: str = "s"


class Exchange(Protocol):
    """One Asterisk over AMI."""

    def events(self) -> AsyncIterator[ExchangeEvent]:
        """Typed events, in order within a Linkedid. Begins with `LinkUp` after every (re)connection, and says
        `LinkDown` on every loss: between the two anything may have been missed, so the reader reconciles.
        """

    async def legs(self) -> list[LiveLeg]:
        """Every leg that lives now. Raises ExchangeDown."""

    async def redirect(self, channel: str, context: str, extension: str) -> None:
        """Send a channel elsewhere in the dialplan. Raises ExchangeDown, ExchangeRefused."""

    async def redirect_both(self, one: str, one_to: Place, other: str, other_to: Place) -> None:
        """Take two channels out of what joins them and send each elsewhere, as one act: neither is hung up because the
        other left. Raises ExchangeDown, ExchangeRefused (then neither has moved).
        """

    async def assign(self, channel: str, variables: dict[str, str]) -> None:
        """Set channel variables, in order. Raises ExchangeDown, ExchangeRefused."""

    async def hang_up(self, channel: str) -> None:
        """End a leg. Raises ExchangeDown, ExchangeRefused."""

    async def mute_recording(self, uniqueid: Uniqueid, *, on: bool) -> None:
        """Keep both sides of this leg out of its recording from now on, or (not `on`) take them in again; carried out
        when it returns. A leg that is not recorded is refused. Raises ExchangeDown, ExchangeRefused.
        """

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
        """Dial out, once. `uniqueid` is the effect: a leg of that name that lives already is not dialled again, and
        nothing is resent after a lost link. The result comes as events. Raises ExchangeDown, ExchangeRefused.
        """
