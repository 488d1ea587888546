"""The exchange over AMI: what it sends, what it tells, what it refuses."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from ivr.adapters.ami.exchange import AmiExchange, assignment
from ivr.adapters.ami.protocol import Unsendable
from ivr.domain.exchange import DialledOut, LegEnded, LegOpened, LinkDown, LinkUp
from ivr.domain.ids import Uniqueid
from ivr.ports.exchange import ExchangeDown, ExchangeRefused
from tests.adapters.ami.conftest import Exchanging
from tests.adapters.ami.server import Action, ScriptedAmi, channel, event, hangup, listed, nothing, refusal, success
from tests.contracts.exchange_contract import Listener

EFFECT = Uniqueid("n1-1795497858.1-4")


async def dial(exchange: AmiExchange, **different: object) -> None:
    """Dial the desk."""
    plain: dict[str, object] = {
        "uniqueid": EFFECT,
        "endpoint": "PJSIP/desk1",
        "context": "desk",
        "extension": "s",
        "caller_id": '"Hotline" <95000>',
        "patience": 20.0,
        "variables": {},
    }
    await exchange.originate(**(plain | different))  # type: ignore[arg-type]


def result_of(uniqueid: str, response: str) -> bytes:
    """How an originate ended, as Asterisk tells it."""
    told = {"ActionID": "x", "Response": response, "Channel": "PJSIP/desk1", "Context": "desk", "Exten": "s"}
    return event("OriginateResponse", **told, Reason="4", Uniqueid=uniqueid, CallerIDNum="1", CallerIDName="x")


def living(action: Action) -> bytes:
    """The answer to Status of a channel that lives."""
    return listed(action, "Status", "StatusComplete", [channel(EFFECT)])


async def test_originate_asks_for_a_place_in_the_dialplan_and_no_application(
    ami: ScriptedAmi, exchanging: Exchanging
) -> None:
    """Asynchronous, under our id, with Context and Exten: an Application would be a right nobody needs."""
    exchange = await exchanging()
    await dial(exchange, variables={"HOTLINE_EFFECT": "c/4"})
    sent = ami.of("Originate")[0]
    assert (
        sent.items()
        >= {
            "Channel": "PJSIP/desk1",
            "ChannelId": EFFECT,
            "Async": "true",
            "Context": "desk",
            "Exten": "s",
            "Priority": "1",
            "Timeout": "20000",
            "CallerID": '"Hotline" <95000>',
            "Variable": "HOTLINE_EFFECT=c/4",
        }.items()
    )
    assert "Application" not in sent


async def test_an_originate_is_answered_at_once_and_its_end_is_an_event(
    ami: ScriptedAmi, exchanging: Exchanging
) -> None:
    """originate returns while the phone still rings; DialledOut comes when it ends, in order with the rest."""
    exchange = await exchanging()
    listener = Listener(exchange)
    await dial(exchange)
    assert not any(isinstance(seen, DialledOut) for seen in listener.seen)
    ami.say(event("Newchannel", **channel(EFFECT)) + result_of(EFFECT, "Success"))
    await listener.until_kind(DialledOut)
    assert listener.seen[1:] == [
        LegOpened(
            uniqueid=EFFECT,
            linkedid=EFFECT,  # type: ignore[arg-type]
            channel="PJSIP/carrier-00000001",
            context="from-carrier",
            extension="95000",
            caller_number="13800138000",
        ),
        DialledOut(uniqueid=EFFECT, succeeded=True, reason=4),
    ]


async def test_a_leg_that_lives_is_looked_up_and_not_dialled(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """After a restart of ours the exchange is asked for the leg first; it lives, so nobody is called."""
    ami.answers["Status"] = living
    exchange = await exchanging()
    await dial(exchange)
    assert [action["Channel"] for action in ami.of("Status")] == [EFFECT]
    assert ami.of("Originate") == []


async def test_two_originates_at_once_are_one_call(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """Before the leg shows in the exchange, our own memory knows it is being dialled."""
    exchange = await exchanging()
    await asyncio.gather(*(dial(exchange) for _ in range(5)))
    assert len(ami.of("Originate")) == 1


async def test_what_ended_may_be_dialled_again(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """After its end was told, the same id dials anew, if the leg does not live."""
    exchange = await exchanging()
    listener = Listener(exchange)
    await dial(exchange)
    ami.say(result_of(EFFECT, "Failure"))
    await listener.until_kind(DialledOut)
    await dial(exchange)
    assert len(ami.of("Originate")) == 2


async def test_an_originate_cut_off_is_looked_up_before_it_is_dialled_again(
    ami: ScriptedAmi, exchanging: Exchanging
) -> None:
    """The link was lost before the answer: asked again, the leg is found alive and nobody is called twice."""
    ami.answers["Originate"] = nothing
    exchange = await exchanging()
    listener = Listener(exchange)
    dialling = asyncio.create_task(dial(exchange))
    await ami.until(lambda: bool(ami.of("Originate")))
    ami.cut()
    with pytest.raises(ExchangeDown):
        await dialling
    await listener.until_kind(LinkDown)
    await listener.until_kind(LinkUp, count=2)
    ami.answers["Status"] = living
    await dial(exchange)
    assert ami.raw.count(b"Action: Originate") == 1


async def test_a_look_that_is_refused_dials_nobody(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """Only 'No such channel' means that it does not live; a missing right does not."""
    ami.answers["Status"] = lambda action: refusal(action, "Permission denied")
    exchange = await exchanging()
    with pytest.raises(ExchangeRefused, match="Permission denied"):
        await dial(exchange)
    assert ami.of("Originate") == []


@pytest.mark.parametrize(
    "bad",
    [
        {"endpoint": "PJSIP/desk1\r\nApplication: System"},
        {"caller_id": "x\r\nData: rm"},
        {"variables": {"A": "1\r\nApplication: System"}},
        {"variables": {"SHELL(id)": "1"}},
        {"variables": {"A=B,C": "1"}},
        {"uniqueid": Uniqueid("x\nAction: Logoff")},
    ],
    ids=str,
)
async def test_no_value_of_an_originate_injects(
    ami: ScriptedAmi, exchanging: Exchanging, bad: dict[str, object]
) -> None:
    """Refused before a byte of it is sent."""
    exchange = await exchanging()
    with pytest.raises(Unsendable):
        await dial(exchange, **bad)
    assert ami.of("Originate") == []
    assert b"Application" not in ami.raw


def test_a_variable_keeps_its_commas_quotes_brackets_and_backslashes() -> None:
    """Asterisk splits and unquotes variables; what it takes away is written twice."""
    assert assignment("_A1", 'x,y("q") [z] \\ ${EXTEN}') == '_A1=x\\,y\\(\\"q\\"\\) \\[z\\] \\\\ ${EXTEN}'


async def test_hanging_up_takes_no_pattern(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """To Asterisk `/…/` is a regular expression: one bad name would end every call."""
    exchange = await exchanging()
    with pytest.raises(Unsendable, match="pattern"):
        await exchange.hang_up("/^PJSIP/.*/")
    assert ami.of("Hangup") == []


async def test_redirect_and_hang_up_name_the_channel(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """What is sent is what Asterisk asks for."""
    exchange = await exchanging()
    await exchange.redirect("PJSIP/x-1", "fallback", "s")
    await exchange.hang_up("PJSIP/x-1")
    assert ami.of("Redirect")[0].items() >= {"Channel": "PJSIP/x-1", "Context": "fallback", "Exten": "s"}.items()
    assert ami.of("Hangup")[0].items() >= {"Channel": "PJSIP/x-1", "Cause": "16"}.items()


async def test_legs_are_listed_with_their_birth(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """A name of Asterisk's making holds the second of birth; for one of ours it is reckoned from the duration."""
    items = [
        channel("n1-1795497858.1") | {"Application": "AGI", "Duration": "00:00:09"},
        channel("effect-7") | {"Application": "", "Duration": "101:00:05"},
        channel("effect-8") | {"Application": "", "Duration": ""},
    ]
    ami.answers["CoreShowChannels"] = lambda action: listed(
        action, "CoreShowChannel", "CoreShowChannelsComplete", items
    )
    exchange = await exchanging(now=lambda: datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC))
    first, second, third = await exchange.legs()
    assert first.created_at == datetime(2026, 11, 24, 5, 24, 18, tzinfo=UTC)
    assert second.created_at == datetime(2026, 11, 20, 6, 59, 55, tzinfo=UTC)
    assert third.created_at is None
    assert (first.channel, first.context, first.application) == ("PJSIP/carrier-00000001", "from-carrier", "AGI")


async def test_no_legs_is_an_empty_list(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """A quiet exchange has none."""
    ami.answers["CoreShowChannels"] = lambda action: listed(action, "CoreShowChannel", "CoreShowChannelsComplete", [])
    assert await (await exchanging()).legs() == []


@pytest.mark.parametrize("number", ["1\r\nUniqueid: n1-1.99", "1\r\n\r\nEvent: Hangup\r\nUniqueid: n1-1.99"])
async def test_a_caller_number_speaks_for_no_other_leg(ami: ScriptedAmi, exchanging: Exchanging, number: str) -> None:
    """A line end in a number, in an event and in the list: nothing of leg 99 is told, and what follows is."""
    liar = channel("n1-1.1", CallerIDNum=number)
    ami.answers["CoreShowChannels"] = lambda action: listed(
        action,
        "CoreShowChannel",
        "CoreShowChannelsComplete",
        [liar | {"Application": ""}, channel("n1-1.2") | {"Application": ""}],
    )
    exchange = await exchanging()
    listener = Listener(exchange)
    ami.say(event("Newchannel", **liar) + event("NewCallerid", **liar) + hangup("n1-1.2"))
    await listener.until_kind(LegEnded, Uniqueid("n1-1.2"))
    assert len(listener.seen) == 2, "LinkUp and the one event"
    assert [leg.uniqueid for leg in await exchange.legs()] == ["n1-1.2"]


async def test_a_reader_that_raises_ends_only_itself(ami: ScriptedAmi, exchanging: Exchanging) -> None:
    """Another reader takes up with the next event; actions go on all the while."""
    exchange = await exchanging()
    ami.say(hangup("n1-1.1") + hangup("n1-1.2"))

    async def faulty() -> None:
        async with aclosing(exchange.events()) as events:  # type: ignore[type-var]
            async for told in events:
                if isinstance(told, LegEnded):
                    raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await faulty()
    ami.answers["Redirect"] = success
    await exchange.redirect("x", "y", "s")
    listener = Listener(exchange)
    await listener.until_kind(LegEnded)
    assert listener.seen[0].uniqueid == "n1-1.2"  # type: ignore[union-attr]
