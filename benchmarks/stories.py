"""Whole calls without an exchange, for the benchmarks that need none: the hotline's own story, told to a script."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ivr.adapters.memory.journal import MemoryJournal
from ivr.adapters.memory.voice import MemorySession, Presses, ScriptedCaller
from ivr.adapters.memory.world import MemoryWorld
from ivr.domain.call import Incoming
from ivr.domain.events import Event
from ivr.domain.ids import CallId, Linkedid, NodeId
from ivr.engine.storybook import Storybook
from ivr.engine.teller import Teller, Tools
from ivr.flow.manners import Manners
from ivr.ports.journal import Entry, Journal
from ivr.ports.voice import Arrival

MANNERS = Manners(survey=False)
KEYS = "1541542"
"""Mandarin; products and hours; yes, something else: the same once more; no, nothing else. Who calls in a
benchmark presses these."""


def incoming(place: int) -> Incoming:
    """One of many calls from a Beijing mobile."""
    name = f"n1-1767603600.{place}"
    return Incoming(
        call_id=CallId(name),
        linkedid=Linkedid(name),
        node=NodeId("n1"),
        trunk="carrier",
        dialled="95000",
        caller_number=f"+86139{place % 10**8:08d}",
        caller_name=None,
        language=None,
        line_of_business="personal",
        arrived_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    )


def tools(journal: Journal, publish: Callable[[Event], None] = lambda _: None) -> Tools:
    """What a teller needs, on fakes but for the journal."""
    return MemoryWorld().tools(Storybook.of(MANNERS), journal, publish)


async def tell(call: Incoming, with_tools: Tools, keys: str = KEYS) -> None:
    """The whole call, from its opening to its close."""
    teller = await Teller.begin(call, with_tools)
    caller = ScriptedCaller(*(Presses(key) for key in keys))
    teller.arrive(MemorySession(Arrival(incoming=call, attempt=1), caller))
    await teller.tell()


class _Recorder(MemoryJournal):
    """Keeps what was appended, an append each."""

    def __init__(self) -> None:
        super().__init__()
        self.appends: list[Sequence[Entry]] = []

    async def append(self, entries: Sequence[Entry]) -> None:
        await super().append(entries)
        self.appends.append(entries)


async def appends_of_a_call() -> list[Sequence[Entry]]:
    """What a whole call appends to its journal, an append each."""
    journal = _Recorder()
    await tell(incoming(0), tools(journal))
    return journal.appends


def of_call(call_id: CallId, entries: Sequence[Entry]) -> list[Entry]:
    """The same entries, of another call."""
    return [replace(entry, call_id=call_id) for entry in entries]
