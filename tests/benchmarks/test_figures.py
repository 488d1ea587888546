"""Figures: what is judged, and in which direction."""

import math
import os
import time

import pytest

from benchmarks.measure import Of, at_least, at_most, cpu_seconds, figure, in_turns, middle, percentile


@pytest.mark.parametrize(("value", "holds"), [(119.0, True), (120.0, True), (121.0, False)])
def test_a_cost_may_be_so_many_times_its_baseline(value: float, holds: bool) -> None:
    """At most 1.2 times: the bound itself still holds."""
    judged = figure("cost", value, "ms", baseline=100.0, goal=at_most(1.2))
    assert judged.ratio == pytest.approx(value / 100)
    assert judged.holds is holds


@pytest.mark.parametrize(("value", "holds"), [(49.0, False), (50.0, True), (200.0, True)])
def test_a_speed_must_be_so_much_of_its_baseline(value: float, holds: bool) -> None:
    """At least half."""
    assert figure("speed", value, "1/s", baseline=100.0, goal=at_least(0.5)).holds is holds


@pytest.mark.parametrize(("value", "baseline", "holds"), [(70.0, 50.0, True), (71.0, 50.0, False), (30.0, 50.0, True)])
def test_a_delay_may_be_so_much_longer_than_its_baseline(value: float, baseline: float, holds: bool) -> None:
    """At most 20 more, whatever the ratio."""
    assert figure("delay", value, "ms", baseline=baseline, goal=at_most(20, Of.MORE)).holds is holds


def test_a_bound_on_the_value_does_not_look_at_the_baseline() -> None:
    """100 kB are 100 kB."""
    assert figure("memory", 99.0, "kB", baseline=1.0, goal=at_most(100, Of.VALUE)).holds is True
    assert figure("memory", 101.0, "kB", baseline=1000.0, goal=at_most(100, Of.VALUE)).holds is False


def test_without_a_goal_nothing_is_judged() -> None:
    """Neither held nor broken."""
    plain = figure("speed", 1.0, "1/s", baseline=2.0).plain()
    assert (plain["goal"], plain["holds"], plain["ratio"]) == (None, None, 0.5)


def test_a_baseline_of_nothing_never_flatters() -> None:
    """A cost beside a cost of zero is infinitely more, not zero."""
    assert math.isinf(figure("cost", 1.0, "ms", baseline=0.0, goal=at_most(1.2)).ratio)
    assert figure("cost", 1.0, "ms", baseline=0.0, goal=at_most(1.2)).holds is False


def test_value_and_baseline_are_measured_in_turns_and_the_median_counts() -> None:
    """A B B A A B, and one slow round changes nothing."""
    order = ""
    slow = iter([1.0, 100.0, 1.0])

    def value() -> float:
        nonlocal order
        order += "A"
        return next(slow)

    def baseline() -> float:
        nonlocal order
        order += "B"
        return 2.0

    assert in_turns(3, value, baseline) == [1.0, 2.0]
    assert order == "ABBAAB"


def test_a_percentile_is_one_of_the_values() -> None:
    """By nearest rank."""
    values = [float(value) for value in range(1, 201)]
    assert (percentile(values, 99), percentile(values, 50), percentile([7.0], 99)) == (198.0, 100.0, 7.0)


def test_a_process_is_charged_what_it_used() -> None:
    """Its CPU clock is that of the process itself."""
    until = time.process_time() + 0.02
    while time.process_time() < until:
        pass
    assert cpu_seconds(os.getpid()) == pytest.approx(time.process_time(), abs=0.01)


def test_of_pairs_the_one_with_the_middle_ratio_stands() -> None:
    """A machine that was half as fast for one pair changes nothing; the medians of each side would be 1.3 apart."""
    assert middle([(12.0, 10.0), (5.0, 5.0), (6.5, 5.0)]) == (12.0, 10.0)
    assert middle([(2.0, 1.0)]) == (2.0, 1.0)
