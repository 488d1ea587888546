"""One scripted call, told as it happens, and whether it really went through."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rich.console import Console

from ivr.adapters.carrier.placing import Carrier, Report
from ivr.adapters.carrier.scenarios import Scenario
from ivr.adapters.prompts.library import PromptLibrary
from ivr.cli.asking import open_bus
from ivr.cli.calls import summary, word
from ivr.cli.opening import open_archive
from ivr.cli.shown import out
from ivr.cli.telling import Teller
from ivr.domain.call import CallRecord
from ivr.domain.events import CallArrived, CallClosed, Event, SentencesSpoken
from ivr.domain.ids import CallId
from ivr.ports.archive import Archive, ArchiveDown
from ivr.ports.bus import Bus
from ivr.settings import Settings

TOLD_WITHIN = 10.0
"""Seconds after the caller's end for the last event to arrive."""
ARCHIVED_WITHIN = 20.0
"""Seconds after that for the record to stand in the archive."""
RECORDED_WITHIN = 15.0
"""Seconds after that for it to know what became of the recording, which is sealed when the call is over."""
WORTH_HEARING = 1.0
"""Seconds of audible sound below which a caller has heard nothing."""


@dataclass(slots=True)
class Told:
    """A call from all sides: what the caller heard and did, what the line told, what the archive keeps."""

    scenario: Scenario
    report: Report
    cut: bool
    """Prompts are cut short by the settings, so little is to be heard."""
    events: list[Event] = field(default_factory=list)
    record: CallRecord | None = None

    def plain(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "scenario": self.scenario.name,
            "expected": self.scenario.expects.value,
            "seconds": round(self.report.seconds, 1),
            "audible_seconds": round(self.report.audible, 1),
            "caller_did": self.report.did,
            "recording": self.report.recording,
            "events": len(self.events),
            "record": summary(self.record) if self.record else None,
        }

    def show(self, console: Console) -> None:
        """The caller's side and the archive's record; the story was told while it happened."""
        console.print("\n[bold]the caller[/bold]")
        for line in self.report.did:
            console.print(f"  {line}", highlight=False)
        console.print("\n[bold]the archive[/bold]")
        for key, value in (summary(self.record) if self.record else {}).items():
            console.print(f"  {key:<20} {word(value)}", highlight=False, markup=False)


async def tell(settings: Settings, scenario: Scenario, caller_number: str, dialled: str, *, quiet: bool) -> Told:
    """Place the call, print its story unless `quiet`, wait for its record. Raises NotAnswered, BusDown."""
    bus = open_bus(settings)
    await bus.connect(patience=5)
    heard: list[Event] = []
    closed = asyncio.Event()
    began = datetime.now(UTC)
    teller = None if quiet else Teller(PromptLibrary.load(settings.prompts_folder))
    following = asyncio.create_task(_hear(bus, began, heard, closed, teller))
    try:
        async with Carrier(settings) as carrier:
            report = await carrier.place(scenario, caller_number=caller_number, dialled=dialled)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(closed.wait(), TOLD_WITHIN)
    finally:
        following.cancel()
        await asyncio.wait({following})
        await bus.close()
    told = Told(scenario, report, settings.prompts.cut_ms > 0, heard)
    arrived = next((event for event in heard if isinstance(event, CallArrived)), None)
    told.record = await _archived(settings, arrived.call_id) if arrived else None
    return told


def verdict(told: Told) -> list[str]:
    """Everything that was not as it should be; empty when the call really went through."""
    wrong = []
    spoken = [prompt for event in told.events if isinstance(event, SentencesSpoken) for prompt in event.prompts]
    if "greeting" not in spoken:
        wrong.append("the greeting was not spoken (no such event)")
    if told.report.audible < (0.1 if told.cut else WORTH_HEARING):
        wrong.append(f"the caller heard next to nothing: {told.report.audible:.1f} s of audible sound")
    if not any(isinstance(event, CallClosed) for event in told.events):
        wrong.append("the end of the call was not told on the bus")
    record = told.record
    if record is None:
        return [*wrong, f"the call is not in the archive after {ARCHIVED_WITHIN:g} s"]
    if record.answered_at is None:
        wrong.append("the archive says that the call was never answered")
    if record.ended_at is None or record.ending is None:
        wrong.append("the archive does not know how the call ended")
    elif record.ending.outcome is not told.scenario.expects:
        wrong.append(f"the outcome is {record.ending.outcome.value}, expected was {told.scenario.expects.value}")
    if not _is_settled(record):
        wrong.append(f"the archive does not know after {RECORDED_WITHIN:g} s what became of the recording")
    return wrong


async def _hear(bus: Bus, since: datetime, heard: list[Event], closed: asyncio.Event, teller: Teller | None) -> None:
    """Follow the first call that arrives from now on: events carry no number to tell calls apart by."""
    async for event in bus.follow(since=since - timedelta(milliseconds=50)):
        if not heard and not (isinstance(event, CallArrived) and event.at >= since):
            continue
        if heard and event.stream != heard[0].stream:
            continue
        heard.append(event)
        if teller:
            teller.show(event, out)
        if isinstance(event, CallClosed):
            closed.set()


async def _archived(settings: Settings, call_id: CallId) -> CallRecord | None:
    """Archiver and recorder work in rounds; look until both have come by."""
    async with open_archive(settings) as archive:
        record = await _read(archive, call_id, ARCHIVED_WITHIN, lambda _: True)
        if record is None or _is_settled(record):
            return record
        return await _read(archive, call_id, RECORDED_WITHIN, _is_settled) or record


async def _read(
    archive: Archive, call_id: CallId, patience: float, is_enough: Callable[[CallRecord], bool]
) -> CallRecord | None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while True:
                with contextlib.suppress(ArchiveDown):
                    call = await archive.read(call_id)
                    if call is not None and is_enough(call.record):
                        return call.record
                await asyncio.sleep(0.2)
    return None


def _is_settled(record: CallRecord) -> bool:
    return record.recording is not None or record.not_recorded is not None
