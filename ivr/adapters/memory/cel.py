"""The exchange's own record in memory: a test writes the details itself."""

from ivr.domain.ids import CallId
from ivr.ports.cel import CallDetail


class MemoryCallDetails:
    """Implements ivr.ports.cel.CallDetails."""

    def __init__(self) -> None:
        self.calls: dict[CallId, CallDetail] = {}

    def tell(self, detail: CallDetail) -> None:
        """The exchange writes down this call, or what became of it."""
        self.calls[detail.call_id] = detail

    async def read(self) -> dict[CallId, CallDetail]:
        """Every call that was not forgotten."""
        return dict(self.calls)

    async def forget(self, call_ids: set[CallId]) -> None:
        """Let go of these."""
        for call_id in call_ids:
            self.calls.pop(call_id, None)
