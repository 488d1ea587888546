"""The AGI environment: what Asterisk says of a call before the first command."""

from collections.abc import Mapping
from typing import Final

LONGEST = 16_384
"""Bytes of a whole environment. Asterisk's are below 1 kB."""
_MOST_LINES = 100
_LAST: Final = "agi_threadid"
"""Asterisk writes it after everything a caller can choose, so an empty line before it is a caller's doing."""


class NoEnvironment(ValueError):
    """What came is no AGI environment. Its content is not repeated: it may be personal."""


class EnvironmentReader:
    """Takes line after line until the environment is whole.

    A caller may have put line ends into a number or a name (`%0a` in a SIP address), to end the environment early or
    to add a line of his own. So the first line of a name is the true one (Asterisk writes its own facts before the
    caller's), a line that is none of Asterisk's is passed over, and only an empty line after the last name ends it.
    """

    def __init__(self) -> None:
        self._found: dict[str, str] = {}
        self._lines = 0
        self._bytes = 0

    def read(self, line: bytes) -> Mapping[str, str] | None:
        """The environment, once this line ends it. Raises NoEnvironment."""
        self._lines += 1
        self._bytes += len(line) + 1
        if self._lines > _MOST_LINES or self._bytes > LONGEST:
            raise NoEnvironment(f"over {_MOST_LINES} lines or {LONGEST} bytes without an end")
        if self._lines == 1 and not line.startswith(b"agi_"):
            raise NoEnvironment("the first line is none of an AGI environment")
        if not line:
            return self._found if _LAST in self._found else None
        name, separator, value = line.decode(errors="replace").partition(":")
        if separator and name.startswith("agi_"):
            self._found.setdefault(name, value.strip())
        return None
