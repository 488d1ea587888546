"""H2.1a: the call is answered with the standard words, and the language agreed on."""

from ivr.domain.call import Incoming
from ivr.domain.caller import Language
from ivr.flow.manners import Manners
from ivr.flow.menus import AGAIN, EMERGENCY, PERSON, WantsPerson, confirm_emergency
from ivr.flow.steps import Chose, Flow, choose, say, sentences

FIRST = Language.ZH
"""The language the line opens with, and falls back to."""


def greet(call: Incoming, manners: Manners) -> Flow[Language]:
    """Open with the greeting and the recording notice; return the language the call goes on in.

    A caller who says nothing is spoken to in Mandarin. Whoever chooses English hears the notice in English too: a
    notice that is not understood is none.
    """
    if call.language is not None:
        yield from say(call.language, "greeting", "recording_notice")
        return call.language
    language = yield from _choose_language(manners)
    if language is not FIRST:
        yield from say(language, "recording_notice")
    return language


def _choose_language(manners: Manners) -> Flow[Language]:
    opening = sentences(FIRST, "greeting", "recording_notice")
    question = sentences(FIRST, "choose_language_zh") + sentences(Language.EN, "choose_language_en")
    while True:
        reply = yield from choose(opening + question, "12" + AGAIN + PERSON + EMERGENCY, manners.key_patience)
        match reply:
            case Chose("2"):
                return Language.EN
            case Chose(key) if key == PERSON:
                raise WantsPerson
            case Chose(key) if key == EMERGENCY:
                yield from confirm_emergency(FIRST, manners)
            case Chose(key) if key == AGAIN:
                pass
            case _:
                return FIRST
        opening = ()
