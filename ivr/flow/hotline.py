"""Handbook chapter 2, the whole call on one page."""

from ivr.domain.call import Incoming, Known, PersonReached
from ivr.flow.ending import ask_for_more, part
from ivr.flow.greeting import greet
from ivr.flow.identity import recognise
from ivr.flow.manners import Manners
from ivr.flow.need import ask_what_is_needed
from ivr.flow.person import hand_over, tell_nobody_came
from ivr.flow.serving import serve
from ivr.flow.steps import Flow
from ivr.flow.talk import BackToMenu, Emergency, Talk, WantsPerson


def hotline(call: Incoming, manners: Manners) -> Flow[None]:
    """From the greeting to the goodbye. A person is one key away from every menu, an emergency two."""
    talk = Talk(call, manners, Known(language=call.language))
    try:
        yield from greet(talk)  # H2.1a
        yield from recognise(talk)  # H2.1c
        if not (yield from cared_for(talk)):
            yield from serve_all_needs(talk)
    except (WantsPerson, Emergency):
        yield from recognise(talk)  # who asked within the greeting has not been yet
        yield from hand_over(talk)  # H2.1d
    yield from part(talk)  # H2.4


def take_over(talk: Talk) -> Flow[None]:
    """A call whose story cannot go on (another version, a fault of ours): a person, with what is known."""
    yield from hand_over(talk)
    yield from part(talk)


def serve_all_needs(talk: Talk) -> Flow[None]:
    """One need after the other, until there is no more."""
    wants_more = True
    while wants_more:
        category = yield from ask_what_is_needed(talk)  # H2.1b, H2.2a
        try:
            yield from serve(talk, category)  # H2.2c, H2.3
        except BackToMenu:
            continue
        wants_more = yield from ask_for_more(talk)


def cared_for(talk: Talk) -> Flow[bool]:
    """The elderly go straight to a person (DOMAIN.md); when nobody is free, the line serves them like everyone."""
    if talk.known.hint is None or not talk.known.hint.vulnerable:
        return False
    yield from hand_over(talk, "straight_to_a_person")
    if talk.known.person in (PersonReached.ANSWERED, PersonReached.PROMISED):
        return True
    yield from tell_nobody_came(talk)
    return False
