"""Persons who were left in the room of a call whose caller is gone: they would hear its music for ever.

The dialplan frees them as the caller leaves. Who was on his way into the room at that moment comes after it, and so
does whoever is called to a talk that is over; a controller, and the next one, finds them by the exchange's own list of
legs.
"""

from collections.abc import Sequence
from contextlib import suppress

import structlog

from ivr.domain.ids import CallId, called_to
from ivr.ports.exchange import Exchange, ExchangeRefused, LiveLeg

log = structlog.get_logger(__name__)

ROOM = frozenset({"person", "alone", "joining", "arriving"})
"""Contexts of the dialplan that a person's leg is in, in a room or on its way to one."""


def forsaken(legs: Sequence[LiveLeg]) -> list[LiveLeg]:
    """Those of all living legs that are a person's in, or called to, a room whose caller does not live."""
    alive = {CallId(leg.uniqueid) for leg in legs}
    return [leg for leg in legs if (call := _room_of(leg)) is not None and call not in alive]


async def free_the_forsaken(exchange: Exchange, legs: Sequence[LiveLeg]) -> None:
    """End their legs, where these are all that live. Raises ExchangeDown."""
    for leg in forsaken(legs):
        with suppress(ExchangeRefused):  # gone meanwhile
            await exchange.hang_up(leg.uniqueid)
            log.info("person_freed", call_id=_room_of(leg), channel=leg.channel, context=leg.context)


def _room_of(leg: LiveLeg) -> CallId | None:
    """The call whose room it is, for a person's leg. One that the controller called bears that call's name, also while
    it rings; any other shares the caller's Linkedid."""
    named = called_to(leg.uniqueid)
    if named is not None:
        return named
    return (called_to(leg.linkedid) or CallId(leg.linkedid)) if leg.context in ROOM else None
