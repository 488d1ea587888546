"""The controller is killed at any moment, and the caller does not notice but for a repeated sentence."""

import asyncio

import pytest

from ivr.adapters.memory.voice import HangsUp, Listens, Presses, ScriptedCaller, Waits
from ivr.domain.call import CallRecord, Outcome
from ivr.flow.steps import FollowUpOpened, QueueExit
from ivr.ports.archive import FollowUp
from ivr.ports.journal import Answered, CallerLeft, Closed, TakenUp
from tests.engine.line import CALL, Line

SCRIPT = (
    Presses("2", during="choose_language_en"),
    Presses("*", during="menu_person"),
    Presses("7", during="menu_person"),
    Presses("5", during="menu_person"),
    Presses("1", during="anything_else"),
    Presses("0", during="how_can_we_help"),
)
"""English, hear again, a wrong key, about us, more, a person; each key into a sentence of its menu."""


async def whole_call(line: Line, killed_before: int | None = None) -> CallRecord:
    """Play the script, the controller being killed before the caller's act of that number."""
    go_on = asyncio.Event()
    acts = list(SCRIPT)
    if killed_before is not None:
        acts.insert(killed_before, Waits(go_on))  # type: ignore[arg-type]
    caller = ScriptedCaller(*acts)
    session = await line.arrives(caller)
    if killed_before is not None:
        await line.killed()
        go_on.set()
        session = await line.arrives(caller, attempt=2)
    assert session.left_for == "queue"
    await line.comes_back(session, caller)
    return await line.record()


@pytest.mark.parametrize("act", range(len(SCRIPT)))
async def test_killed_at_any_step_the_call_goes_on_with_what_was_answered(act: int) -> None:
    """The record of a call that survived a kill is that of one that did not have to."""
    undisturbed = await whole_call(Line())
    survived = await whole_call(Line(), killed_before=act)
    assert survived.known == undisturbed.known
    assert survived.ending == undisturbed.ending
    assert survived.controller_restarts == 1


async def test_what_was_answered_is_not_asked_again() -> None:
    """After the kill the caller hears the step he was at, not the greeting."""
    line = Line()
    hold = asyncio.Event()
    caller = ScriptedCaller(
        Presses("1"), Listens("how_can_we_help"), Waits(hold), Listens("how_can_we_help"), Presses("4")
    )
    await line.arrives(caller)
    heard_before = len(caller.heard)
    await line.killed()
    hold.set()
    session = await line.arrives(caller, attempt=2)
    assert caller.heard[heard_before] == "how_can_we_help"
    assert session.left_for == "queue"


async def test_killed_while_the_caller_waits_in_the_queue() -> None:
    """The exchange holds the caller; the new controller hears how the queue ended and goes on."""
    line = Line()
    caller = ScriptedCaller(Presses("0"))
    session = await line.arrives(caller)
    await line.killed()
    back = await line.comes_back(session, caller, QueueExit.ANSWERED)
    assert back.left_for == "finish"
    assert caller.heard.count("to_a_person") == 1


async def test_killed_before_the_hand_over_the_call_is_handed_over_by_the_next() -> None:
    """A call that comes back from elsewhere has not been in the queue."""
    line = Line()
    hold = asyncio.Event()
    caller = ScriptedCaller(Presses("0"), Listens("to_a_person"), Waits(hold))
    first = await line.arrives(caller)
    assert first.left_for is None
    await line.killed()
    hold.set()
    again = await line.arrives(caller, attempt=2)
    assert again.left_for == "queue"


async def test_killed_after_the_deed_and_before_its_answer_the_deed_is_done_once() -> None:
    """The same effect id finds the same follow-up."""
    line = Line()
    done, hold = asyncio.Event(), asyncio.Event()
    opened: list[FollowUp] = []
    really_open = line.follow_ups.open

    async def open_and_hang(follow_up: FollowUp) -> None:
        opened.append(follow_up)
        await really_open(follow_up)
        done.set()
        await hold.wait()

    line.follow_ups.open = open_and_hang  # type: ignore[method-assign]
    await line.arrives(ScriptedCaller(Presses("0")))
    await line.caller_hangs_up()
    assert done.is_set()
    hold.set()
    await line.killed()
    assert len({follow_up.effect_id for follow_up in opened}) == 1
    assert await line.reasons() == ["left_waiting"]
    answers = [entry.fact for entry in await line.entries() if isinstance(entry.fact, Answered)]
    assert sum(isinstance(answer.reply, FollowUpOpened) for answer in answers) == 1


async def test_killed_between_the_hangup_and_the_aftermath_nothing_is_left_undone() -> None:
    """The leaving and the aftermath's first step are one commit."""
    line = Line()
    line.follow_ups.down = True
    await line.arrives(ScriptedCaller(Presses("0")))
    await line.caller_hangs_up()
    await line.killed()
    line.follow_ups.down = False
    await line.clock.advance(60)
    await line.settle()
    assert await line.reasons() == ["left_waiting"]
    record = await line.record()
    assert record.ending is not None
    assert record.ending.outcome is Outcome.ABANDONED_IN_QUEUE


async def test_every_restart_is_written_down() -> None:
    """The archive tells how often a call had to be taken up."""
    line = Line()
    await line.arrives(ScriptedCaller(Presses("0")))
    await line.killed()
    await line.killed()
    assert sum(isinstance(entry.fact, TakenUp) for entry in await line.entries()) == 2


async def test_a_closed_call_is_not_taken_up_again() -> None:
    """A session that arrives for it anyway is given to the fallback."""
    line = Line()
    await line.arrives(ScriptedCaller(HangsUp(during="greeting")))
    await line.killed()
    assert not line.switchboard.tellers
    late = await line.arrives(ScriptedCaller(), attempt=2)
    assert late.left_for == "fallback"
    entries = await line.entries(CALL)
    assert sum(isinstance(entry.fact, Closed | CallerLeft) for entry in entries) == 2
