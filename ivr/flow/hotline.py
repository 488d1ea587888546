"""Handbook chapter 2, the whole call on one page."""

from ivr.domain.call import Incoming, Known
from ivr.domain.caller import Language
from ivr.domain.problem import Category
from ivr.flow.greeting import greet
from ivr.flow.manners import Manners
from ivr.flow.menus import TellsEmergency, WantsPerson
from ivr.flow.need import ask_for_more, ask_what_is_needed
from ivr.flow.person import hand_to_duty, hand_to_person, part
from ivr.flow.steps import Flow, note, say
from ivr.policies.urgency import Told, urgency_of


def hotline(call: Incoming, manners: Manners) -> Flow[None]:
    """From the greeting to the goodbye. A person is one key away from every menu, an emergency two."""
    known = Known(language=call.language)
    try:
        language = yield from greet(call, manners)  # H2.1a
        known = yield from note(known.and_also(language=language))
        wants_more = True
        while wants_more:
            known = yield from understand(known, language, manners)  # H2.1b
            known = yield from serve(known, language)  # H2.3
            wants_more = yield from ask_for_more(language, manners)
    except WantsPerson:
        known = yield from hand_to_person(known, manners)
    except TellsEmergency:
        known = yield from hand_to_duty(known, urgency_of(known.category, Told.EMERGENCY), manners)  # H2.1d
    yield from part(known)  # H2.4


def understand(known: Known, language: Language, manners: Manners) -> Flow[Known]:
    """What is needed (H2.1b), of which category (H2.2a), how urgent (H2.1d)."""
    category = yield from ask_what_is_needed(language, manners)
    judgement = urgency_of(category, Told.NOTHING)
    return (
        yield from note(known.and_also(category=category, urgency=judgement.urgency, urgency_reasons=judgement.reasons))
    )


def serve(known: Known, language: Language) -> Flow[Known]:
    """Do at once what can be done at once. Raises WantsPerson for the rest."""
    if known.category is not Category.ENQUIRY:
        raise WantsPerson
    yield from say(language, "about_us")
    return (yield from note(known.and_also(served=True)))
