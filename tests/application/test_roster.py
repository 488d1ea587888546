"""What may be done with presence, and what everyone hears of it."""

from datetime import timedelta

import pytest

from ivr.adapters.memory.agents import MemoryAgents
from ivr.adapters.memory.clock import VirtualClock
from ivr.application.roster import Roster, WrongCommand, WrongReason
from ivr.domain.events import Event, PresenceChanged
from ivr.domain.ids import NodeId
from ivr.domain.presence import PHONE_GONE, PresenceEvent, PresenceState
from ivr.domain.ticket import Illegal
from ivr.ports.agents import NoSuchAgent
from tests.contracts.staff import CHEN, SELF, THE_LINE, WRAP_UP, ZHOU, agent
from tests.contracts.tickets import CALL

E = PresenceEvent


class Floor:
    """A roster on fakes, with all that it told."""

    def __init__(self) -> None:
        self.clock, self.told = VirtualClock(), list[Event]()
        self.agents = MemoryAgents()
        self.roster = Roster(
            agents=self.agents,
            clock=self.clock,
            wrap_up=WRAP_UP,
            breaks=["rest", "meal"],
            node=NodeId("n1"),
            publish=self.told.append,
        )


@pytest.fixture
async def floor() -> Floor:
    """Two agents, one of them ready."""
    made = Floor()
    await made.agents.add(agent())
    await made.agents.add(agent("8002"))
    await made.roster.move(CHEN, E.GO_READY, by=SELF)
    return made


async def test_what_happens_is_told_to_everyone(floor: Floor) -> None:
    """Numbered by the version of the presence, with before and after, and nothing that names a person."""
    await floor.roster.move(CHEN, E.RING, by=THE_LINE, call_id=CALL)
    first, second = floor.told
    assert isinstance(first, PresenceChanged)
    assert isinstance(second, PresenceChanged)
    assert (first.sequence, first.before, first.after, first.by) == (1, "offline", "ready", "agent 8001")
    assert (second.stream, second.sequence, second.call_id) == ("agent-8001", 2, CALL)
    assert agent().name not in repr(floor.told)


@pytest.mark.parametrize(
    ("event", "reason", "allowed"), [(E.TAKE_BREAK, "golf", "meal, rest"), (E.PAUSE, None, "desk_gone, missed_call")]
)
async def test_a_reason_is_one_of_those_there_are(
    floor: Floor, event: PresenceEvent, reason: str | None, allowed: str
) -> None:
    """Or the reports would be full of words that nobody knows."""
    with pytest.raises(WrongReason, match=allowed):
        await floor.roster.move(CHEN, event, by=SELF, reason=reason)
    assert len(floor.told) == 1


async def test_what_may_not_happen_is_not_told(floor: Floor) -> None:
    """Nothing was changed."""
    with pytest.raises(Illegal):
        await floor.roster.move(CHEN, E.GO_READY, by=SELF)
    assert len(floor.told) == 1


async def test_notes_end_when_their_time_is_over(floor: Floor) -> None:
    """Of whoever's it is, once; also of those that a controller before this one began."""
    for event in (E.CALL_OUT, E.HANG_UP):
        await floor.roster.move(CHEN, event, by=THE_LINE)
    assert await floor.roster.end_wrap_ups() == []
    await floor.clock.advance(WRAP_UP.usual / timedelta(seconds=1))
    (change,) = await floor.roster.end_wrap_ups()
    assert (change.presence.agent, change.presence.state) == (CHEN, PresenceState.READY)
    assert await floor.roster.end_wrap_ups() == []


async def test_the_bus_command_moves_and_answers(floor: Floor) -> None:
    """As the desk and the command line ask for it."""
    wanted: dict[str, object] = {"agent": "8001", "event": "take_break", "role": "agent", "name": "8001"}
    told = await floor.roster.command({**wanted, "reason": "meal", "asked_by": "operator"})
    assert (told["state"], told["reason"], told["wish"], told["version"]) == ("break", "meal", None, 2)
    await floor.roster.command({**wanted, "event": "pause", "role": "line", "reason": PHONE_GONE})
    with pytest.raises(NoSuchAgent):
        await floor.roster.command({**wanted, "agent": "8009", "name": "8009", "reason": "meal"})
    for wrong in ({"event": "explode"}, {"role": "king"}, {"name": ""}):
        with pytest.raises(WrongCommand):
            await floor.roster.command({**wanted, **wrong})
    with pytest.raises(WrongCommand):
        await floor.roster.command({"agent": ZHOU})
