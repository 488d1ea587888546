"""`python -m benchmarks`, which is what `scripts/bench` runs.

Exit codes: 0 every goal holds; 1 one does not, or a benchmark failed; 2 wrong usage.
"""

import json
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import structlog
import typer

from benchmarks.measure import Figure, Tell
from benchmarks.registry import BENCHMARKS, UnknownBenchmark, named
from ivr.cli.shown import err, out, table
from ivr.domain.errors import HotlineError

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help="Which; without one, all.")]
AsJsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a line: a figure, as soon as it is there.")]
ListThem = Annotated[bool, typer.Option("--list", help="Say what there is, and measure nothing.")]

app = typer.Typer(
    name="scripts/bench",
    epilog="Exit codes: 0 every goal holds; 1 one does not, or a benchmark failed; 2 wrong usage.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def bench(names: Names = None, as_json: AsJsonLines = False, list_them: ListThem = False) -> None:
    """Measure, each figure beside its baseline."""
    if list_them:
        rows: list[dict[str, object]] = [
            {"benchmark": benchmark.name, "what": benchmark.description} for benchmark in BENCHMARKS.values()
        ]
        _write_lines(rows) if as_json else out.print(table(rows, ("benchmark", "what")))
        return
    try:
        chosen = named(names or [])
    except UnknownBenchmark as error:
        _say(str(error))
        raise typer.Exit(2) from None
    figures: list[Figure] = []
    failed = False
    for benchmark in chosen:
        try:
            with _telling(benchmark.name) as tell:
                for figure in benchmark.run(tell):
                    figures.append(figure)
                    if as_json:
                        _write_lines([figure.plain()])
        except HotlineError as error:  # the others are measured all the same
            failed = True
            _say(f"{benchmark.name}: {error}")
    if not as_json:
        columns = ("figure", "value", "baseline", "unit", "ratio", "goal", "holds")
        out.print(table([_row(figure) for figure in figures], columns, right=("value", "baseline", "ratio")))
    raise typer.Exit(1 if failed or any(figure.holds is False for figure in figures) else 0)


def _row(figure: Figure) -> dict[str, object]:
    return {
        "figure": figure.name,
        "value": _short(figure.value),
        "baseline": _short(figure.baseline),
        "unit": figure.unit,
        "ratio": f"{figure.ratio:.2f}",
        "goal": figure.goal,
        "holds": {True: "yes", False: "NO", None: ""}[figure.holds],
    }


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _write_lines(rows: list[dict[str, object]]) -> None:
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False))


@contextmanager
def _telling(name: str) -> Iterator[Tell]:
    """What is being measured now: a line that changes in place on a terminal, else a line a benchmark."""
    if not err.is_terminal:
        err.print(f"{name} …", highlight=False)
        yield lambda _: None
        return
    with err.status(name) as status:
        yield lambda what: status.update(f"{name}: {what}")


def _say(sentence: str) -> None:
    err.print(f"scripts/bench: {sentence}", style="red", highlight=False, markup=False, soft_wrap=True)


def main() -> None:
    """The entry point. What adapters log on the way is not what was asked for."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was started is stopped all the same
    app(prog_name="scripts/bench")


if __name__ == "__main__":
    main()
