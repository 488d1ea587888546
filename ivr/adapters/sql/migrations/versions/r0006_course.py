"""How a call went, as rows that can be asked: legs, stays in queues, checks, milestones, words; and what lists sort by.

Calls that were archived before have none of these rows; what a list sorts by is counted for them from their columns.
"""

import sqlalchemy as sa
from alembic import op

from ivr.adapters.sql.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SORTED_BY = ("customer_index", "urgency", "waited", "lasted")
_LASTED = {
    "postgresql": "greatest(0, round(extract(epoch FROM ended_at - answered_at)))",
    "sqlite": "max(0, round((julianday(ended_at) - julianday(answered_at)) * 86400))",
}


def upgrade() -> None:
    """New tables, five more columns of `calls`, and their indexes."""
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("customer_index", sa.LargeBinary(), nullable=True))
        calls.add_column(sa.Column("agents", sa.JSON(), nullable=True))
        calls.add_column(sa.Column("waited", sa.Integer(), nullable=False, server_default="0"))
        calls.add_column(sa.Column("lasted", sa.Integer(), nullable=False, server_default="0"))
        calls.add_column(sa.Column("score", sa.SmallInteger(), nullable=True))
    lasted = _LASTED[op.get_bind().dialect.name]
    op.execute(f"UPDATE calls SET lasted = {lasted} WHERE ended_at IS NOT NULL AND answered_at IS NOT NULL")  # noqa: S608
    for column in _SORTED_BY:
        op.create_index(f"ix_calls_{column}_arrived_at", "calls", [column, "arrived_at"])
    _course()


def _course() -> None:
    _of_call(
        "call_legs",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("party", sa.String(64), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime, nullable=True),
    )
    _of_call(
        "call_stays",
        sa.Column("queue", sa.String(64), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("entered_at", UtcDateTime, nullable=False),
        sa.Column("position", sa.Integer, nullable=True),
        sa.Column("waited", sa.Integer, nullable=True),
        sa.Column("answered_at", UtcDateTime, nullable=True),
        sa.Column("answered_by", sa.String(64), nullable=False),
        sa.Column("left_at", UtcDateTime, nullable=True),
        sa.Column("end", sa.String(16), nullable=True),
    )
    op.create_index("ix_call_stays_queue_entered_at", "call_stays", ["queue", "entered_at"])
    _of_call(
        "call_checks",
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("means", sa.String(16), nullable=False),
        sa.Column("end", sa.String(16), nullable=False),
    )
    _of_call(
        "call_milestones",
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("of", sa.String(120), nullable=False),
    )
    op.create_table(
        "call_words",
        sa.Column("word", sa.String(64), nullable=False),
        sa.Column("arrived_at", UtcDateTime, nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("word", "arrived_at", "call_id", name="pk_call_words"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_call_words_call_id", ondelete="CASCADE"),
    )
    op.create_index("ix_call_words_call_id", "call_words", ["call_id"])


def _of_call(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("call_id", "place", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=f"fk_{name}_call_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """How calls went is known from their entries alone."""
    for table in ("call_words", "call_milestones", "call_checks", "call_stays", "call_legs"):
        op.drop_table(table)
    for column in _SORTED_BY:
        op.drop_index(f"ix_calls_{column}_arrived_at", table_name="calls")
    with op.batch_alter_table("calls", recreate="never") as calls:  # a copy's DROP TABLE would take its entries along
        for column in ("score", "lasted", "waited", "agents", "customer_index"):
            calls.drop_column(column)
