"""A call as rows, and back. Everything personal is sealed under the call's own key."""

import json
from typing import Any

from sqlalchemy import RowMapping

from ivr.adapters.keyring import CallKey
from ivr.domain.call import CallRecord, Ending, EndReason, Incoming, Known, Outcome, PersonReached
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.ids import CallId, Linkedid, NodeId, call_back_of
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.domain.recording import NoRecording, Recording
from ivr.ports.archive import ArchivedCall, FoundCall, lasted
from ivr.ports.codec import decode_entries, decode_known, encode_entries, encode_known
from ivr.ports.journal import Entry, Opened
from ivr.ports.keyring import Keyring

NUMBER_INDEX = "calls.caller_number"
CUSTOMER_INDEX = "calls.customer"
"""The purposes of the blind indexes."""
KEPT = "kept"
"""In `calls.recording`: there is one."""

Row = dict[str, Any]
"""As the driver takes it: JSON as text."""


def context(call_id: str, column: str) -> bytes:
    """What sealed bytes are bound to: moved to another row or column they cannot be deciphered."""
    return f"archive {call_id} {column}".encode()


def rows_of(call: ArchivedCall, keyring: Keyring) -> tuple[Row, bytes | None]:
    """The row of `calls`, and the payload of `call_entries` where there are any."""
    call_id = call.record.incoming.call_id
    key = CallKey.make(keyring, context(call_id, "key"))
    row = _call_row(call, key, keyring)
    if not call.entries:
        return row, None
    return row, key.seal(encode_entries(call.entries), context(call_id, "entries"))


def _call_row(call: ArchivedCall, key: CallKey, keyring: Keyring) -> Row:
    record = call.record
    incoming, known, ending = record.incoming, record.known, record.ending
    opened = call.entries[0].fact if call.entries else None
    number, customer = incoming.caller_number, known.customer_token

    def sealed(value: str | None, column: str) -> bytes | None:
        return None if value is None else key.seal(value.encode(), context(incoming.call_id, column))

    return {
        "call_id": incoming.call_id,
        "node": incoming.node,
        "linkedid": incoming.linkedid,
        "trunk": incoming.trunk,
        "dialled": incoming.dialled,
        "key": key.wrapped,
        "caller_number_sealed": sealed(number, "caller_number"),
        "caller_number_index": None if number is None else keyring.blind_index(number, NUMBER_INDEX),
        "caller_name_sealed": sealed(incoming.caller_name, "caller_name"),
        "number_language": incoming.language.value if incoming.language else None,
        "line_of_business": incoming.line_of_business,
        "arrived_at": incoming.arrived_at,
        "answered_at": record.answered_at,
        "ended_at": record.ended_at,
        "language": known.language.value if known.language else None,
        "category": known.category.value if known.category else None,
        "urgency": int(known.urgency),
        "urgency_reasons": json.dumps([reason.value for reason in known.urgency_reasons]),
        "verification": int(known.verification),
        "person": known.person.value,
        "served": known.served,
        "known_sealed": key.seal(encode_known(known), context(incoming.call_id, "known")),
        "outcome": ending.outcome.value if ending else None,
        "end_reason": ending.end_reason.value if ending else None,
        "controller_restarts": record.controller_restarts,
        "flow": opened.flow if isinstance(opened, Opened) else None,
        "configuration": opened.configuration if isinstance(opened, Opened) else None,
        **recording_columns(record.recording or record.not_recorded),
        "customer_index": None if customer is None else keyring.blind_index(customer, CUSTOMER_INDEX),
        "agents": json.dumps(call.course.agents),
        "waited": call.course.waited,
        "lasted": lasted(record),
        "score": known.score,
    }


def key_of(row: RowMapping, keyring: Keyring) -> CallKey | None:
    """The call's key; None when it was destroyed. Raises Undecryptable."""
    if row["key"] is None:
        return None
    return CallKey.unwrap(row["key"], keyring, context(row["call_id"], "key"))


def record_from(row: RowMapping, key: CallKey | None) -> CallRecord:
    """The record back; without its key the caller's number and name are unknown. Raises Undecryptable."""

    def unsealed(column: str) -> str | None:
        sealed = row[f"{column}_sealed"]
        if key is None or sealed is None:
            return None
        return key.unseal(sealed, context(row["call_id"], column)).decode()

    ending = None
    if row["outcome"] is not None and row["end_reason"] is not None:
        ending = Ending(outcome=Outcome(row["outcome"]), end_reason=EndReason(row["end_reason"]))
    return CallRecord(
        incoming=Incoming(
            call_id=CallId(row["call_id"]),
            linkedid=Linkedid(row["linkedid"]),
            node=NodeId(row["node"]),
            trunk=row["trunk"],
            dialled=row["dialled"],
            caller_number=unsealed("caller_number"),
            caller_name=unsealed("caller_name"),
            language=Language(row["number_language"]) if row["number_language"] else None,
            line_of_business=row["line_of_business"],
            arrived_at=row["arrived_at"],
            call_back=call_back_of(row["call_id"]),
        ),
        known=_known_from(row, key),
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        ending=ending,
        controller_restarts=row["controller_restarts"],
        recording=recording_from(row),
        not_recorded=not_recorded_from(row),
    )


def recording_from(row: RowMapping) -> Recording | None:
    """What is kept of the call's sound."""
    if row["recording"] != KEPT:
        return None
    return Recording(
        sha256=row["recording_sha256"],
        seconds=row["recording_seconds"],
        segments=row["recording_segments"],
        lacking=row["recording_lacking"],
    )


def not_recorded_from(row: RowMapping) -> NoRecording | None:
    """Why nothing is."""
    return None if row["recording"] in (None, KEPT) else NoRecording(row["recording"])


def recording_columns(found: Recording | NoRecording | None) -> Row:
    """Either as the columns of `calls`."""
    if not isinstance(found, Recording):
        return {
            "recording": found.value if found else None,
            **{f"recording_{name}": None for name in ("sha256", "seconds", "segments", "lacking")},
        }
    return {
        "recording": KEPT,
        "recording_sha256": found.sha256,
        "recording_seconds": found.seconds,
        "recording_segments": found.segments,
        "recording_lacking": found.lacking,
    }


def found_from(row: RowMapping, keyring: Keyring) -> FoundCall:
    """A line of a list. Raises Undecryptable."""
    record = record_from(row, key_of(row, keyring))
    return FoundCall(record=record, waited=row["waited"], agents=tuple(row["agents"] or ()))


def _known_from(row: RowMapping, key: CallKey | None) -> Known:
    """All that was found out; without the call's key only what stands in columns of its own, which is not personal."""
    if key is not None and row["known_sealed"] is not None:
        return decode_known(key.unseal(row["known_sealed"], context(row["call_id"], "known")))
    return Known(
        language=Language(row["language"]) if row["language"] else None,
        category=Category(row["category"]) if row["category"] else None,
        urgency=Urgency(row["urgency"]),
        urgency_reasons=tuple(Reason(reason) for reason in row["urgency_reasons"]),
        verification=VerificationLevel(row["verification"]),
        person=PersonReached(row["person"]),
        served=row["served"],
    )


def entries_from(row: RowMapping, key: CallKey) -> tuple[Entry, ...]:
    """A call's journal back. Raises Undecryptable, ValueError."""
    call_id = CallId(row["call_id"])
    return tuple(decode_entries(key.unseal(row["payload"], context(call_id, "entries")), call_id))
