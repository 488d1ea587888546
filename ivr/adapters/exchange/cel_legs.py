"""Whether the exchange ever had a leg of a given name, by its own account (CEL), whoever dialled it."""

import asyncio
from pathlib import Path

from ivr.domain.ids import CallId


class CelLegs:
    """Looks through the rows as they lie there; asked rarely, of a leg that vanished unseen."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def __call__(self, name: CallId) -> bool:
        """Also in the files that were moved aside."""
        return await asyncio.to_thread(self._has, f'"{name}"'.encode())

    def _has(self, quoted: bytes) -> bool:
        if not self._path.parent.exists():
            return False
        return any(quoted in file.read_bytes() for file in self._path.parent.glob(f"{self._path.name}*"))
