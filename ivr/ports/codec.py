"""How facts, records and events are written on disk and wire: the one place.

JSON objects; a member of a union carries its class's name under `is`. What is written here is read years later: a field
may be added with a default, never renamed.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, cast, get_args

import cattrs
from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from ivr.domain.call import CallRecord, Known
from ivr.domain.events import Event
from ivr.domain.ids import CallId
from ivr.domain.ticket import Summary
from ivr.flow.deeds import Deed, Result
from ivr.flow.questions import Answer, Question
from ivr.flow.steps import Menu, Reply, Say, Step, Utterance
from ivr.ports.journal import Asked, Entry, Fact
from ivr.ports.writing import Writers


def _make() -> cattrs.Converter:
    converter = make_converter(detailed_validation=False)  # an error is told as a whole, and reading costs half
    for kind in (datetime, date, time):
        converter.register_unstructure_hook(kind, kind.isoformat)
        converter.register_structure_hook(kind, lambda text, kind: kind.fromisoformat(text))
    # a union comes after those that stand in it
    for union in (Utterance, Question, Answer, Deed, Result, Reply, Step, Fact, Event):
        configure_tagged_union(union, converter, tag_name="is")
    return converter


_converter = _make()


# Made once: `json.dumps` would make one each time. What it is given is made here, so no circle can be in it.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False)


_writers = Writers(lambda value, kind: _encoder.encode(_converter.unstructure(value, unstructure_as=kind)))
# Looked up once: a union of many classes takes longer to be found than a value of it to be written.
_write_step, _write_fact, _write_event = _writers.of(Step), _writers.of(Fact), _writers.of(Event)
_write_record, _write_known = _writers.of(CallRecord), _writers.of(Known)


def encode_fact(fact: Fact) -> bytes:
    """A journal fact as bytes."""
    return _write_fact(fact).encode()


def decode_fact(raw: bytes) -> Fact:
    """The fact back. Raises ValueError on what is none."""
    asked = _ASKED.fullmatch(raw)
    if asked and asked[2].count(b'"is":') == 1 + asked[2].count(b'"is":"Sentence"'):  # no caller's value is remembered
        return Asked(number=int(asked[1]), step=_spoken(asked[2]))
    return cast(Fact, _decode(raw, Fact))


def encode_known(known: Known) -> bytes:
    """What was found out of a call as bytes."""
    return _write_known(known).encode()


def decode_known(raw: bytes) -> Known:
    """It back. Raises ValueError on what is none."""
    return cast(Known, _decode(raw, Known))


_ASKED = re.compile(rb'\{"is":"Asked","number":(\d{1,9}),"step":(\{"is":"(?:Say|Menu)",.*\})\}')


@lru_cache(maxsize=512)
def _spoken(raw: bytes) -> Step:
    """Read once, as it is written once: the same sentences are in every journal."""
    return cast(Step, _decode(raw, Step))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode_entries(entries: Sequence[Entry]) -> bytes:
    """Entries that follow one another in one call, as lines: a fact each, and before it its moment (microseconds since
    1970, monotonic time) where that is another than the one before. Call and numbers are not in it.
    """
    lines: list[str] = []
    at, monotonic = None, None
    for entry in entries:
        if (
            entry.at is not at or entry.monotonic is not monotonic
        ):  # the same object, mostly; saying it again is no harm
            at, monotonic = entry.at, entry.monotonic
            lines.append(f"{(at - _EPOCH) // _MICROSECOND} {monotonic!r}")
        fact = entry.fact
        if fact.__class__ is Asked and fact.step.__class__ in _SPOKEN:
            lines.append(f'{{"is":"Asked","number":{fact.number},"step":{_written(fact.step)}}}')
        else:
            lines.append(_write_fact(fact))
    return "\n".join(lines).encode()


_SPOKEN = frozenset({Say, Menu})
_KNOWN_STEPS = 512
_steps: dict[int, tuple[Step, str]] = {}
"""Steps by identity, each held so that its identity is its own: a journal that is read back gives the same objects
(`_spoken`), and they are what most of it is."""


def _written(step: Step) -> str:
    """Written once, mostly."""
    found = _steps.get(id(step))
    if found is not None and found[0] is step:
        return found[1]
    text = _write_step(step)
    if len(_steps) >= _KNOWN_STEPS:
        _steps.clear()
    _steps[id(step)] = step, text
    return text


def decode_entries(raw: bytes, call_id: CallId, last: int | None = None) -> list[Entry]:
    """The entries back, the last of which has this number, or the first number 1. Raises ValueError on what is none."""
    found: list[tuple[datetime, float, Fact]] = []
    at, monotonic = _EPOCH, 0.0
    for line in raw.split(b"\n"):  # JSON writes no line end as it is
        if line.startswith(b"{"):
            found.append((at, monotonic, decode_fact(line)))
        else:
            microseconds, _, seconds = line.partition(b" ")
            at, monotonic = _EPOCH + int(microseconds) * _MICROSECOND, float(seconds)
    return [
        Entry(call_id=call_id, sequence=sequence, at=at, monotonic=monotonic, fact=fact)
        for sequence, (at, monotonic, fact) in enumerate(found, 1 if last is None else last - len(found) + 1)
    ]


def encode_event(event: Event) -> bytes:
    """A live event as bytes."""
    return _write_event(event).encode()


def decode_event(raw: bytes) -> Event:
    """The event back. Raises ValueError on what is none."""
    return cast(Event, _decode(raw, Event))


def encode_record(record: CallRecord) -> bytes:
    """A call's record as bytes."""
    return _write_record(record).encode()


def decode_record(raw: bytes) -> CallRecord:
    """The record back. Raises ValueError on what is none."""
    return cast(CallRecord, _decode(raw, CallRecord))


def encode_summary(summary: Summary) -> bytes:
    """What a caller told of his problem as bytes."""
    return _writers.of(Summary)(summary).encode()


def decode_summary(raw: bytes) -> Summary:
    """The summary back. Raises ValueError on what is none."""
    return cast(Summary, _decode(raw, Summary))


def plain(value: object, kind: Any = None) -> Any:
    """Any value of the domain as plain JSON material, for `--json`."""
    return _converter.unstructure(value, unstructure_as=kind or type(value))


def fingerprint(step: Step) -> str:
    """16 hex digits that change when the step changes."""
    return hashlib.sha256(_write_step(step).encode()).hexdigest()[:16]


def event_types() -> tuple[type, ...]:
    """Every kind of event."""
    return get_args(Event)


def _decode(raw: bytes, kind: Any) -> Any:  # a union alias is no type to a type checker
    try:
        return _converter.structure(json.loads(raw), kind)
    except (cattrs.BaseValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is no {getattr(kind, '__name__', 'value')} of ours") from error
