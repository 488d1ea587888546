"""What would happen to a given caller, and why: the answer of `hotline route explain`, and later of the desk's page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ivr.domain.agent import Agent
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallId
from ivr.domain.presence import Presence
from ivr.domain.route_reasons import RouteReason
from ivr.policies.calling_back import CallBackOffer, CallBackRules, offer
from ivr.policies.membership import Member, Waiting, members, most_penalty
from ivr.policies.routing import Route, Rules, Stop, Wanted, priority_of, route
from ivr.policies.waiting import EMERGENCY_PRIORITY, QueueOutlook, aged, expected_wait

LANGUAGES = (Language.ZH, Language.EN)


def explained(
    wanted: Wanted,
    rules: Rules,
    backs: CallBackRules,
    agents: Sequence[Agent],
    presences: Mapping[AgentId, Presence],
) -> dict[str, object]:
    """In order: where he goes, who could take it and when, how his place rises, what is passed by. Plain values."""
    way = route(wanted, rules, presences)
    there = members(rules, agents, presences)
    base, _ = priority_of(replace(wanted, waited=0.0), rules.ageing)
    stops = []
    waited = wanted.waited
    for stop in way.stops:
        at_stop = aged(base, waited, rules.ageing)
        stops.append(_stop(replace(stop, priority=at_stop), waited, wanted.now, rules, there))
        waited += stop.patience
    first = [member for member in there if member.queue == way.stops[0].queue]
    ready = sum(member.paused is None for member in first)
    estimate = expected_wait(QueueOutlook(position=1, agents=len(first), ready=ready))
    offered = offer(
        urgency=wanted.urgency,
        expected=None if estimate is None else estimate.seconds_at_most,
        waited=wanted.waited,
        now=wanted.now,
        rules=backs,
    )
    return {
        "at": wanted.now,
        "local_time": wanted.now.astimezone(rules.zone).isoformat(),
        "working_day": rules.calendar.works(wanted.now.astimezone(rules.zone).date()),
        "priority": way.priority,
        "priority_reasons": _words(way.reasons),
        "priority_over_time": _rise(way, wanted, base, rules),
        "stops": stops,
        "skipped": [{"queue": each.queue, "reason": _said(each.reason), "until": each.until} for each in way.skipped],
        "after_the_last": "nobody answered: the story goes on, and a person gets back to the caller",
        "call_back": _offer(offered),
    }


def _stop(stop: Stop, waited: float, now: datetime, rules: Rules, there: Sequence[Member]) -> dict[str, object]:
    caller = Waiting(
        call_id=CallId("explained"),
        queue=stop.queue,
        priority=stop.priority,
        joined_at=now - timedelta(seconds=waited),
        entered_at=now,
        wider=stop.wider,
        agent=stop.agent,
    )
    here = [member for member in there if member.queue == stop.queue and stop.agent in (None, member.agent)]
    return {
        "queue": stop.queue,
        "agent": stop.agent,
        "from": int(waited),
        "patience": stop.patience,
        "priority": stop.priority,
        "weight": rules.queue(stop.queue).weight,
        "reasons": _words(stop.reasons),
        "members": [
            {
                "agent": member.agent,
                "endpoint": member.endpoint,
                "penalty": member.penalty,
                "paused": member.paused,
                "rings_after": _rings_after(caller, member, now),
            }
            for member in here
        ],
    }


def _rings_after(caller: Waiting, member: Member, now: datetime) -> int | None:
    """Seconds at this stop until this agent may be rung."""
    for second in (0, *(step.after for step in caller.wider)):
        most = most_penalty(replace(caller, entered_at=now - timedelta(seconds=second)), now)
        if most is None or member.penalty <= most:
            return second
    return None


def _rise(way: Route, wanted: Wanted, base: int, rules: Rules) -> list[dict[str, int]]:
    """His priority as he waits: each moment at which it changes, within the patience of his stops."""
    longest = int(wanted.waited) + sum(stop.patience for stop in way.stops)
    found = [{"waited": int(wanted.waited), "priority": way.priority}]
    if way.priority >= EMERGENCY_PRIORITY:
        return found
    for second in range(int(wanted.waited) + 1, longest + 1):
        priority = aged(base, second, rules.ageing)
        if priority != found[-1]["priority"]:
            found.append({"waited": second, "priority": priority})
    return found


def _offer(offered: object) -> dict[str, object]:
    if isinstance(offered, CallBackOffer):
        return {"offered": True, "keeps_place": offered.keeps_place, "earliest": offered.earliest}
    words = {language.value: offered.words(language) for language in LANGUAGES}  # type: ignore[attr-defined]
    return {"offered": False, "reason": words}


def _words(reasons: Sequence[RouteReason]) -> list[dict[str, str]]:
    return [_said(reason) for reason in reasons]


def _said(reason: RouteReason) -> dict[str, str]:
    return {"id": reason.value, **{language.value: reason.words(language) for language in LANGUAGES}}
