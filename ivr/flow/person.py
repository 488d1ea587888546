"""H2.1d, H1.2e: bring the caller to a person, the right one and soon, with all that is known."""

from ivr.domain.call import PersonReached
from ivr.domain.problem import Urgency
from ivr.flow.promise import offered_by, place_in_words, promise
from ivr.flow.questions import Line, LineAhead
from ivr.flow.steps import Flow, LeftQueue, QueueExit, join_queue, look_up, say_all
from ivr.flow.talk import Emergency, Talk
from ivr.flow.tickets import open_ticket
from ivr.policies.routing import Stop, Wanted, route

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
    told = place_in_words(talk, line)
    if told:
        yield from say_all(told)
    left = yield from _join(talk, stop, line)
    while (left.how, left.key) == (QueueExit.KEY, CALL_BACK) and talk.known.urgency is not Urgency.EMERGENCY:
        line = yield from _look(talk, stop)
        if (yield from promise(talk, stop, line)):
            return
        left = yield from _join(talk, stop, line, again=True)
    talk.known = left.learned or talk.known
    reached = PersonReached.ANSWERED if left.how is QueueExit.ANSWERED else PersonReached.NOBODY
    yield from talk.note(person=reached)


def _look(talk: Talk, stop: Stop) -> Flow[Line | None]:
    """Who is ahead; for an emergency nobody looks: it is on its way."""
    if talk.known.urgency is Urgency.EMERGENCY:
        return None
    line = yield from look_up(LineAhead(stop.queue, stop.priority, talk.waits_since), Line)
    if line is not None and talk.waits_since is None:
        talk.waits_since = line.at
    return line


def _join(talk: Talk, stop: Stop, line: Line | None, *, again: bool = False) -> Flow[LeftQueue]:
    """With his place and what is left of the patience, when he was out for a moment."""
    waited = (line.at - talk.waits_since).total_seconds() if again and line and talk.waits_since else 0
    return (
        yield from join_queue(
            stop.queue,
            priority=stop.priority,
            language=talk.language,
            patience=max(stop.patience - int(waited), SHORTEST),
            offers=offered_by(talk, line) is not None,
            place=line.place if again and line else None,
            only=stop.agent,
            most=stop.wider[0].most if stop.wider else None,
        )
    )
