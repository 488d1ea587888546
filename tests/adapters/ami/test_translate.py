"""AMI messages become words of the domain, or are not believed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.ami.translate import Garbled, headers, relevant, translate
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
from tests.adapters.ami.server import channel, event, hangup

U, L, Q = Uniqueid("n1-1795497858.1"), Linkedid("n1-1795497858.1"), QueueName("service")
DESK = "PJSIP/desk1"
ORIGINATED = {
    "ActionID": "action/1",
    "Response": "Failure",
    "Channel": DESK,
    "Context": "desk",
    "Exten": "s",
    "Reason": "5",
    "Uniqueid": U,
    "CallerIDNum": "95000",
    "CallerIDName": "x",
}


MEMBER = {
    "Queue": "service",
    "MemberName": "desk1",
    "Interface": DESK,
    "StateInterface": DESK,
    "Membership": "dynamic",
    "Penalty": "0",
    "CallsTaken": "0",
    "LastCall": "0",
    "LastPause": "0",
    "LoginTime": "1795497858",
    "InCall": "0",
    "Status": "5",
    "Paused": "0",
    "PausedReason": "",
    "Ringinuse": "0",
    "Wrapuptime": "0",
}


def understood(raw: bytes) -> ExchangeEvent | None:
    """What a reader makes of it."""
    return translate(headers(raw.removesuffix(b"\r\n\r\n")))


@pytest.mark.parametrize(
    ("raw", "meaning"),
    [
        (
            event("Newchannel", **channel()),
            LegOpened(
                uniqueid=U,
                linkedid=L,
                channel="PJSIP/carrier-00000001",
                context="from-carrier",
                extension="95000",
                caller_number="13800138000",
            ),
        ),
        (event("Newstate", **channel(ChannelState="6", ChannelStateDesc="Up")), LegAnswered(uniqueid=U, linkedid=L)),
        (event("Newstate", **channel(ChannelState="5", ChannelStateDesc="Ringing")), None),
        (
            event("Hangup", **channel(), Cause="17", Cause_txt="User busy"),
            LegEnded(uniqueid=U, linkedid=L, cause=17, cause_text="User busy"),
        ),
        (
            event("QueueCallerJoin", **channel(), Queue="service", Position="3", Count="3"),
            QueueJoined(uniqueid=U, linkedid=L, queue=Q, position=3, channel="PJSIP/carrier-00000001"),
        ),
        (
            event("QueueCallerLeave", **channel(), Queue="service", Position="1", Count="2"),
            QueueLeft(uniqueid=U, linkedid=L, queue=Q),
        ),
        (
            event("AgentCalled", **channel(), DestUniqueid="n1-1.2", Queue="service", Interface=DESK, MemberName="d"),
            AgentCalled(uniqueid=U, linkedid=L, queue=Q, agent_interface=DESK, agent_leg=Uniqueid("n1-1.2")),
        ),
        (
            event("AgentRingNoAnswer", **channel(), Queue="service", Interface=DESK, MemberName="d", RingTime="20000"),
            AgentMissed(uniqueid=U, linkedid=L, queue=Q, agent_interface=DESK),
        ),
        (
            event("QueueMemberStatus", **MEMBER),
            MemberSeen(queue=Q, agent_interface=DESK, phone=PhoneState.GONE),
        ),
        (event("ConfbridgeJoin", **channel(), Conference="n1-1.1", Admin="No"), RoomEntered(uniqueid=U, linkedid=L)),
        (
            event("AgentConnect", **channel(), DestUniqueid="n1-1.2", Queue="service", Interface=DESK, HoldTime="17"),
            AgentConnected(
                uniqueid=U, linkedid=L, queue=Q, agent_interface=DESK, waited=17, agent_leg=Uniqueid("n1-1.2")
            ),
        ),
        (
            event("AgentConnect", **channel(), Queue="service", Interface=DESK, RingTime="2", HoldTime="17"),
            AgentConnected(uniqueid=U, linkedid=L, queue=Q, agent_interface=DESK, waited=17),
        ),
        (
            event("AgentComplete", **channel(), Queue="service", Interface=DESK, HoldTime="17", Reason="caller"),
            AgentCompleted(uniqueid=U, linkedid=L, queue=Q, agent_interface=DESK, reason="caller"),
        ),
        (event("AgentComplete", Queue="service", Interface=DESK, HoldTime="1", Reason="caller"), None),
        (event("OriginateResponse", **ORIGINATED), DialledOut(uniqueid=U, succeeded=False, reason=5)),
        (
            event("OriginateResponse", **(ORIGINATED | {"Response": "Success", "Reason": "4"})),
            DialledOut(uniqueid=U, succeeded=True, reason=4),
        ),
        (event("DialBegin", **channel()), None),
        (b"Response: Success\r\n\r\n", None),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, bytes) else value.split(b"\r\n")[0].decode(),
)
def test_each_event_has_its_word(raw: bytes, meaning: ExchangeEvent | None) -> None:
    """The table, row by row; what is none of ours is None."""
    assert understood(raw) == meaning


@pytest.mark.parametrize("number", ["<unknown>", ""])
def test_a_withheld_number_is_none(number: str) -> None:
    """Asterisk's `<unknown>` never reaches the domain."""
    opened = understood(event("Newchannel", **channel(CallerIDNum=number)))
    assert isinstance(opened, LegOpened)
    assert opened.caller_number is None


def test_values_are_taken_as_they_are() -> None:
    """Percent signs, quotes, colons, blanks and Chinese stay what they were; nothing unquoted is unquoted."""
    value = ' %41 "李\\"四" : x  '
    assert headers(f"Event: X\r\nCallerIDName: {value}".encode())["CallerIDName"] == value


def test_an_empty_last_header_is_there() -> None:
    """A header without a value is an empty string, with a blank after the colon or without."""
    assert headers(b"Event: X\r\nA: \r\nB:") == {"Event": "X", "A": "", "B": ""}


def test_bytes_that_are_no_text_harm_only_themselves() -> None:
    """Invalid UTF-8 becomes the replacement character; the headers around it are whole."""
    found = headers(b"Event: X\r\nCallerIDName: \xff\xfe\xe6\x9d\r\nContext: c")
    assert found["Context"] == "c"
    assert "�" in found["CallerIDName"]


def test_a_header_that_stands_twice_is_not_believed() -> None:
    """One line end in a caller number writes a header: the event is refused, not read by either value."""
    with pytest.raises(Garbled, match="'Uniqueid' twice"):
        understood(event("Newchannel", **channel(CallerIDNum="1\r\nUniqueid: n1-1795497858.99")))


@pytest.mark.parametrize(
    "number",
    [
        "1\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\nUniqueid: n1-1795497858.7\r\n\r\nX: ",
        "1\r\n\r\nEvent: Hangup\r\nUniqueid: n1-1795497858.7\r\nLinkedid: x\r\nCause: 1\r\n\r\nX: ",
        "1\r\n\r\nEvent: OriginateResponse\r\nUniqueid: n1-1.7\r\nReason: 4\r\nResponse: Success\r\n",
    ],
)
def test_an_event_written_by_a_caller_number_is_not_believed(number: str) -> None:
    """Two line ends in a caller number write a whole event: nothing of what Asterisk sends then is believed."""
    assert len(number) <= 80, "the most that a SIP caller can bring in"
    pieces = event("NewCallerid", **channel(CallerIDNum=number)).removesuffix(b"\r\n\r\n").split(b"\r\n\r\n")
    believed: list[ExchangeEvent | None] = []
    for piece in pieces:
        with suppress(Garbled):
            believed.append(translate(headers(piece)))
    assert set(believed) <= {None}


def test_a_fault_in_a_value_is_not_believed_and_not_shown() -> None:
    """A cause that is no number is refused; the sentence holds no value, since values are personal."""
    with pytest.raises(Garbled) as told:
        understood(event("Hangup", **channel(), Cause="13800138000x"))
    assert "13800138000" not in str(told.value)


@given(st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_but_garbled(raw: bytes) -> None:
    """Any bytes are an event, None, or Garbled."""
    try:
        translate(headers(raw))
        translate(headers(b"Event: Hangup\r\n" + raw, repeated=True))
    except Garbled:
        pass


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z-]{1,12}", fullmatch=True),
        st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30),
        max_size=8,
    )
)
def test_what_was_written_is_what_is_read(written: dict[str, str]) -> None:
    """Headers with any value without a line end come back unchanged."""
    assert headers("\r\n".join(f"{name}: {value}" for name, value in written.items()).encode()) == written


def test_what_tells_nothing_is_left_unparsed() -> None:
    """Only events that may mean something are kept; a Newstate only when the channel is up."""
    assert relevant(b"Hangup", hangup(U))
    assert relevant(b"Newstate", event("Newstate", **channel(ChannelState="6")))
    assert not relevant(b"Newstate", event("Newstate", **channel(ChannelState="5")))
    assert not relevant(b"RTCPSent", b"")
