"""H2.3: what a customer can hear of his own: balances, the latest transfers, his tickets, what his accounts can do."""

from datetime import datetime, timedelta

from ivr.domain.banking import Account, AccountState, Balance, Direction, Transfer, TransferState
from ivr.domain.call import Done
from ivr.domain.problem import Category
from ivr.domain.spoken import Amount, Day, Digits, TimeOfDay
from ivr.domain.ticket import TicketState
from ivr.flow.choosing import choose_one
from ivr.flow.identity import establish
from ivr.flow.questions import (
    Accounts,
    AccountsOf,
    Balances,
    BalancesOf,
    TicketLine,
    TicketLines,
    TicketsOf,
    Transfers,
    TransfersOf,
)
from ivr.flow.steps import Flow, Utterance, look_up, sentences
from ivr.flow.talk import NeedsPerson, Talk
from ivr.policies.deadlines import BEIJING
from ivr.policies.verification import Business, may

YUAN = "CNY"
FRESH = timedelta(minutes=10)
"""A balance of that long before the call is as good as one of now."""
DIRECTION = {Direction.IN: "transfer_in", Direction.OUT: "transfer_out"}
TRANSFER = {
    TransferState.DONE: "transfer_done",
    TransferState.PENDING: "transfer_pending",
    TransferState.RETURNED: "transfer_returned",
    TransferState.FAILED: "transfer_failed",
}
STATE = {
    AccountState.NORMAL: "account_normal",
    AccountState.DORMANT: "account_dormant",
    AccountState.FROZEN: "account_frozen",
    AccountState.JUDICIALLY_FROZEN: "account_restricted",
}
"""Of a judicial freeze no more may be said than that a person tells (DOMAIN.md). A closed account is not spoken of."""
TICKET = {
    TicketState.NEW: "ticket_new",
    TicketState.IN_PROGRESS: "ticket_in_progress",
    TicketState.WAITING_FOR_CUSTOMER: "ticket_waits_for_you",
    TicketState.WAITING_FOR_DEPARTMENT: "ticket_waits_for_department",
    TicketState.SOLVED: "ticket_solved",
    TicketState.CONFIRMED: "ticket_solved",
    TicketState.CLOSED: "ticket_closed",
    TicketState.REOPENED: "ticket_in_progress",
}


def balance(talk: Talk) -> Flow[None]:
    """Level 3: the account is chosen by its last four, and its balance told."""
    yield from talk.judge(category=Category.BUSINESS)
    if not (yield from establish(talk, Business.BALANCE)):
        return
    answer = yield from look_up(BalancesOf(talk.customer), Balances)
    if answer is None:
        yield from _apologise(talk)
    elif not answer.balances:
        yield from talk.say("no_accounts")
    else:
        chosen = yield from choose_one(talk, answer.balances, lambda one: _account(talk, one))
        _only_yuan(chosen.currency)
        told = (*_account_words(talk, chosen), "available_balance", Amount(chosen.amount, talk.language))
        yield from talk.say(*_as_of(talk, chosen), *told)
        yield from _served(talk, Done.BALANCE_TOLD)


def tell_account_states(talk: Talk) -> Flow[None]:
    """H2.2b: what each account can do now, from the bank; to whoever is verified (level 3), and to nobody else. Where
    the bank does not answer now, the person who comes next tells it.
    """
    if not may(talk.known.verification, Business.ACCOUNT_STATE):
        return
    answer = yield from look_up(AccountsOf(talk.customer), Accounts)
    for account in answer.accounts if answer else ():
        if account.state in STATE:
            yield from talk.say(
                "your_account_ending_in", Digits(account.last_four, talk.language), _state(talk, account)
            )


def transfers(talk: Talk) -> Flow[None]:
    """Level 3: the latest transfers and how far they got."""
    if not (yield from establish(talk, Business.TRANSFERS)):
        return
    answer = yield from look_up(TransfersOf(talk.customer, talk.manners.transfers_told), Transfers)
    if answer is None:
        yield from _apologise(talk)
        return
    if not answer.transfers:
        yield from talk.say("no_transfers")
    else:
        yield from talk.say("recent_transfers")
    for transfer in answer.transfers:
        _only_yuan(transfer.currency)
        yield from talk.say(*_transfer(talk, transfer))
    yield from _served(talk, Done.TRANSFERS_TOLD)


def own_tickets(talk: Talk) -> Flow[None]:
    """Level 2: how far the customer's tickets are."""
    yield from talk.judge(category=Category.ENQUIRY)
    if not (yield from establish(talk, Business.OWN_TICKETS)):
        return
    answer = yield from look_up(TicketsOf(talk.customer, talk.manners.tickets_told), TicketLines)
    if answer is None:
        yield from _apologise(talk)
        return
    if not answer.tickets:
        yield from talk.say("no_tickets")
    for ticket in answer.tickets:
        yield from talk.say(*_ticket(talk, ticket))
    yield from _served(talk, Done.TICKETS_TOLD)


def day(talk: Talk, moment: datetime) -> Day:
    """The day of a moment where the bank is."""
    there = moment.astimezone(BEIJING)
    return Day(there.date(), talk.language, with_year=there.year != talk.call.arrived_at.astimezone(BEIJING).year)


def _only_yuan(currency: str) -> None:
    """Sums in another currency are told by a person: the line has no words for them, and must never say yuan."""
    if currency != YUAN:
        raise NeedsPerson


def _state(talk: Talk, account: Account) -> str:
    """Where the bank suspects a fraud nobody tips off or reveals: a person tells what may be told (DOMAIN.md)."""
    suspected = talk.known.customer is not None and talk.known.customer.fraud_marked
    if suspected and account.state is not AccountState.NORMAL:
        return STATE[AccountState.JUDICIALLY_FROZEN]
    return STATE[account.state]


def _as_of(talk: Talk, one: Balance) -> tuple[str | Day | TimeOfDay, ...]:
    """Where the bank knows no fresher sum than one of before the call, it is told of when that is."""
    if talk.call.arrived_at - one.as_of < FRESH:
        return ()
    there = one.as_of.astimezone(BEIJING)
    return ("as_of", day(talk, one.as_of), TimeOfDay(there.time().replace(second=0, microsecond=0), talk.language))


def _account_words(talk: Talk, one: Balance) -> tuple[str | Digits, ...]:
    return ("your_account_ending_in", Digits(one.last_four, talk.language))


def _account(talk: Talk, one: Balance) -> tuple[Utterance, ...]:
    return sentences(talk.language, *_account_words(talk, one))


def _transfer(talk: Talk, one: Transfer) -> tuple[str | Day | Amount, ...]:
    when, amount = day(talk, one.at), Amount(one.amount, talk.language)
    return (when, DIRECTION[one.direction], amount, TRANSFER[one.state])


def _ticket(talk: Talk, one: TicketLine) -> tuple[str | Digits | Day, ...]:
    digits = Digits(f"{one.number[:4]} {one.number[4:]}", talk.language)
    told: tuple[str | Digits | Day, ...] = ("ticket_number", digits, TICKET[one.state])
    return told if one.due is None else (*told, "ticket_due", Day(one.due, talk.language, with_year=False))


def _served(talk: Talk, done: Done) -> Flow[None]:
    yield from talk.note(done=(*talk.known.done, done), served=True)


def _apologise(talk: Talk) -> Flow[None]:
    """The bank does not answer: told with an apology, and a person helps on."""
    yield from talk.say("bank_down")
    raise NeedsPerson
