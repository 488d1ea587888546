"""Menus, and the manners around them: `0` a person, `9` an emergency, `*` again, silence and wrong keys are told.

The two wishes that a caller may utter at any menu leave the story's path as exceptions of the story's own; `hotline.py`
is the one place that hears them.
"""

from ivr.flow.steps import Chose, Flow, Silence, Utterance, choose, sentences
from ivr.flow.talk import Emergency, NeedsPerson, Talk, WantsPerson
from ivr.policies.urgency import Told

AGAIN = "*"
PERSON = "0"
EMERGENCY = "9"


def offer(talk: Talk, spoken: tuple[Utterance, ...], options: str, *, ways: str = "") -> Flow[str]:
    """Offer the options, and other ways out of here, until one is chosen, and return its key.

    Raises WantsPerson, NeedsPerson (`manners.tries` failures: no menu is a dead end) and Emergency (H2.1d).
    """
    preface: tuple[Utterance, ...] = ()
    failures = 0
    while failures < talk.manners.tries:
        reply = yield from choose(
            preface + spoken, options + AGAIN + ways + PERSON + EMERGENCY, talk.manners.key_patience
        )
        match reply:
            case Chose(key) if key in options + ways:
                return key
            case Chose(key) if key == PERSON:
                raise WantsPerson
            case Chose(key) if key == EMERGENCY:
                yield from confirm_emergency(talk)
                preface = ()
            case Chose():
                preface = ()
            case Silence():
                failures += 1
                preface = sentences(talk.language, "nothing_heard")
            case _:
                failures += 1
                preface = sentences(talk.language, "wrong_key")
    raise NeedsPerson


def confirm_emergency(talk: Talk) -> Flow[None]:
    """One more `9` and it is an emergency. `*` was a wish to hear again; anything else, silence too, gets a person."""
    reply = yield from choose(
        sentences(talk.language, "confirm_emergency"), EMERGENCY + PERSON + AGAIN, talk.manners.key_patience
    )
    match reply:
        case Chose(key) if key == EMERGENCY:
            yield from talk.judge(Told.EMERGENCY)
            raise Emergency
        case Chose(key) if key == AGAIN:
            return
        case _:
            raise WantsPerson
