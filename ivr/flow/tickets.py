"""H1.2d, H2.2c: what is handed on stands in a ticket, with all that is known."""

from ivr.domain.call import Known
from ivr.domain.problem import Category
from ivr.domain.spoken import Digits
from ivr.domain.ticket import Summary, TicketKind, TicketNumber
from ivr.flow.deeds import OpenTicket, TicketOpened
from ivr.flow.steps import DidIt, Flow, do
from ivr.flow.talk import Talk

KINDS = {
    Category.LOSS_OR_FRAUD: TicketKind.LOSS_REPORT,
    Category.LOSS: TicketKind.LOSS_REPORT,
    Category.FRAUD: TicketKind.FRAUD,
    Category.ACCOUNT_ANOMALY: TicketKind.ACCOUNT_ANOMALY,
    Category.TRANSFER_PROBLEM: TicketKind.TRANSFER_PROBLEM,
    Category.COMPLAINT: TicketKind.COMPLAINT,
    Category.BUSINESS: TicketKind.BUSINESS,
    Category.ACCOUNT_MANAGEMENT: TicketKind.BUSINESS,
}
"""Everything else is an enquiry."""


def ticket_of(known: Known, *, card: str | None = None, reference: str | None = None) -> OpenTicket:
    """What a ticket says of a call. `card`: the last four of the card it is about; `reference`: the bank's number."""
    category = known.category or Category.UNKNOWN
    return OpenTicket(
        kind=KINDS.get(category, TicketKind.ENQUIRY),
        category=category,
        urgency=known.urgency,
        reasons=known.urgency_reasons,
        customer=known.customer_token,
        verification=known.verification,
        summary=Summary(
            when=known.happened.value if known.happened else None,
            account_status=known.customer.account_state.value if known.customer else None,
            card_last_four=card,
            reference=reference,
            recording=known.told,
            words=", ".join(one.value for one in (*known.done, *known.undone)) or None,
        ),
    )


def open_ticket(talk: Talk, *, card: str | None = None, reference: str | None = None) -> Flow[TicketNumber | None]:
    """Open a ticket, and return its number; None where the archive does not answer now (the journal has it all)."""
    reply = yield from do(ticket_of(talk.known, card=card, reference=reference))
    if not isinstance(reply, DidIt) or not isinstance(reply.result, TicketOpened):
        return None
    number = reply.result.number
    category = talk.known.category or Category.UNKNOWN
    yield from talk.note(tickets=(*talk.known.tickets, number), filed=category, to_file=False)
    return number


def tell_ticket(talk: Talk, number: TicketNumber | None, words: str = "ticket_number_is") -> Flow[None]:
    """Say its number in groups of four, or that it comes later."""
    if number is None:
        yield from talk.say("ticket_later")
    else:
        yield from talk.say(words, Digits(f"{number[:4]} {number[4:]}", talk.language))
