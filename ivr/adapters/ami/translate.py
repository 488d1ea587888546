"""AMI messages into words of the domain: pure, and a table.

**What is believed.** Asterisk escapes caller names in events but not caller *numbers*: a number with a line end in it
(`sip:1%0d%0a…@`) writes headers, or a whole second event, into the stream (seen on 22.10). So an event counts only when
it is whole, with the entire block of channel headers, and no header stands in it twice. A SIP caller has 80 bytes of
number, and the block's names alone are longer: he can garble the events of his own leg, never tell one of another's.
What is not believed raises `Garbled`; the reader logs it, and the reconciler and CEL find what it would have told.

Values are taken as they are. Names in events are C-escaped (`\\"`); nothing here is unquoted, since none is used.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ivr.domain.exchange import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AgentMissed,
    DialledOut,
    ExchangeEvent,
    LegAnswered,
    LegEnded,
    LegOpened,
    MemberSeen,
    PhoneState,
    QueueJoined,
    QueueLeft,
    RoomEntered,
)
from ivr.domain.ids import Linkedid, QueueName, Uniqueid

Headers: TypeAlias = Mapping[str, str]

UNKNOWN = "<unknown>"
"""How Asterisk writes an absent number or name."""

CHANNEL_BLOCK = frozenset(
    {
        "Privilege",
        "Channel",
        "ChannelState",
        "ChannelStateDesc",
        "CallerIDNum",
        "CallerIDName",
        "ConnectedLineNum",
        "ConnectedLineName",
        "Language",
        "Context",
        "Exten",
        "Priority",
        "Uniqueid",
        "Linkedid",
    }
)
"""Headers of every channel in an event, of Asterisk 12 and newer."""

ORIGINATE_BLOCK = frozenset(
    {
        "Privilege",
        "Response",
        "Channel",
        "Context",
        "Exten",
        "Reason",
        "Uniqueid",
        "CallerIDNum",
        "CallerIDName",
    }
)


MEMBER_BLOCK = frozenset(
    {
        "Privilege",
        "Queue",
        "MemberName",
        "Interface",
        "StateInterface",
        "Membership",
        "Penalty",
        "CallsTaken",
        "LastCall",
        "Status",
        "Paused",
        "Ringinuse",
    }
)
"""Headers of a queue's member: longer than what a caller could write, too."""

PHONE_STATES = {
    "0": PhoneState.FREE,  # not known: app_queue rings it
    "1": PhoneState.FREE,
    "2": PhoneState.BUSY,
    "3": PhoneState.BUSY,
    "4": PhoneState.GONE,
    "5": PhoneState.GONE,
    "6": PhoneState.RINGING,
    "7": PhoneState.RINGING,
    "8": PhoneState.BUSY,
}
"""Asterisk's device states (`devicestate.h`) by number."""


class Garbled(ValueError):
    """A message that is not as Asterisk writes it. The sentence names headers, never their values."""


def headers(raw: bytes, *, repeated: bool = False) -> dict[str, str]:
    """The headers of one message. Bytes that are no UTF-8 become U+FFFD. A header without value is the empty string.

    `repeated`: allow a header to stand there twice (the first counts); else that raises Garbled.
    """
    lines = raw.decode("utf-8", "replace").split("\r\n")
    try:
        found: dict[str, str] = dict([line.split(": ", 1) for line in lines])
    except ValueError:  # a line without ": "
        pass
    else:
        if len(found) == len(lines):
            return found
    return _headers_slowly(lines, repeated)


def _headers_slowly(lines: list[str], repeated: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            continue
        if name not in found:
            found[name] = value.removeprefix(" ")
        elif not repeated:
            raise Garbled(f"{found.get('Event', 'a message')} has {name!r} twice: a line end in a caller number?")
    return found


def translate(message: Headers) -> ExchangeEvent | None:
    """The event in the domain's words; None when it is none of ours. Raises Garbled."""
    row = _TABLE.get(message.get("Event", ""))
    if row is None:
        return None
    block, make = row
    if make is _completed and "Channel" not in message:
        return None  # the caller hung up while the agent's number was told: only the agent's leg is left
    if not block <= message.keys():
        missing = ", ".join(sorted(block - message.keys()))
        raise Garbled(f"{message['Event']} lacks {missing}: a line end in a caller number?")
    try:
        return make(message)
    except (KeyError, ValueError) as error:
        raise Garbled(f"{message['Event']} cannot be read ({type(error).__name__})") from error


def relevant(name: bytes, raw: bytes) -> bool:
    """Whether a raw event of that name may translate to something. Cheap: most events end here, unparsed."""
    mark = _MARKS.get(name)
    return mark is not None and mark in raw


def _opened(message: Headers) -> LegOpened:
    number = message["CallerIDNum"]
    return LegOpened(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        channel=message["Channel"],
        context=message["Context"],
        extension=message["Exten"],
        caller_number=None if number in (UNKNOWN, "") else number,
    )


def _answered(message: Headers) -> LegAnswered | None:
    if message["ChannelState"] != "6":  # AST_STATE_UP
        return None
    return LegAnswered(uniqueid=Uniqueid(message["Uniqueid"]), linkedid=Linkedid(message["Linkedid"]))


def _ended(message: Headers) -> LegEnded:
    return LegEnded(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        cause=int(message["Cause"]),
        cause_text=message.get("Cause-txt", ""),
    )


def _joined(message: Headers) -> QueueJoined:
    return QueueJoined(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        queue=QueueName(message["Queue"]),
        position=int(message["Position"]),
        channel=message["Channel"],
    )


def _left(message: Headers) -> QueueLeft:
    return QueueLeft(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        queue=QueueName(message["Queue"]),
    )


def _called(message: Headers) -> AgentCalled:
    return AgentCalled(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        queue=QueueName(message["Queue"]),
        agent_interface=message["Interface"],
        agent_leg=Uniqueid(message["DestUniqueid"]) if message.get("DestUniqueid") else None,
    )


def _missed(message: Headers) -> AgentMissed:
    return AgentMissed(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        queue=QueueName(message["Queue"]),
        agent_interface=message["Interface"],
    )


def _member(message: Headers) -> MemberSeen:
    return MemberSeen(
        queue=QueueName(message["Queue"]),
        agent_interface=message["Interface"],
        phone=PHONE_STATES[message["Status"]],
    )


def _connected(message: Headers) -> AgentConnected:
    return AgentConnected(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        queue=QueueName(message["Queue"]),
        agent_interface=message["Interface"],
        waited=int(message["HoldTime"]),
        agent_leg=Uniqueid(message["DestUniqueid"]) if message.get("DestUniqueid") else None,
    )


def _completed(message: Headers) -> AgentCompleted:
    return AgentCompleted(
        uniqueid=Uniqueid(message["Uniqueid"]),
        linkedid=Linkedid(message["Linkedid"]),
        queue=QueueName(message["Queue"]),
        agent_interface=message["Interface"],
        reason=message["Reason"],
    )


def _entered(message: Headers) -> RoomEntered:
    return RoomEntered(uniqueid=Uniqueid(message["Uniqueid"]), linkedid=Linkedid(message["Linkedid"]))


def _dialled(message: Headers) -> DialledOut:
    return DialledOut(
        uniqueid=Uniqueid(message["Uniqueid"]),
        succeeded=message["Response"] == "Success",
        reason=int(message["Reason"]),
    )


_TABLE: dict[str, tuple[frozenset[str], Callable[[Headers], ExchangeEvent | None]]] = {
    "Newchannel": (CHANNEL_BLOCK, _opened),
    "Newstate": (CHANNEL_BLOCK, _answered),
    "Hangup": (CHANNEL_BLOCK, _ended),
    "QueueCallerJoin": (CHANNEL_BLOCK, _joined),
    "QueueCallerLeave": (CHANNEL_BLOCK, _left),
    "AgentCalled": (CHANNEL_BLOCK, _called),
    "AgentConnect": (CHANNEL_BLOCK, _connected),
    "AgentRingNoAnswer": (CHANNEL_BLOCK, _missed),
    "QueueMemberAdded": (MEMBER_BLOCK, _member),
    "QueueMemberStatus": (MEMBER_BLOCK, _member),
    "AgentComplete": (CHANNEL_BLOCK, _completed),
    "ConfbridgeJoin": (CHANNEL_BLOCK, _entered),
    "OriginateResponse": (ORIGINATE_BLOCK, _dialled),
}

_MARKS: dict[bytes, bytes] = {name.encode(): b"" for name in _TABLE} | {b"Newstate": b"\r\nChannelState: 6\r\n"}
"""Bytes without which the event of that name tells us nothing."""
