"""All that was found out of a call, sealed under its key."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more column."""
    with op.batch_alter_table("calls") as calls:
        calls.add_column(sa.Column("known_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Back to the columns that are not personal."""
    with op.batch_alter_table("calls", recreate="never") as calls:  # a copy's DROP TABLE would take its entries along
        calls.drop_column("known_sealed")
