"""The bank that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ivr.adapters.bank.demo import DemoBank
from ivr.adapters.bank.rules import Terms
from ivr.home import Home
from ivr.ports.bank import Bank
from ivr.ports.clock import Clock
from ivr.ports.keyring import Keyring
from ivr.settings import BankSettings


@asynccontextmanager
async def open_bank(settings: BankSettings, home: Home, keyring: Keyring, clock: Clock) -> AsyncIterator[Bank]:
    """The bank, closed at the end. A bank over HTTP is not asked anything yet. Raises NoToken, BankDown."""
    if settings.kind == "http":
        # Not above: it loads the contract and with it a web framework, for which callers would wait whenever a
        # controller comes back.
        from ivr.adapters.bank.http import HttpBank  # noqa: PLC0415
        from ivr.adapters.http.opening import limits_of, token_of  # noqa: PLC0415

        bank = HttpBank(settings.url, token_of(settings), limits_of(settings), settings.ca_file)
        try:
            yield bank
        finally:
            await bank.close()
        return
    demo = settings.demo
    terms = Terms(
        debit_block_days=demo.debit_block_days,
        credit_block_days=demo.credit_block_days,
        stop_hours=demo.stop_hours,
        large_transfer=demo.large_transfer,
    )
    async with DemoBank(home.bank, keyring, clock, terms=terms) as embedded:
        yield embedded
