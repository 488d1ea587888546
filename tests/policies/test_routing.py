"""H2.1d, H1.2e: to whom a call goes, and where it stands among those who wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.problem import Urgency
from ivr.policies.routing import Queues, Stop, route

SERVICE, EMERGENCY = Stop(queue="service", patience=180), Stop(queue="emergency", patience=120)
QUEUES = Queues(service=SERVICE, emergency=EMERGENCY)


@pytest.mark.parametrize(
    ("urgency", "stops", "priority"),
    [
        (Urgency.NORMAL, (SERVICE,), 0),
        (Urgency.ELEVATED, (SERVICE,), 10),
        (Urgency.URGENT, (SERVICE,), 20),
        (Urgency.EMERGENCY, (EMERGENCY, SERVICE), 100),
    ],
)
def test_each_urgency_has_its_way_and_its_place_h2_1d(urgency: Urgency, stops: tuple[Stop, ...], priority: int) -> None:
    """An emergency goes to the officers on duty, and then to the front of the service queue."""
    way = route(urgency, QUEUES)
    assert (way.stops, way.priority) == (stops, priority)


@given(st.lists(st.sampled_from(Urgency), min_size=2, max_size=2))
def test_the_more_urgent_is_served_before_the_less_h2_1d(pair: list[Urgency]) -> None:
    """An emergency is never behind a normal call."""
    lower, higher = sorted(pair)
    assert (route(lower, QUEUES).priority < route(higher, QUEUES).priority) is (lower < higher)


@pytest.mark.parametrize("urgency", Urgency)
def test_every_call_has_somewhere_to_go_and_its_last_stop_is_a_person_of_the_service_h1_2e(urgency: Urgency) -> None:
    """Nobody waits where there is no one."""
    assert route(urgency, QUEUES).stops[-1] == SERVICE
