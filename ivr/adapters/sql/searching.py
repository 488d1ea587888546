"""What is asked of the archive's tables: filters, orders, and the place a page begins after."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, exists, func, literal, select, tuple_

from ivr.adapters.sql.course_rows import word_of_agent
from ivr.adapters.sql.course_tables import call_words
from ivr.adapters.sql.rows import CUSTOMER_INDEX, NUMBER_INDEX
from ivr.adapters.sql.tables import UtcDateTime, calls
from ivr.ports.archive import CallFilter, Cursor, Sort, WrongCursor
from ivr.ports.keyring import Keyring

_BY_VALUE = {Sort.URGENT: calls.c.urgency, Sort.WAITED: calls.c.waited, Sort.LASTED: calls.c.lasted}

_COUNT = select(func.count()).select_from(calls)
_LATELY = _COUNT.where(
    calls.c.arrived_at >= bindparam("since"), calls.c.caller_number_index == bindparam("number_index")
)
"""How often a number has called of late is asked at each call's beginning: put together once."""


def page(wanted: CallFilter, keyring: Keyring, sort: Sort = Sort.NEWEST, after: Cursor | None = None) -> Select[Any]:
    """One page of calls. Raises WrongCursor."""
    found = select(calls).where(*conditions(wanted, keyring)).limit(wanted.limit)
    if after is not None:
        found = found.where(_behind(after, sort))
    if sort is Sort.OLDEST:
        return found.order_by(calls.c.arrived_at, calls.c.call_id)
    by_value = [_BY_VALUE[sort].desc()] if sort in _BY_VALUE else []
    return found.order_by(*by_value, calls.c.arrived_at.desc(), calls.c.call_id.desc())


def how_many(wanted: CallFilter, keyring: Keyring) -> tuple[Select[Any], dict[str, Any]]:
    """The number of calls that match, with the values of its parameters."""
    since, number = wanted.since, wanted.caller_number
    if since is not None and number is not None and wanted == CallFilter(since=since, caller_number=number):
        return _LATELY, {"since": since, "number_index": keyring.blind_index(number, NUMBER_INDEX)}
    return _COUNT.where(*conditions(wanted, keyring)), {}


def conditions(wanted: CallFilter, keyring: Keyring) -> list[ColumnElement[bool]]:
    """All that must hold."""
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(calls.c.arrived_at >= wanted.since)
    if wanted.until is not None:
        found.append(calls.c.arrived_at < wanted.until)
    if wanted.caller_number is not None:
        index = keyring.blind_index(wanted.caller_number, NUMBER_INDEX)
        found.append(calls.c.caller_number_index == index)
    if wanted.customer is not None:
        found.append(calls.c.customer_index == keyring.blind_index(wanted.customer, CUSTOMER_INDEX))
    if wanted.category is not None:
        found.append(calls.c.category == wanted.category)
    if wanted.urgency is not None:
        found.append(calls.c.urgency == int(wanted.urgency))
    if wanted.outcome is not None:
        found.append(calls.c.outcome == wanted.outcome)
    words = [word.lower() for word in wanted.words]
    if wanted.agent is not None:
        words.append(word_of_agent(wanted.agent))
    found.extend(_has(word, wanted) for word in words)
    return found


def _has(word: str, wanted: CallFilter) -> ColumnElement[bool]:
    """By the primary key of `call_words`, whose moment is that of the call: read in the order of the list, and within
    the same time, which a database does not conclude by itself."""
    span = [call_words.c.arrived_at >= wanted.since] if wanted.since is not None else []
    span += [call_words.c.arrived_at < wanted.until] if wanted.until is not None else []
    return exists().where(
        *span,
        call_words.c.word == word,
        call_words.c.arrived_at == calls.c.arrived_at,
        call_words.c.call_id == calls.c.call_id,
    )


def _behind(after: Cursor, sort: Sort) -> ColumnElement[bool]:
    """What comes later in the list, as one comparison of rows, which an index answers."""
    if after.sort is not sort:
        raise WrongCursor(f"this place is one of a list by {after.sort.value}, not by {sort.value}")
    place = tuple_(literal(after.arrived_at, UtcDateTime), literal(after.call_id, String))
    if sort is Sort.OLDEST:
        return tuple_(calls.c.arrived_at, calls.c.call_id) > place
    if sort not in _BY_VALUE:
        return tuple_(calls.c.arrived_at, calls.c.call_id) < place
    whole = tuple_(
        literal(after.value, Integer), literal(after.arrived_at, UtcDateTime), literal(after.call_id, String)
    )
    return tuple_(_BY_VALUE[sort], calls.c.arrived_at, calls.c.call_id) < whole
