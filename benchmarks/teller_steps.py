"""The engine alone: how fast it tells stories when nobody has to be waited for."""

import asyncio
import time
from collections.abc import Iterator

import uvloop

from benchmarks.measure import Figure, Tell, figure, in_turns
from benchmarks.stories import MANNERS, appends_of_a_call, incoming, tell, tools
from ivr.adapters.memory.journal import MemoryJournal
from ivr.flow.hotline import hotline
from ivr.flow.steps import Reply
from ivr.ports.journal import Answered

CALLS = 1000
ROUNDS = 5


def teller_steps(say: Tell, *, calls: int = CALLS, rounds: int = ROUNDS) -> Iterator[Figure]:
    """Teller: steps a second on fakes, opening and closing the calls included, against the bare generator.

    Whole calls of the hotline's story, one after the other, by the real teller with journal, voice, clock and
    follow-ups in memory. Bare: the same story, sent the same replies. There is no goal: the figure is what the engine
    leaves to be spent on the real journal and the real voice.
    """
    replies = asyncio.run(_replies())

    def told() -> float:
        say(f"{calls} calls through the teller")
        return calls * len(replies) / uvloop.run(_tell(calls))

    def bare() -> float:
        say(f"{calls} stories by hand")
        return calls * len(replies) / _by_hand(calls, replies)

    value, baseline = in_turns(rounds, told, bare)
    yield figure("teller_steps", value, "steps/s", baseline=baseline)


async def _replies() -> list[Reply]:
    appends = await appends_of_a_call()
    return [entry.fact.reply for entries in appends for entry in entries if isinstance(entry.fact, Answered)]


async def _tell(calls: int) -> float:
    journal = MemoryJournal()
    with_tools = tools(journal)
    began = time.perf_counter()
    for place in range(calls):
        call = incoming(place)
        await tell(call, with_tools)
        await journal.mark_archived([call.call_id])  # or it would hold every call at once
    return time.perf_counter() - began


def _by_hand(calls: int, replies: list[Reply]) -> float:
    began = time.perf_counter()
    for place in range(calls):
        story = hotline(incoming(place), MANNERS)
        next(story)
        try:
            for reply in replies:
                story.send(reply)
        except StopIteration:
            continue
        raise RuntimeError("the story was not over")
    return time.perf_counter() - began
