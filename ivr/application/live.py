"""What the controller tells and does on request, while calls live: the bus commands `status` and `drain`."""

from collections.abc import Callable, Mapping
from typing import Protocol

from ivr.domain.call import CallRecord
from ivr.domain.conversation import Conversation
from ivr.domain.ids import CallId
from ivr.flow.steps import Step


class LiveCall(Protocol):
    """One call as its teller knows it."""

    @property
    def record(self) -> CallRecord:
        """What is known of it now."""

    @property
    def conversation(self) -> Conversation:
        """Who has it, and who hears whom."""

    @property
    def pending(self) -> Step | None:
        """The step being carried out."""


class Line(Protocol):
    """The live calls."""

    draining: bool
    journal_full: bool

    @property
    def tellers(self) -> Mapping[CallId, LiveCall]:
        """By call id."""


Answer = dict[str, object]


class Live:
    """Answers the bus. Nothing in the answers is personal: the bus carries no clear personal data."""

    def __init__(self, line: Line, exchange_is_up: Callable[[], bool], dropped_events: Callable[[], int]) -> None:
        self._line = line
        self._exchange_is_up = exchange_is_up
        self._dropped_events = dropped_events

    async def status(self, _: Answer) -> Answer:
        """The controller's state and the live calls."""
        return {
            "calls": [_told(call_id, call) for call_id, call in self._line.tellers.items()],
            "draining": self._line.draining,
            "journal_full": self._line.journal_full,
            "exchange_up": self._exchange_is_up(),
            "events_dropped": self._dropped_events(),
        }

    async def drain(self, _: Answer) -> Answer:
        """Take no new calls (the static fallback serves them); how many still live. Asked again, it tells again."""
        self._line.draining = True
        return {"remaining": len(self._line.tellers)}

    async def resume(self, _: Answer) -> Answer:
        """Take new calls again: the undo of drain."""
        self._line.draining = False
        return {"remaining": len(self._line.tellers)}


def _told(call_id: CallId, call: LiveCall) -> dict[str, object]:
    known, pending = call.record.known, call.pending
    return {
        "call_id": call_id,
        "started_at": call.record.incoming.arrived_at.isoformat(),
        "step": type(pending).__name__.lower() if pending else "ending",
        "language": known.language.value if known.language else None,
        "category": known.category.value if known.category else None,
        "urgency": known.urgency.name.lower(),
        "person": known.person.value,
        "conversation": call.conversation.phase.value,
        "phones": ", ".join(person.phone for person in call.conversation.persons),
    }
