"""`hotline controller`, `hotline watchdog`: one process each, as systemd units and containers start them."""

import typer

from ivr.cli import context


def controller() -> None:
    """Run the controller until SIGTERM. `hotline up` starts it by itself."""
    context.settings()
    from ivr.processes import controller as process

    raise typer.Exit(process.main())


def watchdog() -> None:
    """Run the watchdog until SIGTERM. `hotline up` starts it by itself."""
    context.settings()
    from ivr.processes import watchdog as process

    raise typer.Exit(process.main())
