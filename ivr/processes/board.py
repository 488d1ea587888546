"""What the parent tells everyone: one small file, `HOME/pid/board.json`, replaced whole at every change."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ivr.home import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One child."""

    name: str
    pid: int | None
    state: str
    restarts: int
    last_end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All of them, and how this hotline was started."""

    demo: bool
    ready: bool
    """Everything has been ready once."""
    rows: tuple[Row, ...]
    trouble: str = ""
    """Why it could not be started; empty when all is well."""


def _path(home: Home) -> Path:
    return home.pids / "board.json"


def write(home: Home, board: Board) -> None:
    """Show it."""
    path = _path(home)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(asdict(board)), encoding="utf-8")
    unfinished.replace(path)


def read(home: Home) -> Board | None:
    """What is shown; None when nothing is. It may be what a parent that is gone left behind."""
    try:
        plain = json.loads(_path(home).read_text(encoding="utf-8"))
        rows: Sequence[dict[str, object]] = plain.pop("rows")
        return Board(rows=tuple(Row(**row) for row in rows), **plain)  # type: ignore[arg-type]  # written by us
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remove(home: Home) -> None:
    """Take it down."""
    _path(home).unlink(missing_ok=True)
