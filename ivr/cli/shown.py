"""How the command line shows things: tables for people, one JSON value for programs."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

out = Console()
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead.")]


def write_json(value: object) -> None:
    """To standard output, Chinese as it is, never wrapped or coloured."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def table(
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[str],
    *,
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> Table:
    """Rows under their keys; `_` in a key is a blank in its heading. `whole` columns are copied, so never broken."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        made.add_column(
            column.replace("_", " "),
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=column in whole,
        )
    for row in rows:
        made.add_row(*("–" if row.get(column) in (None, "") else escape(str(row[column])) for column in columns))
    return made


def duration(seconds: float) -> str:
    """As people say it: 12 s, 3 min 4 s, 5 h 6 min, 2 d 3 h."""
    whole = int(seconds)
    for size, name, next_size, next_name in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {name} {whole % size // next_size} {next_name}"
    return f"{whole} s"


def clock(moment: datetime | None) -> str | None:
    """Local time, to the second."""
    return None if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def in_words(name: str) -> str:
    """`CardsOf`, `nobody_free` as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).strip().lower()
