"""What every part of a story works with: the call, our manners, and what has been found out so far."""

from dataclasses import dataclass
from datetime import datetime

from ivr.domain.banking import CustomerToken
from ivr.domain.call import Incoming, Known
from ivr.domain.caller import Language
from ivr.domain.problem import Category, Urgency
from ivr.domain.spoken import Value
from ivr.flow.manners import Manners
from ivr.flow.steps import Flow, note, say
from ivr.policies.urgency import Situation, Told, urgency_of

FIRST = Language.ZH
"""The language the line opens with, and falls back to."""


class WantsPerson(Exception):
    """The caller asks for a person. Heard in `hotline.py`, and in `ending.py` when all is over."""


class NeedsPerson(WantsPerson):
    """The caller did not ask for a person, but only one can help on. Who asked is never asked anything more."""


class BackToMenu(Exception):
    """The caller wants something else than this menu has. Heard in `hotline.py`."""


class Emergency(Exception):
    """The emergency plan starts now (H2.1d). Heard where WantsPerson is."""


@dataclass(slots=True)
class Talk:
    """One caller being talked with. `known` is replaced as more is found out, and stands in the journal each time."""

    call: Incoming
    manners: Manners
    known: Known
    recognised: bool = False
    """It was asked whose number it is that calls."""
    waits_since: datetime | None = None
    """UTC; he waits for a person since then, all queues counted."""
    told_nobody_came: bool = False
    """The caller knows that nobody was free the last time he waited for a person."""

    @property
    def language(self) -> Language:
        """The language agreed on."""
        return self.known.language or FIRST

    @property
    def customer(self) -> CustomerToken:
        """Who the caller is; only after he was identified."""
        token = self.known.customer_token
        if token is None:
            raise RuntimeError("the story acts for a customer whom it has not identified")
        return token

    def note(self, **news: object) -> Flow[None]:
        """Write down what has been found out."""
        self.known = yield from note(self.known.and_also(**news))

    def say(self, *spoken: str | Value) -> Flow[None]:
        """Speak sentences (by id) and values, in the language agreed on."""
        yield from say(self.language, *spoken)

    def judge(self, told: Told = Told.NOTHING, *, category: Category | None = None) -> Flow[None]:
        """Judge how urgent it is from all that is known now (H2.1d), and write it down with the category (H2.2a).

        An urgency never falls within a call: what was once an emergency stays one.
        """
        known = self.known
        category = category or known.category
        judgement = urgency_of(
            Situation(
                category=category,
                told=told,
                facts=known.customer or known.hint,
                recent_calls=known.recent_calls,
                block_unsure=known.unsure,
                now=self.call.arrived_at,
            )
        )
        if judgement.urgency < known.urgency:
            yield from self.note(category=category)
        else:
            yield from self.note(
                category=category,
                urgency=judgement.urgency,
                urgency_reasons=judgement.reasons,
                to_file=known.to_file or known.urgency < judgement.urgency is Urgency.EMERGENCY,
            )

    def start_emergency_plan(self) -> None:
        """Raises Emergency where it is one."""
        if self.known.urgency is Urgency.EMERGENCY:
            raise Emergency
