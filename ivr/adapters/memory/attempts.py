"""Attempts at verification in memory: the same promises as in a database."""

from datetime import datetime

from ivr.domain.banking import CustomerToken
from ivr.domain.verification import Attempt
from ivr.ports.archive import ArchiveDown


class MemoryAttempts:
    """Implements ivr.ports.attempts.Attempts."""

    def __init__(self) -> None:
        self._noted: dict[tuple[object, ...], Attempt] = {}
        self.down = False
        """Set to play a database that cannot be reached."""

    async def note(self, attempt: Attempt) -> None:
        """Remember it, once. Raises ArchiveDown."""
        self._must_be_up()
        self._noted.setdefault((attempt.call_id, attempt.means, attempt.at), attempt)

    async def of_customer(self, customer: CustomerToken, since: datetime) -> list[Attempt]:
        """Those about a customer, oldest first. Raises ArchiveDown."""
        self._must_be_up()
        return self._since(since, [attempt for attempt in self._noted.values() if attempt.customer == customer])

    async def of_caller(self, number: str, since: datetime) -> list[Attempt]:
        """Those from a number, oldest first. Raises ArchiveDown."""
        self._must_be_up()
        return self._since(since, [attempt for attempt in self._noted.values() if attempt.caller_number == number])

    def _since(self, since: datetime, found: list[Attempt]) -> list[Attempt]:
        lately = [attempt for attempt in found if attempt.at >= since]
        return sorted(lately, key=lambda attempt: (attempt.at, attempt.call_id))

    def _must_be_up(self) -> None:
        if self.down:
            raise ArchiveDown("the memory attempts play a database that is down")
