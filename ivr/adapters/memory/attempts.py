"""Attempts at verification in memory: the same promises as in a database."""

from collections.abc import Iterable
from datetime import datetime

from ivr.domain.banking import CustomerToken
from ivr.domain.ids import CallId
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

    async def of_call(self, call_id: CallId) -> list[Attempt]:
        """Those of one call, oldest first. Raises ArchiveDown."""
        self._must_be_up()
        return _in_order(attempt for attempt in self._noted.values() if attempt.call_id == call_id)

    async def of_customer(self, customer: CustomerToken, since: datetime) -> list[Attempt]:
        """Those about a customer, oldest first. Raises ArchiveDown."""
        self._must_be_up()
        return _in_order(each for each in self._noted.values() if each.customer == customer and each.at >= since)

    async def of_caller(self, number: str, since: datetime) -> list[Attempt]:
        """Those from a number, oldest first. Raises ArchiveDown."""
        self._must_be_up()
        return _in_order(each for each in self._noted.values() if each.caller_number == number and each.at >= since)

    def _must_be_up(self) -> None:
        if self.down:
            raise ArchiveDown("the memory attempts play a database that is down")


def _in_order(found: Iterable[Attempt]) -> list[Attempt]:
    return sorted(found, key=lambda attempt: (attempt.at, attempt.call_id))
