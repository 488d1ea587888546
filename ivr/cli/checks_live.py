"""The checks of `hotline doctor` that talk to somebody: the processes, Asterisk, the database."""

import asyncio
from collections.abc import Iterator

from ivr.cli.context import parent
from ivr.cli.finding import Finding
from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.ports.archive import ArchiveDown
from ivr.ports.exchange import Exchange, ExchangeDown, ExchangeRefused
from ivr.processes.watch import FALLBACK
from ivr.settings import Settings

LOGIN = 5.0
"""Seconds for a login and one question."""


def processes_running(settings: Settings) -> Iterator[Finding]:
    """Each is ready."""
    from ivr.cli.status import processes

    if parent(settings) is None:
        yield Finding("processes", "ok", "not running", "")
        return
    for row in processes(settings):
        well = row.state == "ready"
        mend = "" if well else f"see {Home(settings.home).log / f'{row.name}.log'}"
        yield Finding("processes", "ok" if well else "fail", f"{row.name} is {row.state}", mend)


def exchange_login(settings: Settings) -> Iterator[Finding]:
    """Both users of AMI can log in and may do what they have to."""
    if parent(settings) is None:
        yield Finding("ami", "ok", "not running: the login is checked while it runs", "")
        return
    for user in ("controller", "watchdog"):
        try:
            version = asyncio.run(_log_in(settings, user))
        except (HotlineError, ExchangeDown, ExchangeRefused, TimeoutError) as error:
            mend = f"`hotline render --check`; the secret is {Home(settings.home).secrets / f'ami_{user}'}"
            yield Finding("ami", "fail", f"{user}: {error or 'no answer'}", mend)
        else:
            yield Finding("ami", "ok", f"{user} may log in, list the calls and redirect them ({version})", "")


async def _log_in(settings: Settings, user: str) -> str:
    """The version, after using the rights that both users need. Raises ExchangeRefused where one is missing."""
    from ivr.adapters.ami.exchange import AmiExchange
    from ivr.adapters.secrets import Secrets

    home = Home(settings.home)
    secret = Secrets(home.secrets).word(f"ami_{user}")
    exchange = AmiExchange(
        "127.0.0.1", settings.ports.ami, user, secret, secret_source=str(home.secrets / f"ami_{user}")
    )
    await exchange.start()
    try:
        async with asyncio.timeout(LOGIN):
            link = await exchange.ready()
            await exchange.legs()
            await _try_to_redirect(exchange)
        return link.version
    finally:
        await exchange.close()


async def _try_to_redirect(exchange: Exchange) -> None:
    """A channel that does not exist: Asterisk looks at the right first."""
    try:
        await exchange.redirect("Local/nobody", *FALLBACK)
    except ExchangeRefused as error:
        if "permission" in str(error).lower():
            raise


def database(settings: Settings) -> Iterator[Finding]:
    """It answers, and its tables are of this version."""
    from ivr.adapters.sql.engine import make_engine
    from ivr.adapters.sql.schema import WrongTables, schema_state
    from ivr.cli.config import without_password

    shown = without_password(settings.archive_url)
    if not settings.archive.url and not (settings.home / "archive.db").exists():
        yield Finding("database", "ok", f"{shown} is not made yet", "")
        return

    async def look() -> tuple[str, ...]:
        engine = make_engine(settings.archive_url)
        try:
            return (await schema_state(engine)).pending
        finally:
            await engine.dispose()

    try:
        pending = asyncio.run(look())
    except WrongTables as error:
        yield Finding("database", "fail", str(error), "keep it for the version that wrote it, and use another")
        return
    except ArchiveDown as error:
        yield Finding("database", "fail", str(error), "calls go on and wait in the journal; bring the database back")
        return
    if pending:
        yield Finding("database", "fail", f"{shown} lacks {', '.join(pending)}", "`hotline db upgrade`")
    else:
        yield Finding("database", "ok", f"{shown} answers and is up to date", "")
