"""`hotline route explain`: what would happen to a given caller, and why."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, clock, out, table, write_json
from ivr.domain.banking import CustomerKind
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.errors import HotlineError
from ivr.domain.ids import AgentId
from ivr.domain.problem import Category, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivr.domain.agent import Agent
    from ivr.domain.presence import Presence
    from ivr.policies.routing import Wanted
    from ivr.settings import Settings

app = typer.Typer(no_args_is_help=True, help="To whom calls go.")

URGENCIES = tuple(urgency.name.lower() for urgency in Urgency)
LEVELS = tuple(level.name.lower() for level in VerificationLevel)


class UnknownCaller(HotlineError):
    """The bank does not know this number."""


def _named(kind: type[Urgency] | type[VerificationLevel], names: tuple[str, ...]) -> Any:
    def parse(word: str) -> Urgency | VerificationLevel:
        if word not in names:
            raise typer.BadParameter(f"{word!r} is none of {', '.join(names)}")
        return kind(names.index(word))

    return parse


@app.command("page")
def page_() -> None:
    """Print the page of routes, presence, call backs and measures (docs/routing.md)."""
    from ivr.application.routing_page import page
    from ivr.domain.presence import WrapUp
    from ivr.policies.calling_back import CallBackRules
    from ivr.policies.routing import Rules

    typer.echo(page(Rules(), WrapUp(), CallBackRules()), nl=False)


@app.command()
def explain(
    *,
    caller: Annotated[str | None, typer.Option(help="A caller's number: what the bank knows of him.")] = None,
    language: Annotated[Language, typer.Option(help="He speaks.")] = Language.ZH,
    category: Annotated[Category | None, typer.Option(help="What it is about.")] = None,
    urgency: Annotated[
        Urgency, typer.Option(parser=_named(Urgency, URGENCIES), metavar="|".join(URGENCIES), help="How urgent.")
    ] = "normal",  # type: ignore[assignment]  # Typer parses a default as it parses what is given
    customer_kind: Annotated[CustomerKind | None, typer.Option(help="Which kind of customer.")] = None,
    vulnerable: Annotated[bool, typer.Option("--vulnerable", help="Elderly, or in need of care.")] = False,
    level: Annotated[
        VerificationLevel,
        typer.Option(parser=_named(VerificationLevel, LEVELS), metavar="|".join(LEVELS), help="How sure who he is."),
    ] = "unknown",  # type: ignore[assignment]
    recent_calls: Annotated[int, typer.Option(help="Earlier calls of the last days.", min=0, max=99)] = 0,
    last_agent: Annotated[str | None, typer.Option(help="Who helped him last.")] = None,
    last_minutes: Annotated[int, typer.Option(help="So many minutes ago.", min=0)] = 60,
    waiting: Annotated[int, typer.Option(help="Seconds he has waited already.", min=0, max=86_400)] = 0,
    at: Annotated[datetime | None, typer.Option(help="At this local time; none: now.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what would happen to such a caller: queues in order, who could answer and when, how his place rises."""
    from ivr.policies.routing import Wanted

    settings = context.settings()
    now = (at.astimezone(UTC) if at else datetime.now(UTC)).replace(microsecond=0)
    wanted = Wanted(
        language=language,
        category=category,
        urgency=urgency,
        customer=customer_kind,
        vulnerable=vulnerable,
        verification=level,
        recent_calls=recent_calls,
        last_agent=AgentId(last_agent) if last_agent else None,
        last_handled_at=now - timedelta(minutes=last_minutes) if last_agent else None,
        waited=float(waiting),
        now=now,
    )
    told = asyncio.run(_explained(settings, wanted, caller))
    if as_json:
        write_json(told)
    else:
        _print(told)


async def _explained(settings: "Settings", wanted: "Wanted", caller: str | None) -> dict[str, Any]:
    from ivr.application.route_told import explained
    from ivr.bootstrap import routing_rules

    if caller is not None:
        wanted = await _recognised(settings, wanted, caller)
    agents, presences = await _staff(settings)
    return explained(wanted, routing_rules(settings), settings.call_backs.rules, agents, presences)


async def _staff(settings: "Settings") -> "tuple[list[Agent], Mapping[AgentId, Presence]]":
    """Nobody, where nothing was ever started: the route can be explained all the same."""
    from ivr.cli.opening import NoHome, open_agents

    try:
        async with open_agents(settings) as agents:
            return await agents.all(), await agents.presences()
    except NoHome:
        return [], {}


async def _recognised(settings: "Settings", wanted: "Wanted", number: str) -> "Wanted":
    """As the line recognises a caller at level 1. Raises UnknownCaller, NoHome, BankDown."""
    from dataclasses import replace

    from ivr.adapters.bank.opening import open_bank
    from ivr.adapters.clock import SystemClock
    from ivr.adapters.fastagi.caller_number import caller_number
    from ivr.cli.opening import keyring as keyring_of
    from ivr.cli.opening import open_agents
    from ivr.home import Home

    dialled = caller_number(number, 0, "CN") or number
    async with open_bank(settings.bank, Home(settings.home), keyring_of(settings), SystemClock()) as bank:
        customer = await bank.recognise(dialled)
        if customer is None:
            raise UnknownCaller("the bank knows no customer by this number; give --customer-kind and the like instead")
        facts = await bank.facts(customer)
    async with open_agents(settings) as agents:
        last = await agents.last_handled(customer)
    return replace(
        wanted,
        customer=wanted.customer or facts.kind,
        vulnerable=wanted.vulnerable or facts.vulnerable,
        verification=max(wanted.verification, VerificationLevel.RECOGNISED),
        last_agent=wanted.last_agent or (last.agent if last else None),
        last_handled_at=wanted.last_handled_at or (last.at if last else None),
    )


def _print(told: dict[str, Any]) -> None:
    day = "a working day" if told["working_day"] else "no working day"
    _line(f"At {told['local_time']} ({day}), priority {told['priority']}{_because(told['priority_reasons'])}")
    rises = [f"{each['priority']} after {each['waited']} s" for each in told["priority_over_time"][1:]]
    if rises:
        _line(f"His place rises: {', '.join(rises[:8])}{' …' if len(rises) > 8 else ''}")
    for each in told["skipped"]:
        until = f", until {clock(each['until'])}" if each["until"] else ""
        _line(f"Passed by: {each['queue']}{_because([each['reason']])}{until}")
    for number, stop in enumerate(told["stops"], 1):
        only = f", agent {stop['agent']} only" if stop["agent"] else ""
        _line(
            f"\n{number}. {stop['queue']}{only}: from second {stop['from']}, for {stop['patience']} s at most"
            f"{_because(stop['reasons'])}"
        )
        rows = [
            {**member, "now": "not now: " + member["paused"] if member["paused"] else "ready"}
            for member in stop["members"]
        ]
        if rows:
            out.print(table(rows, ("agent", "endpoint", "penalty", "rings_after", "now")))
        else:
            _line("   no agent is logged in here (phones of [[phones]] with queues ring beside)")
    _line(f"\nThen: {told['after_the_last']}")
    back = told["call_back"]
    if back["offered"]:
        kept = "keeps the place" if back["keeps_place"] else f"at a chosen time from {clock(back['earliest'])} on"
        _line(f"A call back is offered: {kept}")
    else:
        _line(f"No call back is offered: {back['reason']['en']} / {back['reason']['zh']}")


def _because(reasons: list[dict[str, str]]) -> str:
    words = "; ".join(f"{reason['en']} / {reason['zh']}" for reason in reasons)
    return f": {words}" if words else ""


def _line(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)
