"""`hotline replay`: a past call told again by today's story."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, out, write_json

if TYPE_CHECKING:
    from ivr.ports.archive import ArchivedCall
    from ivr.settings import Settings


def replay(call_id: Annotated[str, typer.Argument(metavar="CALL")], as_json: AsJson = False) -> None:
    """Feed a call's journal to today's story: does it still ask the same? Exit code 1 when it does not."""
    from ivr.application.replay import replay as told_again
    from ivr.bootstrap import manners
    from ivr.cli.journal_lines import lines
    from ivr.engine.storybook import Storybook

    settings = context.settings()
    call = asyncio.run(_read(settings, call_id))
    result = told_again(Storybook.of(manners(settings)), call.entries)
    if as_json:
        write_json({"call_id": call_id, "fits": result.fits, "why_not": result.why_not, "journal": lines(call)})
    else:
        for line in lines(call):
            out.print(f"{line['second']:>8} s  {line['what']:<16} {line['of']}", highlight=False, markup=False)
        out.print("[green]today's story asks the same[/green]" if result.fits else f"[red]{result.why_not}[/red]")
    raise typer.Exit(0 if result.fits else 1)


async def _read(settings: "Settings", call_id: str) -> "ArchivedCall":
    from ivr.cli.calls import NoSuchCall
    from ivr.cli.opening import open_archive
    from ivr.domain.ids import CallId

    async with open_archive(settings) as archive:
        call = await archive.read(CallId(call_id))
    if call is None:
        raise NoSuchCall(f"the archive knows no call {call_id}")
    return call
