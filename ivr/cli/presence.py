"""The verbs of `hotline agents` that move presence."""

from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.agents_open import Number, run
from ivr.cli.shown import AsJson, in_words, out, write_json
from ivr.domain.presence import PresenceEvent
from ivr.domain.ticket import Party, Role

if TYPE_CHECKING:
    from ivr.ports.agents import Agents
    from ivr.settings import Settings

By = Annotated[str | None, typer.Option(help="The supervisor's staff number, where it is not the agent's own wish.")]


def add_to(app: typer.Typer) -> None:
    """Make the verbs commands of `hotline agents`."""
    for name, verb in (("ready", ready), ("break", break_), ("offline", offline), ("extend", extend)):
        app.command(name)(verb)


def ready(number: Number, by: By = None, as_json: AsJson = False) -> None:
    """Let calls ring for an agent."""
    _move(number, PresenceEvent.GO_READY, by, None, as_json)


def break_(
    number: Number,
    reason: Annotated[str, typer.Option(help="One of [[breaks]].")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Send an agent on a break; when he is in a call, as soon as it is over and its notes are written."""
    _move(number, PresenceEvent.TAKE_BREAK, by, reason, as_json)


def offline(number: Number, by: By = None, as_json: AsJson = False) -> None:
    """End an agent's work; when he is in a call, as soon as it is over and its notes are written."""
    _move(number, PresenceEvent.GO_OFFLINE, by, None, as_json)


def extend(number: Number, by: By = None, as_json: AsJson = False) -> None:
    """Give an agent more time for his notes."""
    _move(number, PresenceEvent.EXTEND, by, None, as_json)


def _move(number: str, event: PresenceEvent, by: str | None, reason: str | None, as_json: bool) -> None:
    """By the controller where one runs, since it owns presence; else where it will find it at its start."""
    settings = context.settings()
    try:
        party = Party(Role.SUPERVISOR, by) if by else Party(Role.AGENT, number)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--by") from error
    wanted: dict[str, object] = {
        "agent": number,
        "event": event.value,
        "role": party.role.value,
        "name": party.name,
        "reason": reason,
    }
    told = _asked_of_controller(settings, wanted) if context.parent(settings) else _by_hand(settings, wanted)
    if as_json:
        write_json(told)
        return
    then = f"; then {in_words(str(told['wish']))}" if told["wish"] else ""
    why = f" ({in_words(str(told['reason']))})" if told["reason"] else ""
    out.print(f"agent {number} is {in_words(str(told['state']))}{why}{then}", highlight=False)


def _asked_of_controller(settings: "Settings", wanted: dict[str, object]) -> dict[str, object]:
    from ivr.cli.asking import ask_controller
    from ivr.ports.bus import BusDown

    told, why = ask_controller(settings, "presence", 5.0, **wanted)
    if told is None:
        raise BusDown(f"the controller did not answer ({why}); nothing was changed as far as we know")
    return told


def _by_hand(settings: "Settings", wanted: dict[str, object]) -> dict[str, object]:
    from ivr.adapters.clock import SystemClock
    from ivr.application.roster import Roster
    from ivr.domain.ids import NodeId

    async def move(agents: "Agents") -> dict[str, object]:
        roster = Roster(
            agents=agents,
            clock=SystemClock(),
            wrap_up=settings.agents.times,
            breaks=[each.name for each in settings.breaks],
            node=NodeId(settings.node),
            publish=lambda _: None,  # nobody follows where nothing runs
        )
        return await roster.command(wanted)

    return run(settings, move)
