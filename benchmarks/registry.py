"""Every benchmark by its name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.ami_events import ami_events
from benchmarks.archive_events import archive_events
from benchmarks.asterisk_cpu import asterisk_cpu
from benchmarks.calls_per_second import calls_per_second
from benchmarks.controller_cpu import controller_cpu
from benchmarks.first_sound import first_sound
from benchmarks.journal_appends import journal_appends
from benchmarks.journeys import journeys
from benchmarks.measure import Figure, Tell
from benchmarks.memory_per_call import memory_per_call
from benchmarks.search import search
from benchmarks.teller_steps import teller_steps
from ivr.domain.errors import HotlineError

Measured = Callable[[Tell], Iterator[Figure]]


class UnknownBenchmark(HotlineError):
    """There is none of that name."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One of them."""

    name: str
    run: Measured

    @property
    def description(self) -> str:
        """One line."""
        return (self.run.__doc__ or "").strip().splitlines()[0]


BENCHMARKS: dict[str, Benchmark] = {
    run.__name__: Benchmark(run.__name__, run)
    for run in (
        journal_appends,
        ami_events,
        teller_steps,
        asterisk_cpu,
        controller_cpu,
        first_sound,
        memory_per_call,
        archive_events,
        journeys,
        search,
        calls_per_second,
    )
}
"""The quick ones first."""


def named(names: list[str]) -> list[Benchmark]:
    """Those of these names, in the order asked for; all, where none is named. Raises UnknownBenchmark."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise UnknownBenchmark(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    return [BENCHMARKS[name] for name in names or BENCHMARKS]
