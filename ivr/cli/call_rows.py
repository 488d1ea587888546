"""A call as a row of an export or a line of a list: what is personal is masked, or left out, unless it is revealed."""

from enum import Enum

from ivr.adapters.export import Kind
from ivr.domain.caller import Language
from ivr.policies.masking import phone
from ivr.ports.archive import FoundCall


class Personal(Enum):
    """What can be revealed, for a reason."""

    CALLER = "caller"
    """The caller's number, whole."""
    CALLER_NAME = "caller_name"
    """As the caller's exchange gave it."""
    CUSTOMER = "customer"
    """The bank's token of the customer."""


COLUMNS = {
    "call_id": Kind.TEXT,
    "arrived_at": Kind.MOMENT,
    "answered_at": Kind.MOMENT,
    "ended_at": Kind.MOMENT,
    "waited": Kind.NUMBER,
    "lasted": Kind.NUMBER,
    "caller": Kind.TEXT,
    "caller_name": Kind.TEXT,
    "customer": Kind.TEXT,
    "dialled": Kind.TEXT,
    "trunk": Kind.TEXT,
    "line_of_business": Kind.TEXT,
    "language": Kind.TEXT,
    "category": Kind.TEXT,
    "urgency": Kind.TEXT,
    "urgency_reasons": Kind.TEXTS,
    "verification": Kind.TEXT,
    "agents": Kind.TEXTS,
    "tickets": Kind.TEXTS,
    "outcome": Kind.TEXT,
    "end_reason": Kind.TEXT,
    "score": Kind.NUMBER,
    "controller_restarts": Kind.NUMBER,
}
"""In the order of an export."""


def columns(revealed: frozenset[Personal]) -> dict[str, Kind]:
    """Those of an export. A name and a customer have no masked form: without being revealed they are no column."""
    hidden = {one.value for one in (Personal.CALLER_NAME, Personal.CUSTOMER) if one not in revealed}
    return {name: kind for name, kind in COLUMNS.items() if name not in hidden}


def row_of(call: FoundCall, revealed: frozenset[Personal] = frozenset()) -> dict[str, object]:
    """What is told of a call; moments in UTC."""
    record = call.record
    incoming, known, ending = record.incoming, record.known, record.ending
    row: dict[str, object] = {
        "call_id": incoming.call_id,
        "arrived_at": incoming.arrived_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "waited": call.waited,
        "lasted": call.lasted,
        "caller": incoming.caller_number if Personal.CALLER in revealed else phone(incoming.caller_number),
        "dialled": incoming.dialled,
        "trunk": incoming.trunk,
        "line_of_business": incoming.line_of_business,
        "language": known.language.value if known.language else None,
        "category": known.category.value if known.category else None,
        "urgency": known.urgency.name.lower(),
        "urgency_reasons": [reason.words(Language.EN) for reason in known.urgency_reasons],
        "verification": known.verification.name.lower(),
        "agents": list(call.agents),
        "tickets": list(known.tickets),
        "outcome": ending.outcome.value if ending else None,
        "end_reason": ending.end_reason.value if ending else None,
        "score": known.score,
        "controller_restarts": record.controller_restarts,
    }
    if Personal.CALLER_NAME in revealed:
        row["caller_name"] = incoming.caller_name
    if Personal.CUSTOMER in revealed:
        row["customer"] = known.customer_token
    return row
