"""H2.2c: a promised call back. Who answers may be anyone, or a machine: before a key says that it is he, nothing is
said of who calls, for whom and why (DOMAIN.md). Then he is greeted, and brought to a person at the place he would have
by now.
"""

from ivr.domain.call import Incoming, Known, PersonReached
from ivr.domain.callback import CallBackEvent, CallBackState, Miss
from ivr.domain.ids import CallBackId
from ivr.flow.deeds import SettleCallBack
from ivr.flow.ending import part
from ivr.flow.manners import Manners
from ivr.flow.person import tell_nobody_came
from ivr.flow.questions import Promise, PromiseOf
from ivr.flow.steps import Chose, Flow, QueueExit, choose, do, join_queue, look_up, sentences
from ivr.flow.talk import Talk
from ivr.policies.waiting import aged

ITS_ME, WRONG = "1", "2"
TIMES = 2
"""It is asked: who picks up says hello first, and misses half of it."""


def call_back(call: Incoming, back: CallBackId, manners: Manners) -> Flow[None]:
    """From the question to the goodbye."""
    talk = Talk(call, manners, Known(language=call.language))
    promised = yield from look_up(PromiseOf(back), Promise)
    if promised is None or promised.state is not CallBackState.DIALLING:  # withdrawn meanwhile, or nobody can say
        yield from talk.note(met=CallBackEvent.MEET_NOBODY)
        yield from talk.say("call_back_sorry")
        return
    yield from talk.note(
        language=promised.language,
        category=promised.category,
        urgency=promised.urgency,
        met=CallBackEvent.MEET_NOBODY,
    )
    key = yield from _ask_who_it_is(talk)
    if key != ITS_ME:
        yield from _leave(talk, back, CallBackEvent.MEET_OTHER if key == WRONG else CallBackEvent.MEET_NOBODY)
        return
    yield from talk.note(met=CallBackEvent.SPEAK, filed=talk.known.category)
    yield from do(SettleCallBack(back, CallBackEvent.SPEAK))
    yield from talk.say("greeting", "recording_notice", "to_a_person")
    yield from _bring(talk, promised)
    yield from part(talk)


def leave_in_peace() -> Flow[None]:
    """A story that cannot go on, and nobody has said that it is he: not a word more, and it is tried again."""
    yield from ()


def _ask_who_it_is(talk: Talk) -> Flow[str | None]:
    """`1`, `2`, or None: a machine, or somebody who says nothing."""
    for _ in range(TIMES):
        words = sentences(talk.language, "call_back_is_it_you")
        reply = yield from choose(words, ITS_ME + WRONG, talk.manners.key_patience)
        if isinstance(reply, Chose):
            return reply.key
    return None


def _leave(talk: Talk, back: CallBackId, event: CallBackEvent) -> Flow[None]:
    miss = Miss.OTHER_PERSON if event is CallBackEvent.MEET_OTHER else Miss.MACHINE
    yield from talk.note(met=event)
    yield from do(SettleCallBack(back, event, miss))
    yield from talk.say("call_back_sorry")


def _bring(talk: Talk, promised: Promise) -> Flow[None]:
    """To the front of his equals: his waiting went on counting."""
    rules = talk.manners.routing
    known = [rule for rule in rules.queues if rule.name == promised.queue]
    queue = known[0] if known else rules.queue(rules.service)
    waited = (talk.call.arrived_at - promised.joined_at).total_seconds()
    yield from talk.note(person=PersonReached.WAITING)
    left = yield from join_queue(
        queue.name,
        priority=aged(promised.priority, waited, rules.ageing),
        language=talk.language,
        patience=queue.patience,
        place=1,
    )
    answered = left.how is QueueExit.ANSWERED
    yield from talk.note(person=PersonReached.ANSWERED if answered else PersonReached.NOBODY)
    if answered:
        yield from talk.say("after_person")
    else:
        yield from tell_nobody_came(talk)
