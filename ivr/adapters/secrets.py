"""Passwords and keys of one hotline: made on first use, one file each, mode 0600, never in the repository."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from ivr.domain.errors import HotlineError


class SecretExposed(HotlineError):
    """A secret's file can be read by others."""


class Secrets:
    """The secrets below `HOME/secrets`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def word(self, name: str) -> str:
        """A password of 256 bits in letters and digits, the same at every call."""
        return self._kept(name, lambda: secrets.token_hex(32).encode()).decode()

    def key(self, name: str) -> bytes:
        """A key of 256 bits, the same at every call."""
        return bytes.fromhex(self.word(name))

    def names(self) -> list[str]:
        """Those that exist."""
        return sorted(path.name for path in self._folder.iterdir() if not path.name.startswith("."))

    def _kept(self, name: str, make: Callable[[], bytes]) -> bytes:
        path = self._folder / name
        try:
            return self._read(path)
        except FileNotFoundError:
            pass
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written aside and linked into place: of two processes that make it at once, one wins and both read that one.
        aside = self._folder / f".{name}.{os.getpid()}"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
        return self._read(path)

    @staticmethod
    def _read(path: Path) -> bytes:
        if path.stat().st_mode & 0o077:
            raise SecretExposed(f"{path} can be read by others; chmod 600 it, and change the secret if it was seen")
        return path.read_bytes()
