"""Many rows at once, on a connection of SQLAlchemy and in its transaction, without its work for each value.

PostgreSQL takes them by COPY; SQLite by one prepared INSERT, moments written as SQLAlchemy writes them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

Values = Sequence[tuple[Any, ...]]
"""Rows in the order of the table's columns."""


async def put(sql: AsyncConnection, table: Table, rows: Values) -> None:
    """Write rows that are not there yet. The transaction must have begun: a statement was executed in it. Raises what
    the driver raises."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    if sql.dialect.name == "postgresql":
        driver: Any = (await sql.get_raw_connection()).driver_connection
        await driver.copy_records_to_table(table.name, records=rows, columns=names)
        return
    places = ", ".join("?" * len(names))
    quoted = ", ".join(f'"{name}"' for name in names)
    insert = f'INSERT INTO "{table.name}" ({quoted}) VALUES ({places})'  # noqa: S608  (names of our own tables)
    await sql.exec_driver_sql(insert, [tuple(map(_as_text, row)) for row in rows])


def _as_text(value: Any) -> Any:
    """A moment as SQLite keeps it: UTC, microseconds."""
    if value.__class__ is not datetime:
        return value
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
