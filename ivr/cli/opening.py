"""What stands in the archive's database, for the commands that read it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

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


class _Store(Protocol):
    async def close(self) -> None: ...


S = TypeVar("S", bound=_Store)


def open_archive(settings: Settings) -> AbstractAsyncContextManager[SqlArchive]:
    """The archive, closed at the end. Raises NoHome."""
    return _opened(SqlArchive, settings)


def open_tickets(settings: Settings) -> AbstractAsyncContextManager[SqlTickets]:
    """The ticket system, closed at the end. Raises NoHome."""
    return _opened(SqlTickets, settings)


def open_agents(settings: Settings) -> AbstractAsyncContextManager[SqlAgents]:
    """The agents, closed at the end. Raises NoHome."""
    return _opened(SqlAgents, settings)


def open_call_backs(settings: Settings) -> AbstractAsyncContextManager[SqlCallBacks]:
    """The call backs, closed at the end. Raises NoHome."""
    return _opened(SqlCallBacks, settings)


@asynccontextmanager
async def _opened(make: Callable[[AsyncEngine, FileKeyring], S], settings: Settings) -> AsyncIterator[S]:
    store = make(make_engine(settings.archive_url), keyring(settings))
    try:
        yield store
    finally:
        await store.close()


def keyring(settings: Settings) -> FileKeyring:
    """The keys of this home. Raises NoHome."""
    home = Home(settings.home)
    if not home.secrets.is_dir():
        raise NoHome(f"there is no hotline at {home.root}; HOTLINE_HOME says where it is, `hotline up` makes one")
    return FileKeyring(Secrets(home.secrets))
