"""What a person who has a call may do with it: the bus command `talk`. Named checks, then one verb.

Nothing in the answers is personal: the bus carries no clear personal data.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Protocol

from ivr.domain.caller import VerificationLevel
from ivr.domain.conversation import Asker, Conversation, allowed
from ivr.domain.errors import HotlineError
from ivr.domain.ids import CallId
from ivr.engine.conductor import Conductor
from ivr.ports.exchange import ExchangeDown, ExchangeRefused

OPERATOR = "operator"
"""Who sits at the hotline's own command line; he may ask for anything."""
LONGEST_REASON = 200


class WrongOrder(HotlineError):
    """What was asked is no order, or not this asker's to give; the sentence says why. Nothing was changed."""


class NotCarriedOut(HotlineError):
    """The exchange did not do it, or did not say that it did."""


class LiveConversation(Protocol):
    """A call that lives (`ivr.engine.teller`)."""

    conductor: Conductor

    @property
    def conversation(self) -> Conversation:
        """As it stands."""


class Line(Protocol):
    """The live calls."""

    @property
    def tellers(self) -> Mapping[CallId, LiveConversation]:
        """By call id."""


Answer = dict[str, object]


class Conversations:
    """Serves orders about conversations."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._verbs: dict[str, Callable[[Conductor, str, Answer], Awaitable[str | None]]] = {
            "show": _show,
            "hold": lambda conductor, by, _: conductor.hold(by),
            "resume": lambda conductor, by, _: conductor.resume(by),
            "verify": lambda conductor, by, order: conductor.verify(by, _level(order)),
            "consult": lambda conductor, by, order: conductor.consult(by, _word(order, "to"), _reason(order)),
            "join": lambda conductor, by, order: conductor.join(by, _word(order, "to")),
            "complete": lambda conductor, by, _: conductor.complete(by),
            "back": lambda conductor, by, _: conductor.back(by),
            "conference": lambda conductor, by, _: conductor.conference(by),
            "transfer": lambda conductor, by, order: conductor.transfer(by, _word(order, "to"), _reason(order)),
            "escalate": _escalate,
            "end": lambda conductor, by, _: conductor.end(by),
        }

    async def command(self, order: Answer) -> Answer:
        """`{"verb", "call_id", "by", …}`: carry it out, and tell how the conversation stands. Raises HotlineError."""
        verb = self._check_verb(order)
        call = self._check_call_lives(order)
        by = self._check_asker_has_the_call(order, call)
        try:
            went_to = await verb(call.conductor, by, order)
        except (ExchangeDown, ExchangeRefused) as fault:
            with suppress(ExchangeDown, ExchangeRefused):
                await call.conductor.look_again()
            raise NotCarriedOut(
                f"the exchange did not do it ({fault}); look at the call before asking again"
            ) from fault
        return _told(call.conversation, went_to)

    def _check_verb(self, order: Answer) -> Callable[[Conductor, str, Answer], Awaitable[str | None]]:
        verb = self._verbs.get(str(order.get("verb")))
        if verb is None:
            raise WrongOrder(f"{order.get('verb')!r} is no verb of a conversation; verbs are {', '.join(self._verbs)}")
        return verb

    def _check_call_lives(self, order: Answer) -> LiveConversation:
        call_id = CallId(_word(order, "call_id"))
        call = self._line.tellers.get(call_id)
        if call is None:
            raise WrongOrder(f"no call {call_id} is up; `hotline status` lists those that are")
        return call

    def _check_asker_has_the_call(self, order: Answer, call: LiveConversation) -> str:
        """Who asks in the name of a phone must have that phone in the call; the operator asks in his own."""
        by = str(order.get("by") or "")
        if by and call.conversation.asker(by) is None:
            there = ", ".join(person.phone for person in call.conversation.persons) or "nobody"
            raise WrongOrder(f"{by} is not in this call; who is: {there}")
        if not by and order.get("asked_by") != OPERATOR:
            raise WrongOrder("`by` is missing: the phone in whose name this is asked")
        return by or OPERATOR


async def _show(_: Conductor, __: str, ___: Answer) -> None:
    """Nothing is done."""


async def _escalate(conductor: Conductor, by: str, order: Answer) -> str:
    target = str(order.get("to") or "")
    return await conductor.escalate(by, _reason(order), to=target, blind=order.get("blind") is True)


def _word(order: Answer, key: str) -> str:
    value = order.get(key)
    if not isinstance(value, str) or not value:
        raise WrongOrder(f"{key!r} is missing")
    return value


def _reason(order: Answer) -> str:
    why = str(order.get("why") or "")
    if len(why) > LONGEST_REASON or not why.isprintable():
        raise WrongOrder(f"a reason has {LONGEST_REASON} printable signs at most")
    return why


def _level(order: Answer) -> VerificationLevel:
    strong = order.get("strong") is True
    return VerificationLevel.STRONG if strong else VerificationLevel.VERIFIED


def _told(talk: Conversation, went_to: str | None) -> Answer:
    return {
        "phase": talk.phase.value,
        "persons": [person.phone for person in talk.persons],
        "ringing": talk.ringing.phone if talk.ringing else None,
        "went_to": went_to,
        "may_come": [turn.value for turn in allowed(talk.phase, Asker.SUPERVISOR)],
    }
