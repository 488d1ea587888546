"""`hotline call`: a scripted caller dials in through the carrier."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, out, table, write_json
from ivr.domain.errors import HotlineError

if TYPE_CHECKING:
    from ivr.settings import Settings

ScenarioName = Annotated[str | None, typer.Argument(metavar="SCENARIO", help="Who calls; without it they are listed.")]
From = Annotated[str, typer.Option("--from", metavar="NUMBER", help="The caller's number.")]
To = Annotated[str, typer.Option("--to", metavar="NUMBER", help="The number dialled; default: the first configured.")]


class NoCarrier(HotlineError):
    """Nothing can dial in."""


def call(scenario: ScenarioName = None, from_: From = "13800138000", to: To = "", as_json: AsJson = False) -> None:
    """Place one scripted call through the carrier and tell its story. Exit code 1 when it went otherwise."""
    from ivr.adapters.carrier.scenarios import SCENARIOS, named

    if scenario is None:
        rows = [{"scenario": s.name, "who": s.description, "expects": s.expects.value} for s in SCENARIOS.values()]
        write_json(rows) if as_json else out.print(table(rows, ("scenario", "who", "expects")))
        return
    chosen = named(scenario)
    settings = context.settings()
    context.require_running(settings)
    if not settings.carrier.enabled:
        raise NoCarrier("the carrier does not run; start the hotline by `hotline up --demo`")
    from ivr.cli.one_call import tell, verdict

    told = asyncio.run(tell(settings, chosen, from_, to or first_number(settings), quiet=as_json))
    wrong = verdict(told)
    if as_json:
        write_json({**told.plain(), "wrong": wrong})
    else:
        told.show(out)
        for sentence in wrong:
            out.print(f"[red]{sentence}[/red]", highlight=False)
    raise typer.Exit(1 if wrong else 0)


def first_number(settings: "Settings") -> str:
    """The first number people dial. Raises NoCarrier."""
    if not settings.numbers:
        raise NoCarrier("no number is configured ([[numbers]]); nobody can dial in")
    return settings.numbers[0].number
