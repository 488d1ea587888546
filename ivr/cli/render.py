"""`hotline render`: every Asterisk file, from the settings."""

from typing import Annotated

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, out, write_json

Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit code 1 when a file is not as it would be.")]


def render(check: Check = False, as_json: AsJson = False) -> None:
    """Write every Asterisk file into the home, or show how those there differ. Secrets are never shown."""
    import dialplans.disk
    import dialplans.render
    from ivr.adapters.exchange.install import find
    from ivr.adapters.secrets import Secrets
    from ivr.home import Home

    settings = context.settings()
    home = Home(settings.home)
    home.make()
    installation = find(settings)
    files = dialplans.render.render(settings, home, Secrets(home.secrets), installation)
    if check:
        differences = dialplans.disk.check(files, home)
        if as_json:
            write_json({"files": sorted(files), "differences": differences})
        else:
            shown = "\n".join(differences) or f"{len(files)} files are current"
            out.print(shown, highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1 if differences else 0)
    done = dialplans.disk.write(files, home, settings, installation)
    if as_json:
        write_json({"files": sorted(files), "written": done.written, "removed": done.removed})
    else:
        out.print(f"{len(files)} files below {home.root}: {len(done.written)} written, {len(done.removed)} removed")
        if done and context.parent(settings):
            out.print("the running Asterisk has read the former ones; restart the hotline to use these")
