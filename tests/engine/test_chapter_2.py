"""Chapter 2 on fakes: what the bank, the gateway and the archive do when a caller is served, and when they fail."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from ivr.adapters.bank.people import Example, Person, example
from ivr.adapters.memory.bank import memory_password
from ivr.adapters.memory.voice import Act, HangsUp, Listens, Presses, ScriptedCaller, Speaks, StaysSilent, Waits
from ivr.domain.banking import Block, CardState
from ivr.domain.call import Done, Outcome
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.domain.ticket import TicketKind
from ivr.domain.verification import Tried
from ivr.engine.storybook import Storybook
from ivr.flow.deeds import BlockCard, OpenTicket, SendText
from ivr.flow.manners import Manners
from ivr.flow.steps import Do, JoinQueue
from ivr.ports.codec import encode_fact
from ivr.ports.journal import Answered, Asked, Fact
from tests.conversation import incoming
from tests.engine.line import CALL, Line, numbered

MANNERS = Manners(survey=False)
TO_BLOCK = (Presses("1"), Listens("how_can_we_help"), Presses("1"), Listens("menu_loss"), Presses("2"))
TO_BALANCE = (Presses("1"), Listens("how_can_we_help"), Presses("5"), Listens("menu_balance"), Presses("1"))
TO_UNDO = (Presses("1"), Listens("how_can_we_help"), Presses("1"), Listens("menu_found"), Presses("3"))


@pytest.fixture
def line() -> Line:
    """A line with a bank of forty."""
    return Line(Storybook.of(MANNERS))


def keyed(digits: str, prompt: str = "ask_identity_number") -> tuple[Act, ...]:
    """Keys in a number when asked for it."""
    return Listens(prompt), Presses(f"{digits}#")


def identified(person: Person) -> tuple[Act, ...]:
    """Says who he is by the number of his first card, and that it was read back right."""
    return (*keyed(person.cards[0].number), Listens("read_back_choice"), Presses("1"))


def password(person: Person) -> tuple[Act, ...]:
    """The right phone password."""
    return keyed(memory_password(person.number).reveal(), "ask_password")


def confirmed(question: str = "confirm_loss_choice") -> tuple[Act, ...]:
    """Yes, that card."""
    return Listens(question), Presses("1")


def the(line: Line, kind: Example) -> Person:
    """The plainest of the bank's customers of this kind."""
    return example(kind, line.world.bank.people)


async def states(line: Line, person: Person) -> list[CardState]:
    """Of his cards, as the bank has them."""
    return [card.state for card in await line.world.bank.cards(line.world.bank.token_of(person))]


async def test_a_lost_card_is_blocked_at_once_h2_3(line: Line) -> None:
    """By its number and a confirming key: blocked, told for how long, a ticket opened, an SMS sent."""
    person = the(line, Example.ORDINARY)
    caller = ScriptedCaller(*TO_BLOCK, *identified(person), *confirmed(), Listens("anything_else"), Presses("2"))
    session = await line.arrives(caller)
    assert session.left_for == "finish"
    record = await line.record()
    assert CardState.LOSS_REPORTED in await states(line, person)
    assert record.known.done == (Done.CARD_BLOCKED,)
    assert record.known.verification is VerificationLevel.IDENTIFIED
    assert record.ending is not None
    assert record.ending.outcome is Outcome.SELF_SERVED
    [ticket] = await line.world.tickets.of_call(CALL)
    assert (ticket.kind, ticket.category) == (TicketKind.LOSS_REPORT, Category.LOSS)
    assert ticket.summary.card_last_four == person.cards[0].number[-4:]
    assert "ticket_number_is" in caller.heard
    assert person.mobile is not None
    assert await line.world.sms.read_latest(person.mobile) is not None


@pytest.mark.parametrize("deed", ["BlockCard", "OpenTicket", "SendText"])
async def test_killed_in_the_middle_of_a_deed_it_is_done_once(line: Line, deed: str) -> None:
    """The bank blocks once, one ticket is opened, one message sent; the caller hears the end of it."""
    person = the(line, Example.ORDINARY)
    world = line.world
    port, method = {
        "BlockCard": (world.bank, "block_card"),
        "OpenTicket": (world.tickets, "open"),
        "SendText": (world.sms, "send"),
    }[deed]
    really, done, hold, effects = getattr(port, method), asyncio.Event(), asyncio.Event(), []

    async def do_and_hang(*arguments: object) -> object:
        result = await really(*arguments)
        effects.append((arguments[-1], str(result)))
        done.set()
        await hold.wait()
        return result

    setattr(port, method, do_and_hang)
    caller = ScriptedCaller(*TO_BLOCK, *identified(person), *confirmed(), Listens("anything_else"), Presses("2"))
    await line.arrives(caller)
    assert done.is_set()
    hold.set()
    await line.killed()
    session = await line.arrives(caller, attempt=2)
    assert session.left_for == "finish"
    assert len(effects) == 2
    assert len(set(effects)) == 1, "the second time is the first"
    assert len(await world.tickets.of_call(CALL)) == 1
    assert (await line.record()).known.done == (Done.CARD_BLOCKED,)


async def test_a_bank_that_loses_its_answer_has_blocked_once(line: Line) -> None:
    """Asked again under the same effect id, it says what it did."""
    person = the(line, Example.ORDINARY)
    bank = line.world.bank
    really = bank.block_card

    async def lose_the_first(*arguments: object) -> Block:
        bank.block_card = really  # type: ignore[method-assign]
        bank.loses_answers = True
        try:
            return await really(*arguments)  # type: ignore[arg-type]
        finally:
            bank.loses_answers = False

    bank.block_card = lose_the_first  # type: ignore[method-assign]
    caller = ScriptedCaller(*TO_BLOCK, *identified(person), *confirmed(), Listens("anything_else"), Presses("2"))
    session = await line.arrives(caller)
    await line.clock.advance(5)
    await line.settle()
    assert session.left_for == "finish"
    assert "loss_done_already" not in caller.heard
    assert (await line.record()).known.done == (Done.CARD_BLOCKED,)


async def test_a_block_that_nobody_can_confirm_is_an_emergency_h2_1d(line: Line) -> None:
    """The caller is told the truth and brought to the officer on duty."""
    person = the(line, Example.ORDINARY)
    ready = asyncio.Event()
    caller = ScriptedCaller(*TO_BLOCK, *identified(person), Listens("confirm_loss_choice"), Waits(ready), Presses("1"))
    session = await line.arrives(caller)
    line.world.bank.down = True
    ready.set()
    await line.settle()
    for _ in range(20):
        await line.clock.advance(2)
        await line.settle()
    assert session.handed_over is not None
    assert session.handed_over[0].queue == "emergency"
    assert "block_unsure" in caller.heard
    await line.caller_hangs_up()
    record = await line.record()
    assert record.known.unsure
    assert record.known.urgency is Urgency.EMERGENCY
    assert Reason.BLOCK_UNSURE in record.known.urgency_reasons


async def test_a_bank_that_is_down_is_apologised_for_and_a_person_helps_on(line: Line) -> None:
    """Whoever cannot be looked up is not left alone."""
    line.world.bank.down = True
    caller = ScriptedCaller(*TO_BLOCK, *keyed("6217001234567890"))
    session = await line.arrives(caller)
    assert session.left_for == "queue"
    assert caller.heard[-2:] == ["bank_down", "to_a_person"]


async def test_a_balance_is_told_to_whoever_is_verified_h2_1c(line: Line) -> None:
    """Level 3 by the phone password; the amount stands in no event."""
    person = the(line, Example.ORDINARY)
    caller = ScriptedCaller(*TO_BALANCE, *identified(person), *password(person), Listens("anything_else"), Presses("2"))
    session = await line.arrives(caller)
    assert session.left_for == "finish"
    record = await line.record()
    assert record.known.verification is VerificationLevel.VERIFIED
    assert record.known.done == (Done.BALANCE_TOLD,)
    assert "available_balance" in caller.heard


async def test_three_wrong_passwords_lock_and_the_card_can_still_be_blocked(line: Line) -> None:
    """A lock closes verification by keypad, and nothing else: it is no weapon."""
    person = the(line, Example.ORDINARY)
    wrong = f"{(int(memory_password(person.number).reveal()) + 1) % 10**6:06}"
    caller = ScriptedCaller(
        *TO_BALANCE,
        *identified(person),
        *keyed(wrong, "ask_password"),
        *keyed(wrong, "verification_failed"),
        *keyed(wrong, "verification_failed"),
        Listens("locked_stays_open", "anything_else"),
        Presses("1"),
        Listens("how_can_we_help"),
        Presses("1"),
        Listens("menu_loss"),
        Presses("2"),
        *confirmed(),
        Listens("anything_else"),
        Presses("2"),
    )
    session = await line.arrives(caller)
    assert session.left_for == "finish"
    assert CardState.LOSS_REPORTED in await states(line, person)
    assert (await line.record()).known.locked_out


async def test_a_locked_customer_is_locked_on_every_phone_for_a_day(line: Line) -> None:
    """The next call is told at once, without being asked for the password again."""
    await test_three_wrong_passwords_lock_and_the_card_can_still_be_blocked(line)
    person = the(line, Example.ORDINARY)
    again = ScriptedCaller(*TO_BALANCE, *identified(person), Listens("locked_stays_open"))
    await line.arrives(again, numbered(8))
    assert "ask_password" not in again.heard
    assert again.left_to_do == []


async def test_no_wrong_try_is_allowed_that_nobody_can_count(line: Line) -> None:
    """Without the archive verification is closed; a person is there."""
    person = the(line, Example.ORDINARY)
    line.world.attempts.down = True
    session = await line.arrives(ScriptedCaller(*TO_BALANCE, *identified(person)))
    assert session.left_for == "queue"


async def test_a_found_card_is_freed_only_with_a_code_h2_1c(line: Line) -> None:
    """Level 4: password, and the code that was sent to the registered mobile."""
    person = the(line, Example.LOSS_REPORTED)
    assert person.mobile is not None
    ready = asyncio.Event()
    script: list[Act] = [*TO_UNDO, *identified(person), *password(person), Listens("ask_code"), Waits(ready)]
    caller = ScriptedCaller(*script)
    await line.arrives(caller)
    text = await line.world.sms.read_latest(person.mobile)
    assert text is not None
    caller.then(
        Presses(f"{text.split()[-1]}#"), *confirmed("confirm_undo_choice"), Listens("anything_else"), Presses("2")
    )
    ready.set()
    await line.settle()
    assert (await line.record()).known.verification is VerificationLevel.STRONG
    assert CardState.LOSS_REPORTED not in await states(line, person)


async def test_no_secret_stands_in_the_journal_or_on_the_bus(line: Line) -> None:
    """Neither card number nor password, as they were keyed in or in part."""
    person = the(line, Example.ORDINARY)
    secret, number = memory_password(person.number).reveal(), person.cards[0].number
    caller = ScriptedCaller(*TO_BALANCE, *identified(person), *password(person), HangsUp())
    await line.arrives(caller)
    await line.caller_hangs_up()
    written = b"".join(encode_fact(entry.fact) for entry in await line.entries()) + repr(line.events).encode()
    assert secret.encode() not in written
    assert number[:-4].encode() not in written


async def test_what_a_caller_told_and_hung_up_over_stands_in_a_ticket_h2_2c(line: Line) -> None:
    """The aftermath leaves nothing half done."""
    person = the(line, Example.ORDINARY)
    caller = ScriptedCaller(
        Presses("1"),
        Listens("how_can_we_help"),
        Presses("4"),
        Listens("complaint_record"),
        Speaks(20),
        HangsUp(),
    )
    assert person
    await line.arrives(caller)
    await line.caller_hangs_up()
    [ticket] = await line.world.tickets.of_call(CALL)
    assert ticket.kind is TicketKind.COMPLAINT
    assert ticket.summary.recording is not None
    assert ticket.own_by is not None


async def test_a_company_is_verified_by_its_contact(line: Line) -> None:
    """The company's number, then the authorised contact's own number and password."""
    company = the(line, Example.CORPORATE)
    contact = company.contacts[0]
    secret = memory_password(f"{company.number}/{contact.number}").reveal()
    caller = ScriptedCaller(
        *TO_BALANCE,
        *keyed(company.number),
        Listens("read_back_choice"),
        Presses("1"),
        *keyed(contact.number, "ask_contact_number"),
        *keyed(secret, "ask_password"),
        HangsUp(during="anything_else"),
    )
    await line.arrives(caller)
    asked = [entry.fact.step for entry in await line.entries() if isinstance(entry.fact, Asked)]
    assert caller.left_to_do == []
    assert not any(isinstance(step, JoinQueue) for step in asked)
    await line.caller_hangs_up()
    assert (await line.record()).known.contact is not None


async def test_an_elderly_caller_goes_straight_to_a_person(line: Line) -> None:
    """By the number that calls; nothing is asked."""
    person = the(line, Example.ELDERLY)
    session = await line.arrives(ScriptedCaller(StaysSilent()), replace(incoming(), caller_number=person.mobile))
    assert session.left_for == "queue"


async def test_every_deed_was_asked_before_it_was_done(line: Line) -> None:
    """And answered after: what the journal holds is enough to go on from."""
    person, bank = the(line, Example.ORDINARY), line.world.bank
    written: list[Fact] = []
    really = bank.block_card

    async def block_card(*asked: Any) -> Block:
        written.append((await line.entries())[-1].fact)
        return await really(*asked)

    bank.block_card = block_card  # type: ignore[method-assign]
    caller = ScriptedCaller(*TO_BLOCK, *identified(person), *confirmed(), Listens("anything_else"), Presses("2"))
    await line.arrives(caller)
    facts = [entry.fact for entry in await line.entries()]
    deeds = [fact for fact in facts if isinstance(fact, Asked) and isinstance(fact.step, Do)]
    assert written == deeds[:1]
    assert [type(asked.step.deed) for asked in deeds if isinstance(asked.step, Do)] == [BlockCard, OpenTicket, SendText]
    for asked in deeds:
        later = facts[facts.index(asked) :]
        assert asked.number in [fact.number for fact in later if isinstance(fact, Answered)]


async def test_whoever_waits_long_for_the_bank_is_told_to_wait_h1_4b(line: Line) -> None:
    """Before the music, in his language; and is then served."""
    person = the(line, Example.ORDINARY)
    line.world.bank.takes = 2.0
    english = (Presses("2"), *TO_BALANCE[1:])
    caller = ScriptedCaller(*english, *identified(person), *password(person), Listens("anything_else"), Presses("2"))
    session = await line.arrives(caller)
    for _ in range(20):
        await line.clock.advance(2)
        await line.settle()
    assert session.left_for == "finish"
    waits = [word.language for word in caller.sentences if word.prompt == "please_wait_asking"]
    assert len(waits) >= 3, "for the number, the password and the balance"
    assert set(waits[1:]) == {Language.EN}
    assert (await line.record()).known.done == (Done.BALANCE_TOLD,)


async def test_whoever_is_served_at_once_is_not_told_to_wait(line: Line) -> None:
    """No word is lost on it."""
    person = the(line, Example.ORDINARY)
    caller = ScriptedCaller(*TO_BALANCE, *identified(person), *password(person), Listens("anything_else"), Presses("2"))
    await line.arrives(caller)
    assert not {"please_wait_asking", "please_wait_doing"} & set(caller.heard)


async def test_a_code_that_came_too_late_is_no_wrong_try_and_another_is_sent_h2_1c(line: Line) -> None:
    """The right digits after five minutes; the second code is another and opens the way."""
    person = the(line, Example.LOSS_REPORTED)
    assert person.mobile is not None
    ready = [asyncio.Event(), asyncio.Event()]
    caller = ScriptedCaller(*TO_UNDO, *identified(person), *password(person), Listens("ask_code"), Waits(ready[0]))
    await line.arrives(caller)
    first = await line.world.sms.read_latest(person.mobile)
    assert first is not None
    await line.clock.advance(301)
    again = (Listens("code_again"), Presses("1"), Listens("ask_code"), Waits(ready[1]))
    caller.then(Presses(f"{first.split()[-1]}#"), *again)
    ready[0].set()
    await line.settle()
    second = await line.world.sms.read_latest(person.mobile)
    assert second is not None
    caller.then(Presses(f"{second.split()[-1]}#"), *confirmed("confirm_undo_choice"), HangsUp(during="anything_else"))
    ready[1].set()
    await line.settle()
    await line.caller_hangs_up()
    assert "code_expired" in caller.heard
    assert (await line.record()).known.verification is VerificationLevel.STRONG
    tried = await line.world.attempts.of_call(CALL)
    assert [attempt.outcome for attempt in tried] == [Tried.RIGHT, Tried.RIGHT]


async def test_a_password_that_is_too_short_is_no_wrong_try_h2_1c(line: Line) -> None:
    """It is told, and asked for again."""
    person = the(line, Example.ORDINARY)
    short = keyed("123", "ask_password"), (Listens("number_incomplete"), *password(person))
    caller = ScriptedCaller(*TO_BALANCE, *identified(person), *short[0], *short[1], HangsUp(during="anything_else"))
    await line.arrives(caller)
    await line.caller_hangs_up()
    tried = await line.world.attempts.of_call(CALL)
    assert [attempt.outcome for attempt in tried] == [Tried.RIGHT]
