"""The journal on local disk."""

from ivr.adapters.journal.shelf import JournalInUse
from ivr.adapters.journal.sqlite import SqliteJournal

__all__ = ["JournalInUse", "SqliteJournal"]
