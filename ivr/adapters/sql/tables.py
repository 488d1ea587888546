"""The archive's tables. Personal columns hold sealed bytes only; the migrations make what stands here."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
)
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: timezone-aware in and out. SQLite, which knows no timezones, keeps it in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Refuses a time of day without a timezone: nobody could tell which moment it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no timezone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """In UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("node", String(16), nullable=False),
    Column("linkedid", String(64), nullable=False),
    Column("trunk", String(64), nullable=False),
    Column("dialled", String(64), nullable=False),
    Column("key", LargeBinary, nullable=True, doc="The call's key, wrapped by the keyring; null once destroyed."),
    Column("caller_number_sealed", LargeBinary, nullable=True),
    Column("caller_number_index", LargeBinary, nullable=True, doc="Blind index; null once the key is destroyed."),
    Column("caller_name_sealed", LargeBinary, nullable=True),
    Column("number_language", String(8), nullable=True, doc="The language of the number dialled."),
    Column("line_of_business", String(32), nullable=False),
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime, nullable=True),
    Column("ended_at", UtcDateTime, nullable=True),
    Column("language", String(8), nullable=True),
    Column("category", String(32), nullable=True),
    Column("urgency", SmallInteger, nullable=False),
    Column("urgency_reasons", JSON, nullable=False),
    Column("verification", SmallInteger, nullable=False),
    Column("person", String(16), nullable=False),
    Column("served", Boolean, nullable=False),
    Column("known_sealed", LargeBinary, nullable=True, doc="All that was found out, whole, under the call's key."),
    Column("outcome", String(32), nullable=True),
    Column("end_reason", String(32), nullable=True),
    Column("controller_restarts", Integer, nullable=False),
    Column("flow", String(16), nullable=True, doc="Fingerprint of the story; null when no story was told."),
    Column("configuration", String(16), nullable=True),
    Column("recording", String(24), nullable=True, doc="`kept`, or why there is none; null while it is not settled."),
    Column("recording_sha256", String(64), nullable=True),
    Column("recording_seconds", Float, nullable=True),
    Column("recording_segments", Integer, nullable=True),
    Column("recording_lacking", Integer, nullable=True),
    Column("customer_index", LargeBinary, nullable=True, doc="Blind index; null once the key is destroyed."),
    Column("agents", JSON, nullable=True, doc="Who talked with the caller, the first first; null: not known."),
    Column("waited", Integer, nullable=False, server_default="0", doc="Seconds in queues."),
    Column("lasted", Integer, nullable=False, server_default="0", doc="Seconds from the answer to the end."),
    Column("score", SmallInteger, nullable=True, doc="Of the survey: 5 to 1; null when none was given."),
)
Index(None, calls.c.recording, calls.c.arrived_at)
Index(None, calls.c.arrived_at)
Index(None, calls.c.caller_number_index, calls.c.arrived_at)
Index(None, calls.c.customer_index, calls.c.arrived_at)
Index(None, calls.c.urgency, calls.c.arrived_at)
Index(None, calls.c.waited, calls.c.arrived_at)
Index(None, calls.c.lasted, calls.c.arrived_at)
Index(None, calls.c.category, calls.c.arrived_at)
Index(None, calls.c.outcome, calls.c.arrived_at)

call_entries = Table(
    "call_entries",
    metadata,
    Column("call_id", ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True),
    Column("payload", LargeBinary, nullable=False, doc="All entries of the call, sealed under its key."),
)

recording_accesses = Table(
    "recording_accesses",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("call_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(64), nullable=False),
    Column("reason", String(500), nullable=False),
)
Index(None, recording_accesses.c.call_id)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("effect_id", String(80), primary_key=True),
    # No foreign key: a follow-up is opened while its call is still in the journal.
    Column("call_id", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
)
Index(None, follow_ups.c.call_id)

tickets = Table(
    "tickets",
    metadata,
    Column("number", String(16), primary_key=True),
    Column("effect_id", String(80), nullable=False, doc="What opened it; doing that again finds it."),
    Column("key", LargeBinary, nullable=True, doc="The ticket's key, wrapped by the keyring; null once destroyed."),
    Column("kind", String(32), nullable=False),
    Column("category", String(32), nullable=True),
    Column("urgency", SmallInteger, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("customer_sealed", LargeBinary, nullable=True),
    Column("customer_index", LargeBinary, nullable=True, doc="Blind index; null once the key is destroyed."),
    Column("verification", SmallInteger, nullable=False),
    # No foreign key: a ticket is opened while its call is still in the journal.
    Column("call_id", String(64), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("own_by", UtcDateTime, nullable=True),
    Column("summary_sealed", LargeBinary, nullable=False),
    Column("state", String(32), nullable=False),
    Column("owner", String(64), nullable=True),
    Column("version", Integer, nullable=False, doc="Rows of ticket_history; what a move must have been decided on."),
)
Index("uq_tickets_effect_id", tickets.c.effect_id, unique=True)
Index(None, tickets.c.opened_at)
Index(None, tickets.c.customer_index, tickets.c.opened_at)
Index(None, tickets.c.call_id)
Index(None, tickets.c.state, tickets.c.opened_at)
Index(None, tickets.c.kind, tickets.c.opened_at)
Index(None, tickets.c.owner, tickets.c.opened_at)

ticket_history = Table(
    "ticket_history",
    metadata,
    Column("number", ForeignKey("tickets.number", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("role", String(16), nullable=False),
    Column("who", String(64), nullable=False),
    Column("event", String(32), nullable=False),
    Column("before", String(32), nullable=True),
    Column("after", String(32), nullable=False),
    Column("note_sealed", LargeBinary, nullable=False),
)

serials = Table(
    "serials",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("last", BigInteger, nullable=False, doc="The last one given out."),
)

attempts = Table(
    "attempts",
    metadata,
    Column("call_id", String(64), primary_key=True),
    Column("means", String(16), primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("customer_sealed", LargeBinary, nullable=True),
    Column("customer_index", LargeBinary, nullable=True),
    Column("caller_number_sealed", LargeBinary, nullable=True),
    Column("caller_number_index", LargeBinary, nullable=True),
)
Index(None, attempts.c.customer_index, attempts.c.at)
Index(None, attempts.c.caller_number_index, attempts.c.at)
Index(None, attempts.c.at)
