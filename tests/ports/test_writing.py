"""Writers write what `json` writes of plain dictionaries, whatever the type."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum, IntEnum
from typing import Any, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.caller import Language
from ivr.domain.events import Event
from ivr.domain.spoken import Amount, Count, Digits, Duration, Position, Unit
from ivr.ports.codec import (
    decode_entries,
    decode_event,
    decode_fact,
    encode_entries,
    encode_event,
    encode_fact,
    plain,
)
from ivr.ports.journal import Fact
from ivr.ports.writing import Writers
from tests.contracts.calls import call

WRITERS = Writers(lambda value, kind: json.dumps(value, separators=(",", ":")))
Name = NewType("Name", str)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))  # JSON has no word for the others


SAYABLE = {"language": st.sampled_from(Language)}
NUMBER = st.integers(1, 10**6)
st.register_type_strategy(
    Amount, st.builds(Amount, fen=st.integers(-(10**9), 10**9), currency=st.just("CNY"), **SAYABLE)
)
st.register_type_strategy(Digits, st.builds(Digits, text=st.from_regex(r"[0-9X]{1,8}", fullmatch=True), **SAYABLE))
st.register_type_strategy(Count, st.builds(Count, number=NUMBER, **SAYABLE))
st.register_type_strategy(Position, st.builds(Position, number=NUMBER, **SAYABLE))
st.register_type_strategy(Duration, st.builds(Duration, number=NUMBER, unit=st.sampled_from(Unit), **SAYABLE))


class Colour(Enum):
    """By a word."""

    RED = "红"


class Level(IntEnum):
    """By a number."""

    HIGH = 3


@dataclass(frozen=True)
class Leaf:
    """One of two."""

    name: Name


@dataclass(frozen=True)
class Branch:
    """The other; holds more of the same."""

    parts: "tuple[Leaf | Branch, ...]"
    rows: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Nothing:
    """No field at all."""


VALUES: tuple[tuple[Any, Any, str], ...] = (
    (str, '"\n\\线', '"\\"\\n\\\\线"'),
    (Name, "x", '"x"'),
    (int, -5, "-5"),
    (float, 5, "5"),
    (float, 2.5, "2.5"),
    (bool, True, "true"),
    (str | None, None, "null"),
    (int | None, 7, "7"),
    (Colour, Colour.RED, '"红"'),
    (Colour | None, None, "null"),
    (Level, Level.HIGH, "3"),
    (datetime, datetime(2026, 1, 5, 9, tzinfo=UTC), '"2026-01-05T09:00:00+00:00"'),
    (date, date(2026, 1, 5), '"2026-01-05"'),
    (time, time(9, 30), '"09:30:00"'),
    (tuple[str, ...], (), "[]"),
    (Leaf, Leaf(Name("a")), '{"name":"a"}'),
    (Leaf | None, Leaf(Name("a")), '{"name":"a"}'),
    (Leaf | Branch, Leaf(Name("a")), '{"is":"Leaf","name":"a"}'),
    (Leaf | Branch | None, None, "null"),
    (Leaf | Nothing, Nothing(), '{"is":"Nothing"}'),
    (
        Leaf | Branch,
        Branch((Leaf(Name("a")), Branch(())), ((1, 2), ())),
        '{"is":"Branch","parts":[{"is":"Leaf","name":"a"},{"is":"Branch","parts":[],"rows":[]}],"rows":[[1,2],[]]}',
    ),
    (dict[str, int], {"a": 1}, '{"a":1}'),
    (str | int, 3, "3"),
    (tuple[int, str], (1, "a"), '[1,"a"]'),
)


@pytest.mark.parametrize(("kind", "value", "written"), VALUES, ids=lambda value: str(value)[:40])
def test_every_kind_of_value_is_written_as_json(kind: Any, value: Any, written: str) -> None:
    """Objects with keys in order and no spaces; the class's name where the hint is a union of classes."""
    assert WRITERS.of(kind)(value) == written


@given(st.deferred(lambda: st.from_type(Fact)))  # put together where it is used, not by every process
def test_any_fact_is_written_as_its_plain_form_and_read_back(fact: Fact) -> None:
    """The compiled way and the long way say the same."""
    written = encode_fact(fact)
    expected = json.dumps(plain(fact, Fact), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert written.decode() == expected
    assert decode_fact(written) == fact


@given(st.deferred(lambda: st.from_type(Event)))
def test_any_event_is_written_as_its_plain_form_and_read_back(event: Event) -> None:
    """The same for what is told live."""
    written = encode_event(event)
    expected = json.dumps(plain(event, Event), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert written.decode() == expected
    assert decode_event(written) == event


def test_entries_are_written_together_and_read_back() -> None:
    """Moments and numbers included; where the moment stays the same it is written once."""
    entries = call("n1-17.1", 3)
    assert decode_entries(encode_entries(entries[2:]), entries[0].call_id, entries[-1].sequence) == entries[2:]


def test_lines_that_are_no_entries_are_refused() -> None:
    """ValueError, whatever they are."""
    for raw in (b"", b"x y", b"{}", b'1 2.0\n{"is":"Asked"}', b"1 2.0\n[]"):
        with pytest.raises(ValueError, match=r".+"):
            decode_entries(raw, call("n1-17.1")[0].call_id, 3)
