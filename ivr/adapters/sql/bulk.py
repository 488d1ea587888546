"""Many rows at once, on a connection of SQLAlchemy and in its transaction, without its work for each value.

PostgreSQL takes rows that cannot be there yet by COPY, others by one prepared INSERT; SQLite always by one prepared
INSERT, moments written as SQLAlchemy writes them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from ivr.adapters.sql.tables import UtcDateTime

Values = Sequence[tuple[Any, ...]]
"""Rows in the order of the table's columns."""
T = TypeVar("T")
_CHUNK = 500
"""Rows or ids a statement: SQLite and PostgreSQL take some 32,000 values, and the loop gets its turn in between."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """So many at a time as one statement takes."""
    listed = list(items)
    return (listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK))


async def put(sql: AsyncConnection, table: Table, rows: Values) -> None:
    """Write rows that are not there yet. The transaction must have begun: a statement of SQLAlchemy was executed in it.
    Raises what the driver raises."""
    if not rows:
        return
    if sql.dialect.name != "postgresql":
        await _insert(sql, table, rows)
        return
    driver = await _driver(sql)
    await driver.copy_records_to_table(table.name, records=rows, columns=table.columns.keys())


async def put_new(sql: AsyncConnection, table: Table, rows: Values) -> None:
    """The same, but a row whose key is there already is left alone."""
    if rows:
        await _insert(sql, table, rows, " ON CONFLICT DO NOTHING")


async def _insert(sql: AsyncConnection, table: Table, rows: Values, conflict: str = "") -> None:
    postgresql = sql.dialect.name == "postgresql"
    names = ", ".join(f'"{name}"' for name in table.columns.keys())  # noqa: SIM118  (no dictionary)
    places = ", ".join(f"${place}" if postgresql else "?" for place in range(1, len(rows[0]) + 1))
    insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({places}){conflict}'  # noqa: S608  (our own tables)
    if postgresql:
        await (await _driver(sql)).executemany(insert, rows)
    else:
        await sql.exec_driver_sql(insert, _with_texts(table, rows))


async def _driver(sql: AsyncConnection) -> Any:  # asyncpg has no types
    return (await sql.get_raw_connection()).driver_connection


def _with_texts(table: Table, rows: Values) -> Values:
    """The rows with each moment as SQLite keeps it: UTC, microseconds."""
    places = [place for place, column in enumerate(table.columns) if isinstance(column.type, UtcDateTime)]
    last, text = None, ""
    written = []
    for row in rows:
        values = list(row)
        for place in places:
            moment = values[place]
            if moment is None:
                continue
            if moment is not last:  # what happens in one turn mostly has one moment
                last, text = moment, _as_text(moment)
            values[place] = text
        written.append(tuple(values))
    return written


def _as_text(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no timezone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
