"""H2.1d: how urgent a call is, and where that puts it among those who wait."""

from enum import Enum

from ivr.domain.problem import Category, Judgement, Urgency


class Told(Enum):
    """What the caller said of the urgency."""

    NOTHING = "nothing"
    EMERGENCY = "emergency"


_BY_CATEGORY = {
    Category.LOSS_OR_FRAUD: Judgement(Urgency.URGENT, ("a card is lost, or a fraud reported",)),
    Category.COMPLAINT: Judgement(Urgency.ELEVATED, ("a complaint, owned within ten minutes (H1.4c)",)),
    Category.ACCOUNT_ANOMALY: Judgement(Urgency.ELEVATED, ("an account behaves in a way its owner did not expect",)),
}

_PRIORITY = {Urgency.NORMAL: 0, Urgency.ELEVATED: 10, Urgency.URGENT: 20, Urgency.EMERGENCY: 100}


def urgency_of(category: Category | None, told: Told) -> Judgement:
    """The urgency and its reasons in words."""
    if told is Told.EMERGENCY:
        return Judgement(Urgency.EMERGENCY, ("the caller said twice that it is an emergency",))
    if category is None:
        return Judgement(Urgency.NORMAL, ())
    return _BY_CATEGORY.get(category, Judgement(Urgency.NORMAL, ()))


def priority_of(urgency: Urgency) -> int:
    """The place in a queue: higher is served earlier, and an emergency is above anything else."""
    return _PRIORITY[urgency]
