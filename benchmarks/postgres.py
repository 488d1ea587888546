"""A PostgreSQL for a benchmark: the one that HOTLINE_TEST_POSTGRES names, or a private one, which refuses root."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from benchmarks.measure import Invalid


@contextmanager
def database(name: str) -> Iterator[str]:
    """The URL of an empty database, dropped at the end. Raises Invalid where there is no PostgreSQL."""
    with _server() as server:
        asyncio.run(_run(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            asyncio.run(_run(server, f"DROP DATABASE {name} WITH (FORCE)"))


def plain(url: str) -> str:
    """As asyncpg alone wants it."""
    return url.replace("+asyncpg", "")


@contextmanager
def _server() -> Iterator[str]:
    given = os.environ.get("HOTLINE_TEST_POSTGRES", "")
    if given:
        yield given
        return
    initdb = _initdb()
    if initdb is None or os.getuid() == 0:
        raise Invalid(
            "there is no PostgreSQL to measure on: install Debian's postgresql and do not run as root, or name a"
            " server of yours by HOTLINE_TEST_POSTGRES=postgresql+asyncpg://user@host/database"
        )
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder, socket.socket() as probe:
        data = Path(folder) / "data"
        _call(initdb, "-D", data, "-U", "hotline", "-A", "trust", "-N")
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        control = (initdb.with_name("pg_ctl"), "-D", data, "-l", Path(folder) / "log", "-w", "-t", "20")
        _call(*control, "-o", options, "start")
        try:
            yield f"postgresql+asyncpg://hotline@127.0.0.1:{port}/postgres"
        finally:
            _call(*control, "-m", "immediate", "stop")


def _initdb() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return Path(on_path) if on_path else (installed[-1] if installed else None)


def _call(*command: str | Path) -> None:
    # Nothing is captured: the server that pg_ctl leaves behind would hold the pipe open.
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603


async def _run(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(plain(server))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
