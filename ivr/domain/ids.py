"""The identifiers of the phone line. Each is its own type, so that one is never handed over for another."""

import re
from typing import NewType

CallId = NewType("CallId", str)
"""Our name of a call: the Uniqueid of the caller's leg, `NODE-EPOCH.COUNTER` (Asterisk's systemname is the node).

It is known before the controller is, stands in CEL and queue_log too, and stays two for two calls of one second.
Only letters, digits, `-` and `.`: safe in a file name.
"""

Uniqueid = NewType("Uniqueid", str)
"""Asterisk's name of one leg (channel)."""

Linkedid = NewType("Linkedid", str)
"""Asterisk's name of all legs that belong together: the Uniqueid of the first."""

NodeId = NewType("NodeId", str)
"""One Asterisk and the controller beside it."""

AgentId = NewType("AgentId", str)
"""The staff number (工号) of an agent: digits, since it is spoken."""

CallBackId = NewType("CallBackId", str)
"""Our name of a promised call back: the effect id of what asked for it."""

PromptId = NewType("PromptId", str)
"""A sentence of `config/prompts/`."""

EffectId = NewType("EffectId", str)
"""`CALL_ID/STEP`: the idempotency key under which an act outside is done at most once."""

RecordingName = NewType("RecordingName", str)
"""A recording below the home: made of our own ids only."""

QueueName = NewType("QueueName", str)


def effect_id(call: CallId, step: int) -> EffectId:
    """The key of the effect that step number `step` of `call` has on the world."""
    return EffectId(f"{call}/{step}")


_ATTEMPT = re.compile(r"(.+\.\d+)-(\d+)-\d+")


def attempt_id(back: CallBackId, number: int) -> CallId:
    """The call (and the leg) that attempt `number` of a call back is: no other ever has this name."""
    return CallId(f"{back.replace('/', '-')}-{number}")


def call_back_of(call: str) -> CallBackId | None:
    """Which call back this call is an attempt of, by its name; None for one that came in."""
    found = _ATTEMPT.fullmatch(call)
    return CallBackId(f"{found[1]}/{found[2]}") if found else None
