"""Real calls on a real Asterisk, from the carrier, over SIP and RTP."""

import asyncio

import pytest

from ivr.domain.call import EndReason, Outcome
from ivr.domain.caller import Language
from ivr.domain.events import FactNoted, PersonAnswered, QueueEntered
from ivr.domain.problem import Category, Urgency
from tests.live.independent import independent_account
from tests.live.line import Floor

pytestmark = pytest.mark.live


async def test_a_caller_is_served_from_greeting_to_goodbye(floor: Floor) -> None:
    """The whole call, and all of it in the archive."""
    call = await floor.call()
    await call.hears("greeting")
    await call.presses("1")
    await call.hears("how_can_we_help")
    await call.presses("5")
    await call.hears("menu_products")
    await call.presses("4")
    await call.hears("anything_else")
    await call.presses("2")
    await call.hears("goodbye")
    record = await call.closes()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (Outcome.SELF_SERVED, EndReason.WE_HUNG_UP)
    assert record.known.category is Category.PRODUCT_AND_RISK
    assert record.incoming.caller_number == f"+86{call.number}"
    assert record.controller_restarts == 0
    assert (await call.placed).hung_up_himself is False


async def test_keys_typed_ahead_in_the_greeting_are_all_taken(floor: Floor) -> None:
    """Who knows the way need not listen."""
    call = await floor.call()
    await call.hears("greeting")
    await call.presses("2542")
    record = await call.closes()
    assert record.known.served
    assert record.known.language is Language.EN


async def test_nine_mid_prompt_and_nine_again_reach_the_duty_officer(floor: Floor) -> None:
    """H2.1d: an emergency, above everyone else, and a person answers."""
    call = await floor.call()
    await call.hears("greeting")
    await call.presses("9")
    await call.hears("confirm_emergency")
    await call.presses("9")
    entered = await call.until(lambda event: isinstance(event, QueueEntered))
    assert isinstance(entered, QueueEntered)
    assert (entered.queue, entered.priority) == ("emergency", 100)
    await call.until(lambda event: isinstance(event, PersonAnswered))
    record = await call.closes()
    assert record.known.urgency is Urgency.EMERGENCY
    assert record.ending is not None
    assert record.ending.outcome is Outcome.HELPED_BY_PERSON


async def test_zero_mid_prompt_reaches_a_person_and_comes_back_for_the_goodbye(floor: Floor) -> None:
    """The agent hangs up, and the caller is parted from properly."""
    call = await floor.call("95001")
    await call.hears("how_can_we_help")
    await call.presses("0")
    await call.until(lambda event: isinstance(event, PersonAnswered))
    await call.hears("goodbye")
    record = await call.closes()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (
        Outcome.HELPED_BY_PERSON,
        EndReason.WE_HUNG_UP,
    )


async def test_a_caller_who_hangs_up_on_the_person_first_is_still_a_helped_one(floor: Floor) -> None:
    """Answered calls are never counted as abandoned."""
    call = await floor.call("95001")
    await call.hears("how_can_we_help")
    await call.presses("20")
    await call.until(lambda event: isinstance(event, PersonAnswered))
    await call.hangs_up()
    record = await call.closes()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (
        Outcome.HELPED_BY_PERSON,
        EndReason.CALLER_HUNG_UP,
    )
    assert record.known.category is Category.ACCOUNT_ANOMALY


async def test_silence_is_told_and_then_brought_to_a_person(floor: Floor) -> None:
    """No menu is a dead end."""
    call = await floor.call("95001")
    for _ in range(2):
        await call.hears("nothing_heard")
    await call.until(lambda event: isinstance(event, QueueEntered))
    await call.hangs_up()
    await call.closes()


@pytest.mark.parametrize("prompt", ["greeting", "how_can_we_help", "confirm_emergency", "to_a_person"])
async def test_a_hangup_at_any_step_is_archived(floor: Floor, prompt: str) -> None:
    """Whatever was being said, the call ends truthfully."""
    call = await floor.call("95001")
    await call.hears("greeting")
    if prompt != "greeting":
        await call.hears("how_can_we_help")
    if prompt == "confirm_emergency":
        await call.presses("9")
        await call.hears(prompt)
    if prompt == "to_a_person":
        await call.presses("0")
        await call.hears(prompt)
    await call.hangs_up()
    record = await call.closes()
    assert record.ending is not None
    assert record.ending.end_reason is EndReason.CALLER_HUNG_UP
    assert record.ended_at is not None


async def test_who_hangs_up_while_waiting_is_got_back_to(floor: Floor) -> None:
    """H2.2c: the follow-up stands in the archive."""
    call = await floor.call("95001")
    await call.hears("how_can_we_help")
    await call.presses("0")
    await call.until(lambda event: isinstance(event, QueueEntered))
    await call.hangs_up()
    record = await call.closes()
    reasons = [follow_up.reason for follow_up in await floor.follow_ups.of_call(call.call_id)]
    assert record.ending is not None
    # A phone that was quicker than the caller's finger makes it a helped call; both are the truth.
    if record.ending.outcome is Outcome.ABANDONED_IN_QUEUE:
        assert reasons == ["left_waiting"]
    else:
        assert record.ending.outcome is Outcome.HELPED_BY_PERSON


async def test_twenty_calls_at_once_are_twenty_calls(floor: Floor) -> None:
    """Calls that come in together stay apart, two in one second too; a witness of another make counts the same."""

    async def one() -> str:
        call = await floor.call("95001")
        await call.hears("how_can_we_help")
        await call.presses("542")
        record = await call.closes()
        assert record.known.served
        assert record.incoming.caller_number == f"+86{call.number}"
        return call.call_id

    with independent_account(floor.settings) as account:
        call_ids = set(await asyncio.gather(*(one() for _ in range(20))))
        assert len(call_ids) == 20
        assert await asyncio.to_thread(account.sees_the_end_of, call_ids)
    seconds = {call_id.partition(".")[0] for call_id in call_ids}
    assert len(seconds) < len(call_ids), "no two began within one second"


async def test_what_is_noted_is_told_to_everyone(floor: Floor) -> None:
    """Category, urgency and their reasons are on the bus as soon as they are known."""
    call = await floor.call("95001")
    await call.hears("how_can_we_help")
    await call.presses("1")
    noted = await call.until(lambda event: isinstance(event, FactNoted) and event.category is not None)
    assert isinstance(noted, FactNoted)
    assert (noted.category, noted.urgency) == ("loss_or_fraud", "urgent")
    assert noted.reasons
    await call.hangs_up()
    await call.closes()
