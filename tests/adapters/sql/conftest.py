"""Databases to test on: SQLite always; PostgreSQL where there is one.

A private PostgreSQL is started where its `initdb` is installed and we are no root (it refuses to run as root), or the
one that HOTLINE_TEST_POSTGRES names is used (a `postgresql+asyncpg://` URL of a user who may create databases). Where
there is neither, the PostgreSQL half of these tests is not generated: there is nothing to skip.
"""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql import upgrade
from ivr.adapters.sql.tables import metadata

GIVEN = os.environ.get("HOTLINE_TEST_POSTGRES", "")
_number = count(1)


def _initdb() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return Path(on_path) if on_path else (installed[-1] if installed else None)


_ONE_SERVER = pytest.mark.xdist_group("postgresql")
"""Where tests run side by side, these share a process: making a server takes longer than most of them."""
KINDS = [
    "sqlite",
    *([pytest.param("postgresql", marks=_ONE_SERVER)] if GIVEN or (_initdb() and os.getuid() != 0) else []),
]
_EMPTY = ";".join(str(table.delete()) for table in reversed(metadata.sorted_tables))
"""A third of the time of TRUNCATE, which makes each table's files anew; there are only a few rows."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    if GIVEN:
        yield GIVEN
        return
    initdb = _initdb()
    assert initdb is not None
    folder = tmp_path_factory.mktemp("postgres")
    _call(initdb, "-D", folder / "data", "-U", "hotline", "-A", "trust", "-N")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = (initdb.with_name("pg_ctl"), "-D", folder / "data", "-l", folder / "log", "-w", "-t", "20")
    _call(*control, "-o", options, "start")
    yield f"postgresql+asyncpg://hotline@127.0.0.1:{port}/postgres"
    _call(*control, "-m", "immediate", "stop")


def _call(*command: str | Path) -> None:
    # Nothing is captured: the server that pg_ctl leaves behind would hold the pipe open.
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'archive.db'}"
    server = request.getfixturevalue("postgres")
    name = f"hotline_test_{os.getpid()}_{next(_number)}"
    asyncio.run(_run(server, f"CREATE DATABASE {name}"))
    request.addfinalizer(lambda: asyncio.run(_run(server, f"DROP DATABASE {name} WITH (FORCE)")))  # noqa: PT021
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with its tables, for one test after another."""
    name = f"hotline_test_{os.getpid()}_migrated"
    asyncio.run(_run(postgres, f"CREATE DATABASE {name}"))
    url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
    asyncio.run(upgrade(url))
    yield url
    asyncio.run(_run(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database whose tables are up to date and empty."""
    if request.param == "sqlite":
        path = tmp_path / "archive.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        return f"sqlite+aiosqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgres")
    asyncio.run(_run(url, _EMPTY))
    return url


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    """Keys of a home of its own."""
    return FileKeyring(Secrets(tmp_path / "secrets"))


async def _run(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
