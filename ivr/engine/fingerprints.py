"""Fingerprints of what a call is told by: a journal is replayed only to the very story that wrote it."""

import dataclasses
import hashlib
import importlib
import inspect
import json
import pkgutil
from enum import Enum
from functools import cache

_TOLD_BY = ("ivr.domain", "ivr.policies", "ivr.flow")


@cache
def of_flow() -> str:
    """16 hex digits that change with any line of flow, policies or domain."""
    digest = hashlib.sha256()
    for package_name in _TOLD_BY:
        package = importlib.import_module(package_name)
        for module in sorted(entry.name for entry in pkgutil.iter_modules(package.__path__)):
            name = f"{package_name}.{module}"
            digest.update(name.encode() + b"\0" + inspect.getsource(importlib.import_module(name)).encode())
    return digest.hexdigest()[:16]


def of_configuration(settings: object) -> str:
    """16 hex digits that change with any value of the (frozen dataclass of) settings that the story sees."""
    values = dataclasses.asdict(settings)  # type: ignore[call-overload]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=_plain).encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    """The same in every process: a set has no order of its own."""
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return value.value if isinstance(value, Enum) else str(value)
