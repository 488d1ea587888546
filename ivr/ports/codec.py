"""How facts, records and events are written on disk and wire: the one place.

JSON objects; a member of a union carries its class's name under `is`. What is written here is read years later: a field
may be added with a default, never renamed.
"""

import hashlib
import json
from datetime import datetime
from functools import lru_cache
from typing import Any, cast, get_args

import cattrs
from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from ivr.domain.call import CallRecord
from ivr.domain.events import Event
from ivr.flow.steps import Reply, Step
from ivr.ports.journal import Asked, Fact


def _make() -> cattrs.Converter:
    converter = make_converter()
    for union in (Reply, Step, Fact, Event):
        configure_tagged_union(union, converter, tag_name="is")
    converter.register_unstructure_hook(datetime, lambda moment: moment.isoformat())
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    return converter


_converter = _make()


# Made once: `json.dumps` would make one each time. What it is given is made here, so no circle can be in it.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False)


def _dump(plain: object) -> bytes:
    return _encoder.encode(plain).encode()


@lru_cache(maxsize=512)
def _encoded_step(step: Step) -> bytes:
    """A step is asked in call after call, and holds nothing of any of them: most of a journal is written once."""
    return _dump(_converter.unstructure(step, unstructure_as=Step))


def encode_fact(fact: Fact) -> bytes:
    """A journal fact as bytes."""
    if isinstance(fact, Asked):
        return b'{"is":"Asked","number":%d,"step":%b}' % (fact.number, _encoded_step(fact.step))
    return _dump(_converter.unstructure(fact, unstructure_as=Fact))


def decode_fact(raw: bytes) -> Fact:
    """The fact back. Raises ValueError on what is none."""
    return cast(Fact, _decode(raw, Fact))


def encode_event(event: Event) -> bytes:
    """A live event as bytes."""
    return _dump(_converter.unstructure(event, unstructure_as=Event))


def decode_event(raw: bytes) -> Event:
    """The event back. Raises ValueError on what is none."""
    return cast(Event, _decode(raw, Event))


def encode_record(record: CallRecord) -> bytes:
    """A call's record as bytes."""
    return _dump(_converter.unstructure(record))


def decode_record(raw: bytes) -> CallRecord:
    """The record back. Raises ValueError on what is none."""
    return cast(CallRecord, _decode(raw, CallRecord))


def plain(value: object, kind: Any = None) -> Any:
    """Any value of the domain as plain JSON material, for `--json`."""
    return _converter.unstructure(value, unstructure_as=kind or type(value))


def fingerprint(step: Step) -> str:
    """16 hex digits that change when the step changes."""
    return hashlib.sha256(_encoded_step(step)).hexdigest()[:16]


def event_types() -> tuple[type, ...]:
    """Every kind of event."""
    return get_args(Event)


def _decode(raw: bytes, kind: Any) -> Any:  # a union alias is no type to a type checker
    try:
        return _converter.structure(json.loads(raw), kind)
    except (cattrs.BaseValidationError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is no {getattr(kind, '__name__', 'value')} of ours") from error
