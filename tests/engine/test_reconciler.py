"""No call that the exchange answered is missing, none doubled, none open for ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.adapters.fastagi.arrivals import facts_of, incoming_of
from ivr.adapters.memory.archive import MemoryArchive
from ivr.adapters.memory.cel import MemoryCallDetails
from ivr.adapters.memory.clock import EPOCH
from ivr.adapters.memory.exchange import MemoryExchange
from ivr.adapters.memory.voice import HangsUp, Presses, ScriptedCaller
from ivr.domain.call import EndReason, Outcome
from ivr.domain.ids import CallBackId, CallId, Linkedid, Uniqueid, attempt_id, leg_called_to
from ivr.engine.archiver import Archiver
from ivr.engine.reconciler import Departure, Reconciler
from ivr.ports.cel import CallDetail
from ivr.ports.exchange import ExchangeDown
from ivr.settings import load
from tests.engine.line import CALL, Line

BEFORE = EPOCH - timedelta(minutes=5)


def detail(**different: object) -> CallDetail:
    """A call that was answered and has ended, as the exchange wrote it down."""
    plain: dict[str, object] = {
        "call_id": CALL,
        "trunk": "carrier",
        "dialled": "95000",
        "caller_number": "13800138000",
        "started_at": BEFORE,
        "last_seen_at": BEFORE + timedelta(seconds=40),
        "answered_at": BEFORE + timedelta(seconds=1),
        "ended_at": BEFORE + timedelta(seconds=40),
        "hung_up_by_caller": True,
    }
    return CallDetail(**{**plain, **different})  # type: ignore[arg-type]


class Office:
    """A line, its archive, the exchange and its account, and the reconciler over them."""

    def __init__(self) -> None:
        self.line = Line()
        self.archive = MemoryArchive()
        self.exchange = MemoryExchange(self.line.clock)
        self.cel = MemoryCallDetails()
        settings = load()
        self.reconciler = Reconciler(
            journal=self.line.journal,
            archive=self.archive,
            follow_ups=self.line.follow_ups,
            exchange=self.exchange,
            cel=self.cel,
            clock=self.line.clock,
            close=self._close,
            incoming_of=lambda found: incoming_of(facts_of(found), settings),
        )

    async def _close(self, call_id: CallId, departure: Departure) -> None:
        """To the controller of the moment: a test may have killed an earlier one."""
        await self.line.switchboard.close(call_id, departure)

    async def look(self) -> None:
        """One look, and all that follows from it."""
        await self.exchange.start()
        await self.reconciler.look_once()
        await self.line.settle()


async def test_a_call_that_no_controller_met_is_archived_from_the_exchanges_account() -> None:
    """The fallback served it; the archive says so, with the caller's number."""
    office = Office()
    office.cel.tell(detail(in_fallback=True, talked=True))
    await office.look()
    archived = await office.archive.read(CALL)
    assert archived is not None
    assert archived.record.ending is not None
    assert archived.record.ending.outcome is Outcome.FALLBACK
    assert archived.record.incoming.caller_number == "+8613800138000"
    assert await office.line.reasons() == []
    assert await office.cel.read() == {}


async def test_a_call_that_nobody_served_is_got_back_to() -> None:
    """Answered by the exchange, heard by no one: a follow-up, opened once."""
    office = Office()
    office.cel.tell(detail())
    await office.look()
    office.cel.tell(detail())
    await office.look()
    assert await office.line.reasons() == ["cut_off"]


async def test_a_call_that_was_never_answered_is_no_call() -> None:
    """Refused numbers do not fill the archive."""
    office = Office()
    office.cel.tell(detail(answered_at=None))
    await office.look()
    assert await office.archive.has([CALL]) == set()
    assert await office.cel.read() == {}


async def test_a_call_told_by_the_controller_is_not_doubled() -> None:
    """Neither while it stands in the journal nor once it is archived."""
    office = Office()
    await office.line.arrives(ScriptedCaller(HangsUp(during="greeting")))
    office.cel.tell(detail())
    await office.look()
    assert await office.archive.has([CALL]) == set()
    await Archiver(office.line.journal, office.archive, office.line.clock).move_once()
    await office.look()
    archived = await office.archive.read(CALL)
    assert archived is not None
    assert archived.entries
    assert await office.cel.read() == {}


async def test_a_call_whose_leg_is_gone_is_closed_with_the_exchanges_truth() -> None:
    """It ended while no controller looked: the caller hung up after talking with a person."""
    office = Office()
    await office.line.arrives(ScriptedCaller(Presses("0")))
    await office.line.killed()
    office.cel.tell(detail(talked=True))
    await office.look()
    record = await office.line.record()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (
        Outcome.HELPED_BY_PERSON,
        EndReason.CALLER_HUNG_UP,
    )
    assert record.ended_at == BEFORE + timedelta(seconds=40)


async def test_a_call_that_the_fallback_held_to_its_end_is_got_back_to() -> None:
    """The caller waited in the fallback's queue and gave up."""
    office = Office()
    await office.line.arrives(ScriptedCaller())
    await office.line.killed()
    office.cel.tell(detail(in_fallback=True))
    await office.look()
    assert await office.line.reasons() == ["left_waiting"]


async def test_a_call_from_before_the_exchanges_restart_ended_with_it() -> None:
    """A killed Asterisk writes no end; its next start tells."""
    office = Office()
    await office.line.arrives(ScriptedCaller(Presses("0")))
    office.cel.tell(detail(ended_at=None, hung_up_by_caller=None, started_at=BEFORE))
    office.reconciler.booted_at = EPOCH
    await office.look()
    record = await office.line.record()
    assert record.ending is not None
    assert record.ending.end_reason is EndReason.EXCHANGE_RESTARTED
    assert await office.line.reasons() == ["cut_off"]


async def test_a_live_leg_is_never_closed() -> None:
    """Whatever the account says, who is on the line stays on the line."""
    office = Office()
    session = await office.line.arrives(ScriptedCaller(Presses("0")))
    office.exchange.open_leg(session.arrival.incoming.call_id, context="story")  # type: ignore[arg-type]
    office.cel.tell(detail())
    await office.look()
    assert CALL in office.line.switchboard.tellers


@pytest.mark.parametrize("context", ["person", "alone", "joining", "arriving"])
async def test_a_person_left_in_the_room_of_a_caller_who_is_gone_is_freed(context: str) -> None:
    """The caller hung up while no controller lived, and the person came into the room after him."""
    office = Office()
    linked = Linkedid(CALL)
    left = office.exchange.open_leg(linkedid=linked, channel="PJSIP/desk1-00000002", context=context)
    called = office.exchange.open_leg(leg_called_to(CALL, 12), channel="PJSIP/desk2-00000003", context="from-phones")
    await office.look()
    assert office.exchange.hung_up == [left.uniqueid, called.uniqueid]


async def test_nobody_else_is_taken_for_one() -> None:
    """A person whose caller lives, whoever was called to his room, a customer who was rung, a person in a queue's
    bridge.
    """
    office = Office()
    back = attempt_id(CallBackId(f"{CALL}/5"), 2)
    for caller in (Uniqueid(CALL), Uniqueid(back)):
        office.exchange.open_leg(caller, context="conversation")
        office.exchange.open_leg(linkedid=Linkedid(caller), context="person")
        second = office.exchange.open_leg(leg_called_to(CallId(caller), 12), context="joining")
        office.exchange.open_leg(linkedid=Linkedid(second.uniqueid), context="alone")
    office.exchange.open_leg(linkedid=Linkedid("n1-1.9"), context="from-phones")
    await office.look()
    assert office.exchange.hung_up == []


async def test_nothing_is_concluded_while_the_exchange_cannot_be_asked() -> None:
    """A cut link ends no call."""
    office = Office()
    await office.line.arrives(ScriptedCaller(Presses("0")))
    await office.exchange.start()
    office.exchange.cut_link()
    with pytest.raises(ExchangeDown):
        await office.reconciler.look_once()
    assert CALL in office.line.switchboard.tellers


async def test_a_call_without_any_trace_is_lost_and_not_open_for_ever() -> None:
    """No leg, no account: closed as lost, and somebody gets back to the caller."""
    office = Office()
    await office.line.arrives(ScriptedCaller(Presses("0")))
    await office.look()
    record = await office.line.record()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (Outcome.UNFINISHED, EndReason.LOST)
    assert await office.line.reasons() == ["cut_off"]


async def test_a_call_that_is_just_ending_is_given_time() -> None:
    """No leg and no end yet: its last row may still be on its way."""
    office = Office()
    office.cel.tell(replace(detail(call_id=CallId("n1-1.9")), ended_at=None, last_seen_at=EPOCH))
    await office.look()
    assert await office.archive.has([CallId("n1-1.9")]) == set()
    await office.line.clock.advance(120)
    await office.look()
    assert await office.archive.has([CallId("n1-1.9")]) == {CallId("n1-1.9")}
