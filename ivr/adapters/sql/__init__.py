"""The archive in a database, SQLite or PostgreSQL."""

from ivr.adapters.sql.agents import SqlAgents
from ivr.adapters.sql.archive import SqlArchive, SqlFollowUps
from ivr.adapters.sql.attempts import SqlAttempts
from ivr.adapters.sql.callbacks import SqlCallBacks
from ivr.adapters.sql.engine import WrongUrl, make_engine
from ivr.adapters.sql.schema import SchemaState, schema_state, upgrade
from ivr.adapters.sql.tickets import SqlTickets

__all__ = [
    "SchemaState",
    "SqlAgents",
    "SqlArchive",
    "SqlAttempts",
    "SqlCallBacks",
    "SqlFollowUps",
    "SqlTickets",
    "WrongUrl",
    "make_engine",
    "schema_state",
    "upgrade",
]
