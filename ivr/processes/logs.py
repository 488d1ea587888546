"""Log files of the processes, and what our own processes write into them: one JSON object a line."""

import logging
import os
import shutil
import sys
from pathlib import Path

import structlog

from ivr.settings import Settings

KEPT = 5
"""Earlier logs kept, `NAME.log.1` the youngest."""
LARGEST = 64 * 1024 * 1024
"""Bytes after which a log is moved away while its process runs."""


def rotate(path: Path) -> None:
    """Begin a new log; the old ones move up by one. Nothing happens to an empty one."""
    if not path.exists() or not path.stat().st_size:
        return
    _move_up(path)
    path.rename(path.with_name(f"{path.name}.1"))


def rotate_when_large(path: Path) -> None:
    """Copy the log away and empty it: its process goes on writing to the same file (opened to append)."""
    if not path.exists() or path.stat().st_size < LARGEST:
        return
    _move_up(path)
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


def _move_up(path: Path) -> None:
    for number in range(KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))


def tail(path: Path, lines: int) -> list[str]:
    """The last lines; none when there is no such file."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 200 * lines))
            return file.read().decode("utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        return []


def configure(settings: Settings, file: Path | None = None) -> None:
    """Events as JSON lines, on standard output or in a new `file`; libraries' own warnings stand beside them."""
    if file is not None:
        rotate(file)
    stream = sys.stdout if file is None else file.open("a", encoding="utf-8")
    stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream in every process of ours
    level = logging.getLevelName(settings.log.level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=repr),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
