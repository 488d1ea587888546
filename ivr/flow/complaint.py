"""A complaint or a suggestion (H2.2a): told in the caller's words, owned by a person within ten minutes (H1.4c)."""

from ivr.domain.spoken import Duration, Unit
from ivr.flow.anomaly import hear_out
from ivr.flow.steps import Flow
from ivr.flow.talk import NeedsPerson, Talk
from ivr.flow.tickets import open_ticket, tell_ticket


def complaint(talk: Talk) -> Flow[None]:
    """No name is asked: nobody has to identify himself to complain (level 0)."""
    yield from hear_out(talk, "complaint_record")
    number = yield from open_ticket(talk)
    yield from tell_ticket(talk, number, "complaint_number_is")
    days = Duration(talk.manners.complaint_days, Unit.DAYS, talk.language)
    yield from talk.say("complaint_within", days, "complaint_answered")
    raise NeedsPerson
