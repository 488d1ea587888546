"""A complaint or a suggestion (H2.2a): told in the caller's words, owned by a person within ten minutes (H1.4c)."""

from ivr.flow.anomaly import hear_out
from ivr.flow.steps import Flow
from ivr.flow.talk import NeedsPerson, Talk
from ivr.flow.tickets import open_ticket, tell_ticket


def complaint(talk: Talk) -> Flow[None]:
    """No name is asked: nobody has to identify himself to complain (level 0)."""
    yield from hear_out(talk, "tell_complaint")
    number = yield from open_ticket(talk)
    yield from tell_ticket(talk, number)
    yield from talk.say("complaint_taken")
    raise NeedsPerson
