"""The tables of agents and of the call backs they owe. Personal and secret columns hold sealed bytes only."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table

from ivr.adapters.sql.tables import UtcDateTime, metadata

agents = Table(
    "agents",
    metadata,
    Column("agent", String(12), primary_key=True),
    Column("name_sealed", LargeBinary, nullable=True, doc="Null once removed."),
    Column("languages", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("tier", String(16), nullable=False),
    Column("teams", JSON, nullable=False),
    Column("phone", String(32), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed", Boolean, nullable=False, doc="The number stands for who was here, no account any more."),
    Column("sip_password_sealed", LargeBinary, nullable=True),
    Column("sip_made_at", UtcDateTime, nullable=True),
    Column("sip_shown_at", UtcDateTime, nullable=True),
)

presences = Table(
    "presences",
    metadata,
    Column("agent", ForeignKey("agents.agent", ondelete="CASCADE"), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("reason", String(32), nullable=True),
    Column("call_id", String(64), nullable=True),
    Column("until", UtcDateTime, nullable=True),
    Column("wish_event", String(16), nullable=True),
    Column("wish_reason", String(32), nullable=True),
    Column("version", Integer, nullable=False),
)

presence_history = Table(
    "presence_history",
    metadata,
    Column("agent", ForeignKey("agents.agent", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("role", String(16), nullable=False),
    Column("who", String(64), nullable=False),
    Column("event", String(16), nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("reason", String(32), nullable=True),
    Column("call_id", String(64), nullable=True),
)
Index(None, presence_history.c.agent, presence_history.c.at)
Index(None, presence_history.c.at)

handled = Table(
    "handled",
    metadata,
    Column("customer_index", LargeBinary, primary_key=True, doc="Blind index; the customer himself is not kept."),
    Column("agent", ForeignKey("agents.agent", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

call_backs = Table(
    "call_backs",
    metadata,
    Column("id", String(80), primary_key=True, doc="The effect id that asked for it."),
    Column("key", LargeBinary, nullable=True, doc="Its key, wrapped by the keyring; null once destroyed."),
    Column("kind", String(16), nullable=False),
    # No foreign key: it is promised while its call is still in the journal.
    Column("call_id", String(64), nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),
    Column("number_index", LargeBinary, nullable=True, doc="Blind index; null once the key is destroyed."),
    Column("customer_sealed", LargeBinary, nullable=True),
    Column("ticket", String(16), nullable=True),
    Column("queue", String(32), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("language", String(8), nullable=False),
    Column("category", String(32), nullable=True),
    Column("urgency", SmallInteger, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("agent", String(12), nullable=True),
    Column("version", Integer, nullable=False),
)
Index(None, call_backs.c.state, call_backs.c.due_at)
Index(None, call_backs.c.number_index)
Index(None, call_backs.c.call_id)

call_back_history = Table(
    "call_back_history",
    metadata,
    Column("id", ForeignKey("call_backs.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("role", String(16), nullable=False),
    Column("who", String(64), nullable=False),
    Column("event", String(16), nullable=False),
    Column("before", String(16), nullable=True),
    Column("after", String(16), nullable=False),
    Column("miss", String(16), nullable=True),
)
