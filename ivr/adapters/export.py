"""Rows into a file that others read: CSV or Parquet, row after row, and whole or not at all.

The file is written beside its place under another name and renamed at the end, so that nobody reads half of it; where
writing fails, nothing is left, and an earlier file of that name stays as it was.
"""

import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from ivr.domain.errors import HotlineError

Row = Mapping[str, object]


class Kind(Enum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    TEXTS = "texts"
    """Several, in order."""


Columns = Mapping[str, Kind]


class NoParquet(HotlineError):
    """The library that writes Parquet is not installed."""


class Sink(Protocol):
    """Takes rows."""

    def write(self, rows: Sequence[Row]) -> None:
        """These too."""

    def close(self) -> None:
        """All are there."""


class CsvSink:
    """UTF-8 with the mark that spreadsheets know it by; moments in ISO 8601, UTC. No cell is taken for a formula."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self._columns = columns
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def write(self, rows: Sequence[Row]) -> None:
        """One line each."""
        self._writer.writerows([_cell(row.get(column)) for column in self._columns] for row in rows)

    def close(self) -> None:
        """Onto the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|")


def _cell(value: object) -> object:
    """As a spreadsheet shows it and never computes it: OWASP's apostrophe before what could begin a formula."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, tuple | list):
        value = "; ".join(map(str, value))
    if isinstance(value, str) and value.lstrip(" \u00a0\u3000\ufeff").startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


class ParquetSink:
    """Typed columns, moments in UTC to the microsecond; a row group each write. Raises NoParquet."""

    def __init__(self, path: Path, columns: Columns) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415  (an extra, and large)
            from pyarrow import parquet  # noqa: PLC0415
        except ImportError:
            raise NoParquet(
                "Parquet needs pyarrow, which is not installed: pip install 'hotline[parquet]', or export as csv"
            ) from None
        kinds = {
            Kind.TEXT: pa.string(),
            Kind.NUMBER: pa.int64(),
            Kind.MOMENT: pa.timestamp("us", tz="UTC"),
            Kind.TEXTS: pa.list_(pa.string()),
        }
        self._schema: Any = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self._batch: Callable[..., Any] = pa.RecordBatch.from_pylist
        self._writer: Any = parquet.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, rows: Sequence[Row]) -> None:
        """One row group."""
        if rows:
            self._writer.write_batch(self._batch([dict(row) for row in rows], schema=self._schema))

    def close(self) -> None:
        """With its index at the end."""
        self._writer.close()


SINKS: dict[str, Callable[[Path, Columns], Sink]] = {"csv": CsvSink, "parquet": ParquetSink}


@contextmanager
def exported(path: Path, form: str, columns: Columns) -> Iterator[Sink]:
    """A sink; its rows stand at `path`, for its owner only, when the block ends well. Raises NoParquet, OSError."""
    aside = path.with_name(f".{path.name}.{uuid4().hex}")
    os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        sink = SINKS[form](aside, columns)
        try:
            yield sink
        finally:
            sink.close()
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
