"""Every way a step may end, with a label: for whoever walks the story through all its ways (the picture, the tests)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from ivr.domain.banking import (
    Account,
    AccountState,
    AccountToken,
    Balance,
    Block,
    BlockUndone,
    Card,
    CardKind,
    CardState,
    CardToken,
    CustomerFacts,
    CustomerKind,
    CustomerToken,
    Direction,
    Fen,
    IdKind,
    PaymentsStopped,
    Title,
    Transfer,
    TransferState,
)
from ivr.domain.callback import TRANSITIONS, CallBackState
from ivr.domain.caller import Language
from ivr.domain.ids import CallBackId, EffectId, QueueName, RecordingName
from ivr.domain.problem import Urgency
from ivr.domain.ticket import TicketNumber, TicketState
from ivr.domain.verification import Means
from ivr.flow.deeds import (
    BlockCard,
    CallBackPromised,
    CallBackSettled,
    Deed,
    OpenTicket,
    PromiseCallBack,
    Result,
    SendCode,
    SendText,
    Sent,
    SettleCallBack,
    StopPayments,
    TicketOpened,
    UndoBlock,
)
from ivr.flow.questions import (
    Accounts,
    AccountsOf,
    Answer,
    Balances,
    BalancesOf,
    CallerNumber,
    Cards,
    CardsOf,
    Dialable,
    DialableNumber,
    HourOf,
    Line,
    LineAhead,
    Moment,
    Promise,
    PromiseOf,
    Question,
    TicketLine,
    TicketLines,
    TicketsOf,
    Transfers,
    TransfersOf,
    WhoCalls,
)
from ivr.flow.steps import (
    Ask,
    Chose,
    Denied,
    DidIt,
    Do,
    Escaped,
    Expired,
    FollowUpOpened,
    Found,
    Identify,
    Incomplete,
    JoinQueue,
    Keyed,
    LeftQueue,
    LockedOut,
    Lookup,
    Menu,
    Note,
    Noted,
    OpenFollowUp,
    QueueExit,
    Recognised,
    Record,
    Recorded,
    Refused,
    Reply,
    Said,
    Say,
    Silence,
    Step,
    Unavailable,
    Unrecognised,
    Unsure,
    Verified,
    Verify,
    WrongKey,
)

Ending = tuple[str, Reply]

SOME_DAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DEBIT = Card(card=CardToken("card-1"), last_four="6217", kind=CardKind.DEBIT, state=CardState.ACTIVE)
BLOCKED = Card(card=CardToken("card-2"), last_four="0042", kind=CardKind.CREDIT, state=CardState.LOSS_REPORTED)
_ESCAPES: list[Ending] = [("*0", Escaped("0")), ("*9", Escaped("9"))]


def customer(kind: CustomerKind = CustomerKind.PERSONAL, *, vulnerable: bool = False) -> CustomerFacts:
    """A customer of whom nothing special is known."""
    return CustomerFacts(
        customer=CustomerToken(f"customer-{kind.value}"),
        kind=kind,
        surname="李",
        title=Title.NEUTRAL,
        language=None,
        vulnerable=vulnerable,
        has_password=kind is CustomerKind.PERSONAL,
        has_mobile=True,
        account_state=AccountState.NORMAL,
        contact_changed_at=None,
        large_transfers=0,
        large_transfers_sum=Fen(0),
        fraud_marked=False,
        payments_stopped=False,
    )


def endings(step: Step) -> list[Ending]:
    """Every kind of reply that the step may get, with its label."""
    match step:
        case Say():
            return [("", Said())]
        case Menu(keys=keys):
            return [*((key, Chose(key)) for key in keys), ("wrong key", WrongKey("#")), ("silence", Silence())]
        case Ask(longest=longest):
            return [("number", Keyed("1" * longest)), *_ESCAPES, ("silence", Silence())]
        case Record():
            return [("told", Recorded(RecordingName("n1-0.0-1"), 12)), *_ESCAPES, ("silence", Silence())]
        case Identify():
            return [*_recognised(), ("unknown", Unrecognised()), *_keyed_in_vain(), _away()]
        case Verify():
            ends: list[Ending] = [("right", Verified()), ("wrong", Denied(1)), ("wrong once more", Denied(0))]
            late: list[Ending] = [("too late", Expired())] if step.means is Means.CODE else []
            return [*ends, *late, ("locked", LockedOut()), *_keyed_in_vain(), _away()]
        case Lookup(question):
            return [*((label, Found(answer)) for label, answer in _answers(question)), _away()]
        case Do(deed):
            return [*_done(deed), ("refused", Refused("other")), ("not sure", Unsure())]
        case JoinQueue():
            ends = [("1", LeftQueue(QueueExit.KEY, "1"))]
            return ends + [(exit_.value.replace("_", " "), LeftQueue(exit_)) for exit_ in QueueExit]
        case OpenFollowUp():
            return [("", FollowUpOpened())]
        case Note():
            return [("", Noted())]


def _keyed_in_vain() -> list[Ending]:
    return [*_ESCAPES, ("too short", Incomplete()), ("silence", Silence())]


def _away() -> Ending:
    return "bank away", Unavailable()


def _recognised() -> Iterator[Ending]:
    for kind, way in (
        (CustomerKind.PERSONAL, IdKind.CARD),
        (CustomerKind.CORPORATE, IdKind.COMPANY_NUMBER),
        (CustomerKind.INTERNAL, IdKind.STAFF_NUMBER),
    ):
        yield kind.value, Recognised(customer(kind), way, "6217")


def _answers(question: Question) -> Iterator[tuple[str, Answer]]:
    match question:
        case WhoCalls():
            yield "unknown", CallerNumber(None, 0)
            yield "elderly", CallerNumber(customer(vulnerable=True), 0)
        case CardsOf():
            yield "cards", Cards((DEBIT, BLOCKED))
            yield "none", Cards(())
        case AccountsOf():
            state = AccountState.FROZEN
            yield "accounts", Accounts((Account(account=AccountToken("account-1"), last_four="6217", state=state),))
            yield "none", Accounts(())
        case BalancesOf():
            account = AccountToken("account-1")
            told = Balance(account=account, last_four="6217", currency="CNY", amount=Fen(1005005), as_of=SOME_DAY)
            yield "accounts", Balances((told,))
            yield "none", Balances(())
        case TransfersOf():
            yield "transfers", Transfers(tuple(_transfers()))
            yield "none", Transfers(())
        case TicketsOf():
            line = TicketLine(TicketNumber("10000007"), TicketState.IN_PROGRESS, date(2026, 1, 6))
            yield "tickets", TicketLines((line,))
            yield "none", TicketLines(())
        case LineAhead():
            yield "somebody free", Line(position=1, place=1, free=True, at_most=1, at=SOME_DAY)
            yield "a line", Line(position=3, place=2, free=False, at_most=15, at=SOME_DAY)
        case Dialable():
            yield "may be called", DialableNumber("+8613800138000")
            yield "may not", DialableNumber(None)
        case HourOf():
            yield "may be promised", Moment(SOME_DAY + timedelta(hours=2))
            yield "may not", Moment(None)
        case PromiseOf():
            yield "promised", _promise(CallBackState.DIALLING)
            yield "withdrawn", _promise(CallBackState.WITHDRAWN)


def _promise(state: CallBackState) -> Promise:
    return Promise(
        state=state,
        queue=QueueName("service"),
        priority=0,
        joined_at=SOME_DAY,
        language=Language.ZH,
        category=None,
        urgency=Urgency.NORMAL,
    )


def _transfers() -> Iterator[Transfer]:
    for number, state in enumerate(TransferState):
        yield Transfer(
            at=SOME_DAY - timedelta(days=number),
            direction=Direction.OUT,
            amount=Fen(20000),
            currency="CNY",
            counterparty="李** 尾号6217",
            state=state,
        )


def _done(deed: Deed) -> Iterator[Ending]:
    yield "done", DidIt(_result(deed))
    if isinstance(deed, BlockCard):
        again = Block(
            card=deed.card, last_four="6217", until=SOME_DAY, term_days=5, already_blocked=True, reference="B1"
        )
        formally = Block(
            card=deed.card, last_four="6217", until=None, term_days=None, already_blocked=True, reference="B1"
        )
        yield "blocked before", DidIt(again)
        yield "lost formally", DidIt(formally)


def _result(deed: Deed) -> Result:
    match deed:
        case BlockCard(card=card):
            return Block(
                card=card, last_four="6217", until=SOME_DAY, term_days=5, already_blocked=False, reference="B1"
            )
        case UndoBlock(card=card):
            return BlockUndone(card=card, last_four="6217", was_blocked=True, reference="B2")
        case StopPayments():
            return PaymentsStopped(until=SOME_DAY, accounts=2, recalled=1, already_stopped=False, reference="B3")
        case SendCode() | SendText():
            return Sent(EffectId("n1-0.0/1"), SOME_DAY)
        case OpenTicket():
            return TicketOpened(TicketNumber("10000007"))
        case PromiseCallBack():
            return CallBackPromised(CallBackId("n1-0.0/1"), SOME_DAY)
        case SettleCallBack(event=event):
            return CallBackSettled(next(row.after for row in TRANSITIONS if row.event is event))
