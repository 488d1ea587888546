"""What became of each call's recording, and who took one out."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "recording": sa.String(24),
    "recording_sha256": sa.String(64),
    "recording_seconds": sa.Float(),
    "recording_segments": sa.Integer(),
    "recording_lacking": sa.Integer(),
}


def upgrade() -> None:
    """Calls that are archived already were not recorded."""
    with op.batch_alter_table("calls") as calls:
        for name, kind in _COLUMNS.items():
            calls.add_column(sa.Column(name, kind, nullable=True))
    op.execute("UPDATE calls SET recording = 'not_yet_recorded' WHERE answered_at IS NOT NULL")
    op.create_index("ix_calls_recording_arrived_at", "calls", ["recording", "arrived_at"])
    op.create_table(
        "recording_accesses",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_recording_accesses"),
    )
    op.create_index("ix_recording_accesses_call_id", "recording_accesses", ["call_id"])


def downgrade() -> None:
    """Nobody knows any more which calls have a recording; the files themselves stay."""
    op.drop_table("recording_accesses")
    op.drop_index("ix_calls_recording_arrived_at", table_name="calls")
    with op.batch_alter_table("calls", recreate="never") as calls:  # a copy's DROP TABLE would take its entries along
        for name in _COLUMNS:
            calls.drop_column(name)
