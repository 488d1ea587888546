"""What a story looks up, asked of whoever knows. It changes nothing, and takes no longer than a caller can bear."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from ivr.domain.banking import CustomerFacts
from ivr.domain.call import Incoming
from ivr.engine.promising import Promises
from ivr.flow.questions import (
    Accounts,
    AccountsOf,
    Answer,
    Balances,
    BalancesOf,
    CallerNumber,
    Cards,
    CardsOf,
    Dialable,
    HourOf,
    LineAhead,
    PromiseOf,
    Question,
    TicketLine,
    TicketLines,
    TicketsOf,
    Transfers,
    TransfersOf,
    WhoCalls,
)
from ivr.flow.steps import Found, Unavailable
from ivr.ports.agents import Agents, Handled
from ivr.ports.archive import Archive, ArchiveDown, CallFilter
from ivr.ports.bank import Bank, BankDown, BankRefused
from ivr.ports.exchange import ExchangeDown
from ivr.ports.tickets import Tickets

log = structlog.get_logger(__name__)

LATELY = timedelta(days=7)
"""Calls of the same number within it are repeat calls (H1.2b)."""
MANY = 20
"""More repeat calls than these are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Answers questions."""

    bank: Bank
    tickets: Tickets
    archive: Archive
    promises: Promises
    agents: Agents | None = None
    """None: nobody knows who helped whom."""

    async def answer(self, question: Question, incoming: Incoming) -> Found | Unavailable:
        """What is known. Unavailable where nobody can say now."""
        try:
            return Found(await self._answer(question, incoming))
        except (BankDown, BankRefused, ArchiveDown, ExchangeDown) as fault:
            log.warning("lookup_unavailable", call_id=incoming.call_id, what=type(question).__name__, why=str(fault))
            return Unavailable()

    async def _answer(self, question: Question, incoming: Incoming) -> Answer:
        match question:
            case WhoCalls():
                return await self._who_calls(incoming)
            case CardsOf(customer):
                return Cards(await self.bank.cards(customer))
            case AccountsOf(customer):
                return Accounts(await self.bank.accounts(customer))
            case BalancesOf(customer):
                return Balances(await self.bank.balances(customer))
            case TransfersOf(customer, most):
                return Transfers(await self.bank.transfers(customer, most))
            case LineAhead():
                return await self.promises.line(question)
            case Dialable(number):
                return self.promises.dialable(number)
            case HourOf():
                return self.promises.moment(question)
            case PromiseOf(call_back):
                return await self.promises.promise_of(call_back)
            case TicketsOf(customer, most):
                found = await self.tickets.of_customer(customer, most)
                return TicketLines(
                    tuple(
                        TicketLine(one.number, one.state, None if one.is_over else one.due_at.date()) for one in found
                    )
                )

    async def _who_calls(self, incoming: Incoming) -> CallerNumber:
        facts = await self._facts(incoming)
        helped = await self._last_handled(facts, incoming)
        return CallerNumber(
            facts,
            await self._recent_calls(incoming),
            helped.agent if helped else None,
            helped.at if helped else None,
        )

    async def _last_handled(self, facts: CustomerFacts | None, incoming: Incoming) -> Handled | None:
        """A wish of ours alone, so that it is no fault when it cannot be had."""
        if facts is None or self.agents is None:
            return None
        try:
            return await self.agents.last_handled(facts.customer)
        except ArchiveDown as fault:
            log.info("last_agent_unknown", call_id=incoming.call_id, why=str(fault))
            return None

    async def _facts(self, incoming: Incoming) -> CustomerFacts | None:
        """A hint, so that it is no fault when it cannot be had."""
        if incoming.caller_number is None:
            return None
        try:
            customer = await self.bank.recognise(incoming.caller_number)
            return None if customer is None else await self.bank.facts(customer)
        except (BankDown, BankRefused) as fault:
            log.info("caller_not_recognised", call_id=incoming.call_id, why=str(fault))
            return None

    async def _recent_calls(self, incoming: Incoming) -> int:
        if incoming.caller_number is None:
            return 0
        lately = CallFilter(since=incoming.arrived_at - LATELY, caller_number=incoming.caller_number)
        try:
            return min(await self.archive.count(lately), MANY)
        except ArchiveDown as fault:
            log.info("repeat_calls_unknown", call_id=incoming.call_id, why=str(fault))
            return 0
