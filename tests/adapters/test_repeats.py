"""A repeated event is told from a new one, with a memory that does not grow."""

from ivr.adapters.repeats import Repeats
from tests.contracts.bus_contract import arrived, key_pressed


def test_a_repetition_is_told_by_call_and_sequence() -> None:
    """The same sequence of another call is no repetition, nor is one that comes late."""
    repeats = Repeats()
    events = [arrived("n1-1.1"), key_pressed("n1-1.1", 3), key_pressed("n1-1.1", 2), arrived("n1-2.1")]
    assert [repeats.is_one(event) for event in events] == [False] * 4
    assert [repeats.is_one(event) for event in events] == [True] * 4


def test_what_is_long_past_is_forgotten() -> None:
    """The oldest first."""
    repeats = Repeats(remembered=2)
    first, second, third = (key_pressed("n1-1.1", number) for number in (1, 2, 3))
    assert [repeats.is_one(event) for event in (first, second, third, third, second)] == [False] * 3 + [True] * 2
    assert not repeats.is_one(first)
