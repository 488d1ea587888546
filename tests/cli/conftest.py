"""The command line, run within the test."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from ivr.cli import main

Hotline = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command silences the log of its process, which here is that of other tests too: they would hear nothing."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def hotline(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Hotline:
    """Run `hotline …` in a home of its own: exit code, output, errors."""
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["hotline", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run
