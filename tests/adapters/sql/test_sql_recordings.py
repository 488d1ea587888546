"""The register of recordings in a database: its promises, on each."""

from collections.abc import AsyncIterator

import pytest
from alembic import command
from sqlalchemy import text

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.sql import make_engine
from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.recordings import SqlRegister
from ivr.adapters.sql.schema import _configuration
from ivr.domain.recording import NoRecording
from tests.contracts.archive_contract import archived
from tests.contracts.recording_contract import CALL, RegisterContract


@pytest.fixture
async def archive(database: str, keyring: FileKeyring) -> AsyncIterator[SqlArchive]:
    """An empty one."""
    archive = SqlArchive(make_engine(database), keyring)
    yield archive
    await archive.close()


@pytest.fixture
async def register(database: str, keyring: FileKeyring) -> AsyncIterator[SqlRegister]:
    """Over the same database."""
    engine = make_engine(database)
    yield SqlRegister(engine)
    await engine.dispose()


class TestSqlRegister(RegisterContract):
    """Every promise of the port, on each database."""


async def test_calls_of_an_older_version_were_not_recorded(
    database: str, keyring: FileKeyring, archive: SqlArchive
) -> None:
    """The migration says so of what is archived already; nobody looks for their files."""

    await archive.store([archived(CALL)])
    engine = make_engine(database)

    def back_and_forth(connection: object) -> None:
        configuration = _configuration()
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, "0004")
        command.upgrade(configuration, "head")

    async with engine.begin() as sql:
        await sql.run_sync(back_and_forth)
        assert await sql.scalar(text("SELECT count(*) FROM calls")) == 1
    await engine.dispose()
    call = await archive.read(CALL)
    assert call is not None
    assert call.record.not_recorded is NoRecording.NOT_YET_RECORDED
    assert call.entries == archived(CALL).entries
