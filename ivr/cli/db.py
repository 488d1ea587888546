"""`hotline db`: the archive's tables."""

import asyncio

import typer

from ivr.cli import context
from ivr.cli.config import without_password
from ivr.cli.shown import out

app = typer.Typer(no_args_is_help=True, help="The archive's database.")


@app.callback()
def _group() -> None:
    """Typer would make a single command the whole group."""


@app.command()
def upgrade() -> None:
    """Bring the archive's tables up to this version. Calls already there stay."""
    from ivr.adapters.sql.schema import upgrade as bring_up
    from ivr.home import Home

    settings = context.settings()
    Home(settings.home).make()
    before = asyncio.run(bring_up(settings.archive_url))
    done = f"applied {', '.join(before.pending)}" if before.pending else "nothing to do"
    out.print(f"{without_password(settings.archive_url)}: {done}", highlight=False, soft_wrap=True)
