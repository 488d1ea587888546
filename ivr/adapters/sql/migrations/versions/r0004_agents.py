"""Agents with their presence, whom they helped last, and the call backs they owe."""

import sqlalchemy as sa
from alembic import op

from ivr.adapters.sql.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables only."""
    _agents()
    _call_backs()


def _agents() -> None:
    op.create_table(
        "agents",
        sa.Column("agent", sa.String(12), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary, nullable=True),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("categories", sa.JSON, nullable=False),
        sa.Column("tier", sa.String(16), nullable=False),
        sa.Column("teams", sa.JSON, nullable=False),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("sip_password_sealed", sa.LargeBinary, nullable=True),
        sa.Column("sip_made_at", UtcDateTime, nullable=True),
        sa.Column("sip_shown_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("agent", name="pk_agents"),
    )
    op.create_table(
        "presences",
        sa.Column("agent", sa.String(12), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("call_id", sa.String(64), nullable=True),
        sa.Column("until", UtcDateTime, nullable=True),
        sa.Column("wish_event", sa.String(16), nullable=True),
        sa.Column("wish_reason", sa.String(32), nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_presences"),
        sa.ForeignKeyConstraint(["agent"], ["agents.agent"], name="fk_presences_agent", ondelete="CASCADE"),
    )
    op.create_table(
        "presence_history",
        sa.Column("agent", sa.String(12), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("call_id", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("agent", "version", name="pk_presence_history"),
        sa.ForeignKeyConstraint(["agent"], ["agents.agent"], name="fk_presence_history_agent", ondelete="CASCADE"),
    )
    op.create_index("ix_presence_history_agent_at", "presence_history", ["agent", "at"])
    op.create_index("ix_presence_history_at", "presence_history", ["at"])
    op.create_table(
        "handled",
        sa.Column("customer_index", sa.LargeBinary, nullable=False),
        sa.Column("agent", sa.String(12), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("customer_index", name="pk_handled"),
        sa.ForeignKeyConstraint(["agent"], ["agents.agent"], name="fk_handled_agent", ondelete="CASCADE"),
    )


def _call_backs() -> None:
    op.create_table(
        "call_backs",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary, nullable=False),
        sa.Column("number_index", sa.LargeBinary, nullable=True),
        sa.Column("customer_sealed", sa.LargeBinary, nullable=True),
        sa.Column("ticket", sa.String(16), nullable=True),
        sa.Column("queue", sa.String(32), nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("joined_at", UtcDateTime, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("category", sa.String(32), nullable=True),
        sa.Column("urgency", sa.SmallInteger, nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("agent", sa.String(12), nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_call_backs"),
    )
    op.create_index("ix_call_backs_state_due_at", "call_backs", ["state", "due_at"])
    op.create_index("ix_call_backs_number_index", "call_backs", ["number_index"])
    op.create_index("ix_call_backs_call_id", "call_backs", ["call_id"])
    op.create_table(
        "call_back_history",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=True),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("miss", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id", "version", name="pk_call_back_history"),
        sa.ForeignKeyConstraint(["id"], ["call_backs.id"], name="fk_call_back_history_id", ondelete="CASCADE"),
    )
