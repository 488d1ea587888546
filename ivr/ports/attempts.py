"""What is remembered of attempts to say who one is, to count the wrong ones."""

from datetime import datetime
from typing import Protocol

from ivr.domain.banking import CustomerToken
from ivr.domain.ids import CallId
from ivr.domain.verification import Attempt


class Attempts(Protocol):
    """Every method raises ArchiveDown (`ivr.ports.archive`) when the database cannot be reached: then nobody can tell
    whether the limit is reached, and self-service by password has to be closed."""

    async def note(self, attempt: Attempt) -> None:
        """Remember it, for good when this returns. Noting the same (call, means, moment) again changes nothing."""

    async def of_call(self, call_id: CallId) -> list[Attempt]:
        """Those of one call, oldest first: all that a call with no number and no known customer is counted by."""

    async def of_customer(self, customer: CustomerToken, since: datetime) -> list[Attempt]:
        """Those about a customer at or after this moment, oldest first, from whatever number."""

    async def of_caller(self, number: str, since: datetime) -> list[Attempt]:
        """Those from a calling number (E.164) at or after this moment, oldest first, about whomever."""
