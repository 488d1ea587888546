"""H2.1d, H1.2e, H1.1c: to whom a call goes, and where it stands among those who wait."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.agent import Tier
from ivr.domain.banking import CustomerKind
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.ids import AgentId, QueueName
from ivr.domain.presence import Presence, PresenceState
from ivr.domain.problem import Category, Urgency
from ivr.domain.route_reasons import RouteReason
from ivr.policies.hours import Calendar, Days, Span
from ivr.policies.routing import QueueRule, Route, Rules, Wanted, Wider, route

MONDAY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
"""10:00 in Beijing."""
NIGHT = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
HOLIDAY = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
OFFICE = (Span(days=Days.WORKING, opens=time(9), closes=time(18)),)
BOTH = (Language.ZH, Language.EN)
CARDS = QueueRule(name=QueueName("cards"), categories=(Category.LOSS, Category.FRAUD), hours=OFFICE, patience=40)
ENGLISH = QueueRule(name=QueueName("english"), languages=(Language.EN,), patience=60)
COMPANIES = QueueRule(name=QueueName("companies"), customers=(CustomerKind.CORPORATE,), categories=(Category.LOSS,))
SENIOR = QueueRule(name=QueueName("senior"), languages=BOTH, tiers=(Tier.SENIOR,), patience=45)
PLAIN = Rules()
RICH = Rules(
    queues=(*PLAIN.queues, CARDS, ENGLISH, COMPANIES, SENIOR),
    senior=QueueName("senior"),
    calendar=Calendar(off=frozenset({date(2026, 10, 1)})),
)
CHEN = AgentId("8001")


def way(rules: Rules = RICH, presences: Mapping[AgentId, Presence] | None = None, **wanted: object) -> Route:
    """The route of such a caller on a Monday morning."""
    return route(replace(Wanted(now=MONDAY), **wanted), rules, presences)  # type: ignore[arg-type]


def queues(found: Route) -> list[str]:
    """Where it leads."""
    return [stop.queue for stop in found.stops]


@pytest.mark.parametrize(
    ("urgency", "stops", "priority"),
    [
        (Urgency.NORMAL, ["service"], 0),
        (Urgency.ELEVATED, ["service"], 10),
        (Urgency.URGENT, ["service"], 20),
        (Urgency.EMERGENCY, ["emergency", "service"], 100),
    ],
)
def test_each_urgency_has_its_way_and_its_place_h2_1d(urgency: Urgency, stops: list[str], priority: int) -> None:
    """An emergency goes to the officers on duty, and then to the front of the service queue."""
    found = way(PLAIN, urgency=urgency)
    assert queues(found) == stops
    assert {stop.priority for stop in found.stops} == {priority}


@pytest.mark.parametrize(
    ("wanted", "stops"),
    [
        ({}, ["service"]),
        ({"category": Category.LOSS}, ["cards", "service"]),
        ({"language": Language.EN}, ["english", "service"]),
        ({"language": Language.EN, "category": Category.LOSS}, ["english", "service"]),
        ({"category": Category.LOSS, "customer": CustomerKind.CORPORATE}, ["companies", "service"]),
        ({"category": Category.BUSINESS, "customer": CustomerKind.CORPORATE}, ["service"]),
        ({"recent_calls": 2}, ["senior", "service"]),
        ({"recent_calls": 2, "category": Category.LOSS}, ["senior", "cards", "service"]),
        ({"recent_calls": 1}, ["service"]),
        ({"category": Category.LOSS, "urgency": Urgency.EMERGENCY}, ["emergency", "service"]),
        ({"category": Category.LOSS, "now": NIGHT}, ["service"]),
        ({"category": Category.LOSS, "now": HOLIDAY}, ["service"]),
    ],
)
def test_specialists_and_seniors_come_first_where_they_fit_and_are_open_h1_2e(
    wanted: dict[str, object], stops: list[str]
) -> None:
    """The narrowest queue that fits; whoever was not helped before goes to the second line; the service is last."""
    assert queues(way(**wanted)) == stops


def test_a_closed_queue_is_named_with_its_opening_h1_1c() -> None:
    """At night until nine, on a holiday until the next working day."""
    (night,) = way(category=Category.LOSS, now=NIGHT).skipped
    assert (night.queue, night.reason) == ("cards", RouteReason.CLOSED_NOW)
    assert night.until == datetime(2026, 1, 6, 1, 0, tzinfo=UTC)
    (holiday,) = way(category=Category.LOSS, now=HOLIDAY).skipped
    assert holiday.reason is RouteReason.CLOSED_HOLIDAY
    assert holiday.until == datetime(2026, 10, 2, 1, 0, tzinfo=UTC)


def test_who_takes_over_says_so() -> None:
    """Every stop but the first, and no other."""
    first, last = way(category=Category.LOSS).stops
    assert first.reasons == (RouteReason.SPECIALIST, RouteReason.SENIORS_LATER)
    assert RouteReason.OVERFLOW not in first.reasons
    assert last.reasons == (RouteReason.SERVICE, RouteReason.SENIORS_LATER, RouteReason.OVERFLOW)


@pytest.mark.parametrize(
    ("wanted", "priority", "reasons"),
    [
        ({"vulnerable": True}, 4, (RouteReason.VULNERABLE,)),
        ({"verification": VerificationLevel.VERIFIED}, 1, (RouteReason.VERIFIED,)),
        ({"verification": VerificationLevel.IDENTIFIED}, 0, ()),
        ({"waited": 125.0}, 10, (RouteReason.WAITED,)),
        ({"urgency": Urgency.URGENT, "waited": 59.0}, 20, (RouteReason.URGENT,)),
        ({"urgency": Urgency.EMERGENCY, "vulnerable": True, "waited": 900.0}, 100, (RouteReason.EMERGENCY,)),
    ],
)
def test_the_place_has_its_reasons(wanted: dict[str, object], priority: int, reasons: tuple[RouteReason, ...]) -> None:
    """Care and proof count among equals; waiting raises."""
    found = way(**wanted)
    assert (found.priority, found.reasons) == (priority, reasons)


def test_seniors_join_after_a_while_and_at_once_where_it_is_urgent_h1_2e() -> None:
    """Agents up to a penalty first; everyone later. Time waited at earlier stops counts."""
    assert way().stops[0].wider == (Wider(0, 9), Wider(30, None))
    assert way(waited=12.0).stops[0].wider == (Wider(0, 9), Wider(18, None))
    assert way(waited=31.0).stops[0].wider == ()
    assert way(urgency=Urgency.URGENT).stops[0].wider == ()
    assert way(recent_calls=2).stops[0].wider == ()


def test_the_agent_who_helped_last_is_tried_first() -> None:
    """For a short time, while he is free; not after long, not for an emergency, and not twice."""
    last = {"last_agent": CHEN, "last_handled_at": MONDAY - timedelta(hours=1)}
    first = way(**last).stops[0]
    assert (first.agent, first.patience, first.queue, first.reasons) == (CHEN, 15, "service", (RouteReason.SAME_AGENT,))
    free = {CHEN: Presence(agent=CHEN, state=PresenceState.READY, since=MONDAY)}
    away = {CHEN: Presence(agent=CHEN, state=PresenceState.BREAK, since=MONDAY)}
    assert way(presences=free, **last).stops[0].agent == CHEN
    found = way(presences=away, **last)
    assert found.stops[0].agent is None
    assert found.skipped[0].reason is RouteReason.SAME_AGENT_AWAY
    for other in (
        {"now": MONDAY + timedelta(days=2)},
        {"urgency": Urgency.EMERGENCY},
        {"waited": 15.0},
    ):
        assert way(**(last | other)).stops[0].agent is None


def any_wanted() -> st.SearchStrategy[Wanted]:
    """Any caller at any time of two years."""
    return st.builds(
        Wanted,
        language=st.sampled_from(Language),
        category=st.none() | st.sampled_from(Category),
        urgency=st.sampled_from(Urgency),
        customer=st.none() | st.sampled_from(CustomerKind),
        vulnerable=st.booleans(),
        verification=st.sampled_from(VerificationLevel),
        recent_calls=st.integers(0, 5),
        last_agent=st.none() | st.just(CHEN),
        last_handled_at=st.none() | st.just(MONDAY),
        waited=st.floats(0, 7200),
        now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    )


@given(any_wanted())
def test_every_call_has_somewhere_to_go_and_its_last_stop_is_the_service_h1_1c(wanted: Wanted) -> None:
    """Nobody waits where there is no one, at no hour; everyone may answer him in the end."""
    found = route(wanted, RICH)
    assert found.stops[-1].queue == "service"
    assert len({(stop.queue, stop.agent) for stop in found.stops}) == len(found.stops)
    for stop in found.stops:
        assert stop.patience > 0
        assert not stop.wider or stop.wider[-1].most is None


@given(any_wanted(), any_wanted())
def test_an_emergency_is_never_behind_another_call_h2_1d(one: Wanted, other: Wanted) -> None:
    """Whatever else speaks for the other, and however long he has waited."""
    emergency, ordinary = replace(one, urgency=Urgency.EMERGENCY), replace(other, urgency=Urgency.URGENT)
    assert route(emergency, RICH).priority > route(ordinary, RICH).priority


@given(any_wanted(), st.floats(0, 3600))
def test_waiting_never_lowers_a_place(wanted: Wanted, more: float) -> None:
    """Nobody is overtaken by his equal who came later."""
    longer = replace(wanted, waited=wanted.waited + more)
    assert route(longer, RICH).priority >= route(wanted, RICH).priority


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", RouteReason)
def test_every_reason_has_words_in_both_languages(reason: RouteReason, language: Language) -> None:
    """None is empty."""
    assert reason.words(language)


def test_rules_without_a_last_resort_are_refused() -> None:
    """A service queue that is missing, or could be closed."""
    with pytest.raises(ValueError, match="service queue is 'nowhere'"):
        Rules(service=QueueName("nowhere"))
    shut = tuple(replace(rule, hours=OFFICE) for rule in PLAIN.queues)
    with pytest.raises(ValueError, match="open at any time"):
        Rules(queues=shut)
