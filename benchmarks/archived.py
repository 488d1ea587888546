"""Archived calls by the million, made up and written by COPY: what searches are measured on.

A year of a bank's line: 500 agents, 300,000 customers who call, categories and outcomes as they fall, waits that are
short for most. Every column that a search reads is as `ivr.adapters.sql` writes it, each call sealed under its own key.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from benchmarks.measure import Tell
from ivr.adapters.keyring import CallKey
from ivr.adapters.sql.course_rows import word_of_agent
from ivr.adapters.sql.course_tables import call_words
from ivr.adapters.sql.rows import CUSTOMER_INDEX, NUMBER_INDEX, context, recording_columns
from ivr.adapters.sql.tables import calls
from ivr.domain.call import Known, Outcome
from ivr.domain.problem import Category
from ivr.domain.reasons import Reason
from ivr.domain.recording import Recording
from ivr.ports.codec import encode_known
from ivr.ports.keyring import Keyring

YEAR = timedelta(days=365)
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)
CALLERS = 300_000
AGENTS = 500
_CHUNK = 20_000
_CATEGORIES = [category.value for category in Category]
_CATEGORY_WEIGHTS = [2, 3, 1, 6, 10, 4, 30, 8, 6, 25, 5]
_OUTCOMES = [outcome.value for outcome in Outcome]
_OUTCOME_WEIGHTS = [39, 44, 3, 1.5, 0.5, 6, 5, 0.8, 0.2]
_URGENCIES, _URGENCY_WEIGHTS = (0, 1, 2, 3), (70, 20, 8, 2)
_REASONS = [reason.value for reason in Reason]
_DONE = ("card_blocked", "balance_told", "transfers_told", "information_given")


def number(place: int) -> str:
    """The number of one of the callers."""
    return f"+86138{place:08d}"


def customer(place: int) -> str:
    """The bank's token of one of them."""
    return f"cust-{place:06d}"


def agent(place: int) -> str:
    """A staff number."""
    return str(8000 + place)


def ticket(place: int) -> str:
    """The number of the ticket that every tenth call opens."""
    return f"{10_000_000 + place}"


@dataclass(frozen=True, slots=True)
class _Call:
    row: tuple[Any, ...]
    words: tuple[tuple[str, datetime, str], ...]


def _indexes(keyring: Keyring) -> list[tuple[bytes, bytes]]:
    """The blind indexes of each caller: number, customer."""
    return [
        (keyring.blind_index(number(place), NUMBER_INDEX), keyring.blind_index(customer(place), CUSTOMER_INDEX))
        for place in range(CALLERS)
    ]


def _calls(count: int, keyring: Keyring) -> Iterator[_Call]:
    chance = random.Random(2025)  # noqa: S311  (made-up calls, the same each time)
    indexes = _indexes(keyring)
    known = encode_known(Known())
    spread = YEAR / count
    for place in range(count):
        arrived = BEGAN + place * spread
        call_id = f"n1-{int(arrived.timestamp())}.{place}"
        caller = chance.randrange(CALLERS)
        by_number, by_customer = indexes[caller]
        key = CallKey.make(keyring, context(call_id, "key"))
        category = chance.choices(_CATEGORIES, _CATEGORY_WEIGHTS)[0]
        outcome = chance.choices(_OUTCOMES, _OUTCOME_WEIGHTS)[0]
        urgency = chance.choices(_URGENCIES, _URGENCY_WEIGHTS)[0]
        helped = outcome == Outcome.HELPED_BY_PERSON.value
        waited = int(chance.expovariate(1 / 15)) if helped or outcome.endswith("queue") else 0
        lasted = 20 + int(chance.expovariate(1 / 180))
        agents = [agent(chance.randrange(AGENTS))] if helped else []
        words = {category, *map(word_of_agent, agents)}
        if helped:
            words.add(chance.choice(("service", "cards", "corporate", "duty")))
        if urgency:
            words.add(chance.choice(_REASONS))
        if outcome == Outcome.SELF_SERVED.value:
            words.add(chance.choice(_DONE))
        if place % 10 == 0:
            words.add(ticket(place))
        row: dict[str, Any] = {
            "call_id": call_id,
            "node": "n1",
            "linkedid": call_id,
            "trunk": "carrier",
            "dialled": "95000",
            "key": key.wrapped,
            "caller_number_sealed": key.seal(number(caller).encode(), context(call_id, "caller_number")),
            "caller_number_index": by_number,
            "caller_name_sealed": None,
            "number_language": None,
            "line_of_business": "personal",
            "arrived_at": arrived,
            "answered_at": arrived,
            "ended_at": arrived + timedelta(seconds=lasted),
            "language": "zh",
            "category": category,
            "urgency": urgency,
            "urgency_reasons": "[]",
            "verification": 2,
            "person": "answered" if helped else "not_asked",
            "served": not helped,
            "known_sealed": key.seal(known, context(call_id, "known")),
            "outcome": outcome,
            "end_reason": "caller_hung_up",
            "controller_restarts": 0,
            "flow": "f" * 16,
            "configuration": "c" * 16,
            **recording_columns(Recording(sha256="0" * 64, seconds=float(lasted), segments=1, lacking=0)),
            "customer_index": by_customer if chance.random() < 0.6 else None,
            "agents": json.dumps(agents),
            "waited": waited,
            "lasted": lasted,
            "score": 5 if helped else None,
        }
        yield _Call(
            tuple(row[column.name] for column in calls.columns),
            tuple((word, arrived, call_id) for word in sorted(words)),
        )


async def fill(url: str, count: int, keyring: Keyring, tell: Tell) -> None:
    """So many calls into tables that are empty, then what a database knows of them brought up to date."""
    connection = await asyncpg.connect(url)
    try:
        indexes = await _taken_off(connection)
        rows: list[_Call] = []
        for place, call in enumerate(_calls(count, keyring), start=1):
            rows.append(call)
            if len(rows) == _CHUNK or place == count:
                await _put(connection, rows)
                rows = []
                bar = "━" * (20 * place // count)
                tell(f"{bar:<20} {place:,} of {count:,} made-up calls archived by COPY")
        for place, index in enumerate(indexes, start=1):
            tell(f"index {place} of {len(indexes)}")
            await connection.execute(index)
        tell("the database counts what it has")
        await connection.execute("VACUUM (ANALYZE) calls")
        await connection.execute("VACUUM (ANALYZE) call_words")
    finally:
        await connection.close()


async def _taken_off(connection: Any) -> list[str]:
    """What makes the indexes again: in one go at the end is far quicker than row by row. Nor is each word's call looked
    for: it has been written just before."""
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET maintenance_work_mem = '256MB'")
    wanted = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY($1) AND indexname LIKE 'ix_%'"
    found = await connection.fetch(wanted, [calls.name, call_words.name])
    for index in found:
        await connection.execute(f'DROP INDEX "{index["indexname"]}"')
    key = "ALTER TABLE call_words DROP CONSTRAINT pk_call_words"
    await connection.execute(key)
    back = "ALTER TABLE call_words ADD CONSTRAINT pk_call_words PRIMARY KEY (word, arrived_at, call_id)"
    return [back, *(index["indexdef"] for index in found)]


async def _put(connection: Any, rows: list[_Call]) -> None:
    columns = [column.name for column in calls.columns]
    await connection.copy_records_to_table(calls.name, records=[call.row for call in rows], columns=columns)
    words = [word for call in rows for word in call.words]
    columns = [column.name for column in call_words.columns]
    await connection.copy_records_to_table(call_words.name, records=words, columns=columns)
