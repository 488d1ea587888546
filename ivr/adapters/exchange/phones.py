"""Agents' phones in Asterisk: their endpoints in a file for the owner only, and Asterisk told to read it.

Told over its control socket, which belongs to whoever runs both: over AMI it would need the class `config` or `system`,
by which one may write any of Asterisk's files or load modules, and no user of manager.conf is to have that.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import structlog

from dialplans.disk import AGENTS_FILE, put
from dialplans.phones import render_phones
from ivr.domain.agent import SipCredentials
from ivr.home import AsteriskHome
from ivr.ports.phones import PhonesDown

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds for Asterisk to take it."""
RELOAD = "module reload res_pjsip.so"


class PjsipPhones:
    """Implements `ivr.ports.phones.Phones`."""

    def __init__(self, home: AsteriskHome) -> None:
        self._file = home.agents / AGENTS_FILE
        self._socket = home.run / "asterisk.ctl"
        self._told = False
        """Asterisk has read what stands in the file now."""

    async def provide(self, phones: Sequence[SipCredentials]) -> None:
        """Write the file and have it read, where it is another than before. Raises PhonesDown."""
        changed = put(self._file, render_phones(sorted(phones, key=lambda phone: phone.agent)))
        if self._told and not changed:
            return
        self._told = False
        await _command(self._socket, RELOAD)
        self._told = True
        log.info("phones_provided", phones=len(phones))


async def _command(socket: Path, words: str) -> str:
    """What Asterisk's command line answers. Raises PhonesDown."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                await reader.readline()  # host, process and version
                writer.write(f"cli quit after {words}\0".encode())
                await writer.drain()
                return (await reader.read()).decode("utf-8", "replace")
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError) as error:
        raise PhonesDown(f"Asterisk's control socket {socket} does not answer ({error or 'too late'})") from error
