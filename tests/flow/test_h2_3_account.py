"""H2.3: what a customer hears of his own: balances, transfers, tickets; and what anyone may hear."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ivr.domain.banking import AccountToken, Balance, Direction, Fen, Transfer, TransferState
from ivr.domain.call import Done
from ivr.domain.caller import Language
from ivr.domain.spoken import Amount, Day
from ivr.domain.ticket import TicketNumber, TicketState
from ivr.flow.questions import Balances, TicketLine, TicketLines, Transfers, TransfersOf
from ivr.flow.steps import Lookup
from tests.conversation import LI, MANNERS, NOW, RECORDING, Conversation, at_the_menu, digits

ACCOUNT = Balance(account=AccountToken("account-1"), last_four="6217", currency="CNY", amount=Fen(1005005), as_of=NOW)
SENT = Transfer(
    at=NOW, direction=Direction.OUT, amount=Fen(20000), currency="CNY", counterparty="李**", state=TransferState.PENDING
)
TODAY = Day(date(2026, 1, 5), Language.ZH, with_year=False)
TWO_HUNDRED = Amount(20000, Language.ZH)


def verified(*keys: str) -> Conversation:
    """An identified customer whose password was right, after these keys."""
    return at_the_menu().presses(*keys).keys_in(LI).is_verified()


def test_the_balance_of_the_only_account_is_told_h2_3() -> None:
    """By its last four, in yuan."""
    call = verified("5", "1").is_answered(Balances((ACCOUNT,)))
    call.hears("your_account_ending_in", digits("6217"), "available_balance", Amount(1005005, Language.ZH)).hears(
        "anything_else"
    )
    assert call.known.done == (Done.BALANCE_TOLD,)
    assert call.known.served


def test_of_several_accounts_one_is_chosen_h2_3() -> None:
    """By its last four too."""
    call = verified("5", "1").is_answered(Balances((ACCOUNT, replace(ACCOUNT, last_four="0042"))))
    call.hears(
        "your_account_ending_in", digits("6217"), "press_1", "your_account_ending_in", digits("0042"), "press_2"
    ).presses("2")
    call.hears("your_account_ending_in", digits("0042"), "available_balance", Amount(1005005, Language.ZH))


def test_a_sum_in_another_currency_is_never_called_yuan_h2_3() -> None:
    """A person tells it."""
    call = verified("5", "1").is_answered(Balances((replace(ACCOUNT, currency="USD"),))).hears("to_a_person")
    assert call.in_a_queue().known.done == ()
    verified("5", "2").is_answered(Transfers((replace(SENT, currency="USD"),))).hears("recent_transfers").hears(
        "to_a_person"
    ).in_a_queue()


def test_no_account_is_told_h2_3() -> None:
    """And the caller goes on."""
    verified("5", "1").is_answered(Balances(())).hears("no_accounts").hears("anything_else")


@pytest.mark.parametrize("keys", ["52", "31"])
@pytest.mark.parametrize(
    ("direction", "state", "first", "last"),
    [
        (Direction.OUT, TransferState.PENDING, "transfer_out", "transfer_pending"),
        (Direction.OUT, TransferState.RETURNED, "transfer_out", "transfer_returned"),
        (Direction.OUT, TransferState.FAILED, "transfer_out", "transfer_failed"),
        (Direction.IN, TransferState.DONE, "transfer_in", "transfer_done"),
    ],
)
def test_the_latest_transfers_are_told_with_how_far_they_got_h2_3(
    keys: str, direction: Direction, state: TransferState, first: str, last: str
) -> None:
    """As business, and as the answer to a transfer problem."""
    call = verified(*keys)
    assert call.step == Lookup(TransfersOf(LI.customer, MANNERS.transfers_told))
    call.is_answered(Transfers((replace(SENT, direction=direction, state=state),)))
    call.hears("recent_transfers").hears(TODAY, first, TWO_HUNDRED, last).hears("anything_else")
    assert call.known.done == (Done.TRANSFERS_TOLD,)


def test_the_day_of_a_transfer_is_the_banks_h2_3() -> None:
    """Half past eleven at night in London is the next morning in Beijing; another year is said."""
    call = verified("5", "2").is_answered(Transfers((replace(SENT, at=datetime(2025, 12, 30, 23, 30, tzinfo=UTC)),)))
    call.hears("recent_transfers").hears(
        Day(date(2025, 12, 31), Language.ZH, with_year=True), "transfer_out", TWO_HUNDRED, "transfer_pending"
    )


def test_no_transfers_are_told_h2_3() -> None:
    """And the caller goes on."""
    verified("5", "2").is_answered(Transfers(())).hears("no_transfers").hears("anything_else")


@pytest.mark.parametrize("keys", ["51", "52", "31"])
def test_a_bank_that_does_not_answer_is_told_and_a_person_helps_on_h2_3(keys: str) -> None:
    """With an apology, and nothing counted as done."""
    call = verified(*keys).is_answered(None).hears("bank_down").hears("to_a_person").in_a_queue()
    assert not call.known.served


def test_a_transfer_problem_is_told_and_has_its_ticket_h2_3() -> None:
    """Who calls, in his own words, with a number to come back to."""
    call = at_the_menu().presses("3", "2").keys_in(LI).expects("anomaly_describe").tells()
    call.hears("description_kept").hears("ticket_number_is", digits("1000 0007"))
    call.hears("to_a_person").waits_in("service", priority=0)
    (ticket,) = call.tickets
    assert (ticket.customer, ticket.summary.recording) == (LI.customer, RECORDING)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (TicketState.NEW, "ticket_new"),
        (TicketState.IN_PROGRESS, "ticket_in_progress"),
        (TicketState.WAITING_FOR_CUSTOMER, "ticket_waits_for_you"),
        (TicketState.SOLVED, "ticket_solved"),
        (TicketState.CLOSED, "ticket_closed"),
    ],
)
def test_an_identified_customer_hears_how_far_his_tickets_are_h2_3(state: TicketState, told: str) -> None:
    """Level 2: number, state, and by when."""
    lines = (
        TicketLine(TicketNumber("10000015"), state, date(2026, 1, 6)),
        TicketLine(TicketNumber("10000007"), TicketState.CLOSED, None),
    )
    call = at_the_menu().presses("5", "3").keys_in(LI).is_answered(TicketLines(lines))
    call.hears("ticket_number", digits("1000 0015"), told, "ticket_due", Day(date(2026, 1, 6), Language.ZH, False))
    call.hears("ticket_number", digits("1000 0007"), "ticket_closed").hears("anything_else")
    assert call.known.done == (Done.TICKETS_TOLD,)


def test_every_state_of_a_ticket_can_be_told_h2_3() -> None:
    """Whatever the ticket system says."""
    for state in TicketState:
        lines = TicketLines((TicketLine(TicketNumber("10000007"), state, None),))
        at_the_menu().presses("5", "3").keys_in(LI).is_answered(lines).expects("anything_else")


def test_products_come_with_their_risk_warnings_for_everyone_h1_1a() -> None:
    """At level 0: each product, then the hours."""
    call = at_the_menu().presses("5", "4")
    for product in MANNERS.products:
        call.hears(product)
    call.hears("opening_hours").hears("anything_else").presses("2").hears("goodbye").is_over()
    assert call.known.done == (Done.INFORMATION_GIVEN,)
    assert call.known.served
