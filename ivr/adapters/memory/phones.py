"""Phones that may register, in memory."""

from collections.abc import Sequence

from ivr.domain.agent import SipCredentials
from ivr.domain.ids import AgentId
from ivr.ports.phones import PhonesDown


class MemoryPhones:
    """Implements `ivr.ports.phones.Phones`."""

    def __init__(self) -> None:
        self.may_register: dict[AgentId, str] = {}
        """Passwords by name."""
        self.down = False
        """Set to play an exchange that does not answer."""

    async def provide(self, phones: Sequence[SipCredentials]) -> None:
        """These and no others. Raises PhonesDown."""
        if self.down:
            raise PhonesDown("the memory phones play an exchange that is down")
        self.may_register = {phone.agent: phone.password for phone in phones}
