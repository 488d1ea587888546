"""H2.4: a proper ending: anything else, thanks, a score, goodbye."""

from ivr.domain.call import PersonReached
from ivr.flow.entry import escape
from ivr.flow.menus import AGAIN, EMERGENCY, PERSON, offer
from ivr.flow.person import hand_over, tell_nobody_came
from ivr.flow.steps import Chose, Flow, choose, sentences
from ivr.flow.talk import Emergency, NeedsPerson, Talk, WantsPerson

SCORES = "54321"


def ask_for_more(talk: Talk) -> Flow[bool]:
    """Anything else? Who was served and says nothing is content; who was not is brought to a person."""
    try:
        key = yield from offer(talk, sentences(talk.language, "anything_else"), "12")
    except NeedsPerson:
        if talk.known.served:
            return False
        raise
    return key == "1"


def part(talk: Talk) -> Flow[None]:
    """A score from whoever was served, and the last words."""
    helped = talk.known.served or talk.known.person is PersonReached.ANSWERED
    if talk.manners.survey and helped and talk.known.person is not PersonReached.NOBODY:
        try:
            yield from _ask_for_score(talk)
        except (WantsPerson, Emergency):
            yield from hand_over(talk)
    yield from tell_nobody_came(talk)
    yield from talk.say("goodbye")


def _ask_for_score(talk: Talk) -> Flow[None]:
    """Once, and never with a reproach: a caller owes us no score. Raises WantsPerson, Emergency."""
    while True:
        reply = yield from choose(
            sentences(talk.language, "survey_question"), SCORES + AGAIN + PERSON + EMERGENCY, talk.manners.key_patience
        )
        match reply:
            case Chose(key) if key in SCORES:
                yield from talk.note(score=int(key))
                yield from talk.say("survey_thanks")
                return
            case Chose(key) if key != AGAIN:
                yield from escape(talk, key)
            case Chose():
                pass
            case _:
                return
