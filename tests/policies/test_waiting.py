"""H1.2a: a place among those who wait rises, and an estimate of the wait is honest about itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.policies.waiting import Ageing, QueueOutlook, aged, expected_wait, next_rise

AGEING = Ageing()
SECONDS = st.floats(0, 100_000)


@pytest.mark.parametrize(
    ("priority", "waited", "found"),
    [(0, 59, 0), (0, 60, 5), (0, 240, 20), (20, 60, 25), (0, 100_000, 90), (95, 600, 95), (100, 600, 100), (0, -5, 0)],
)
def test_waiting_raises_a_place_by_steps(priority: int, waited: float, found: int) -> None:
    """An ordinary caller of four minutes stands where an urgent one of this moment does; an emergency stays above."""
    assert aged(priority, waited, AGEING) == found


@given(st.integers(0, 99), SECONDS, SECONDS)
def test_nobody_starves(priority: int, waited: float, more: float) -> None:
    """A place never falls, never reaches an emergency's, and who waits long enough stands as high as any newcomer."""
    now, later = aged(priority, waited, AGEING), aged(priority, waited + more, AGEING)
    assert now <= later < 100
    assert aged(0, 18 * 60, AGEING) >= aged(min(priority, AGEING.most), 0, AGEING)


@given(st.integers(0, 99), SECONDS)
def test_the_next_rise_is_when_it_rises(priority: int, waited: float) -> None:
    """Not before, and then; so that the exchange is told once and in time."""
    rise = next_rise(priority, waited, AGEING)
    now = aged(priority, waited, AGEING)
    if rise is None:
        assert aged(priority, waited + 10_000, AGEING) == now
    else:
        assert aged(priority, waited + rise * 0.99, AGEING) == now
        assert aged(priority, waited + rise + 0.01, AGEING) >= now


@pytest.mark.parametrize("wrong", [{"every": 0}, {"step": -1}, {"most": 100}, {"most": -1}])
def test_ageing_that_would_make_an_emergency_is_refused(wrong: dict[str, int]) -> None:
    """Waiting alone calls nobody out of bed."""
    with pytest.raises(ValueError, match="ageing"):
        Ageing(**wrong)


KNOWN = QueueOutlook(position=3, agents=2, ready=0, handle_time=180.0, handled=200)


@pytest.mark.parametrize(
    ("outlook", "minutes", "at_most", "sure"),
    [
        (KNOWN, 4, 8, True),
        (replace(KNOWN, handled=5), 4, 15, False),
        (replace(KNOWN, handle_time=None), 6, 20, False),
        (replace(KNOWN, position=1, ready=1), 0, 1, True),
        (replace(KNOWN, position=1), 2, 4, True),
        (replace(KNOWN, position=30, agents=3), 30, 40, False),
    ],
)
def test_the_expected_wait_is_told_with_what_is_not_known(
    outlook: QueueOutlook, minutes: int, at_most: int, sure: bool
) -> None:
    """Whole minutes, fives where they are many; an upper bound that is the wider the less is known."""
    found = expected_wait(outlook)
    assert found is not None
    assert (found.minutes, found.at_most, found.sure) == (minutes, at_most, sure)
    assert found.seconds_at_most == at_most * 60


def test_where_nobody_is_at_work_nobody_can_say() -> None:
    """Better no number than a wrong one."""
    assert expected_wait(replace(KNOWN, agents=0)) is None


@given(st.integers(1, 200), st.integers(1, 50), st.integers(0, 50), st.floats(1, 3600), st.integers(0, 500))
def test_an_estimate_makes_sense(position: int, agents: int, ready: int, handle: float, handled: int) -> None:
    """Never negative, never above its bound; further behind is never sooner, more agents never later."""

    def minutes(position: int, agents: int) -> tuple[int, int]:
        outlook = QueueOutlook(position=position, agents=agents, ready=ready, handle_time=handle, handled=handled)
        found = expected_wait(outlook)
        assert found is not None
        return found.minutes, found.at_most

    here = minutes(position, agents)
    assert 0 <= here[0] <= here[1]
    assert minutes(position + 1, agents) >= here
    assert minutes(position, agents + 1) <= here
