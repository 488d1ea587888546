"""The gateway that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from ivr.adapters.http.opening import limits_of, token_of
from ivr.adapters.sms.codes import HotpCodes
from ivr.adapters.sms.http import HttpSms
from ivr.adapters.sms.outbox import Outbox
from ivr.home import Home
from ivr.ports.clock import Clock
from ivr.ports.keyring import Keyring
from ivr.ports.sms import OneTimeCodes, Sms
from ivr.settings import SmsSettings


@asynccontextmanager
async def open_sms(settings: SmsSettings, home: Home, keyring: Keyring, clock: Clock) -> AsyncIterator[Sms]:
    """The gateway, closed at the end. One over HTTP is not asked anything yet. Raises NoToken, SmsDown."""
    if settings.kind == "http":
        sms = HttpSms(settings.url, token_of(settings), limits_of(settings), settings.ca_file)
        try:
            yield sms
        finally:
            await sms.close()
        return
    async with Outbox(home.sms, keyring, clock, timedelta(seconds=settings.code_life)) as outbox:
        yield outbox


def make_codes(settings: SmsSettings, keyring: Keyring) -> OneTimeCodes:
    """The maker and checker of one-time codes."""
    return HotpCodes(keyring, timedelta(seconds=settings.code_life))
