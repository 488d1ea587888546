"""The tables of a call's course. Nothing in them is personal, nor sealed: measures are counted from them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, SmallInteger, String, Table

from ivr.adapters.sql.tables import UtcDateTime, metadata


def _of_call() -> Column[str]:
    return Column("call_id", ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True)


def _place() -> Column[int]:
    return Column("place", SmallInteger, primary_key=True, autoincrement=False)


call_legs = Table(
    "call_legs",
    metadata,
    _of_call(),
    _place(),
    Column("kind", String(16), nullable=False),
    Column("party", String(64), nullable=False, doc="A staff number or the name of a phone; empty: not known."),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime, nullable=True),
)

call_stays = Table(
    "call_stays",
    metadata,
    _of_call(),
    _place(),
    Column("queue", String(64), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("position", Integer, nullable=True),
    Column("waited", Integer, nullable=True, doc="Seconds, until answered or gone."),
    Column("answered_at", UtcDateTime, nullable=True),
    Column("answered_by", String(64), nullable=False),
    Column("left_at", UtcDateTime, nullable=True),
    Column("end", String(16), nullable=True),
)
Index(None, call_stays.c.queue, call_stays.c.entered_at)

call_checks = Table(
    "call_checks",
    metadata,
    _of_call(),
    _place(),
    Column("at", UtcDateTime, nullable=False),
    Column("means", String(16), nullable=False),
    Column("end", String(16), nullable=False),
)

call_milestones = Table(
    "call_milestones",
    metadata,
    _of_call(),
    _place(),
    Column("at", UtcDateTime, nullable=False),
    Column("mark", String(32), nullable=False),
    Column("of", String(120), nullable=False),
)

call_words = Table(
    "call_words",
    metadata,
    Column("word", String(64), primary_key=True),
    # As in `calls`, so that the newest calls with a word are one read of one index.
    Column("arrived_at", UtcDateTime, primary_key=True),
    Column("call_id", ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
)
Index(None, call_words.c.call_id)

COURSE = (call_legs, call_stays, call_checks, call_milestones, call_words)
"""In the order of `ivr.adapters.sql.course_rows.rows_of`."""
