"""H2.1a: the call is answered with the standard words, and the language agreed on."""

from ivr.domain.caller import Language
from ivr.flow.menus import AGAIN, EMERGENCY, PERSON, confirm_emergency
from ivr.flow.steps import Chose, Flow, choose, sentences
from ivr.flow.talk import FIRST, Talk, WantsPerson


def greet(talk: Talk) -> Flow[None]:
    """Open with the greeting and the recording notice; agree on the language the call goes on in.

    A caller who says nothing is spoken to in Mandarin. Whoever chooses English hears the notice in English too: a
    notice that is not understood is none.
    """
    if talk.call.language is not None:
        yield from talk.say("greeting", "recording_notice")
        return
    language = yield from _choose_language(talk)
    yield from talk.note(language=language)
    if language is not FIRST:
        yield from talk.say("recording_notice")


def _choose_language(talk: Talk) -> Flow[Language]:
    opening = sentences(FIRST, "greeting", "recording_notice")
    question = sentences(FIRST, "choose_language_zh") + sentences(Language.EN, "choose_language_en")
    while True:
        reply = yield from choose(opening + question, "12" + AGAIN + PERSON + EMERGENCY, talk.manners.key_patience)
        match reply:
            case Chose("2"):
                return Language.EN
            case Chose(key) if key == PERSON:
                raise WantsPerson
            case Chose(key) if key == EMERGENCY:
                yield from confirm_emergency(talk)
            case Chose(key) if key == AGAIN:
                pass
            case _:
                return FIRST
        opening = ()
