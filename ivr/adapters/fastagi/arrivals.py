"""How a call comes in: what the exchange says, as the domain's Incoming and Arrival."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from ivr.adapters.fastagi.caller_number import caller_name, caller_number
from ivr.adapters.fastagi.channel import AgiChannel
from ivr.adapters.fastagi.commands import get_full_variable
from ivr.adapters.fastagi.environment import NoEnvironment
from ivr.domain.call import Incoming
from ivr.domain.caller import Language
from ivr.domain.ids import CallId, EffectId, Linkedid, NodeId, Uniqueid, call_back_of
from ivr.flow.steps import LeftQueue, QueueExit
from ivr.ports.cel import CallDetail
from ivr.ports.voice import Arrival
from ivr.settings import Settings

log = structlog.get_logger()

_SEPARATOR = "|"
_ASKED = (
    "CHANNEL(linkedid)",
    "HOTLINE_ATTEMPT",
    "HOTLINE_BACK",
    "HOTLINE_LANGUAGE",
    "HOTLINE_QUEUE_EXIT",
    "HOTLINE_QUEUE_KEY",
    "HOTLINE_TRUNK",
    "HOTLINE_DIALLED",  # the last, since it is the one a caller may have had a say in
)
_ALL_OF_THEM = get_full_variable(_SEPARATOR.join(f"${{{name}}}" for name in _ASKED))
_EXITS = {way.name: way for way in QueueExit}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgiFacts:
    """What Asterisk says of a call, unjudged. Personal: `callerid`, `calleridname`."""

    uniqueid: Uniqueid
    linkedid: Linkedid
    channel: str
    callerid: str
    calleridname: str
    presentation: int
    """Asterisk's `callingpres`."""
    trunk: str
    dialled: str
    created_at: datetime
    """UTC; when the leg was created, as near as it can be known here."""


IncomingOf = Callable[[AgiFacts], Incoming]


async def read_arrival(
    channel: AgiChannel, environment: Mapping[str, str], incoming_of: IncomingOf, now: datetime
) -> tuple[Arrival, Language]:
    """Ask for the dialplan's variables, in one round trip: the arrival, and the language the dialplan goes by. From
    then on the caller is heard. Raises SessionLost, CommandRefused, NoEnvironment.
    """
    uniqueid = environment.get("agi_uniqueid", "")
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,64}", uniqueid):
        raise NoEnvironment("agi_uniqueid is none of Asterisk's")
    answer = await channel.ask(_ALL_OF_THEM, then_listen=True)
    values = (answer.value or "").split(_SEPARATOR, len(_ASKED) - 1)
    said = dict(zip(_ASKED, values + [""] * len(_ASKED), strict=False))
    incoming = incoming_of(
        AgiFacts(
            uniqueid=Uniqueid(uniqueid),
            linkedid=Linkedid(said["CHANNEL(linkedid)"] or uniqueid),
            channel=environment.get("agi_channel", ""),
            callerid=environment.get("agi_callerid", ""),
            calleridname=environment.get("agi_calleridname", ""),
            presentation=_number(environment.get("agi_callingpres", ""), 0),
            trunk=said["HOTLINE_TRUNK"],
            dialled=said["HOTLINE_DIALLED"],
            created_at=_created(uniqueid, now),
        )
    )
    back = said["HOTLINE_BACK"]
    arrival = Arrival(
        incoming=incoming,
        attempt=max(1, _number(said["HOTLINE_ATTEMPT"], 1)),
        back_from=EffectId(back) if back else None,
        left=_left(said, uniqueid) if back else None,
    )
    return arrival, Language.EN if said["HOTLINE_LANGUAGE"] == Language.EN.value else Language.ZH


def incoming_of(facts: AgiFacts, settings: Settings) -> Incoming:
    """The call as the configuration reads it: the caller's number by the trunk's region, the language and the line of
    business by the number dialled."""
    region = next((trunk.region for trunk in settings.trunks if trunk.name == facts.trunk), "CN")
    dialled = next((number for number in settings.numbers if number.number == facts.dialled), None)
    return Incoming(
        call_id=CallId(facts.uniqueid),
        linkedid=facts.linkedid,
        node=NodeId(settings.node),
        trunk=facts.trunk,
        dialled=facts.dialled,
        caller_number=caller_number(facts.callerid, facts.presentation, region),
        caller_name=caller_name(facts.calleridname, facts.presentation),
        language=settings.language_of(facts.dialled),
        line_of_business=dialled.line_of_business if dialled else "personal",
        arrived_at=facts.created_at,
        call_back=call_back_of(facts.uniqueid),
    )


def facts_of(detail: CallDetail) -> AgiFacts:
    """The same facts of a call that no controller met, from the exchange's own record."""
    return AgiFacts(
        uniqueid=Uniqueid(detail.call_id),
        linkedid=Linkedid(detail.call_id),
        channel="",
        callerid=detail.caller_number,
        calleridname="",
        presentation=0,
        trunk=detail.trunk,
        dialled=detail.dialled,
        created_at=detail.started_at,
    )


def _created(uniqueid: str, now: datetime) -> datetime:
    """A Uniqueid holds the second of creation. A call that comes to us at once was created now; one that comes later
    was created in that second."""
    epoch = re.search(r"(\d{9,11})\.\d+$", uniqueid)
    if epoch is None:
        return now
    second = datetime.fromtimestamp(int(epoch[1]), UTC)
    return min(max(now, second), second + timedelta(seconds=1))


def _left(said: Mapping[str, str], uniqueid: str) -> LeftQueue:
    word = said["HOTLINE_QUEUE_EXIT"]
    if word not in _EXITS:
        log.error("queue_exit_unknown", call_id=uniqueid, said=word[:32], allowed=sorted(_EXITS))
    how = _EXITS.get(word, QueueExit.FAILED)
    return LeftQueue(how, (said["HOTLINE_QUEUE_KEY"][:1] or None) if how is QueueExit.KEY else None)


def _number(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text) else otherwise
