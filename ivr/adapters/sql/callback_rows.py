"""A call back as rows, and back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping

from ivr.adapters.keyring import CallKey
from ivr.domain.banking import CustomerToken
from ivr.domain.callback import CallBack, CallBackEntry, CallBackEvent, CallBackKind, CallBackState, Miss
from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallBackId, CallId, QueueName
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import Party, Role, TicketNumber
from ivr.ports.keyring import Keyring, Undecryptable

NUMBER_INDEX = "call_backs.number"
"""The purpose of the blind index."""

Row = dict[str, Any]


def context(id_: str, column: str) -> bytes:
    """What sealed bytes are bound to: moved to another row or column they cannot be deciphered."""
    return f"call back {id_} {column}".encode()


def row_of(back: CallBack, key: CallKey, keyring: Keyring) -> Row:
    """The row of `call_backs`."""
    customer = back.customer
    return {
        "id": back.id,
        "key": key.wrapped,
        "kind": back.kind.value,
        "call_id": back.call_id,
        "number_sealed": key.seal(back.number.encode(), context(back.id, "number")),
        "number_index": keyring.blind_index(back.number, NUMBER_INDEX),
        "customer_sealed": None if customer is None else key.seal(customer.encode(), context(back.id, "customer")),
        "ticket": back.ticket,
        "queue": back.queue,
        "priority": back.priority,
        "joined_at": back.joined_at,
        "language": back.language.value,
        "category": back.category.value if back.category else None,
        "urgency": int(back.urgency),
        "asked_at": back.asked_at,
        **moving_row(back),
    }


def moving_row(back: CallBack) -> Row:
    """The columns that a move changes."""
    return {
        "state": back.state.value,
        "due_at": back.due_at,
        "attempts": back.attempts,
        "agent": back.agent,
        "version": back.version,
    }


def last_entry_row(back: CallBack) -> Row:
    """The row of `call_back_history` for what happened last."""
    entry = back.history[-1]
    return {
        "id": back.id,
        "version": back.version,
        "at": entry.at,
        "role": entry.by.role.value,
        "who": entry.by.name,
        "event": entry.event.value,
        "before": entry.before.value if entry.before else None,
        "after": entry.after.value,
        "miss": entry.miss.value if entry.miss else None,
    }


def back_from(row: RowMapping, entries: Sequence[RowMapping], keyring: Keyring) -> CallBack:
    """The call back. Raises Undecryptable, also where its key was destroyed at retention."""
    id_ = CallBackId(row["id"])
    if row["key"] is None:
        raise Undecryptable(f"the key of call back {id_} is destroyed: it has passed its retention")
    key = CallKey.unwrap(row["key"], keyring, context(id_, "key"))
    sealed = row["customer_sealed"]
    return CallBack(
        id=id_,
        kind=CallBackKind(row["kind"]),
        call_id=CallId(row["call_id"]),
        number=key.unseal(row["number_sealed"], context(id_, "number")).decode(),
        customer=None if sealed is None else CustomerToken(key.unseal(sealed, context(id_, "customer")).decode()),
        ticket=None if row["ticket"] is None else TicketNumber(row["ticket"]),
        queue=QueueName(row["queue"]),
        priority=row["priority"],
        joined_at=row["joined_at"],
        language=Language(row["language"]),
        category=Category(row["category"]) if row["category"] else None,
        urgency=Urgency(row["urgency"]),
        asked_at=row["asked_at"],
        state=CallBackState(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        agent=None if row["agent"] is None else AgentId(row["agent"]),
        history=tuple(_entry(entry) for entry in entries),
    )


def _entry(row: RowMapping) -> CallBackEntry:
    return CallBackEntry(
        at=row["at"],
        by=Party(Role(row["role"]), row["who"]),
        event=CallBackEvent(row["event"]),
        before=CallBackState(row["before"]) if row["before"] else None,
        after=CallBackState(row["after"]),
        miss=Miss(row["miss"]) if row["miss"] else None,
    )
