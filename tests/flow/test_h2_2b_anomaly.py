"""H2.2b: of an account anomaly when, what, and the account's state are asked for and recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.application.step_endings import customer
from ivr.domain.banking import Account, AccountState, AccountToken, CustomerFacts, CustomerKind
from ivr.domain.call import When
from ivr.domain.problem import Category, Urgency
from ivr.flow.questions import Accounts, AccountsOf, Transfers
from ivr.flow.steps import LockedOut, Lookup, Unavailable, Verify
from tests.conversation import LI, LOCKED, NOW, RECORDING, Conversation, at_the_menu, digits

WHEN = ("anomaly_when",)
FROZEN = replace(LI, account_state=AccountState.FROZEN)


def account(state: AccountState, last_four: str = "6217") -> Account:
    """An account that can do so much."""
    return Account(account=AccountToken(f"account-{last_four}"), last_four=last_four, state=state)


def verified(customer: CustomerFacts = FROZEN) -> Conversation:
    """A customer whose account behaves strangely, and whose password was right."""
    return at_the_menu().presses("2", "1").keys_in(customer).is_verified().hears("verified")


@pytest.mark.parametrize(("key", "when"), [("1", When.TODAY), ("2", When.YESTERDAY), ("3", When.EARLIER)])
def test_time_operation_and_status_stand_in_the_ticket_h2_2b(key: str, when: When) -> None:
    """When by key, what in the caller's own words, the state from the bank; then a person."""
    call = at_the_menu().presses("2").hears(*WHEN).presses(key)
    call.expects("ask_identity_number").keys_in(FROZEN).expects("ask_password").is_silent()
    call.hears("anomaly_describe").tells().hears("description_kept")
    call.hears("ticket_number_is", digits("1000 0007")).hears("to_a_person").waits_in("service", priority=20)
    (ticket,) = call.tickets
    assert ticket.category is Category.ACCOUNT_ANOMALY
    summary = ticket.summary
    assert (summary.when, summary.account_status, summary.recording) == (when.value, "frozen", RECORDING)


def test_who_cannot_say_who_he_is_is_heard_all_the_same_h2_2b() -> None:
    """Three numbers that are nobody's; the anomaly is told, and the ticket names no customer."""
    call = at_the_menu().presses("2", "1").keys_in_nonsense().keys_in_nonsense().keys_in_nonsense()
    call.hears("not_identified").expects("anomaly_describe").tells().in_a_queue()
    assert call.tickets[0].customer is None


def test_who_does_not_want_to_tell_is_brought_to_a_person_h2_2b() -> None:
    """Silence three times, and a person with what there is."""
    call = at_the_menu().presses("2", "1").keys_in(LI).is_silent().hears("anomaly_describe").is_silent()
    call.expects("nothing_recorded", "menu_person", "anomaly_describe").is_silent().is_silent().hears("to_a_person")
    assert call.in_a_queue().tickets[0].summary.when == "today"


def test_an_anomaly_with_signs_of_a_takeover_is_an_emergency_h2_1d() -> None:
    """Before anything more is asked."""
    taken_over = replace(LI, contact_changed_at=NOW - timedelta(days=1), large_transfers=1)
    call = at_the_menu().presses("2", "1").keys_in(taken_over).hears("to_duty").waits_in("emergency", priority=100)
    assert call.known.urgency is Urgency.EMERGENCY


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (AccountState.NORMAL, "account_normal"),
        (AccountState.DORMANT, "account_dormant"),
        (AccountState.FROZEN, "account_frozen"),
        (AccountState.JUDICIALLY_FROZEN, "account_restricted"),
    ],
)
def test_the_state_of_his_account_is_told_to_whoever_is_verified_h2_2b(state: AccountState, told: str) -> None:
    """From the bank; of a judicial freeze no more than that a person tells."""
    call = verified()
    assert call.step == Lookup(AccountsOf(LI.customer))
    call.is_answered(Accounts((account(state),))).hears("your_account_ending_in", digits("6217"), told)
    call.hears("anomaly_describe")


def test_each_account_is_told_by_its_last_four_h2_2b() -> None:
    """A closed one is not spoken of."""
    accounts = (account(AccountState.FROZEN), account(AccountState.CLOSED, "1"), account(AccountState.NORMAL, "0042"))
    call = verified().is_answered(Accounts(accounts)).hears("your_account_ending_in", digits("6217"), "account_frozen")
    call.hears("your_account_ending_in", digits("0042"), "account_normal").hears("anomaly_describe")


def test_where_a_fraud_is_suspected_a_freeze_is_not_explained_h2_2b() -> None:
    """Nobody tips off or reveals: a person tells what may be told."""
    call = verified(replace(FROZEN, fraud_marked=True)).is_answered(Accounts((account(AccountState.FROZEN),)))
    call.hears("your_account_ending_in", digits("6217"), "account_restricted")


def not_verified() -> list[Conversation]:
    """Everyone who comes to telling what happened without having shown who he is."""
    asked = at_the_menu().presses("2", "1").keys_in(FROZEN)
    locked = at_the_menu().presses("2", "1").keys_in(FROZEN).replies(Verify, LockedOut()).hears(*LOCKED)
    away = at_the_menu().presses("2", "1").keys_in(FROZEN).replies(Verify, Unavailable()).hears("bank_down")
    no_password = at_the_menu().presses("2", "1").keys_in(replace(FROZEN, has_password=False))
    staff = at_the_menu().presses("2", "1").keys_in(customer(CustomerKind.INTERNAL))
    nobody = at_the_menu().presses("2", "1").keys_in_nonsense().keys_in_nonsense().keys_in_nonsense()
    return [asked.is_silent(), locked, away, no_password, staff, nobody.hears("not_identified")]


@pytest.mark.parametrize("way", range(6))
def test_who_is_not_verified_hears_nothing_of_any_account_h2_2b(way: int) -> None:
    """He tells what happened all the same, and the state stands in the ticket alone."""
    call = not_verified()[way]
    call.hears("anomaly_describe").tells().in_a_queue()
    assert call.tickets[0].summary.account_status in (None, "frozen", "normal")


def test_whoever_is_verified_already_is_not_asked_again_h2_2b() -> None:
    """The level that was reached for a balance is good for this too."""
    call = at_the_menu().presses("5", "2").keys_in(LI).is_verified().is_answered(Transfers(()))
    call.presses("1", "2", "1")
    assert call.step == Lookup(AccountsOf(LI.customer))


def test_a_bank_that_does_not_answer_keeps_nobody_from_telling_h2_2b() -> None:
    """The person who comes next tells how the account is."""
    verified().is_answered(None).hears("anomaly_describe").tells().in_a_queue()


def test_a_locked_caller_is_not_asked_for_a_password_h2_2b() -> None:
    """He was told what stays open."""
    call = at_the_menu().presses("5", "1").keys_in(LI).replies(Verify, LockedOut()).hears(*LOCKED)
    call.presses("1", "2", "1").hears("anomaly_describe")


def test_the_one_who_asks_for_a_person_instead_of_a_password_gets_one_h2_2b() -> None:
    """Nothing more is asked."""
    at_the_menu().presses("2", "1").keys_in(LI).escapes("0").hears("to_a_person").in_a_queue()
