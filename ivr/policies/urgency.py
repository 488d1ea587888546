"""H2.1d: how urgent a call is, with the reasons in words.

A table of rules. Each either sets how urgent the call is at least, or raises it by one step; raising alone ends below
an emergency, since an emergency calls the officer on duty out of bed. No rule lowers anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from ivr.domain.banking import AccountState, CustomerFacts, CustomerKind
from ivr.domain.problem import Category, Judgement, Urgency
from ivr.domain.reasons import Reason

FRESH = timedelta(days=3)
"""A contact changed within it is a sign of a takeover (advice)."""
OFTEN = 2
"""So many calls before this one within the last days are a sign that we did not help (H1.2b)."""
LONG = 60.0
"""Seconds of waiting that raise the urgency (advice; H1.2a asks for 30)."""


class Told(Enum):
    """What the caller said of the urgency."""

    NOTHING = "nothing"
    EMERGENCY = "emergency"
    FRAUD_NOW = "fraud_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that bears on the urgency of a call."""

    category: Category | None = None
    told: Told = Told.NOTHING
    facts: CustomerFacts | None = None
    """What the bank says of who calls, as far as that is known."""
    recent_calls: int = 0
    """Calls of the same number in the last days, before this one."""
    waited: float = 0.0
    """Seconds in a queue."""
    block_unsure: bool = False
    """A block was asked for, and nobody knows whether it is done."""
    now: datetime
    """UTC."""


@dataclass(frozen=True, slots=True)
class _Rule:
    reason: Reason
    holds: Callable[[Situation], bool]
    at_least: Urgency | None = None
    """None: raises by one step."""


_MONEY_AT_RISK = (
    Category.LOSS_OR_FRAUD,
    Category.LOSS,
    Category.FRAUD,
    Category.ACCOUNT_ANOMALY,
    Category.TRANSFER_PROBLEM,
)


def _fresh_contact(situation: Situation) -> bool:
    facts = situation.facts
    if facts is None or facts.contact_changed_at is None:
        return False
    return situation.now - facts.contact_changed_at <= FRESH


def _money_leaves(situation: Situation) -> bool:
    return situation.facts is not None and situation.facts.large_transfers > 0 and situation.category in _MONEY_AT_RISK


RULES = (
    _Rule(Reason.TOLD_EMERGENCY, lambda s: s.told is Told.EMERGENCY, Urgency.EMERGENCY),
    _Rule(Reason.FRAUD_NOW, lambda s: s.told is Told.FRAUD_NOW or s.category is Category.FRAUD, Urgency.EMERGENCY),
    _Rule(Reason.TAKEOVER_SUSPECTED, lambda s: _money_leaves(s) and _fresh_contact(s), Urgency.EMERGENCY),
    _Rule(Reason.BLOCK_UNSURE, lambda s: s.block_unsure, Urgency.EMERGENCY),
    _Rule(Reason.LOSS_OR_FRAUD, lambda s: s.category in (Category.LOSS_OR_FRAUD, Category.LOSS), Urgency.URGENT),
    _Rule(Reason.FRAUD_MARKED, lambda s: s.facts is not None and s.facts.fraud_marked, Urgency.URGENT),
    _Rule(Reason.LARGE_TRANSFERS, _money_leaves, Urgency.URGENT),
    _Rule(Reason.COMPLAINT, lambda s: s.category is Category.COMPLAINT, Urgency.ELEVATED),
    _Rule(Reason.ACCOUNT_ANOMALY, lambda s: s.category is Category.ACCOUNT_ANOMALY, Urgency.ELEVATED),
    _Rule(Reason.CONTACT_CHANGED, lambda s: s.category in _MONEY_AT_RISK and _fresh_contact(s)),
    _Rule(Reason.ACCOUNT_FROZEN, lambda s: s.facts is not None and s.facts.account_state is AccountState.FROZEN),
    _Rule(Reason.CALLED_AGAIN, lambda s: s.recent_calls >= OFTEN),
    _Rule(Reason.VULNERABLE, lambda s: s.facts is not None and s.facts.vulnerable),
    _Rule(Reason.COMPANY, lambda s: s.facts is not None and s.facts.kind is CustomerKind.CORPORATE),
    _Rule(Reason.WAITED_LONG, lambda s: s.waited >= LONG),
)


def urgency_of(situation: Situation) -> Judgement:
    """The urgency, and every reason that speaks for it, the gravest first."""
    holding = [rule for rule in RULES if rule.holds(situation)]
    floor = max((rule.at_least for rule in holding if rule.at_least is not None), default=Urgency.NORMAL)
    raised = min(floor + sum(rule.at_least is None for rule in holding), Urgency.URGENT)
    return Judgement(Urgency(max(floor, raised)), tuple(rule.reason for rule in holding))
