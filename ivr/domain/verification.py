"""Attempts to say who one is: what the limits of `ivr.policies.lockout` are counted from. Kept for 3 years."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ivr.domain.banking import CustomerToken
from ivr.domain.ids import CallId


class Means(Enum):
    """By what someone tried (DOMAIN.md, verification levels)."""

    IDENTIFY = "identify"
    """A number of customer, card or resident id."""
    PASSWORD = "password"  # noqa: S105  (the name of a means, no secret)
    """The phone password."""
    CODE = "code"
    """A one-time code."""
    QUESTIONS = "questions"
    """An agent's questions."""


class Tried(Enum):
    """How it ended."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try. Personal: `customer`, `caller_number`. What was keyed in is never part of it."""

    call_id: CallId
    customer: CustomerToken | None
    """Whom he says he is; None: the number he gave belongs to nobody."""
    caller_number: str | None
    """E.164; None when withheld."""
    means: Means
    outcome: Tried
    at: datetime
    """UTC. One call makes no two attempts by the same means at one moment: with the call it tells attempts apart."""
