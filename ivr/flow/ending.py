"""H2.4: a proper ending: anything else, thanks, a score, goodbye."""

from ivr.domain.call import PersonReached
from ivr.flow.menus import offer
from ivr.flow.steps import Chose, Flow, choose, sentences
from ivr.flow.talk import Talk

SCORES = "54321"


def ask_for_more(talk: Talk) -> Flow[bool]:
    """Anything else? Who says nothing any more has what was wanted."""
    key = yield from offer(talk, sentences(talk.language, "anything_else"), "12", at_last="2")
    return key == "1"


def part(talk: Talk) -> Flow[None]:
    """The last words, and a score from whoever was served."""
    if talk.known.person is PersonReached.NOBODY:
        yield from talk.say("nobody_free", "goodbye")
        return
    if talk.manners.survey and talk.known.score is None:
        yield from _ask_for_score(talk)
    yield from talk.say("goodbye")


def _ask_for_score(talk: Talk) -> Flow[None]:
    """Once, and never with a reproach: a caller owes us no score."""
    reply = yield from choose(sentences(talk.language, "survey"), SCORES, talk.manners.key_patience)
    match reply:
        case Chose(key):
            yield from talk.note(score=int(key))
            yield from talk.say("survey_thanks")
        case _:
            return
