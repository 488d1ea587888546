"""The agents, for the commands that look at them and move them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ivr.cli import context

if TYPE_CHECKING:
    from ivr.ports.agents import Agents
    from ivr.settings import Settings

T = TypeVar("T")
Number = Annotated[str, typer.Argument(help="The staff number (工号).")]


def change(settings: "Settings", what: Callable[["Agents"], Awaitable[T]]) -> T:
    """As `run`; and where a controller runs, it hears that an account is another than before. One that does not answer
    finds out by itself within a minute."""
    from ivr.cli.asking import ask_controller

    done = run(settings, what)
    if context.parent(settings):
        ask_controller(settings, "agents_changed", 5.0)
    return done


def run(settings: "Settings", what: Callable[["Agents"], Awaitable[T]]) -> T:
    """What comes of it, done with the agents of this home. Raises NoHome."""
    from ivr.cli.opening import open_agents

    async def done() -> T:
        async with open_agents(settings) as agents:
            return await what(agents)

    return asyncio.run(done())
