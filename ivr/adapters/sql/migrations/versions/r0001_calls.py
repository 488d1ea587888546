"""Calls, their journals, and the follow-ups. Personal columns are sealed from the first row on."""

import sqlalchemy as sa
from alembic import op

from ivr.adapters.sql.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The first tables."""
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("node", sa.String(16), nullable=False),
        sa.Column("linkedid", sa.String(64), nullable=False),
        sa.Column("trunk", sa.String(64), nullable=False),
        sa.Column("dialled", sa.String(64), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=True),
        sa.Column("caller_number_sealed", sa.LargeBinary, nullable=True),
        sa.Column("caller_number_index", sa.LargeBinary, nullable=True),
        sa.Column("caller_name_sealed", sa.LargeBinary, nullable=True),
        sa.Column("number_language", sa.String(8), nullable=True),
        sa.Column("line_of_business", sa.String(32), nullable=False),
        sa.Column("arrived_at", UtcDateTime, nullable=False),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.Column("language", sa.String(8), nullable=True),
        sa.Column("category", sa.String(32), nullable=True),
        sa.Column("urgency", sa.SmallInteger, nullable=False),
        sa.Column("urgency_reasons", sa.JSON, nullable=False),
        sa.Column("verification", sa.SmallInteger, nullable=False),
        sa.Column("person", sa.String(16), nullable=False),
        sa.Column("served", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("end_reason", sa.String(32), nullable=True),
        sa.Column("controller_restarts", sa.Integer, nullable=False),
        sa.Column("flow", sa.String(16), nullable=True),
        sa.Column("configuration", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name="pk_calls"),
    )
    for column in ("caller_number_index", "category", "outcome"):
        op.create_index(f"ix_calls_{column}_arrived_at", "calls", [column, "arrived_at"])
    op.create_index("ix_calls_arrived_at", "calls", ["arrived_at"])
    op.create_table(
        "call_entries",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_entries"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_call_entries_call_id", ondelete="CASCADE"),
    )
    op.create_table(
        "follow_ups",
        sa.Column("effect_id", sa.String(80), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("effect_id", name="pk_follow_ups"),
    )
    op.create_index("ix_follow_ups_call_id", "follow_ups", ["call_id"])
