"""The dialogue at the keypad, in the middle of a conversation: told in one breath, and not journalled step by step.

A crash in it costs nothing but the dialogue: the dialplan brings the caller back to the person, who asks again. What
was tried is among the attempts (`ivr.ports.attempts`) all the same, and what was found out is journalled as it ends.
"""

from collections.abc import Awaitable, Callable

from ivr.domain.call import Known
from ivr.domain.caller import VerificationLevel
from ivr.domain.errors import HungUp
from ivr.flow.steps import Flow, Note, Noted, Reply, Step
from ivr.ports.voice import SessionLost

Perform = Callable[[Step, int], Awaitable[Reply]]
"""Carries out a step; the number tells the steps of one dialogue apart."""


async def found_out(story: Flow[None], known: Known, perform: Perform) -> Known:
    """What is known after this dialogue; of one that breaks off, what was found out before."""
    number = 0
    try:
        step = next(story)
        while True:
            number += 1
            if isinstance(step, Note):
                known = step.known
                step = story.send(Noted())
            else:
                step = story.send(await perform(step, number))
    except (StopIteration, HungUp, SessionLost):
        return known


def outcome(before: Known, now: Known) -> str:
    """How the dialogue ended, in a word for the person who waits."""
    if now.verification > before.verification:
        return "verified" if now.verification >= VerificationLevel.VERIFIED else "identified"
    return "locked_out" if now.locked_out else "not_verified"
