"""The commands, put together."""

from collections.abc import Callable

import typer

from ivr.cli import agents, bank, callbacks, calls, config, db, flow, prompts, queues, recordings, route, talk, tickets
from ivr.cli.call import call
from ivr.cli.children import controller, watchdog
from ivr.cli.doctor import doctor
from ivr.cli.down import down
from ivr.cli.render import render
from ivr.cli.replay import replay
from ivr.cli.status import status
from ivr.cli.up import up

app = typer.Typer(
    name="hotline",
    help="A bank's phone line on Asterisk.",
    epilog="Exit codes: 0 done; 1 failed, the last line says why; 2 wrong usage or configuration. "
    "HOTLINE_HOME, HOTLINE_CONFIG and every setting (HOTLINE_PORTS__SIP=5060) come from the environment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RUN, LOOK, SET_UP = "Run it", "Look at calls and tickets", "Set it up"
VERBS: tuple[tuple[Callable[..., None], str], ...] = (
    (up, RUN),
    (down, RUN),
    (status, RUN),
    (doctor, RUN),
    (call, LOOK),
    (replay, LOOK),
    (render, SET_UP),
)
for verb, panel in VERBS:
    app.command(rich_help_panel=panel)(verb)
app.add_typer(calls.app, name="calls", rich_help_panel=LOOK)
app.add_typer(recordings.app, name="recordings", rich_help_panel=LOOK)
app.add_typer(talk.app, name="talk", rich_help_panel=LOOK)
app.add_typer(tickets.app, name="tickets", rich_help_panel=LOOK)
app.add_typer(callbacks.app, name="callbacks", rich_help_panel=LOOK)
app.add_typer(agents.app, name="agents", rich_help_panel=SET_UP)
app.add_typer(queues.app, name="queues", rich_help_panel=LOOK)
app.add_typer(route.app, name="route", rich_help_panel=LOOK)
app.add_typer(bank.app, name="bank", rich_help_panel=SET_UP)
app.add_typer(flow.app, name="flow", rich_help_panel=LOOK)
app.add_typer(config.app, name="config", rich_help_panel=SET_UP)
app.add_typer(db.app, name="db", rich_help_panel=SET_UP)
app.add_typer(prompts.app, name="prompts", rich_help_panel=SET_UP)
for process in (controller, watchdog):
    app.command(rich_help_panel="One process each, for systemd or containers")(process)

hotline = typer.main.get_command(app)
"""Reads a command line. Made once: that takes longer than most commands do."""
