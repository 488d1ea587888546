"""H2.1d, H1.2e: bring the caller to a person, the right one and soon, with all that is known."""

from datetime import datetime

from ivr.domain.call import PersonReached
from ivr.domain.problem import Urgency
from ivr.flow.promise import offered_by, place_in_words, promise
from ivr.flow.questions import Line, LineAhead
from ivr.flow.steps import Flow, LeftQueue, QueueExit, join_queue, look_up, say_all
from ivr.flow.talk import Emergency, Talk
from ivr.flow.tickets import open_ticket
from ivr.policies.routing import Stop, Wanted, route
from ivr.policies.waiting import EMERGENCY_PRIORITY, aged

CALL_BACK = "1"
"""Pressed while he waits."""
SHORTEST = 10
"""Seconds he waits at least after he was asked."""


def hand_over(talk: Talk, words: str = "to_a_person") -> Flow[None]:
    """A ticket with what is known (H1.2d), then the queues of the call's route, one after the other."""
    while True:
        try:
            yield from _bring(talk, words)
        except Emergency:  # it became one while he waited: once, since then nothing is asked any more
            continue
        return


def _bring(talk: Talk, words: str) -> Flow[None]:
    if talk.known.urgency is not Urgency.EMERGENCY:
        yield from talk.say(words)
    elif not talk.known.fraud_now:  # who has heard of the police line waits at once: it is said again there
        yield from talk.say("to_duty")
    if talk.known.needs_ticket:
        yield from open_ticket(talk)
    way = route(_wanted(talk), talk.manners.routing)
    for number, stop in enumerate(way.stops):
        if number:
            yield from talk.say("to_a_person")
        yield from _wait(talk, stop)
        if talk.known.person is PersonReached.ANSWERED:
            yield from talk.say("after_person")
        if talk.known.person is not PersonReached.NOBODY:
            return


def tell_nobody_came(talk: Talk) -> Flow[None]:
    """That nobody was free, and that somebody calls back: once for each time that the caller waited in vain."""
    if talk.known.person is PersonReached.NOBODY and not talk.told_nobody_came:
        talk.told_nobody_came = True
        yield from talk.say("nobody_free")


def _wanted(talk: Talk) -> Wanted:
    """What routing may know: whose number it is will do as a hint (level 1)."""
    known = talk.known
    facts = known.customer or known.hint
    return Wanted(
        language=talk.language,
        category=known.category,
        urgency=known.urgency,
        customer=facts.kind if facts else None,
        vulnerable=facts.vulnerable if facts else False,
        verification=known.verification,
        recent_calls=known.recent_calls,
        last_agent=known.last_agent,
        last_handled_at=known.helped_at,
        now=talk.call.arrived_at,
    )


def _wait(talk: Talk, stop: Stop) -> Flow[None]:
    talk.told_nobody_came = False
    yield from talk.note(language=talk.language, person=PersonReached.WAITING)
    line = yield from _look(talk, stop)
    came = line.at if line else None
    told = () if stop.agent is not None else place_in_words(talk, line)
    if told:
        yield from say_all(told)
    left = yield from _join(talk, stop, line, kept=_seconds(talk.waits_since, line) > 0)
    while _is_call_back_key(talk, stop, left):
        line = (yield from _look(talk, stop)) or line
        came = came or (line.at if line else None)
        if (yield from promise(talk, stop, line)):
            return
        left = yield from _join(talk, stop, line, kept=True, came=came)
    reached = PersonReached.ANSWERED if left.how is QueueExit.ANSWERED else PersonReached.NOBODY
    yield from talk.note(person=reached)


def _is_call_back_key(talk: Talk, stop: Stop, left: LeftQueue) -> bool:
    """Pressed where it means that; also by whom nothing is offered: he waits on. Raises Emergency for one that a person
    has made it, and who waits with the others."""
    if (left.how, left.key) != (QueueExit.KEY, CALL_BACK) or not talk.manners.call_backs.enabled:
        return False
    if stop.priority < EMERGENCY_PRIORITY:
        talk.start_emergency_plan()
    return stop.queue != talk.manners.routing.emergency


def _look(talk: Talk, stop: Stop) -> Flow[Line | None]:
    """Who is ahead; for an emergency nobody looks: it is on its way."""
    if talk.known.urgency is Urgency.EMERGENCY:
        return None
    line = yield from look_up(LineAhead(stop.queue, stop.priority, talk.waits_since), Line)
    if line is not None and talk.waits_since is None:
        talk.waits_since = line.at
    return line


def _join(talk: Talk, stop: Stop, line: Line | None, *, kept: bool, came: datetime | None = None) -> Flow[LeftQueue]:
    """Risen as far as his waiting brings him; `kept`: at the place that he has in it. Of the patience here is left what
    has not passed since he `came`."""
    urgent = talk.known.urgency is Urgency.EMERGENCY
    left = yield from join_queue(
        stop.queue,
        priority=aged(stop.priority, _seconds(talk.waits_since, line), talk.manners.routing.ageing),
        language=talk.language,
        patience=max(stop.patience - int(_seconds(came, line)), min(stop.patience, SHORTEST)),
        offers=stop.agent is None and offered_by(talk, line) is not None,
        place=(line.place if line else 1 if urgent else None) if kept else None,
        only=stop.agent,
        most=stop.wider[0].most if stop.wider else None,
    )
    talk.known = left.learned or talk.known
    return left


def _seconds(since: datetime | None, line: Line | None) -> float:
    """Passed until the look."""
    return (line.at - since).total_seconds() if since and line else 0.0
