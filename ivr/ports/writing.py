"""Writers: functions that turn a value of a known type into JSON, made once a type.

Facts and events are written far more often than anything else here, mostly by a thread that callers wait for. So for
each type one expression is put together from its hints, in the manner of `dataclasses`, and compiled; it fills fields
into a template and looks at nothing else. What it writes is what `json` writes of plain dictionaries: objects with
their keys in order, no spaces, and the class's name under `is` where the hint is a union of classes.
"""

import json.encoder
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

Writer = Callable[[Any], str]

_SCALARS = {
    str: "string({})",
    int: "integer({})",
    float: "repr({})",
    bool: "('true' if {} else 'false')",
    datetime: "'\"%s\"' % ({}.isoformat(),)",
    date: "'\"%s\"' % ({}.isoformat(),)",
    time: "'\"%s\"' % ({}.isoformat(),)",
}


class Writers:
    """The writers of all types that were asked for. `otherwise` makes JSON of a value whose type is none of the usual:
    neither dataclass, union, tuple, enumeration, scalar nor moment."""

    def __init__(self, otherwise: Callable[[Any, Any], str]) -> None:
        self._otherwise = otherwise
        self._names: dict[Any, str] = {}
        self._made: dict[str, Any] = {"string": json.encoder.encode_basestring, "integer": int.__repr__}

    def of(self, kind: Any) -> Writer:  # a union alias is no type to a type checker
        """The writer of this type."""
        return self._compiled(self._expression(kind, "value"))

    def _expression(self, kind: Any, value: str) -> str:
        """The code of what `value` is written as."""
        while hasattr(kind, "__supertype__"):  # a NewType
            kind = kind.__supertype__
        origin, inner = get_origin(kind), get_args(kind)
        if kind in _SCALARS:
            return _SCALARS[kind].format(value)
        if isinstance(kind, type) and issubclass(kind, Enum):
            # By its value: an enumeration's own hash is a function in Python.
            words = {member.value: json.dumps(member.value, ensure_ascii=False) for member in kind}
            return f"{self._name(kind, lambda: words)}[{value}._value_]"
        if is_dataclass(kind):
            return f"{self._name(kind, lambda: self._object(cast(type, kind), tagged=False))}({value})"
        if origin in (Union, UnionType):
            there = tuple(one for one in inner if one is not NoneType)
            written = self._expression(there[0], value) if len(there) == 1 else self._one_of(kind, there, value)
            return written if len(there) == len(inner) else f"('null' if {value} is None else {written})"
        if origin is tuple and inner[1:] == (Ellipsis,):
            each = f"{value.partition('.')[0]}_"  # a name that no comprehension around this one has
            return f"'[%s]' % (','.join([{self._expression(inner[0], each)} for {each} in {value}]),)"
        return f"{self._name(kind, lambda: lambda value: self._otherwise(value, kind))}({value})"

    def _one_of(self, union: Any, kinds: tuple[Any, ...], value: str) -> str:
        """A union of classes is told by the value's; another is left to `otherwise`."""
        if not all(is_dataclass(kind) for kind in kinds):
            return f"{self._name(union, lambda: lambda value: self._otherwise(value, union))}({value})"
        table = self._name(kinds, lambda: {kind: self._object(kind, tagged=True) for kind in kinds})
        return f"{table}[{value}.__class__]({value})"

    def _object(self, kind: type, *, tagged: bool) -> Writer:
        hints = get_type_hints(kind)
        words = {field.name: self._expression(hints[field.name], f"value.{field.name}") for field in fields(kind)}
        plain = dict.fromkeys(words, "%s") | ({"is": f'"{kind.__name__}"'} if tagged else {})
        template = "{" + ",".join(f'"{name}":{plain[name]}' for name in sorted(plain)) + "}"
        filled = "".join(f"{words[name]}," for name in sorted(words))
        return self._compiled(f"{template!r} % ({filled})")

    def _name(self, kind: Any, make: Callable[[], Any]) -> str:
        """What the code calls what is made of this type. Named before it is made: a type may hold itself."""
        if kind not in self._names:
            name = self._names[kind] = f"made_{len(self._names)}"
            self._made[name] = make()
        return self._names[kind]

    def _compiled(self, expression: str) -> Writer:
        return cast(Writer, eval(f"lambda value: {expression}", self._made))  # noqa: S307  (made of our own types)
