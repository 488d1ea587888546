"""Whether a call tells a text: the search among what is personal, which no index holds."""

from collections.abc import Iterator, Sequence
from dataclasses import fields

from ivr.domain.call import CallRecord
from ivr.domain.ticket import Ticket


def tells(record: CallRecord, tickets: Sequence[Ticket], text: str) -> bool:
    """The caller's name, or his tickets' words and notes, hold the text; small and large letters are the same."""
    sought = text.casefold()
    return any(sought in said.casefold() for said in _said(record, tickets))


def _said(record: CallRecord, tickets: Sequence[Ticket]) -> Iterator[str]:
    if record.incoming.caller_name:
        yield record.incoming.caller_name
    for ticket in tickets:
        yield from (str(value) for one in fields(ticket.summary) if (value := getattr(ticket.summary, one.name)))
        yield from (entry.note for entry in ticket.history if entry.note)
