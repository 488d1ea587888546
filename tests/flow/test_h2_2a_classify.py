"""H2.2a: every problem has a category of the standard scheme, noted before anyone is asked to help."""

import pytest

from ivr.domain.problem import Category
from ivr.domain.ticket import TicketKind
from tests.conversation import ANSWERED, LI, MENU, RECORDING, at_the_menu, digits


@pytest.mark.parametrize(
    ("keys", "category", "kind", "priority"),
    [
        ("1", Category.LOSS_OR_FRAUD, TicketKind.LOSS_REPORT, 20),
        ("12", Category.LOSS, TicketKind.LOSS_REPORT, 20),
        ("2", Category.ACCOUNT_ANOMALY, TicketKind.ACCOUNT_ANOMALY, 10),
        ("3", Category.TRANSFER_PROBLEM, TicketKind.TRANSFER_PROBLEM, 0),
        ("4", Category.COMPLAINT, TicketKind.COMPLAINT, 10),
        ("5", Category.ENQUIRY, TicketKind.ENQUIRY, 0),
        ("51", Category.BUSINESS, TicketKind.BUSINESS, 0),
        ("52", Category.BUSINESS, TicketKind.BUSINESS, 0),
        ("53", Category.ENQUIRY, TicketKind.ENQUIRY, 0),
        ("54", Category.PRODUCT_AND_RISK, TicketKind.ENQUIRY, 0),
        ("55", Category.ACCOUNT_MANAGEMENT, TicketKind.BUSINESS, 0),
    ],
)
def test_each_need_is_classed_and_its_ticket_and_place_follow_h2_2a(
    keys: str, category: Category, kind: TicketKind, priority: int
) -> None:
    """Whoever then asks for a person is brought to one with it."""
    call = at_the_menu().presses(*keys).asks_for_a_person().waits_in("service", priority=priority)
    assert call.known.category is category
    assert [ticket.kind for ticket in call.tickets] == [kind]


def test_whoever_says_nothing_of_his_need_has_a_ticket_too_h1_2d() -> None:
    """Its category is unknown, and says so."""
    call = at_the_menu().presses("0").in_a_queue()
    assert [ticket.category for ticket in call.tickets] == [Category.UNKNOWN]


def test_a_complaint_is_told_in_the_callers_words_and_owned_h2_2a() -> None:
    """Nobody has to say who he is; the number is told; a person comes."""
    call = at_the_menu().presses("4").tells()
    call.hears("complaint_number_is", digits("1000 0007")).hears(*ANSWERED).hears("to_a_person")
    call.waits_in("service", priority=10)
    (ticket,) = call.tickets
    assert (ticket.kind, ticket.customer, ticket.summary.recording) == (TicketKind.COMPLAINT, None, RECORDING)


def test_a_complaint_that_nobody_speaks_reaches_a_person_h2_2a() -> None:
    """Silence is told with the ways out, and is no dead end."""
    call = at_the_menu().presses("4").is_silent().expects("nothing_recorded", "menu_person", "complaint_record")
    call.is_silent().is_silent().hears("to_a_person").waits_in("service", priority=10)


def test_a_ticket_system_that_is_away_loses_no_complaint_h1_2d() -> None:
    """The caller is told that the number comes later, and the aftermath opens it."""
    call = at_the_menu(tickets_open=False).presses("4").tells().hears("ticket_later").hears(*ANSWERED)
    assert call.known.to_file


def test_account_management_goes_to_a_person_who_knows_who_calls_h1_1a() -> None:
    """What changes contact data is no self-service."""
    call = at_the_menu().presses("5", "5").keys_in(LI).hears("to_a_person").waits_in("service", priority=0)
    assert call.tickets[-1].customer == LI.customer
    at_the_menu().presses("5", "5").keys_in_nonsense().keys_in_nonsense().keys_in_nonsense().in_a_queue()


@pytest.mark.parametrize("key", ["1", "3", "5"])
def test_eight_leads_from_a_second_level_menu_back_to_the_first_h2_2a(key: str) -> None:
    """Whoever took a wrong turn is not kept there, and has lost nothing."""
    call = at_the_menu().presses(key, "8").hears(*MENU).presses("8").hears("wrong_key", *MENU)
    call.presses("5", "4").expects("anything_else")
