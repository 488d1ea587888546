"""What is wrong (H2.2a), and how urgent it is (H2.1d)."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from ivr.domain.reasons import Reason


class Category(Enum):
    """The standard scheme of problems: H2.2a's three kinds and the business scope of H1.1a."""

    LOSS_OR_FRAUD = "loss_or_fraud"
    """The caller has not said yet which of the two."""
    LOSS = "loss"
    FRAUD = "fraud"
    """A fraud in progress: an emergency of its own (DOMAIN.md)."""
    ACCOUNT_ANOMALY = "account_anomaly"
    TRANSFER_PROBLEM = "transfer_problem"
    COMPLAINT = "complaint"
    """A complaint or a suggestion."""
    BUSINESS = "business"
    """Handling: balances, transfers made, what a customer asks to be done."""
    PRODUCT_AND_RISK = "product_and_risk"
    ACCOUNT_MANAGEMENT = "account_management"
    ENQUIRY = "enquiry"
    UNKNOWN = "unknown"


class Urgency(IntEnum):
    """How soon a person must act. EMERGENCY starts the emergency plan at once (H2.1d, H1.4c)."""

    NORMAL = 0
    ELEVATED = 1
    URGENT = 2
    EMERGENCY = 3


@dataclass(frozen=True, slots=True)
class Judgement:
    """An urgency and the reasons for it, the gravest first."""

    urgency: Urgency
    reasons: tuple[Reason, ...]
