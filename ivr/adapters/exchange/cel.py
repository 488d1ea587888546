"""The exchange's CEL file: read row by row as Asterisk appends, moved aside when it grows, gone when all of it is
archived (its rows hold callers' numbers in clear).

Nothing is remembered on disk: what stands in the files is what is not archived yet, and reading it again after a
restart finds the same.
"""

import asyncio
import csv
import io
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from dialplans.cel_columns import CEL_COLUMNS
from ivr.domain.ids import CallId
from ivr.ports.cel import CallDetail

log = structlog.get_logger(__name__)

_TRUNK = "trunk-"
"""Contexts of the dialplan in which callers' legs begin."""
_FALLBACK = "HOTLINE_FALLBACK"

Row = dict[str, str]


@dataclass(slots=True)
class _Piece:
    """One file: the one Asterisk writes to, or one moved aside."""

    path: Path
    read_to: int = 0
    """Bytes taken up; what follows is a row that is not whole yet."""
    calls: set[CallId] = field(default_factory=set)


class CelFile:
    """Implements ivr.ports.cel.CallDetails."""

    def __init__(self, path: Path, *, largest: int = 1_000_000) -> None:
        """`largest`: bytes after which the file is moved aside (Asterisk opens it anew for each row)."""
        self._path = path
        self._largest = largest
        self._calls: dict[CallId, CallDetail] = {}
        aside = sorted(path.parent.glob(f"{path.name}.*"), key=_number) if path.parent.exists() else []
        self._pieces = [*(_Piece(file) for file in aside), _Piece(path)]

    async def read(self) -> dict[CallId, CallDetail]:
        """Take up what was appended; every call that was not forgotten."""
        await asyncio.to_thread(self._take_up)
        return dict(self._calls)

    async def forget(self, call_ids: set[CallId]) -> None:
        """Let go of these calls; a file that was moved aside goes with its last call."""
        for call_id in call_ids:
            self._calls.pop(call_id, None)
        for piece in self._pieces:
            piece.calls -= call_ids
        await asyncio.to_thread(self._tidy)

    # ------------------------------------------------------------------------------------------------
    def _take_up(self) -> None:
        for piece in self._pieces:
            try:
                content = _from(piece.path, piece.read_to)
            except FileNotFoundError:
                piece.read_to = 0
                continue
            rows, taken = rows_of(content)
            piece.read_to += taken
            for row in rows:
                self._note(row, piece)

    def _note(self, row: Row, piece: _Piece) -> None:
        call_id = CallId(row["uniqueid"])
        at = _moment(row["eventtime"])
        if at is None:
            return
        if row["eventtype"] == "CHAN_START":
            if row["context"].startswith(_TRUNK) and row["uniqueid"] == row["linkedid"]:
                self._calls[call_id] = CallDetail(
                    call_id=call_id,
                    trunk=row["context"].removeprefix(_TRUNK),
                    dialled=row["exten"],
                    caller_number=row["cid_num"],
                    started_at=at,
                    last_seen_at=at,
                )
                piece.calls.add(call_id)
        elif call_id in self._calls:
            self._calls[call_id] = _and_then(self._calls[call_id], row, at)
            piece.calls.add(call_id)

    def _tidy(self) -> None:
        current = self._pieces[-1]
        if current.read_to > self._largest:
            number = 1 + max((_number(piece.path) for piece in self._pieces[:-1]), default=0)
            current.path = current.path.rename(self._path.with_name(f"{self._path.name}.{number}"))
            self._pieces.append(_Piece(self._path))
            self._take_up()  # a row may have come between the last reading and the move
        for piece in [piece for piece in self._pieces[:-1] if not piece.calls]:
            piece.path.unlink(missing_ok=True)
            self._pieces.remove(piece)


def rows_of(content: bytes) -> tuple[list[Row], int]:
    """The whole rows at the beginning of `content`, and how many bytes they take.

    A quoted field may hold line ends (a caller chooses his number's text), so a row ends at a line end outside quotes;
    an odd count of quotes says that it does not end yet. A row with other than our columns is no row of ours.
    """
    rows: list[Row] = []
    taken, start = 0, 0
    while (end := content.find(b"\n", start)) >= 0:
        if content.count(b'"', taken, end + 1) % 2:
            start = end + 1
            continue
        fields = next(csv.reader(io.StringIO(content[taken : end + 1].decode("utf-8", "replace"), newline="")), [])
        if len(fields) == len(CEL_COLUMNS):
            rows.append(dict(zip(CEL_COLUMNS, fields, strict=True)))
        elif fields:
            log.warning("cel_row_not_understood", columns=len(fields), expected=len(CEL_COLUMNS))
        taken = start = end + 1
    return rows, taken


def _and_then(detail: CallDetail, row: Row, at: datetime) -> CallDetail:
    detail = replace(detail, last_seen_at=at)
    match row["eventtype"]:
        case "ANSWER":
            return replace(detail, answered_at=detail.answered_at or at)
        case "BRIDGE_ENTER":
            return replace(detail, talked=True)
        case "HANGUP":
            return replace(detail, ended_at=at, hung_up_by_caller=_by_caller(row))
        case "CHAN_END":
            return replace(detail, ended_at=detail.ended_at or at)
        case kind if kind == _FALLBACK and row["eventenum"] == "USER_DEFINED":
            return replace(detail, in_fallback=True)
    return detail


def _by_caller(row: Row) -> bool | None:
    """`hangupsource` names the channel that hung up; the dialplan's own Hangup() names no channel."""
    try:
        source = json.loads(row["extra"]).get("hangupsource")
    except (ValueError, AttributeError):
        return None
    return None if source is None else source == row["channame"]


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError):
        return None


def _from(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        if path.stat().st_size < offset:  # emptied by someone: what is there is new
            offset = 0
        file.seek(offset)
        return file.read()


def _number(path: Path) -> int:
    suffix = path.name.rpartition(".")[2]
    return int(suffix) if suffix.isdigit() else 0
