"""H2.1d, H1.2e: bring the caller to a person, the right one and soon."""

from ivr.domain.call import Known, PersonReached
from ivr.domain.caller import Language
from ivr.domain.problem import Judgement, Urgency
from ivr.flow.greeting import FIRST
from ivr.flow.manners import Manners
from ivr.flow.steps import Flow, QueueExit, join_queue, note, say
from ivr.policies.urgency import priority_of


def hand_to_person(known: Known, manners: Manners) -> Flow[Known]:
    """Wait in the service queue, talk, come back; return what is known then."""
    language = known.language or FIRST
    yield from say(language, "to_a_person")
    return (yield from _wait(known, language, manners.service_queue, manners.service_patience))


def hand_to_duty(known: Known, judgement: Judgement, manners: Manners) -> Flow[Known]:
    """An emergency: the duty officers' queue, and when nobody answers there, the front of the service queue."""
    language = known.language or FIRST
    known = yield from note(known.and_also(urgency=judgement.urgency, urgency_reasons=judgement.reasons))
    yield from say(language, "to_duty")
    known = yield from _wait(known, language, manners.emergency_queue, manners.emergency_patience)
    if known.person is PersonReached.ANSWERED:
        return known
    return (yield from hand_to_person(known, manners))


def take_over(known: Known, manners: Manners) -> Flow[None]:
    """A call whose story cannot go on (another version, a fault of ours): a person, with what is known."""
    known = yield from hand_to_person(known, manners)
    yield from part(known)


def part(known: Known) -> Flow[None]:
    """The last words (H2.4)."""
    language = known.language or FIRST
    if known.person is PersonReached.NOBODY:
        yield from say(language, "nobody_free", "goodbye")
    else:
        yield from say(language, "goodbye")


def _wait(known: Known, language: Language, queue: str, patience: int) -> Flow[Known]:
    waiting = yield from note(known.and_also(language=language, person=PersonReached.WAITING))
    left = yield from join_queue(
        queue, priority=priority_of(Urgency(known.urgency)), language=language, patience=patience
    )
    reached = PersonReached.ANSWERED if left.how is QueueExit.ANSWERED else PersonReached.NOBODY
    return (yield from note(waiting.and_also(person=reached)))
