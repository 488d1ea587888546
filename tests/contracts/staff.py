"""Agents and call backs to try things with."""

from dataclasses import replace
from datetime import timedelta

from ivr.domain.agent import Agent, Skills, Tier
from ivr.domain.callback import CallBackKind, NewCallBack
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, QueueName
from ivr.domain.presence import WrapUp
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import Party, Role, TicketNumber
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.tickets import CALL, LI

CHEN, ZHOU = AgentId("8001"), AgentId("8002")
SELF, ZHOU_SELF = Party(Role.AGENT, CHEN), Party(Role.AGENT, ZHOU)
THE_LINE, CHIEF = Party(Role.LINE, "n1"), Party(Role.SUPERVISOR, "9001")
WRAP_UP = WrapUp(usual=timedelta(seconds=30), extension=timedelta(seconds=60), longest=timedelta(seconds=120))


def agent(number: str = "8001", **different: object) -> Agent:
    """An account."""
    made = Agent(
        agent=AgentId(number),
        name="陈静",
        skills=Skills(
            languages=(Language.ZH, Language.EN), categories=(Category.LOSS, Category.FRAUD), tier=Tier.SENIOR
        ),
        teams=("cards", "night"),
        phone="desk1",
        created_at=NINE,
    )
    return replace(made, **different)  # type: ignore[arg-type]


def new_call_back(**different: object) -> NewCallBack:
    """One that keeps its place."""
    made = NewCallBack(
        kind=CallBackKind.KEEPS_PLACE,
        call_id=CALL,
        number=NUMBER,
        customer=LI,
        ticket=TicketNumber("27182819"),
        queue=QueueName("service"),
        priority=10,
        joined_at=NINE,
        language=Language.ZH,
        category=Category.TRANSFER_PROBLEM,
        urgency=Urgency.ELEVATED,
        asked_at=NINE + timedelta(minutes=2),
    )
    return replace(made, **different)  # type: ignore[arg-type]
