"""Menus, and the manners around them: `0` a person, `9` an emergency, `*` again, silence and wrong keys are told.

The two wishes that a caller may utter at any menu leave the story's path as exceptions of the story's own; `hotline.py`
is the one place that hears them.
"""

from ivr.domain.caller import Language
from ivr.flow.manners import Manners
from ivr.flow.steps import Chose, Flow, Silence, Utterance, choose, sentences

AGAIN = "*"
PERSON = "0"
EMERGENCY = "9"


class WantsPerson(Exception):
    """The caller asks for a person, or cannot get along with the menu."""


class TellsEmergency(Exception):
    """The caller says twice that it is an emergency (H2.1d)."""


def offer(language: Language, spoken: tuple[Utterance, ...], options: str, manners: Manners) -> Flow[str]:
    """Offer the options until one is chosen, and return its key.

    Raises WantsPerson (asked for, or `manners.tries` failures: no menu is a dead end) and TellsEmergency.
    """
    preface: tuple[Utterance, ...] = ()
    failures = 0
    while failures < manners.tries:
        reply = yield from choose(preface + spoken, options + AGAIN + PERSON + EMERGENCY, manners.key_patience)
        match reply:
            case Chose(key) if key in options:
                return key
            case Chose(key) if key == PERSON:
                raise WantsPerson
            case Chose(key) if key == EMERGENCY:
                yield from confirm_emergency(language, manners)
                preface = ()
            case Chose():
                preface = ()
            case Silence():
                failures += 1
                preface = sentences(language, "nothing_heard")
            case _:
                failures += 1
                preface = sentences(language, "wrong_key")
    raise WantsPerson


def confirm_emergency(language: Language, manners: Manners) -> Flow[None]:
    """One more `9` and it is an emergency. `*` was a wish to hear again; anything else, silence too, gets a person."""
    reply = yield from choose(
        sentences(language, "confirm_emergency"), EMERGENCY + PERSON + AGAIN, manners.key_patience
    )
    match reply:
        case Chose(key) if key == EMERGENCY:
            raise TellsEmergency
        case Chose(key) if key == AGAIN:
            return
        case _:
            raise WantsPerson
