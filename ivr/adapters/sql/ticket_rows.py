"""A ticket as rows, and back. Everything personal is sealed under the ticket's own key."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping

from ivr.adapters.keyring import CallKey
from ivr.domain.banking import CustomerToken
from ivr.domain.caller import VerificationLevel
from ivr.domain.ids import CallId, EffectId
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import (
    HistoryEntry,
    Party,
    Role,
    Summary,
    Ticket,
    TicketEvent,
    TicketKind,
    TicketNumber,
    TicketState,
)
from ivr.ports.codec import decode_summary, encode_summary
from ivr.ports.keyring import Keyring

CUSTOMER_INDEX = "tickets.customer"
"""The purpose of the blind index."""

Row = dict[str, Any]


def context(number: str, column: str) -> bytes:
    """What sealed bytes are bound to: moved to another row or column they cannot be deciphered."""
    return f"ticket {number} {column}".encode()


def row_of(ticket: Ticket, effect_id: EffectId, key: CallKey, keyring: Keyring) -> Row:
    """The row of `tickets`."""
    number, customer = ticket.number, ticket.customer
    return {
        "number": number,
        "effect_id": effect_id,
        "key": key.wrapped,
        "kind": ticket.kind.value,
        "category": ticket.category.value if ticket.category else None,
        "urgency": int(ticket.urgency),
        "reasons": list(ticket.reasons),
        "customer_sealed": None if customer is None else key.seal(customer.encode(), context(number, "customer")),
        "customer_index": None if customer is None else keyring.blind_index(customer, CUSTOMER_INDEX),
        "verification": int(ticket.verification),
        "call_id": ticket.call_id,
        "opened_at": ticket.opened_at,
        "due_at": ticket.due_at,
        "own_by": ticket.own_by,
        "summary_sealed": key.seal(encode_summary(ticket.summary), context(number, "summary")),
        **moving_row(ticket),
    }


def moving_row(ticket: Ticket) -> Row:
    """The columns of `tickets` that a move changes."""
    return {"state": ticket.state.value, "owner": ticket.owner, "version": ticket.version}


def last_entry_row(ticket: Ticket, key: CallKey) -> Row:
    """The row of `ticket_history` for what happened last."""
    entry = ticket.history[-1]
    return {
        "number": ticket.number,
        "version": ticket.version,
        "at": entry.at,
        "role": entry.by.role.value,
        "who": entry.by.name,
        "event": entry.event.value,
        "before": entry.before.value if entry.before else None,
        "after": entry.after.value,
        "note_sealed": key.seal(entry.note.encode(), context(ticket.number, f"note {ticket.version}")),
    }


def key_of(row: RowMapping, keyring: Keyring) -> CallKey | None:
    """The ticket's key; None when it was destroyed. Raises Undecryptable."""
    if row["key"] is None:
        return None
    return CallKey.unwrap(row["key"], keyring, context(row["number"], "key"))


def ticket_from(row: RowMapping, entries: Sequence[RowMapping], key: CallKey | None) -> Ticket:
    """The ticket back; without its key the customer, the summary and the notes are unknown. Raises Undecryptable."""
    number, sealed = TicketNumber(row["number"]), row["customer_sealed"]
    customer, summary = None, Summary()
    if key is not None:
        summary = decode_summary(key.unseal(row["summary_sealed"], context(number, "summary")))
        if sealed is not None:
            customer = CustomerToken(key.unseal(sealed, context(number, "customer")).decode())
    history = tuple(_entry_from(entry, key) for entry in entries)
    return Ticket(
        number=number,
        kind=TicketKind(row["kind"]),
        category=Category(row["category"]) if row["category"] else None,
        urgency=Urgency(row["urgency"]),
        reasons=tuple(row["reasons"]),
        customer=customer,
        verification=VerificationLevel(row["verification"]),
        call_id=CallId(row["call_id"]),
        opened_by=history[0].by,
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        own_by=row["own_by"],
        summary=summary,
        state=TicketState(row["state"]),
        owner=row["owner"],
        history=history,
    )


def _entry_from(row: RowMapping, key: CallKey | None) -> HistoryEntry:
    place = context(row["number"], f"note {row['version']}")
    return HistoryEntry(
        at=row["at"],
        by=Party(Role(row["role"]), row["who"]),
        event=TicketEvent(row["event"]),
        before=TicketState(row["before"]) if row["before"] else None,
        after=TicketState(row["after"]),
        note="" if key is None else key.unseal(row["note_sealed"], place).decode(),
    )
