"""The archive and the tickets, for the commands that read them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.agents import SqlAgents
from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.callbacks import SqlCallBacks
from ivr.adapters.sql.engine import make_engine
from ivr.adapters.sql.tickets import SqlTickets
from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.settings import Settings


class NoHome(HotlineError):
    """Nothing was ever started here: looking must not make an empty home."""


@asynccontextmanager
async def open_archive(settings: Settings) -> AsyncIterator[SqlArchive]:
    """The archive, closed at the end. Raises NoHome."""
    archive = SqlArchive(make_engine(settings.archive_url), keyring(settings))
    try:
        yield archive
    finally:
        await archive.close()


@asynccontextmanager
async def open_tickets(settings: Settings) -> AsyncIterator[SqlTickets]:
    """The ticket system, closed at the end. Raises NoHome."""
    tickets = SqlTickets(make_engine(settings.archive_url), keyring(settings))
    try:
        yield tickets
    finally:
        await tickets.close()


@asynccontextmanager
async def open_agents(settings: Settings) -> AsyncIterator[SqlAgents]:
    """The agents, closed at the end. Raises NoHome."""
    agents = SqlAgents(make_engine(settings.archive_url), keyring(settings))
    try:
        yield agents
    finally:
        await agents.close()


@asynccontextmanager
async def open_call_backs(settings: Settings) -> AsyncIterator[SqlCallBacks]:
    """The call backs, closed at the end. Raises NoHome."""
    backs = SqlCallBacks(make_engine(settings.archive_url), keyring(settings))
    try:
        yield backs
    finally:
        await backs.close()


def keyring(settings: Settings) -> FileKeyring:
    """The keys of this home. Raises NoHome."""
    home = Home(settings.home)
    if not home.secrets.is_dir():
        raise NoHome(f"there is no hotline at {home.root}; HOTLINE_HOME says where it is, `hotline up` makes one")
    return FileKeyring(Secrets(home.secrets))
