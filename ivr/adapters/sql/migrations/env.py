"""Alembic runs this; the connection comes from `ivr.adapters.sql.schema`, which owns the transaction."""

from alembic import context

from ivr.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
