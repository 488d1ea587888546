"""`hotline up --once`: everything is started, one call is placed and told, everything is stopped."""

import asyncio

from ivr.adapters.carrier.scenarios import named
from ivr.adapters.exchange.install import Installation
from ivr.cli.call import first_number
from ivr.cli.one_call import Told, tell, verdict
from ivr.cli.shown import err, out
from ivr.home import Home
from ivr.processes.logs import configure
from ivr.processes.parent import Parent
from ivr.processes.preparation import prepare
from ivr.settings import Settings

CALLER = "13800138000"


def tell_one_call(settings: Settings) -> int:
    """0 only if the call really went through; else 1, and every reason is printed."""
    installation = prepare(settings, err)
    configure(settings, Home(settings.home).log / "parent.log")
    out.print("[dim]starting …[/dim]")
    told = asyncio.run(_run(settings, installation))
    told.show(out)
    wrong = verdict(told)
    for sentence in wrong:
        err.print(f"[red]{sentence}[/red]", highlight=False)
    if wrong:
        err.print(f"the logs are in {settings.home}/log", highlight=False)
        return 1
    out.print("\n[green]the call went through[/green]")
    return 0


async def _run(settings: Settings, installation: Installation) -> Told:
    """The call runs beside the parent; whichever fails first ends both, children included."""
    ready = asyncio.Event()
    parent = Parent(settings, installation, lambda _: None)
    family = asyncio.create_task(parent.run(ready.set))
    calling = asyncio.create_task(_call(settings, ready))
    try:
        await asyncio.wait({family, calling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        parent.stop()
        if not calling.done():
            calling.cancel()
        await asyncio.wait({family, calling})
    family.result()  # why the children did not start comes before "the call was given up"
    return calling.result()


async def _call(settings: Settings, ready: asyncio.Event) -> Told:
    await ready.wait()
    return await tell(settings, named("demo"), CALLER, first_number(settings), quiet=False)
