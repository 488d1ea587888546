"""H2.3: a lost card is blocked at once (临时挂失); the block is ended only for someone we are very sure of."""

from collections.abc import Sequence

from ivr.domain.banking import Block, BlockUndone, Card, CardKind, CardState
from ivr.domain.call import Done, Undone
from ivr.domain.problem import Category
from ivr.domain.spoken import Digits, Duration, Unit
from ivr.flow.choosing import choose_one
from ivr.flow.deeds import BlockCard, SendText, UndoBlock
from ivr.flow.fraud import fraud_in_progress
from ivr.flow.identity import establish
from ivr.flow.menus import offer
from ivr.flow.need import choose_from
from ivr.flow.questions import Cards, CardsOf
from ivr.flow.steps import DidIt, Flow, Refused, Utterance, do, look_up, sentences
from ivr.flow.talk import NeedsPerson, Talk
from ivr.flow.tickets import open_ticket, tell_ticket
from ivr.policies.verification import Business

CHOOSE = {"confirm_loss": ("choose_card",), "confirm_undo": ()}
"""What is said before several cards are read out, by what is to be confirmed of one."""
KIND = {CardKind.DEBIT: "a_debit_card", CardKind.CREDIT: "a_credit_card"}


def loss_or_fraud(talk: Talk) -> Flow[None]:
    """A lost card, a fraud in progress, or a card that was found again."""
    key = yield from choose_from(talk, ("1", "menu_fraud"), ("2", "menu_loss"), ("3", "menu_found"))
    match key:
        case "1":
            yield from fraud_in_progress(talk)
        case "2":
            yield from block_a_card(talk)
        case _:
            yield from undo_a_block(talk)


def block_a_card(talk: Talk) -> Flow[None]:
    """Choose by last four, confirm, block, and say what was done and for how long. Level 2: a block protects."""
    yield from talk.judge(category=Category.LOSS)
    yield from establish(talk, Business.BLOCK_CARD)
    cards = yield from _cards(talk, (CardState.ACTIVE, CardState.LOSS_REPORTED))
    if not cards:
        yield from talk.say("no_cards")
        raise NeedsPerson
    card = yield from _choose_card(talk, cards, "confirm_loss")
    reply = yield from do(BlockCard(talk.customer, card.card))
    if isinstance(reply, DidIt) and isinstance(reply.result, Block):
        yield from _blocked(talk, reply.result)
    elif isinstance(reply, Refused):
        yield from talk.note(undone=(*talk.known.undone, Undone.BLOCK_REFUSED))
        yield from talk.say("block_refused")
        raise NeedsPerson
    else:
        yield from talk.note(unsure=True, undone=(*talk.known.undone, Undone.BLOCK_UNSURE))
        yield from talk.judge()
        yield from talk.say("block_unsure")
        talk.start_emergency_plan()


def undo_a_block(talk: Talk) -> Flow[None]:
    """A card was found again. Level 4, and never one that a branch has to free."""
    yield from talk.judge(category=Category.BUSINESS)
    if not (yield from establish(talk, Business.UNDO_BLOCK)):
        return
    cards = yield from _cards(talk, (CardState.LOSS_REPORTED,))
    if not cards:
        yield from talk.say("no_card_blocked")
        return
    card = yield from _choose_card(talk, cards, "confirm_undo")
    reply = yield from do(UndoBlock(talk.customer, card.card))
    if not isinstance(reply, DidIt) or not isinstance(reply.result, BlockUndone):
        yield from talk.say("undo_refused" if isinstance(reply, Refused) else "bank_down")
        raise NeedsPerson
    yield from talk.note(done=(*talk.known.done, Done.BLOCK_UNDONE), served=True)
    yield from talk.say("your_card_ending_in", Digits(card.last_four, talk.language), "block_undone")


def _blocked(talk: Talk, block: Block) -> Flow[None]:
    """「您尾号××××的卡已办理临时挂失，有效期五天…」, and the same in an SMS."""
    yield from talk.note(done=(*talk.known.done, Done.CARD_BLOCKED), served=True, to_file=True)
    tail = Digits(block.last_four, talk.language)
    if block.term_days is None:
        yield from talk.say("your_card_ending_in", tail, "loss_done_for_good")
    elif block.already_blocked:
        yield from talk.say("your_card_ending_in", tail, "loss_done_already")
    else:
        days = Duration(block.term_days, Unit.DAYS, talk.language)
        yield from talk.say("your_card_ending_in", tail, "loss_done", days, "loss_done_until")
    number = yield from open_ticket(talk, card=block.last_four, reference=block.reference)
    yield from tell_ticket(talk, number)
    texted = talk.known.customer is not None and talk.known.customer.has_mobile
    if texted and block.term_days is not None and not block.already_blocked:
        values = (("tail", block.last_four), ("days", str(block.term_days)), ("ticket", number or "–"))
        sent = yield from do(SendText(talk.customer, "card_blocked", talk.language, values))
        if isinstance(sent, DidIt):
            yield from talk.say("result_by_sms")


def _cards(talk: Talk, states: Sequence[CardState]) -> Flow[list[Card]]:
    answer = yield from look_up(CardsOf(talk.customer), Cards)
    if answer is None:
        yield from talk.say("bank_down")
        raise NeedsPerson
    return [card for card in answer.cards if card.state in states]


def _choose_card(talk: Talk, cards: Sequence[Card], confirm: str) -> Flow[Card]:
    """The one meant, confirmed."""
    while True:
        card = yield from choose_one(talk, cards, lambda one: _named(talk, one), CHOOSE[confirm])
        spoken = sentences(talk.language, confirm, Digits(card.last_four, talk.language), f"{confirm}_choice")
        if (yield from offer(talk, spoken, "12")) == "1":
            return card
        if len(cards) == 1:
            raise NeedsPerson


def _named(talk: Talk, card: Card) -> tuple[Utterance, ...]:
    return sentences(talk.language, "ending_in", Digits(card.last_four, talk.language), KIND[card.kind])
