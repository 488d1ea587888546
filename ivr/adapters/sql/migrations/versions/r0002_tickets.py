"""Tickets with their history, the serials their numbers come from, and attempts at verification."""

import sqlalchemy as sa
from alembic import op

from ivr.adapters.sql.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only; calls and follow-ups stay as they are."""
    _tickets()
    op.create_table(
        "serials",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_serials"),
    )
    op.create_table(
        "attempts",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("means", sa.String(16), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("customer_sealed", sa.LargeBinary, nullable=True),
        sa.Column("customer_index", sa.LargeBinary, nullable=True),
        sa.Column("caller_number_sealed", sa.LargeBinary, nullable=True),
        sa.Column("caller_number_index", sa.LargeBinary, nullable=True),
        sa.PrimaryKeyConstraint("call_id", "means", "at", name="pk_attempts"),
    )
    for column in ("customer_index", "caller_number_index"):
        op.create_index(f"ix_attempts_{column}_at", "attempts", [column, "at"])
    op.create_index("ix_attempts_at", "attempts", ["at"])


def _tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("effect_id", sa.String(80), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("category", sa.String(32), nullable=True),
        sa.Column("urgency", sa.SmallInteger, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("customer_sealed", sa.LargeBinary, nullable=True),
        sa.Column("customer_index", sa.LargeBinary, nullable=True),
        sa.Column("verification", sa.SmallInteger, nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("own_by", UtcDateTime, nullable=True),
        sa.Column("summary_sealed", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tickets"),
    )
    op.create_index("uq_tickets_effect_id", "tickets", ["effect_id"], unique=True)
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at"])
    op.create_index("ix_tickets_call_id", "tickets", ["call_id"])
    for column in ("customer_index", "state", "kind", "owner"):
        op.create_index(f"ix_tickets_{column}_opened_at", "tickets", [column, "opened_at"])
    op.create_table(
        "ticket_history",
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("before", sa.String(32), nullable=True),
        sa.Column("after", sa.String(32), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", "version", name="pk_ticket_history"),
        sa.ForeignKeyConstraint(["number"], ["tickets.number"], name="fk_ticket_history_number", ondelete="CASCADE"),
    )
