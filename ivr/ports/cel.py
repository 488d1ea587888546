"""What the exchange itself writes down of its calls, whether or not a controller was there (CEL)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetail:
    """One caller's leg as the exchange saw it. Times are UTC. Personal: `caller_number`."""

    call_id: CallId
    trunk: str
    dialled: str
    caller_number: str
    """As the network gave it."""
    started_at: datetime
    last_seen_at: datetime
    """Of its latest row."""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hung_up_by_caller: bool | None = None
    """None: not told."""
    talked: bool = False
    """It was in a bridge with someone."""
    in_fallback: bool = False
    """The static fallback took it."""


class CallDetails(Protocol):
    """The exchange's own record, as far as it is kept."""

    async def read(self) -> dict[CallId, CallDetail]:
        """Every call that was not forgotten yet, as it stands now."""

    async def forget(self, call_ids: set[CallId]) -> None:
        """These stand in the archive; rows (they hold callers' numbers in clear) go as soon as may be."""
