"""`python -m benchmarks.bare_server PORT`: the same prompts and keys by a FastAGI server that promises nothing.

No story, no journal, no events, no authentication, keys lost between two commands: the least that a server of this kind
does. It runs on the same event loop as the controller.
"""

import asyncio
import sys
from contextlib import suppress

import uvloop

_ZH, _EN = "zh/hotline", "en/hotline"
OPENING = (f"{_ZH}/greeting", f"{_ZH}/recording_notice", f"{_ZH}/choose_language_zh", f"{_EN}/choose_language_en")
NEED = tuple(
    f"{_ZH}/{prompt}"
    for prompt in (
        "how_can_we_help",
        "menu_loss_or_fraud",
        "menu_account_anomaly",
        "menu_transfer_problem",
        "menu_complaint",
        "menu_other",
        "menu_person",
    )
)
OTHER = tuple(
    f"{_ZH}/{prompt}"
    for prompt in (
        "menu_balance",
        "menu_transfers",
        "menu_tickets",
        "menu_products",
        "menu_account_management",
        "menu_person",
    )
)
PATIENCE = 60_000
"""Milliseconds."""


class _Bare:
    """One call."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sounds = ""

    async def serve(self) -> None:
        """From the environment to the goodbye."""
        while (line := await self._reader.readline()) not in (b"\n", b""):
            name, _, value = line.decode().strip().partition(": ")
            if name == "agi_network_script":
                self._sounds = "/" + value.lstrip("/")
        await self._menu("1", *OPENING)
        more = "1"
        while more == "1":
            await self._menu("5", *NEED)
            await self._menu("4", *OTHER)
            await self._play(f"{_ZH}/about_deposits")
            await self._play(f"{_ZH}/opening_hours")
            more = await self._menu("12", f"{_ZH}/anything_else")
        await self._play(f"{_ZH}/goodbye")

    async def _menu(self, keys: str, *sounds: str) -> str:
        while True:
            key = ""
            for sound in sounds:
                if key := await self._play(sound):
                    break
            key = key or await self._do(f"WAIT FOR DIGIT {PATIENCE}")
            if key and key in keys:
                return key

    async def _play(self, sound: str) -> str:
        return await self._do(f'STREAM FILE "{self._sounds}/{sound}" "0123456789*#"')

    async def _do(self, command: str) -> str:
        """The key that was its answer, or nothing."""
        self._writer.write(command.encode() + b"\n")
        answer = await self._reader.readline()
        if not answer.startswith(b"200 result="):
            raise ConnectionError(answer)  # HANGUP, or the end
        result = int(answer.split(b" ")[1].removeprefix(b"result="))
        if result < 0:
            raise ConnectionError(answer)
        return chr(result) if result else ""


async def _call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        await _Bare(reader, writer).serve()
    writer.close()


async def _serve(port: int) -> None:
    async with await asyncio.start_server(_call, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(_serve(int(sys.argv[1])))
