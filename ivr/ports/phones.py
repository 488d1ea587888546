"""Agents' own phones: by which names and passwords they may register."""

from collections.abc import Sequence
from typing import Protocol

from ivr.domain.agent import SipCredentials
from ivr.domain.errors import HotlineError


class PhonesDown(HotlineError):
    """The exchange could not be told; it goes on with those it knew."""


class Phones(Protocol):
    """Of one exchange."""

    async def provide(self, phones: Sequence[SipCredentials]) -> None:
        """From now on these may register, and no others; calls that live are not touched. Doing it again changes
        nothing. Raises PhonesDown."""
