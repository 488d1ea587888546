"""Writers: what turns a value of a known type into JSON, made once a type.

Facts and events are written far more often than anything else here, mostly by a thread that callers wait for. A writer
is put together from the type's hints when it is first needed, and then only fetches fields and fills a template: a
fifth of the time that going over plain dictionaries takes. It writes the same words: objects with their keys in order,
no spaces, and the class's name under `is` where the hint is a union of classes.
"""

import json.encoder
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Writer = Callable[[Any], str]

_string: Writer = json.encoder.encode_basestring
_SCALARS: dict[Any, Writer] = {
    str: _string,
    int: int.__repr__,
    bool: {True: "true", False: "false"}.__getitem__,
    NoneType: lambda _: "null",
}
_MOMENTS = (datetime, date, time)


class Writers:
    """The writers of all types that were asked for. `otherwise` makes JSON of a value whose type is none of the usual:
    neither dataclass, union, tuple, enumeration, scalar nor moment."""

    def __init__(self, otherwise: Callable[[Any, Any], str]) -> None:
        self._otherwise = otherwise
        self._known: dict[tuple[Any, bool], Writer] = {}

    def of(self, kind: Any, *, tagged: bool = False) -> Writer:  # a union alias is no type to a type checker
        """The writer of this type; `tagged`: with the class's name in it, as a member of a union."""
        while hasattr(kind, "__supertype__"):  # a NewType
            kind = kind.__supertype__
        writer = self._known.get((kind, tagged))
        if writer is None:
            writer = self._known[kind, tagged] = self._made(kind, tagged=tagged)
        return writer

    def _made(self, kind: Any, *, tagged: bool) -> Writer:
        origin, inner = get_origin(kind), get_args(kind)
        if kind in _SCALARS:
            return _SCALARS[kind]
        if kind in _MOMENTS:
            return lambda moment: f'"{moment.isoformat()}"'
        if isinstance(kind, type) and issubclass(kind, Enum):
            return {member: json.dumps(member.value, ensure_ascii=False) for member in kind}.__getitem__
        if is_dataclass(kind):
            return self._object(kind, tagged=tagged)
        if origin in (Union, UnionType) and all(is_dataclass(one) or one is NoneType for one in inner):
            return self._union(inner)
        if origin in (Union, UnionType) and len(inner) == 2 and NoneType in inner:
            [there] = (self.of(one) for one in inner if one is not NoneType)
            return lambda value: "null" if value is None else there(value)
        if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
            each = self.of(inner[0])
            return lambda values: f"[{','.join(map(each, values))}]"
        return lambda value: self._otherwise(value, kind)

    def _union(self, kinds: tuple[Any, ...]) -> Writer:
        several = len(kinds) - (NoneType in kinds) > 1
        by_class = {kind: self.of(kind, tagged=several and kind is not NoneType) for kind in kinds}
        return lambda value: by_class[value.__class__](value)

    def _object(self, kind: Any, *, tagged: bool) -> Writer:
        hints = get_type_hints(kind)
        names = sorted(field.name for field in fields(kind))
        words = {name: "%s" for name in names} | ({"is": json.dumps(kind.__name__)} if tagged else {})
        template = "{" + ",".join(f'"{name}":{words[name]}' for name in sorted(words)) + "}"
        if not names:
            return lambda _: template
        fetch, writers = attrgetter(*names), [self.of(hints[name]) for name in names]
        if len(names) == 1:
            [write] = writers
            return lambda value: template % write(fetch(value))
        return lambda value: template % tuple([write(one) for write, one in zip(writers, fetch(value), strict=True)])
