"""Tickets and attempts to try things with."""

from datetime import datetime, timedelta

from ivr.domain.banking import CustomerToken
from ivr.domain.caller import VerificationLevel
from ivr.domain.ids import CallId
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import NewTicket, Party, Role, Summary, TicketKind
from ivr.domain.verification import Attempt, Means, Tried
from tests.contracts.calls import NINE, NUMBER

CALL, OTHER_CALL = CallId("n1-1767603600.1"), CallId("n2-1767603600.1")
LI, WANG = CustomerToken("cust-li-7f3a"), CustomerToken("cust-wang-22b0")
LINE = Party(Role.LINE, CALL)
AGENT, OTHER_AGENT = Party(Role.AGENT, "8001"), Party(Role.AGENT, "8002")
SUPERVISOR = Party(Role.SUPERVISOR, "9001")
DEPARTMENT = Party(Role.DEPARTMENT, "clearing")
CUSTOMER = Party(Role.CUSTOMER, CALL)

TOLD = Summary(
    when="昨天下午",
    operation="手机银行转账",
    account_status="frozen",
    card_last_four="6217",
    reference="T20260104",
    recording="n1-1767603600.1-2",
    call_back_to=NUMBER,
    words="钱还没到账，请 尽快查；'); DROP TABLE tickets; --\r\n",
)


def new_ticket(
    *,
    kind: TicketKind = TicketKind.TRANSFER_PROBLEM,
    urgency: Urgency = Urgency.ELEVATED,
    customer: CustomerToken | None = LI,
    call_id: CallId = CALL,
    opened_at: datetime = NINE,
    due_at: datetime | None = None,
    summary: Summary = TOLD,
) -> NewTicket:
    """As the line opens one."""
    return NewTicket(
        kind=kind,
        category=Category.TRANSFER_PROBLEM,
        urgency=urgency,
        reasons=("money is on its way",),
        customer=customer,
        verification=VerificationLevel.VERIFIED,
        call_id=call_id,
        opened_by=LINE,
        opened_at=opened_at,
        due_at=due_at or opened_at + timedelta(days=1),
        own_by=opened_at + timedelta(minutes=10),
        summary=summary,
    )


def attempt(
    minutes: float = 0,
    *,
    call_id: str = CALL,
    customer: CustomerToken | None = LI,
    number: str | None = NUMBER,
    means: Means = Means.PASSWORD,
    outcome: Tried = Tried.WRONG,
) -> Attempt:
    """One that many minutes after nine."""
    return Attempt(
        call_id=CallId(call_id),
        customer=customer,
        caller_number=number,
        means=means,
        outcome=outcome,
        at=NINE + timedelta(minutes=minutes),
    )
