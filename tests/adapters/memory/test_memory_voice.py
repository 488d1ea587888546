"""The session in memory keeps the port's contract."""

from datetime import UTC, datetime

import pytest

from ivr.adapters.memory.voice import Act, Listens, MemorySession, Presses, ScriptedCaller, StaysSilent
from ivr.domain.call import Incoming
from ivr.domain.ids import Linkedid, NodeId
from ivr.flow.steps import Say
from ivr.ports.voice import Arrival
from tests.contracts.voice_contract import CALL, GREETING, MENU, Meet, VoiceContract


@pytest.fixture
def meet() -> Meet:
    """A new session with a new caller."""

    async def bring_together(*script: Act) -> tuple[MemorySession, ScriptedCaller]:
        caller = ScriptedCaller(*script)
        return MemorySession(_arrival(), caller), caller

    return bring_together


class TestMemorySession(VoiceContract):
    """The promises, kept in memory."""


async def test_a_callers_time_is_virtual() -> None:
    """Two sentences and a silence last as long as they would, and no time passes."""
    caller = ScriptedCaller(Listens("greeting"), StaysSilent())
    session = MemorySession(_arrival(), caller)
    await session.say(Say(GREETING))
    await session.menu(MENU)
    assert caller.elapsed == pytest.approx(4.05)


async def test_a_caller_goes_on_in_the_next_session() -> None:
    """What he had still to do he does there."""
    caller = ScriptedCaller(Listens("greeting"), Presses("2", during="menu"))
    await MemorySession(_arrival(), caller).say(Say(GREETING))
    await MemorySession(_arrival(), caller).menu(MENU)
    assert caller.left_to_do == []


def _arrival() -> Arrival:
    return Arrival(
        incoming=Incoming(
            call_id=CALL,
            linkedid=Linkedid(CALL),
            node=NodeId("n1"),
            trunk="carrier",
            dialled="95500",
            caller_number=None,
            caller_name=None,
            language=None,
            line_of_business="personal",
            arrived_at=datetime(2026, 1, 5, tzinfo=UTC),
        ),
        attempt=1,
    )
