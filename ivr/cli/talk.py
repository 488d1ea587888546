"""`hotline talk`: what a person who has a call does with it: hold, verify, consult, transfer, escalate, end."""

from typing import TYPE_CHECKING, Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, in_words, out, write_json
from ivr.domain.errors import HotlineError

if TYPE_CHECKING:
    from ivr.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="What a person who has a call does with it. Exit code 1: refused, or not carried out; nothing was changed.",
)

ANSWER = 10.0
"""Seconds the controller has: a turn may wait a second, and then for the exchange."""

Call = Annotated[str, typer.Argument(help="As `hotline status` prints it.")]
By = Annotated[str, typer.Option(help="The phone in whose name it is asked; none: the operator's own.")]
To = Annotated[str, typer.Argument(help="A phone, an agent at work (by his staff number) or a queue.")]
Reason = Annotated[str, typer.Option(help="For whoever takes the call, in the journal; nothing personal.")]


class Silent(HotlineError):
    """The controller does not answer."""


@app.command()
def show(call: Call, as_json: AsJson = False) -> None:
    """Show who has the call, and what may be asked."""
    _ask("show", call, "", as_json)


@app.command()
def hold(call: Call, by: By = "", as_json: AsJson = False) -> None:
    """Let the caller hear music."""
    _ask("hold", call, by, as_json)


@app.command()
def resume(call: Call, by: By = "", as_json: AsJson = False) -> None:
    """Take the caller back, from hold or from the keypad."""
    _ask("resume", call, by, as_json)


@app.command()
def verify(
    call: Call,
    strong: Annotated[bool, typer.Option("--strong", help="With a one-time code by SMS too.")] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Send the caller to the keypad; he comes back by himself, and the level with him."""
    _ask("verify", call, by, as_json, strong=strong)


@app.command()
def consult(call: Call, to: To, reason: Reason = "", by: By = "", as_json: AsJson = False) -> None:
    """Put the caller on hold and call another person."""
    _ask("consult", call, by, as_json, to=to, why=reason)


@app.command()
def join(call: Call, to: To, by: By = "", as_json: AsJson = False) -> None:
    """Call another person, a supervisor, into the talk, which goes on meanwhile."""
    _ask("join", call, by, as_json, to=to)


@app.command()
def complete(call: Call, by: By = "", as_json: AsJson = False) -> None:
    """Leave the caller with the second person: the attended transfer."""
    _ask("complete", call, by, as_json)


@app.command()
def back(call: Call, by: By = "", as_json: AsJson = False) -> None:
    """Take the caller back; the second person leaves, or is not called any more."""
    _ask("back", call, by, as_json)


@app.command()
def conference(call: Call, by: By = "", as_json: AsJson = False) -> None:
    """Bring the caller to both persons."""
    _ask("conference", call, by, as_json)


@app.command()
def transfer(call: Call, to: To, reason: Reason = "", by: By = "", as_json: AsJson = False) -> None:
    """Send the caller to a queue, an agent or a phone, without a word to it before."""
    _ask("transfer", call, by, as_json, to=to, why=reason)


@app.command()
def escalate(
    call: Call,
    reason: Annotated[str, typer.Option(help="Why a senior is needed; nothing personal.")],
    *,
    to: Annotated[str, typer.Option(help="A phone, an agent or a queue; none: the officers on duty.")] = "",
    blind: Annotated[bool, typer.Option("--blind", help="Without a consultation before.")] = False,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Bring in a senior: the call becomes urgent, and its story goes with it."""
    _ask("escalate", call, by, as_json, to=to, why=reason, blind=blind)


@app.command()
def end(call: Call, by: By = "", as_json: AsJson = False) -> None:
    """Let every person go; the caller goes on to the survey."""
    _ask("end", call, by, as_json)


@app.command()
def life() -> None:
    """Print docs/conversations.md: what may come when, and who may."""
    from ivr.application.conversation_page import page

    typer.echo(page(), nl=False)


def _ask(verb: str, call: str, by: str, as_json: bool, **more: object) -> None:
    settings = context.settings()
    context.require_running(settings)
    said = _answer(settings, {"verb": verb, "call_id": call, "by": by, **more})
    if as_json:
        write_json({"call_id": call, **said})
        return
    persons, ringing = said["persons"], said["ringing"]
    there = ", ".join(map(str, persons)) if isinstance(persons, list) and persons else "nobody"
    may = said["may_come"]
    out.print(f"{call} is {in_words(str(said['phase']))}; persons: {there}", highlight=False)
    if ringing:
        out.print(f"{ringing} rings", highlight=False)
    if isinstance(may, list):
        out.print(f"may come: {', '.join(map(str, may)) or 'nothing'}", highlight=False)


def _answer(settings: "Settings", order: dict[str, object]) -> dict[str, object]:
    from ivr.cli.asking import ask_controller

    said, silence = ask_controller(settings, "talk", ANSWER, **order)
    if said is None:
        raise Silent(f"the controller does not answer: {silence}; `hotline status` tells how it is")
    return said
