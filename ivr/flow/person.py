"""H2.1d, H1.2e: bring the caller to a person, the right one and soon, with all that is known."""

from ivr.domain.call import PersonReached
from ivr.domain.problem import Urgency
from ivr.flow.steps import Flow, QueueExit, join_queue
from ivr.flow.talk import Talk
from ivr.flow.tickets import open_ticket
from ivr.policies.routing import Stop, Wanted, route


def hand_over(talk: Talk, words: str = "to_a_person") -> Flow[None]:
    """A ticket with what is known (H1.2d), then the queues of the call's route, one after the other."""
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
        now=talk.call.arrived_at,
    )


def _wait(talk: Talk, stop: Stop) -> Flow[None]:
    talk.told_nobody_came = False
    yield from talk.note(language=talk.language, person=PersonReached.WAITING)
    left = yield from join_queue(stop.queue, priority=stop.priority, language=talk.language, patience=stop.patience)
    talk.known = left.learned or talk.known
    reached = PersonReached.ANSWERED if left.how is QueueExit.ANSWERED else PersonReached.NOBODY
    yield from talk.note(person=reached)
