"""Chapter 2 on a real Asterisk: each category and each self-service, in both languages, by keys and by voice."""

import asyncio

import pytest

from ivr.adapters.bank.people import Example
from ivr.domain.call import Done, Outcome, When
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.events import PersonAnswered, QueueEntered, StepEnded
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import TicketKind
from ivr.home import Home
from tests.live.line import Floor, OnTheLine
from tests.live.people import People, last_four

pytestmark = pytest.mark.live

LANGUAGES = [Language.ZH, Language.EN]


@pytest.fixture
def people(floor: Floor) -> People:
    """The bank's customers."""
    return People(Home(floor.settings.home))


async def at_the_menu(floor: Floor, language: Language = Language.ZH, *, number: str | None = None) -> OnTheLine:
    """A caller who has chosen his language and hears what there is."""
    call = await floor.call("95000", number=number)
    await call.hears("greeting")
    await call.presses("1" if language is Language.ZH else "2")
    await call.hears("how_can_we_help")
    return call


async def identifies(call: OnTheLine, number: str) -> None:
    """Keys in who he is, and says that it was read back right."""
    await call.hears("ask_identity_number")
    await call.presses(f"{number}#")
    await call.hears("read_back_choice")
    await call.presses("1")


async def wants_nothing_more(call: OnTheLine) -> None:
    """Says so, and gives no score."""
    await call.hears("anything_else")
    await call.presses("2")
    await call.hears("survey_question")
    await call.presses("5")


# ------------------------------------------------------------------------------------------ self-service
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_lost_card_is_blocked_h2_3(floor: Floor, people: People, language: Language) -> None:
    """By its number and one confirming key; a ticket, and a message that says the same."""
    person = people.somebody()
    call = await at_the_menu(floor, language)
    await call.presses("1")
    await call.hears("menu_loss")
    await call.presses("2")
    await identifies(call, person.cards[0].number)
    await confirms(call)
    await call.hears("loss_done")
    await call.hears("ticket_number_is")
    await wants_nothing_more(call)
    known = (await call.closes()).known
    assert known.done == (Done.CARD_BLOCKED,)
    assert (known.category, known.verification, known.language) == (
        Category.LOSS,
        VerificationLevel.IDENTIFIED,
        language,
    )
    assert known.score == 5
    [ticket] = await floor.tickets.of_call(call.call_id)
    assert (ticket.kind, ticket.summary.card_last_four) == (TicketKind.LOSS_REPORT, last_four(person))
    text = await people.text_for(person)
    assert text is not None
    assert last_four(person) in text
    assert ticket.number in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_balance_is_told_to_whoever_is_verified_h2_3(floor: Floor, people: People, language: Language) -> None:
    """Customer number and phone password; nothing of either is anywhere but with the bank."""
    person = people.somebody()
    call = await at_the_menu(floor, language)
    await call.presses("51")
    await identifies(call, person.number)
    await call.hears("ask_password")
    await call.presses(f"{people.password(person)}#")
    await chooses_the_first(call, "available_balance")
    await wants_nothing_more(call)
    known = (await call.closes()).known
    assert known.done == (Done.BALANCE_TOLD,)
    assert known.verification is VerificationLevel.VERIFIED


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_latest_transfers_are_told_h2_3(floor: Floor, people: People, language: Language) -> None:
    """As a transfer problem: how far they are."""
    person = people.somebody()
    call = await at_the_menu(floor, language)
    await call.presses("31")
    await identifies(call, person.cards[0].number)
    await call.hears("ask_password")
    await call.presses(people.password(person))  # six digits are whole without the hash key
    await wants_nothing_more(call)
    known = (await call.closes()).known
    assert known.done == (Done.TRANSFERS_TOLD,)
    assert known.category is Category.TRANSFER_PROBLEM


@pytest.mark.parametrize("language", LANGUAGES)
async def test_own_tickets_are_told_h2_3(floor: Floor, people: People, language: Language) -> None:
    """To whoever is identified; there are none."""
    call = await at_the_menu(floor, language)
    await call.presses("53")
    await identifies(call, people.somebody().number)
    await call.hears("no_tickets")
    await wants_nothing_more(call)
    assert (await call.closes()).known.done == (Done.TICKETS_TOLD,)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_products_are_told_with_their_risks_h1_1a(floor: Floor, language: Language) -> None:
    """To everyone."""
    call = await at_the_menu(floor, language)
    await call.presses("54")
    await call.hears("about_wealth")
    await call.hears("opening_hours")
    await wants_nothing_more(call)
    assert (await call.closes()).known.category is Category.PRODUCT_AND_RISK


async def test_a_found_card_is_freed_with_a_code_h2_1c(floor: Floor, people: People) -> None:
    """Level 4: password, and the code on the registered mobile."""
    person = people.somebody(Example.LOSS_REPORTED)
    call = await at_the_menu(floor)
    await call.presses("13")
    await identifies(call, person.cards[0].number)
    await call.hears("ask_password")
    await call.presses(f"{people.password(person)}#")
    await call.hears("ask_code")
    text = await people.text_for(person)
    assert text is not None
    code = next(word for word in text.replace("验证码", " ").replace("，", " ").split() if word[:6].isdecimal())[:6]
    await call.keys_secret(code)
    await confirms(call, "confirm_undo_choice")
    await call.hears("block_undone")
    await wants_nothing_more(call)
    known = (await call.closes()).known
    assert known.verification is VerificationLevel.STRONG
    assert known.done == (Done.BLOCK_UNDONE,)


async def test_who_knows_the_way_types_ahead(floor: Floor, people: People) -> None:
    """Language, menu, second menu and card number in one go, while the greeting is spoken."""
    person = people.somebody()
    call = await floor.call("95000")
    await call.hears("greeting")
    await call.presses(f"112{person.cards[0].number}#1")
    await confirms(call)
    await call.hears("loss_done")
    await call.hangs_up()
    assert (await call.closes()).known.done == (Done.CARD_BLOCKED,)


# ------------------------------------------------------------------------------------------- to a person
@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_account_anomaly_is_told_and_goes_to_a_person_h2_2b(
    floor: Floor, people: People, language: Language
) -> None:
    """When, by key; who; what was done, in the caller's words; a ticket that has it all."""
    call = await at_the_menu(floor, language)
    await call.presses("2")
    await call.hears("anomaly_when")
    await call.presses("2")
    await identifies(call, people.somebody().number)
    await call.hears("anomaly_describe")
    await tells(call)
    await call.hears("ticket_number_is")
    await call.until(lambda event: isinstance(event, PersonAnswered))
    record = await call.closes()
    [ticket] = await floor.tickets.of_call(call.call_id)
    assert ticket.kind is TicketKind.ACCOUNT_ANOMALY
    assert (ticket.summary.when, ticket.summary.account_status) == (When.YESTERDAY.value, "normal")
    assert ticket.summary.recording is not None
    assert floor.recordings.read(ticket.summary.recording).startswith(b"RIFF")  # type: ignore[arg-type]
    assert record.ending is not None
    assert record.ending.outcome is Outcome.HELPED_BY_PERSON


async def test_a_frozen_account_is_told_to_whoever_is_verified_h2_2b(floor: Floor, people: People) -> None:
    """From the bank, by its last four; then he tells what happened."""
    person = people.somebody(Example.FROZEN)
    call = await at_the_menu(floor)
    await call.presses("2")
    await call.hears("anomaly_when")
    await call.presses("1")
    await identifies(call, person.number)
    await call.hears("ask_password")
    await call.presses(f"{people.password(person)}#")
    await call.hears("verified")
    await call.hears("account_frozen")
    await call.hears("anomaly_describe")
    await call.hangs_up()
    assert (await call.closes()).known.verification is VerificationLevel.VERIFIED


async def test_a_password_that_is_too_short_is_asked_for_again_h2_1c(floor: Floor, people: People) -> None:
    """Told, and not counted; a wrong turn in the menu before it is taken back by 8."""
    person = people.somebody()
    call = await at_the_menu(floor)
    await call.presses("1")
    await call.hears("menu_back")
    await call.presses("8")
    await call.hears("how_can_we_help")
    await call.presses("51")
    await identifies(call, person.number)
    await call.hears("ask_password")
    await call.presses("123#")
    await call.hears("number_incomplete")
    await call.presses(f"{people.password(person)}#")
    await call.hears_one_of("press_1", "available_balance")
    await call.hangs_up()
    assert (await call.closes()).known.verification is VerificationLevel.VERIFIED


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_complaint_is_recorded_and_owned_h2_2a(floor: Floor, language: Language) -> None:
    """Nobody has to say who he is to complain."""
    call = await at_the_menu(floor, language)
    await call.presses("4")
    await call.hears("complaint_record")
    await tells(call)
    await call.hears("complaint_number_is")
    entered = await call.until(lambda event: isinstance(event, QueueEntered))
    assert isinstance(entered, QueueEntered)
    assert entered.priority == 10
    await call.hangs_up()
    await call.closes()
    [ticket] = await floor.tickets.of_call(call.call_id)
    assert ticket.kind is TicketKind.COMPLAINT
    assert ticket.own_by is not None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_transfer_problem_is_reported_h2_2a(floor: Floor, people: People, language: Language) -> None:
    """Told by voice, and a person looks."""
    call = await at_the_menu(floor, language)
    await call.presses("32")
    await identifies(call, people.somebody().number)
    await call.hears("anomaly_describe")
    await tells(call)
    await call.until(lambda event: isinstance(event, QueueEntered))
    await call.hangs_up()
    assert (await call.closes()).known.category is Category.TRANSFER_PROBLEM
    [ticket] = await floor.tickets.of_call(call.call_id)
    assert ticket.kind is TicketKind.TRANSFER_PROBLEM


@pytest.mark.parametrize("language", LANGUAGES)
async def test_account_management_goes_to_a_person_who_knows_who_calls(
    floor: Floor, people: People, language: Language
) -> None:
    """What changes contact data is done by a person."""
    call = await at_the_menu(floor, language)
    await call.presses("55")
    await identifies(call, people.somebody().number)
    await call.until(lambda event: isinstance(event, QueueEntered))
    await call.hangs_up()
    known = (await call.closes()).known
    assert known.category is Category.ACCOUNT_MANAGEMENT
    assert known.customer is not None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_fraud_in_progress_is_an_emergency_of_its_own_h2_1d(floor: Floor, language: Language) -> None:
    """The police line is told, and the officer on duty has the caller."""
    call = await at_the_menu(floor, language)
    await call.presses("11")
    await call.hears("fraud_police")
    entered = await call.until(lambda event: isinstance(event, QueueEntered))
    assert isinstance(entered, QueueEntered)
    assert (entered.queue, entered.priority) == ("emergency", 100)
    await call.hangs_up()
    known = (await call.closes()).known
    assert (known.urgency, known.category, known.fraud_now) == (Urgency.EMERGENCY, Category.FRAUD, True)
    [ticket] = await floor.tickets.of_call(call.call_id)
    assert ticket.kind is TicketKind.FRAUD


async def test_an_emergency_in_the_middle_of_a_number_h2_1d(floor: Floor) -> None:
    """`*9` there, and one confirming `9`."""
    call = await at_the_menu(floor)
    await call.presses("12")
    await call.hears("ask_identity_number")
    await call.presses("6217*9")
    await call.hears("confirm_emergency")
    await call.presses("9")
    entered = await call.until(lambda event: isinstance(event, QueueEntered))
    assert isinstance(entered, QueueEntered)
    assert entered.queue == "emergency"
    await call.hangs_up()
    await call.closes()


async def test_an_elderly_caller_goes_straight_to_a_person(floor: Floor, people: People) -> None:
    """By the number that calls; no menu is heard."""
    person = people.somebody(Example.ELDERLY)
    assert person.mobile is not None
    call = await floor.call("95001", number=person.mobile.removeprefix("+86"))
    await call.until(lambda event: isinstance(event, QueueEntered))
    await call.hangs_up()
    await call.closes()
    assert "how_can_we_help" not in call.spoken()


async def test_a_company_is_verified_by_its_contact(floor: Floor, people: People) -> None:
    """Its number, then the contact's own number and password."""
    company = people.somebody(Example.CORPORATE)
    call = await at_the_menu(floor)
    await call.presses("51")
    await identifies(call, company.number)
    await call.hears("ask_contact_number")
    await call.presses(f"{company.contacts[0].number}#")
    await asyncio.sleep(2)  # both are one step: nothing tells when the second is asked
    await call.presses(f"{people.contact_password(company)}#")
    await call.until(lambda event: isinstance(event, StepEnded) and event.how == "Verified")
    await call.hangs_up()
    assert (await call.closes()).known.contact is not None


async def test_a_locked_caller_can_still_block_a_card(floor: Floor, people: People) -> None:
    """Three wrong passwords close verification, and nothing else."""
    person = people.somebody()
    call = await at_the_menu(floor)
    await call.presses("51")
    await identifies(call, person.cards[0].number)
    await call.hears("ask_password")
    for wrong in range(3):
        await call.presses(f"{people.wrong_password(person)}#")
        await call.hears("locked_stays_open" if wrong == 2 else "verification_failed")
    await call.hears("anything_else")
    await call.presses("1")
    await call.hears("how_can_we_help")
    await call.presses("12")
    await confirms(call)
    await call.hears("loss_done")
    await call.hangs_up()
    known = (await call.closes()).known
    assert known.locked_out
    assert known.done == (Done.CARD_BLOCKED,)


# -------------------------------------------------------------------------------------------------- verbs
async def confirms(call: OnTheLine, question: str = "confirm_loss_choice") -> None:
    """The only card, or the first of several, and yes."""
    await chooses_the_first(call, question)
    await call.presses("1")


async def chooses_the_first(call: OnTheLine, then: str) -> None:
    """Of several accounts, where there are several."""
    seen = await call.hears_one_of("press_1", then)
    if seen == "press_1":
        await call.presses("1")
        await call.hears(then)


async def tells(call: OnTheLine) -> None:
    """Speaks after the beep, and ends with the hash key."""
    await asyncio.sleep(1.5)
    await call.does(lambda caller: caller.speak())
    await call.presses("#")
