"""What is wrong (H2.2a), and how urgent it is (H2.1d)."""

from dataclasses import dataclass
from enum import Enum, IntEnum


class Category(Enum):
    """The standard scheme of problems: H2.2a's three kinds and the business scope of H1.1a."""

    LOSS_OR_FRAUD = "loss_or_fraud"
    ACCOUNT_ANOMALY = "account_anomaly"
    TRANSFER_PROBLEM = "transfer_problem"
    COMPLAINT = "complaint"
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
    """An urgency and the reasons for it, in words an agent can read."""

    urgency: Urgency
    reasons: tuple[str, ...]
