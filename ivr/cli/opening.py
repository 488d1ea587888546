"""The archive, for the commands that read it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.engine import make_engine
from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.settings import Settings


class NoHome(HotlineError):
    """Nothing was ever started here: looking must not make an empty home."""


@asynccontextmanager
async def open_archive(settings: Settings) -> AsyncIterator[SqlArchive]:
    """The archive, closed at the end. Raises NoHome."""
    home = Home(settings.home)
    if not home.secrets.is_dir():
        raise NoHome(f"there is no hotline at {home.root}; HOTLINE_HOME says where it is, `hotline up` makes one")
    archive = SqlArchive(make_engine(settings.archive_url), FileKeyring(Secrets(home.secrets)))
    try:
        yield archive
    finally:
        await archive.close()
