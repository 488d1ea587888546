"""The gateway that the settings name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from ivr.adapters.sms.codes import HotpCodes
from ivr.adapters.sms.outbox import Outbox
from ivr.home import Home
from ivr.ports.clock import Clock
from ivr.ports.keyring import Keyring
from ivr.ports.sms import OneTimeCodes, Sms, SmsDown
from ivr.settings import SmsSettings

SWEEP = 30.0
"""Seconds between two looks for what has expired."""


@asynccontextmanager
async def open_sms(settings: SmsSettings, home: Home, keyring: Keyring, clock: Clock) -> AsyncIterator[Sms]:
    """The gateway, closed at the end. One over HTTP is not asked anything yet. Raises NoToken, SmsDown."""
    if settings.kind == "http":
        # Not above, as with the bank: callers would wait for a web framework whenever a controller comes back.
        from ivr.adapters.http.opening import limits_of, token_of  # noqa: PLC0415
        from ivr.adapters.sms.http import HttpSms  # noqa: PLC0415

        sms = HttpSms(settings.url, token_of(settings), limits_of(settings), settings.ca_file)
        try:
            yield sms
        finally:
            await sms.close()
        return
    async with Outbox(home.sms, keyring, clock, timedelta(seconds=settings.code_life)) as outbox:
        sweeping = asyncio.create_task(_sweep_for_ever(outbox, clock))
        try:
            yield outbox
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def _sweep_for_ever(outbox: Outbox, clock: Clock) -> None:
    """A message that nobody fetched in its time is destroyed, though nobody asks for it any more."""
    while True:
        await clock.sleep(SWEEP)
        with suppress(SmsDown):  # told to whoever sends or reads next
            await outbox.sweep()


def make_codes(settings: SmsSettings, keyring: Keyring) -> OneTimeCodes:
    """The maker and checker of one-time codes."""
    return HotpCodes(keyring, timedelta(seconds=settings.code_life))
