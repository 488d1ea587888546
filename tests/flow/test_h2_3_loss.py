"""H2.3: a lost card is blocked at once; a block is ended only for someone we are very sure of."""

from dataclasses import replace

import pytest

from ivr.application.step_endings import BLOCKED, DEBIT
from ivr.domain.banking import Block, BlockUndone, Card, CardState, CardToken
from ivr.domain.call import Done
from ivr.domain.caller import Language
from ivr.domain.problem import Category
from ivr.domain.reasons import Reason
from ivr.domain.spoken import Duration, Unit
from ivr.domain.ticket import TicketKind
from ivr.flow.deeds import BlockCard, SendText, UndoBlock
from ivr.flow.questions import Cards
from ivr.flow.steps import Refused, Unsure
from tests.conversation import LI, NOW, Conversation, at_the_menu, digits

FIVE_DAYS = Duration(5, Unit.DAYS, Language.ZH)
DONE = Block(card=DEBIT.card, last_four="6217", until=NOW, term_days=5, already_blocked=False, reference="B1")
UNDONE = BlockUndone(card=BLOCKED.card, last_four="0042", was_blocked=True, reference="B2")


def reporting_a_loss(*cards: Card) -> Conversation:
    """An identified customer with these cards."""
    return at_the_menu().presses("1", "2").keys_in(LI).is_answered(Cards(cards))


def blocking() -> Conversation:
    """His only card, confirmed."""
    call = reporting_a_loss(DEBIT)
    call.hears("confirm_loss", digits("6217"), "confirm_loss_choice")
    return call.presses("1")


def test_a_lost_card_is_confirmed_blocked_and_told_with_its_term_h2_3() -> None:
    """「您尾号××××的卡已办理临时挂失，有效期五天…」, the ticket's number, and the same in a text."""
    call = blocking().is_done(DONE)
    call.hears("your_card_ending_in", digits("6217"), "loss_done", FIVE_DAYS, "loss_done_until")
    call.hears("ticket_number_is", digits("1000 0007")).hears("result_by_sms").hears("anything_else")
    assert BlockCard(LI.customer, DEBIT.card) in call.deeds
    (ticket,) = call.tickets
    assert (ticket.kind, ticket.category) == (TicketKind.LOSS_REPORT, Category.LOSS)
    assert (ticket.summary.card_last_four, ticket.summary.reference) == ("6217", "B1")
    (text,) = [deed for deed in call.deeds if isinstance(deed, SendText)]
    assert dict(text.values) == {"tail": "6217", "days": "5", "ticket": "10000007"}
    assert call.known.done == (Done.CARD_BLOCKED,)
    assert call.known.served


def test_of_several_cards_one_is_chosen_by_its_last_four_h2_3() -> None:
    """`2` at the confirmation goes back to the choice."""
    call = reporting_a_loss(DEBIT, BLOCKED)
    choice = (
        "choose_card",
        *("ending_in", digits("6217"), "a_debit_card", "press_1"),
        *("ending_in", digits("0042"), "a_credit_card", "press_2"),
    )
    call.hears(*choice).presses("1", "2").hears(*choice).presses("2")
    call.hears("confirm_loss", digits("0042"), "confirm_loss_choice")


def test_seven_cards_are_read_in_fours_round_and_round_h2_3() -> None:
    """Five options at most; the fifth goes on."""
    cards = [replace(DEBIT, card=CardToken(f"card-{n}"), last_four=f"000{n}") for n in range(7)]
    call = reporting_a_loss(*cards)

    def page(*shown: int) -> tuple[object, ...]:
        return "choose_card", *(
            word
            for place, n in enumerate(shown, 1)
            for word in ("ending_in", digits(f"000{n}"), "a_debit_card", f"press_{place}")
        )

    call.hears(*page(0, 1, 2, 3), "more_press_5").presses("5")  # type: ignore[arg-type]
    call.hears(*page(4, 5, 6), "more_press_5").presses("4").hears("wrong_key", *page(4, 5, 6), "more_press_5")  # type: ignore[arg-type]
    call.presses("5").hears(*page(0, 1, 2, 3), "more_press_5").presses("5", "3")  # type: ignore[arg-type]
    call.hears("confirm_loss", digits("0006"), "confirm_loss_choice")


def test_the_only_card_is_not_the_one_and_a_person_helps_on_h2_3() -> None:
    """Nothing is blocked against the caller's will."""
    call = reporting_a_loss(DEBIT).presses("2").hears("to_a_person").in_a_queue()
    assert not [deed for deed in call.deeds if isinstance(deed, BlockCard)]


def test_a_card_that_is_blocked_already_is_told_so_h2_3() -> None:
    """No second text."""
    call = (
        blocking()
        .is_done(replace(DONE, already_blocked=True))
        .hears("your_card_ending_in", digits("6217"), "loss_done_already")
    )
    call.presses("2")
    assert not [deed for deed in call.deeds if isinstance(deed, SendText)]


@pytest.mark.parametrize("already", [True, False])
def test_a_card_reported_at_a_branch_is_told_so_and_has_no_term_h2_3(already: bool) -> None:
    """Only a branch ends it."""
    call = blocking().is_done(replace(DONE, already_blocked=already, until=None, term_days=None))
    call.hears("your_card_ending_in", digits("6217"), "loss_done_for_good").presses("2")
    assert not [deed for deed in call.deeds if isinstance(deed, SendText)]


@pytest.mark.parametrize("cards", [(), (replace(DEBIT, state=CardState.CLOSED),)])
def test_no_card_to_block_goes_to_a_person_h2_3(cards: tuple[Card, ...]) -> None:
    """Told, and still urgent."""
    reporting_a_loss(*cards).hears("no_cards").hears("to_a_person").waits_in("service", priority=20)


def test_a_bank_that_does_not_answer_does_not_leave_a_loss_alone_h2_3() -> None:
    """An apology, and a person."""
    call = at_the_menu().presses("1", "2").keys_in(LI).is_answered(None)
    call.hears("bank_down").hears("to_a_person").waits_in("service", priority=20)


def test_a_block_that_was_refused_goes_to_a_person_h2_3() -> None:
    """Nothing is claimed to be done, and the person reads in the ticket what was not."""
    call = blocking().is_refused(Refused("other")).hears("block_refused").hears("to_a_person")
    assert call.in_a_queue().known.done == ()
    assert call.tickets[-1].summary.words == "block_refused"


def test_a_block_that_nobody_is_sure_of_is_an_emergency_h2_1d() -> None:
    """Told truthfully, and the officer on duty looks at once."""
    call = blocking().is_refused(Unsure()).hears("block_unsure").hears("to_duty").waits_in("emergency", priority=100)
    assert Reason.BLOCK_UNSURE in call.tickets[-1].reasons
    assert call.tickets[-1].summary.words == "block_unsure"


def test_a_need_after_a_block_gets_a_ticket_of_its_own_h1_2d() -> None:
    """A second need never hides in the first one's ticket."""
    call = blocking().is_done(DONE).presses("1", "3", "2").tells().in_a_queue()
    assert [ticket.kind for ticket in call.tickets] == [TicketKind.LOSS_REPORT, TicketKind.TRANSFER_PROBLEM]


def test_whoever_asks_for_a_person_after_a_block_needs_no_second_ticket_h1_2d() -> None:
    """All that is known stands in the first."""
    assert len(blocking().is_done(DONE).presses("0").in_a_queue().tickets) == 1


def very_sure(*cards: Card) -> Conversation:
    """Level 4, with these cards."""
    call = at_the_menu().presses("1", "3").keys_in(LI).is_verified().has_sent_a_code().is_verified()
    return call.is_answered(Cards(cards))


def test_a_card_found_again_is_freed_at_level_four_h2_3() -> None:
    """Only blocked cards are offered; confirmed, undone, told."""
    call = very_sure(DEBIT, BLOCKED).hears("confirm_undo", digits("0042"), "confirm_undo_choice")
    call.presses("1").is_done(UNDONE).hears("your_card_ending_in", digits("0042"), "block_undone").hears(
        "anything_else"
    )
    assert UndoBlock(LI.customer, BLOCKED.card) in call.deeds
    assert call.known.done == (Done.BLOCK_UNDONE,)


def test_a_block_that_only_a_branch_ends_is_not_offered_h2_3() -> None:
    """A formally lost card is none of ours to free."""
    very_sure(DEBIT, replace(BLOCKED, state=CardState.LOST)).hears("no_card_blocked").hears("anything_else")


@pytest.mark.parametrize(("how", "told"), [(Refused("other"), "undo_refused"), (Unsure(), "bank_down")])
def test_a_block_that_could_not_be_undone_goes_to_a_person_h2_3(how: Refused | Unsure, told: str) -> None:
    """Nothing is claimed to be done."""
    call = very_sure(BLOCKED).presses("1").is_refused(how).hears(told).hears("to_a_person")
    assert call.in_a_queue().known.done == ()
