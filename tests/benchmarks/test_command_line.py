"""`scripts/bench`: names, exit codes, and JSON."""

import json
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from benchmarks import registry
from benchmarks.__main__ import app
from benchmarks.measure import Figure, Goal, Invalid, Tell, at_least, figure

runner = CliRunner()
KEYS = ["name", "value", "unit", "baseline", "ratio", "goal", "holds"]


def measuring(value: float, goal: Goal | None) -> registry.Benchmark:
    """A benchmark with this result."""

    def made_up(tell: Tell) -> Iterator[Figure]:
        """Measures nothing."""
        tell("at once")
        yield figure("made_up", value, "1/s", baseline=100.0, goal=goal)

    return registry.Benchmark("made_up", made_up)


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, registry.Benchmark]]:
    """The list of benchmarks, emptied for a test to fill."""
    for name in list(registry.BENCHMARKS):
        monkeypatch.delitem(registry.BENCHMARKS, name)
    yield registry.BENCHMARKS
    registry.BENCHMARKS.clear()


def test_an_unknown_name_is_answered_by_the_names_there_are() -> None:
    """Wrong usage: exit code 2, nothing measured."""
    told = runner.invoke(app, ["journal_append"])
    assert told.exit_code == 2
    assert "journal_append;" in told.stderr
    assert all(name in told.stderr for name in registry.BENCHMARKS)
    assert not told.stdout


def test_every_benchmark_is_listed_with_one_line() -> None:
    """`--list` measures nothing."""
    told = runner.invoke(app, ["--list", "--json"])
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["benchmark"] for line in lines] == list(registry.BENCHMARKS)
    assert all(line["what"].endswith(".") for line in lines)


def test_json_is_one_object_a_line(only: dict[str, registry.Benchmark]) -> None:
    """With the keys that programs rely on, progress kept out."""
    only["one"], only["two"] = measuring(60.0, at_least(0.5)), measuring(70.0, None)
    told = runner.invoke(app, ["--json"])
    first, second = (json.loads(line) for line in told.stdout.splitlines())
    assert list(first) == list(second) == KEYS
    assert (first["ratio"], first["goal"], first["holds"]) == (0.6, "ratio >= 0.5", True)
    assert (second["goal"], second["holds"], told.exit_code) == (None, None, 0)


def test_a_goal_that_does_not_hold_is_exit_code_1(only: dict[str, registry.Benchmark]) -> None:
    """And stands in the table."""
    only["one"] = measuring(40.0, at_least(0.5))
    told = runner.invoke(app, [])
    assert told.exit_code == 1
    assert "NO" in told.stdout


def test_a_benchmark_that_fails_does_not_keep_the_others_from_being_measured(
    only: dict[str, registry.Benchmark],
) -> None:
    """But it is no success."""

    def broken(tell: Tell) -> Iterator[Figure]:
        """Breaks."""
        raise Invalid("3 of 20 calls went astray")
        yield

    only["broken"], only["one"] = registry.Benchmark("broken", broken), measuring(60.0, at_least(0.5))
    told = runner.invoke(app, ["--json"])
    assert told.exit_code == 1
    assert "broken: 3 of 20 calls went astray" in told.stderr
    assert json.loads(told.stdout)["holds"] is True
