"""Calls as the engine tells them, with callers made of scripts."""

import asyncio
from collections.abc import Generator
from dataclasses import replace

from structlog.testing import capture_logs

from ivr.adapters.memory.voice import HangsUp, Listens, LosesSession, Presses, ScriptedCaller, StaysSilent, Waits
from ivr.domain.call import EndReason, Incoming, Outcome
from ivr.domain.caller import Language
from ivr.domain.events import CallArrived, CallClosed, KeyPressed, PriorityRaised
from ivr.domain.ids import QueueName, effect_id
from ivr.domain.problem import Category
from ivr.engine.storybook import Storybook
from ivr.flow.manners import Manners
from ivr.flow.steps import QueueExit, Reply, Step, say
from ivr.ports.journal import PlaceRaised
from tests.conversation import MANNERS
from tests.engine.line import CALL, Line, numbered


async def test_a_caller_is_served_from_greeting_to_goodbye() -> None:
    """The whole call stands in the journal, closed, with what was wanted and how it ended."""
    line = Line()
    caller = ScriptedCaller(
        Listens("greeting", "recording_notice"),
        Presses("1"),
        Listens("menu_other"),
        Presses("5"),
        Listens("menu_products"),
        Presses("4"),
        Listens("anything_else"),
        Presses("2"),
    )
    session = await line.arrives(caller)
    assert session.left_for == "finish"
    assert caller.heard[0] == "greeting"
    assert caller.heard[-1] == "goodbye"
    record = await line.record()
    assert record.known.category is Category.PRODUCT_AND_RISK
    assert record.known.language is Language.ZH
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (Outcome.SELF_SERVED, EndReason.WE_HUNG_UP)


async def test_keys_typed_ahead_are_all_taken() -> None:
    """A caller who knows the way presses everything in the greeting."""
    line = Line()
    caller = ScriptedCaller(Presses("1542", during="greeting"))
    session = await line.arrives(caller)
    assert session.left_for == "finish"
    assert (await line.record()).known.served


async def test_a_hangup_in_the_greeting_is_an_abandoned_call() -> None:
    """Who hangs up before saying what is needed has abandoned the call; nobody gets back to him."""
    line = Line()
    await line.arrives(ScriptedCaller(HangsUp(during="greeting")))
    record = await line.record()
    assert record.ending is not None
    assert (record.ending.outcome, record.ending.end_reason) == (
        Outcome.ABANDONED_IN_FLOW,
        EndReason.CALLER_HUNG_UP,
    )
    assert await line.reasons() == []


async def test_a_caller_who_gives_up_waiting_is_got_back_to() -> None:
    """The follow-up is opened after the caller is gone."""
    line = Line()
    session = await line.arrives(ScriptedCaller(Presses("0")))
    assert session.left_for == "queue"
    await line.caller_hangs_up()
    record = await line.record()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.ABANDONED_IN_QUEUE
    assert await line.reasons() == ["left_waiting"]


async def test_an_answered_call_whose_caller_hangs_up_first_is_not_abandoned() -> None:
    """The exchange's word that a person answered is journalled when it comes."""
    line = Line()
    await line.arrives(ScriptedCaller(Presses("0")))
    await line.person_answers()
    await line.caller_hangs_up()
    record = await line.record()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.HELPED_BY_PERSON
    assert await line.reasons() == []


async def test_after_the_talk_the_caller_comes_back_for_the_goodbye() -> None:
    """The new session goes on where the queue was left."""
    line = Line()
    caller = ScriptedCaller(Presses("0"))
    session = await line.arrives(caller)
    back = await line.comes_back(session, caller)
    assert back.left_for == "finish"
    assert caller.heard[-1] == "goodbye"


async def test_nobody_there_is_told_and_followed_up() -> None:
    """The caller is told that somebody gets back, and somebody has to."""
    line = Line()
    caller = ScriptedCaller(Presses("0"))
    session = await line.arrives(caller)
    await line.comes_back(session, caller, QueueExit.NOBODY_THERE)
    assert caller.heard[-2:] == ["nobody_free", "goodbye"]
    assert await line.reasons() == ["nobody_free"]


async def test_a_lost_session_goes_on_in_the_next_at_the_same_step() -> None:
    """The channel was taken away for a moment; nothing that was answered is asked again."""
    line = Line()
    caller = ScriptedCaller(
        Presses("1"), LosesSession(during="menu_transfer_problem"), Listens("how_can_we_help"), Presses("0")
    )
    await line.arrives(caller)
    again = await line.arrives(caller, attempt=2)
    assert again.left_for == "queue"
    assert caller.heard.count("greeting") <= 1
    assert caller.heard.count("how_can_we_help") == 2


async def test_a_second_session_of_a_call_takes_the_place_of_the_first() -> None:
    """Two sessions never speak to one caller."""
    line = Line()
    holding = asyncio.Event()
    first = ScriptedCaller(Waits(holding))
    await line.arrives(first)
    second = ScriptedCaller(Presses("0"))
    await line.arrives(second, attempt=2)
    holding.set()
    await line.settle()
    assert len(line.switchboard.tellers) == 1


async def test_a_hundred_calls_at_once_stay_a_hundred() -> None:
    """Calls know nothing of one another."""
    line = Line()
    calls = [numbered(place) for place in range(100)]
    callers = [ScriptedCaller(Presses("1"), Presses("5"), Presses("4"), Presses("2")) for _ in calls]
    await asyncio.gather(*(line.arrives(caller, call) for caller, call in zip(callers, calls, strict=True)))
    for call in calls:
        assert (await line.record(call.call_id)).known.served
    assert not line.switchboard.tellers


async def test_everyone_hears_what_may_be_heard() -> None:
    """Events carry the call's sequence; neither number nor name of the caller is in any."""
    line = Line()
    await line.arrives(ScriptedCaller(Presses("1542")))
    assert isinstance(line.events[0], CallArrived)
    assert isinstance(line.events[-1], CallClosed)
    assert [event.key for event in line.events if isinstance(event, KeyPressed)] == ["1", "5", "4", "2"]
    sequences = [event.sequence for event in line.events]
    assert sequences == sorted(set(sequences))
    assert not any("13800138000" in repr(event) for event in line.events)


async def test_a_draining_line_gives_new_calls_to_the_fallback() -> None:
    """Those that live go on; a new caller gets a person without us."""
    line = Line()
    live = await line.arrives(ScriptedCaller(Presses("0")))
    draining = asyncio.create_task(line.switchboard.drained())
    await line.settle()
    turned_away = await line.arrives(ScriptedCaller(), numbered(8))
    assert turned_away.left_for == "fallback"
    assert not draining.done()
    await line.comes_back(live, ScriptedCaller())
    await asyncio.wait_for(draining, 1)


# ------------------------------------------------------------------------------------ when things go wrong
async def test_a_new_call_on_a_full_disk_gets_a_person_without_us() -> None:
    """What cannot be journalled is not told."""
    line = Line()
    line.journal.full = True
    session = await line.arrives(ScriptedCaller(Presses("1")))
    assert session.left_for == "fallback"
    assert line.switchboard.journal_full


async def test_a_disk_that_fills_up_in_the_middle_gives_the_call_to_the_fallback() -> None:
    """No step is acted on that is not on disk."""
    line = Line()
    filled = asyncio.Event()
    caller = ScriptedCaller(Waits(filled), Presses("1"))
    session = await line.arrives(caller)
    line.journal.full = True
    filled.set()
    await line.settle()
    assert session.left_for == "fallback"


async def test_a_database_that_is_down_keeps_the_aftermath_waiting_and_nothing_else() -> None:
    """The follow-up is opened once the archive is back, once."""
    line = Line()
    line.follow_ups.down = True
    await line.arrives(ScriptedCaller(Presses("0")))
    await line.caller_hangs_up()
    await line.clock.advance(60)
    assert line.switchboard.tellers
    line.follow_ups.down = False
    await line.clock.advance(60)
    await line.settle()
    assert await line.reasons() == ["left_waiting"]
    await line.record()


async def test_a_journal_of_another_version_is_handed_to_a_person() -> None:
    """After an upgrade the calls that live are not misread: a person takes them, with what is known."""
    line = Line()
    caller = ScriptedCaller(Presses("2"), Listens("menu_complaint"))
    await line.arrives(caller)
    await line.switchboard.stop()
    line.book = replace(line.book, flow="another version ")
    await line.killed()
    again = await line.arrives(caller, attempt=2)
    assert again.left_for == "queue"
    assert caller.heard[-1] == "to_a_person"
    assert caller.sentences[-1].language is Language.EN


async def test_a_story_that_fails_hands_its_caller_to_a_person() -> None:
    """A fault of ours is nobody else's problem, and the log has it."""

    def broken(call: Incoming, manners: Manners) -> Generator[Step, Reply, None]:
        yield from say(Language.ZH, "greeting")
        raise ZeroDivisionError

    line = Line(replace(Storybook.of(MANNERS), main=broken))
    caller = ScriptedCaller()
    with capture_logs() as logged:
        session = await line.arrives(caller)
    assert session.left_for == "queue"
    assert caller.heard == ["greeting", "to_a_person"]
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["story_failed"]


async def test_silence_everywhere_reaches_a_person() -> None:
    """A caller who never presses anything is brought to a person."""
    line = Line()
    session = await line.arrives(ScriptedCaller(*[StaysSilent()] * 4))
    assert session.left_for == "queue"


async def test_the_effect_id_of_a_hand_over_is_call_and_step() -> None:
    """What comes back from the dialplan can be told from what came back before."""
    line = Line()
    session = await line.arrives(ScriptedCaller(Presses("0")))
    assert session.handed_over is not None
    step, effect = session.handed_over
    assert step.queue == "service"
    assert effect == effect_id(CALL, int(effect.rpartition("/")[2]))


async def test_a_place_that_rises_stands_in_the_journal_and_is_told() -> None:
    """The exchange tells nobody of it, so the controller does: once for each rise, numbered with the call's entries."""
    line = Line()
    await line.arrives(ScriptedCaller(Presses("0")))
    await line.switchboard.place_raised(CALL, QueueName("service"), 5)
    (raised,) = [event for event in line.events if isinstance(event, PriorityRaised)]
    assert (raised.call_id, raised.queue, raised.priority) == (CALL, "service", 5)
    (entry,) = [entry for entry in await line.journal.entries(CALL) if isinstance(entry.fact, PlaceRaised)]
    assert entry.sequence == raised.sequence
