"""H2.1c: who is calling and how sure we are; asked only when the business demands it."""

from dataclasses import replace

import pytest

from ivr.application.step_endings import customer
from ivr.domain.banking import ContactToken, CustomerKind, IdKind
from ivr.domain.caller import Language, VerificationLevel
from ivr.flow.deeds import SendCode
from ivr.flow.hotline import hotline
from ivr.flow.questions import BalancesOf, Cards, CardsOf, TicketLines
from ivr.flow.steps import (
    Identify,
    LockedOut,
    Lookup,
    Menu,
    QueueExit,
    Recognised,
    Record,
    Refused,
    Unavailable,
    Unsure,
    Verify,
)
from tests.conversation import LI, LOCKED, MANNERS, MENU, Conversation, at_the_menu, digits, incoming

CONTACT = ContactToken("contact-1")
COMPANY = customer(CustomerKind.CORPORATE)
STAFF = customer(CustomerKind.INTERNAL)


def asking_for_the_balance() -> Conversation:
    """Level 3 is needed."""
    return at_the_menu().presses("5", "1")


def undoing_a_block() -> Conversation:
    """Level 4 is needed."""
    return at_the_menu().presses("1", "3")


@pytest.mark.parametrize("keys", ["4", "54", "11"])
def test_nobody_has_to_say_who_he_is_for_a_complaint_information_or_a_fraud_h2_1c(keys: str) -> None:
    """Level 0 may do it."""
    assert not isinstance(at_the_menu().presses(*keys).hears_out().step, Identify)


def test_the_number_is_read_back_by_its_last_four_h2_1c() -> None:
    """Level 2 only after the caller says that it is right."""
    call = at_the_menu().presses("5", "3").replies(Identify, Recognised(LI, IdKind.CARD, "6217"))
    assert call.known.verification < VerificationLevel.IDENTIFIED
    call.expects("read_back_ending", digits("6217"), "read_back_choice").presses("1")
    assert call.known.verification is VerificationLevel.IDENTIFIED
    assert (call.known.customer, call.known.last_four) == (LI, "6217")


def test_a_number_that_was_keyed_wrong_is_keyed_anew_h2_1c() -> None:
    """`2`: the caller is not taken for another."""
    call = at_the_menu().presses("5", "3").replies(Identify, Recognised(LI, IdKind.CARD, "6217")).presses("2")
    call.expects("ask_identity_number")
    assert call.known.customer is None


def test_three_numbers_that_are_nobodys_bring_the_caller_to_a_person_h2_1c() -> None:
    """Each failure is told; none says which part was wrong."""
    call = at_the_menu().presses("5", "3").expects("ask_identity_number").keys_in_nonsense()
    call.expects("number_not_found", "final_x")
    call.keys_in_nonsense().keys_in_nonsense().hears("not_identified").hears("to_a_person")


def test_silence_while_keying_offers_a_person_and_an_emergency_h2_1c() -> None:
    """`*0` and `*9` are told; three silences bring the caller to a person."""
    call = at_the_menu().presses("5", "3").is_silent().expects("entry_silence", "ask_identity_number")
    call.is_silent().is_silent().hears("to_a_person").waits_in("service", priority=0)


@pytest.mark.parametrize("keys", ["53", "21", "32", "55"])
def test_star_zero_while_keying_reaches_a_person_and_nothing_more_is_asked_h2_1c(keys: str) -> None:
    """Also where the story would go on with somebody who cannot say who he is: this caller asked for a person."""
    at_the_menu().presses(*keys).escapes("0").hears("to_a_person").in_a_queue()


def test_star_nine_while_keying_is_an_emergency_after_one_more_nine_h2_1c() -> None:
    """`*` there goes back to the number; hearing it again is no failure."""
    call = at_the_menu().presses("5", "3")
    for _ in range(5):
        call.escapes("9").expects("confirm_emergency").presses("*").expects("ask_identity_number")
    call.escapes("9").presses("9").hears("to_duty").waits_in("emergency", priority=100)


def test_the_bank_does_not_know_now_and_a_person_helps_on_h2_1c() -> None:
    """Told with an apology."""
    at_the_menu().presses("5", "3").replies(Identify, Unavailable()).hears("bank_down").hears("to_a_person")


def test_a_number_that_is_too_short_is_told_so_h2_1c() -> None:
    """A slip is none of the three that are nobody's; whoever keys in nothing whole comes to a person."""
    call = at_the_menu().presses("5", "3").keys_in_too_little().expects("number_incomplete", "ask_identity_number")
    call.keys_in_too_little().keys_in_too_little().hears("to_a_person").in_a_queue()
    call = at_the_menu().presses("5", "3").keys_in_nonsense().keys_in_too_little()
    call.expects("number_incomplete", "number_not_found", "final_x").keys_in_nonsense().keys_in(LI)


def test_a_password_that_is_too_short_is_told_so_h2_1c() -> None:
    """No wrong try is counted for it."""
    call = asking_for_the_balance().keys_in(LI).keys_in_too_little().expects("number_incomplete", "ask_password")
    assert call.is_verified().step == Lookup(BalancesOf(LI.customer))


def test_a_code_that_came_too_late_is_told_and_another_is_sent_h2_1c() -> None:
    """Or none, as the caller likes; three that came too late bring him to a person."""
    call = undoing_a_block().keys_in(LI).is_verified().has_sent_a_code().is_too_late()
    call.expects("code_expired", "code_again").presses("1").has_sent_a_code().expects("ask_code").is_verified()
    assert call.known.verification is VerificationLevel.STRONG
    assert len([deed for deed in call.deeds if isinstance(deed, SendCode)]) == 2
    undoing_a_block().keys_in(LI).is_verified().has_sent_a_code().is_too_late().presses("2").expects("anything_else")
    call = undoing_a_block().keys_in(LI).is_verified()
    for _ in range(3):
        call.has_sent_a_code().is_too_late().presses("1")
    call.hears("to_a_person").in_a_queue()


def test_whoever_has_said_who_he_is_is_not_asked_again_h2_1c() -> None:
    """The next need goes on from the level that was reached."""
    call = at_the_menu().presses("5", "3").keys_in(LI).is_answered(TicketLines(())).hears("no_tickets").presses("1")
    call.presses("5", "3")
    assert isinstance(call.step, Lookup)
    call.is_answered(TicketLines(())).presses("1").presses("5", "1")
    assert isinstance(call.step, Verify)


def test_a_password_makes_level_three_h2_1c() -> None:
    """Only then is a balance looked up."""
    call = asking_for_the_balance().keys_in(LI).expects("ask_password").is_verified()
    assert call.known.verification is VerificationLevel.VERIFIED
    assert call.step == Lookup(BalancesOf(LI.customer))


def test_a_wrong_password_is_told_and_three_lock_h2_1c() -> None:
    """Then it is told what is still open, and the caller goes on."""
    call = asking_for_the_balance().keys_in(LI).is_denied(2).expects("verification_failed").is_denied(1).is_denied(0)
    call.hears(*LOCKED).expects("anything_else")
    assert call.known.locked_out
    assert call.known.verification is VerificationLevel.IDENTIFIED


def test_a_locked_caller_can_still_report_a_loss_h2_1c() -> None:
    """A lock would be a weapon in the hands of whoever knows a customer's number."""
    call = asking_for_the_balance().keys_in(LI).replies(Verify, LockedOut()).hears(*LOCKED).presses("1", "1", "2")
    assert call.step == Lookup(CardsOf(LI.customer))


def test_a_locked_caller_can_still_complain_h2_1c() -> None:
    """Level 0."""
    call = asking_for_the_balance().keys_in(LI).replies(Verify, LockedOut()).presses("1", "4")
    assert isinstance(call.step, Record)


def test_a_locked_caller_reaches_a_person_h2_1c() -> None:
    """By `0`, and by silence, since nothing has been done for him."""
    call = asking_for_the_balance().keys_in(LI).replies(Verify, LockedOut()).hears(*LOCKED)
    call.presses("0").hears("to_a_person").in_a_queue()
    call = asking_for_the_balance().keys_in(LI).replies(Verify, LockedOut()).is_silent().is_silent().is_silent()
    call.hears("to_a_person").in_a_queue()


def test_a_locked_caller_reaches_the_duty_officer_h2_1c() -> None:
    """An emergency knows no lock."""
    call = asking_for_the_balance().keys_in(LI).replies(Verify, LockedOut()).presses("9", "9").hears("to_duty")
    call.waits_in("emergency", priority=100)


def test_no_password_set_is_told_and_a_person_helps_on_h2_1c() -> None:
    """Nobody is asked for a secret that does not exist."""
    asking_for_the_balance().keys_in(replace(LI, has_password=False)).hears("no_password").hears("to_a_person")


def test_a_code_makes_level_four_h2_1c() -> None:
    """Password first, then a code to the registered mobile."""
    call = undoing_a_block().keys_in(LI).is_verified()
    assert not isinstance(call.step, Verify)
    call.has_sent_a_code().expects("ask_code").is_verified().hears("verified")
    assert call.known.verification is VerificationLevel.STRONG
    call.is_answered(Cards(())).hears("no_card_blocked")


def test_a_wrong_code_is_told_and_locks_h2_1c() -> None:
    """Level 3 stays; nothing is undone."""
    call = undoing_a_block().keys_in(LI).is_verified().has_sent_a_code()
    call.is_denied(1).expects("verification_failed").is_denied(0).hears(*LOCKED)
    call.expects("anything_else")
    assert call.known.verification is VerificationLevel.VERIFIED


def test_no_mobile_is_told_and_a_person_helps_on_h2_1c() -> None:
    """A code cannot go anywhere."""
    call = undoing_a_block().keys_in(replace(LI, has_mobile=False)).is_verified()
    call.hears("no_mobile").hears("to_a_person")


def test_a_code_that_was_not_sent_is_told_h2_1c() -> None:
    """Refused by the gateway, or nobody knows: a person helps on."""
    undoing_a_block().keys_in(LI).is_verified().is_refused(Refused("other")).hears("code_not_sent").hears("to_a_person")
    undoing_a_block().keys_in(LI).is_verified().is_refused(Unsure()).hears("bank_down").hears("to_a_person")


def test_a_company_is_verified_by_its_authorised_contact_h1_1b() -> None:
    """The contact's own number first, then his password; and the code goes to him."""
    call = undoing_a_block().keys_in(COMPANY, IdKind.COMPANY_NUMBER)
    assert isinstance(call.step, Verify)
    assert [word.prompt for word in call.step.contact_sentences] == ["ask_contact_number"]  # type: ignore[union-attr]
    call.is_verified_as(CONTACT)
    assert call.known.contact == CONTACT
    call.has_sent_a_code()
    assert SendCode(COMPANY.customer, CONTACT, Language.ZH) in call.deeds


@pytest.mark.parametrize("keys", ["51", "52", "53", "12", "13", "31"])
def test_staff_get_no_customer_data_by_self_service_h1_1b(keys: str) -> None:
    """Staff are served by staff."""
    call = at_the_menu().presses(*keys).keys_in(STAFF, IdKind.STAFF_NUMBER)
    call.hears("staff_no_customer_data").hears("to_a_person").in_a_queue()


def test_a_number_that_calls_is_only_a_hint_h2_1c() -> None:
    """Level 1: no name is spoken, and nothing is done by it."""
    call = at_the_menu(hint=LI).hears(*MENU)
    assert call.known.verification is VerificationLevel.RECOGNISED
    call = at_the_menu(hint=LI).presses("1", "2")
    assert isinstance(call.step, Identify)


def test_whoever_asks_for_a_person_within_the_greeting_is_recognised_first_h2_1c() -> None:
    """The agent's screen has the hint, and the queue the place that goes with it."""
    call = Conversation(hotline(incoming(), MANNERS), hint=replace(LI, fraud_marked=True)).presses("0")
    call.hears("to_a_person").waits_in("service", priority=20)
    assert call.known.hint is not None


def test_the_elderly_go_straight_to_a_person_h2_1c() -> None:
    """No menu before (CBIRC 2021), and ahead of the ordinary."""
    call = at_the_menu(hint=customer(vulnerable=True)).hears("straight_to_a_person").waits_in("service", priority=14)
    call.comes_back(QueueExit.ANSWERED).hears("after_person").hears("goodbye").is_over()


def test_the_elderly_whom_nobody_answers_are_told_and_served_like_everyone_h2_1c() -> None:
    """Nobody falls into a menu without a word."""
    call = at_the_menu(hint=customer(vulnerable=True)).hears("straight_to_a_person").comes_back(QueueExit.NOBODY_THERE)
    call.hears("nobody_free").hears_out()
    assert isinstance(call.step, Menu)
    call.expects(*MENU)


def test_the_elderly_who_then_serve_themselves_hear_once_that_nobody_was_free_h2_1c() -> None:
    """And whoever waits in vain again is told again."""

    def served() -> Conversation:
        call = at_the_menu(hint=customer(vulnerable=True)).in_a_queue().comes_back(QueueExit.NOBODY_THERE)
        return call.hears("nobody_free").presses("5", "4").expects("anything_else")

    served().presses("2").hears("goodbye").is_over()
    call = served().presses("0").in_a_queue().comes_back(QueueExit.TIMED_OUT)
    call.hears("nobody_free").hears("goodbye").is_over()
