"""Journals of calls to try stores with."""

from datetime import UTC, datetime, timedelta

from ivr.domain.banking import AccountState, CustomerFacts, CustomerKind, CustomerToken, Fen, Title
from ivr.domain.call import Ending, EndReason, Incoming, Known, Outcome, PersonReached
from ivr.domain.caller import Language
from ivr.domain.ids import CallId, Linkedid, NodeId
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.flow.steps import Chose, Menu, Note, Noted, Sentence, sentences
from ivr.ports.journal import Answered, Asked, CallerLeft, Closed, Entry, Fact, Opened

NINE = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
NUMBER = "+8613800138000"
MENU = Menu(sentences(Language.ZH, "need.menu"), "12345*09", 5.0)
LI = CustomerToken("cust-li-7f3a")
__all__ = ["LI", "MENU", "NINE", "NUMBER", "Sentence", "call", "facts", "opened", "talk"]


def opened(call_id: str, *, number: str | None = NUMBER, arrived_at: datetime = NINE) -> Opened:
    """A call that begins."""
    incoming = Incoming(
        call_id=CallId(call_id),
        linkedid=Linkedid(call_id),
        node=NodeId("n1"),
        trunk="carrier",
        dialled="95000",
        caller_number=number,
        caller_name="王小明",
        language=None,
        line_of_business="personal",
        arrived_at=arrived_at,
    )
    return Opened(incoming=incoming, flow="f" * 16, configuration="c" * 16)


def facts(customer: CustomerToken = LI) -> CustomerFacts:
    """What the bank knows of an ordinary customer."""
    return CustomerFacts(
        customer=customer,
        kind=CustomerKind.PERSONAL,
        surname="李",
        title=Title.SIR,
        language=None,
        vulnerable=False,
        has_password=True,
        has_mobile=True,
        account_state=AccountState.NORMAL,
        contact_changed_at=None,
        large_transfers=0,
        large_transfers_sum=Fen(0),
        fraud_marked=False,
        payments_stopped=False,
    )


def talk(rounds: int) -> list[Fact]:
    """So many menus asked and answered."""
    facts: list[Fact] = []
    for number in range(1, rounds + 1):
        facts += [Asked(number=number, step=MENU), Answered(number=number, reply=Chose(str(number % 10)))]
    return facts


def call(
    call_id: str,
    rounds: int = 2,
    *,
    closed: bool = True,
    number: str | None = NUMBER,
    arrived_at: datetime = NINE,
    category: Category = Category.TRANSFER_PROBLEM,
    outcome: Outcome = Outcome.NOT_REACHED,
) -> list[Entry]:
    """The whole journal of a call."""
    known = Known(
        language=Language.ZH,
        category=category,
        urgency=Urgency.URGENT,
        urgency_reasons=(Reason.LARGE_TRANSFERS,),
        person=PersonReached.NOBODY,
    )
    left = arrived_at + timedelta(seconds=61.5)
    facts: list[Fact] = [opened(call_id, number=number, arrived_at=arrived_at), *talk(rounds)]
    if closed:
        facts += [
            Asked(number=rounds + 1, step=Note(known)),
            Answered(number=rounds + 1, reply=Noted()),
            CallerLeft(reason=EndReason.CALLER_HUNG_UP, at=left),
            Closed(ending=Ending(outcome=outcome, end_reason=EndReason.CALLER_HUNG_UP), ended_at=left),
        ]
    return [
        Entry(
            call_id=CallId(call_id),
            sequence=place,
            at=arrived_at + timedelta(microseconds=place * 1_234_567),
            monotonic=7.25 + place,
            fact=fact,
        )
        for place, fact in enumerate(facts, start=1)
    ]
