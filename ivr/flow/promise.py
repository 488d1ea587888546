"""H1.2a, H2.2c: who would rather not wait is called back, and keeps his place or chooses a time.

Whatever he does here that is no clear yes leaves him in the line, at his place: silence, `2`, `0`, failures. An
emergency is never here.
"""

from datetime import datetime

from ivr.domain.call import PersonReached
from ivr.domain.callback import CallBackKind
from ivr.flow.deeds import CallBackPromised, PromiseCallBack, SendText
from ivr.flow.entry import patiently
from ivr.flow.menus import AGAIN, EMERGENCY, PERSON, confirm_emergency, offer
from ivr.flow.questions import Dialable, DialableNumber, HourOf, Line, Moment
from ivr.flow.steps import Chose, DidIt, Flow, Keyed, Utterance, ask, choose, do, look_up, sentences
from ivr.flow.talk import NeedsPerson, Talk, WantsPerson
from ivr.flow.words import day, digits, minutes, position, time_of_day
from ivr.policies.calling_back import CallBackOffer
from ivr.policies.calling_back import offer as may_offer
from ivr.policies.routing import Stop

HOUR, LONGEST_NUMBER = 4, 18
"""Digits."""


def place_in_words(talk: Talk, line: Line | None) -> tuple[Utterance, ...]:
    """His place, and how long it will be at most where one can say; nothing where somebody is free."""
    if line is None or line.free:
        return ()
    told = sentences(talk.language, "place_in_line", position(talk.language, line.position), "place_in_line_wait")
    if line.at_most is None:
        return told
    return told + sentences(talk.language, "wait_at_most", minutes(talk.language, line.at_most))


def offered_by(talk: Talk, line: Line | None) -> CallBackOffer | None:
    """What he may be promised now; None: nothing."""
    if line is None:
        return None
    since = talk.waits_since or line.at
    offered = may_offer(
        urgency=talk.known.urgency,
        expected=None if line.at_most is None else line.at_most * 60 * (not line.free),
        waited=(line.at - since).total_seconds(),
        now=line.at,
        rules=talk.manners.call_backs,
    )
    return offered if isinstance(offered, CallBackOffer) else None


def promise(talk: Talk, stop: Stop, line: Line | None) -> Flow[bool]:
    """Tell his place, offer, and promise; False: he stays in the line. Raises Emergency."""
    offered = offered_by(talk, line)
    if offered is None:
        return False
    try:
        if not (yield from _wants_it(talk, line)):
            return False
        at = yield from _when(talk, keeps_place=offered.keeps_place)
        number = yield from _number(talk)
    except WantsPerson:
        return False
    return (yield from _promise(talk, stop, number, at))


def _wants_it(talk: Talk, line: Line | None) -> Flow[bool]:
    words = place_in_words(talk, line) + sentences(talk.language, "call_back_offer")
    while True:
        reply = yield from choose(words, "12" + AGAIN + PERSON + EMERGENCY, talk.manners.key_patience)
        match reply:
            case Chose(key) if key == EMERGENCY:
                yield from confirm_emergency(talk)
            case Chose(key) if key == AGAIN:
                pass
            case _:
                return reply == Chose("1")


def _when(talk: Talk, *, keeps_place: bool) -> Flow[datetime | None]:
    """None: when his place comes up. Raises WantsPerson, Emergency."""
    if keeps_place and (yield from offer(talk, sentences(talk.language, "call_back_when"), "12")) == "1":
        return None
    words: tuple[str, ...] = ()
    for _ in range(talk.manners.tries):
        keyed = yield from _keyed(talk, (*words, "call_back_hour"), HOUR)
        found = yield from look_up(HourOf(keyed, talk.known.urgency), Moment)
        words = ("call_back_wrong_hour",)
        if found is not None and found.at is not None:
            if (yield from _is_right(talk, "call_back_at", *_spoken(talk, found.at))):
                return found.at
            words = ()
    raise NeedsPerson


def _number(talk: Talk) -> Flow[str]:
    """The one he calls from, or another: E.164. Raises WantsPerson, Emergency."""
    own = talk.call.caller_number
    found = None if own is None else (yield from look_up(Dialable(own), DialableNumber))
    words: tuple[str, ...] = ()
    for _ in range(talk.manners.tries + 1):
        if found is not None and found.number is not None:
            if (yield from _is_right(talk, "call_back_number_ends", digits(talk.language, found.number[-4:]))):
                return found.number
            words = ()
        keyed = yield from _keyed(talk, (*words, "call_back_number"), LONGEST_NUMBER)
        found = yield from look_up(Dialable(keyed), DialableNumber)
        words = ("call_back_wrong_number",)
    raise NeedsPerson


def _keyed(talk: Talk, prompts: tuple[str, ...], longest: int) -> Flow[str]:
    patience = talk.manners.entry_patience
    reply: Keyed = yield from patiently(talk, prompts, lambda spoken: ask(spoken, longest=longest, patience=patience))
    return reply.digits


def _is_right(talk: Talk, *spoken: object) -> Flow[bool]:
    words = sentences(talk.language, *spoken, "call_back_confirm")  # type: ignore[arg-type]
    return (yield from offer(talk, words, "12")) == "1"


def _spoken(talk: Talk, at: datetime) -> tuple[object, ...]:
    local = at.astimezone(talk.manners.call_backs.zone)
    return day(talk.language, local.date(), with_year=False), time_of_day(talk.language, local.time())


def _promise(talk: Talk, stop: Stop, number: str, at: datetime | None) -> Flow[bool]:
    known = talk.known
    kind = CallBackKind.KEEPS_PLACE if at is None else CallBackKind.CHOSEN_TIME
    reply = yield from do(
        PromiseCallBack(
            kind=kind,
            number=number,
            due_at=at,
            queue=stop.queue,
            priority=stop.priority,
            joined_at=talk.waits_since or talk.call.arrived_at,
            language=talk.language,
            category=known.category,
            urgency=known.urgency,
            customer=known.customer_token,
            ticket=known.tickets[-1] if known.tickets else None,
        )
    )
    if not isinstance(reply, DidIt) or not isinstance(reply.result, CallBackPromised):
        yield from talk.say("call_back_not_noted")
        return False
    yield from talk.note(person=PersonReached.PROMISED, call_back=reply.result.call_back)
    yield from talk.say("call_back_noted" if at is None else "call_back_promised")
    if at is not None and known.customer is not None and known.customer.has_mobile:
        local = at.astimezone(talk.manners.call_backs.zone)
        values = (("time", f"{local:%m-%d %H:%M}"), ("tail", number[-4:]))
        yield from do(SendText(known.customer.customer, "call_back", talk.language, values))
    return True
