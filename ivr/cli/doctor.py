"""`hotline doctor`: is everything in place? Each line says what was found and what to do."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from ivr.cli import context
from ivr.cli.shown import AsJson, out, write_json

if TYPE_CHECKING:
    from ivr.cli.finding import Finding

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(as_json: AsJson = False) -> None:
    """Check configuration, ports, Asterisk, database, prompts, disk and more, running or stopped. Exit code 1 when a
    check fails.
    """
    from rich.markup import escape

    findings = []
    for finding in _findings():
        findings.append(finding)
        if as_json:
            continue
        colour = COLOURS[finding.verdict]
        out.print(
            f"[{colour}]{finding.verdict:<5}[/{colour}] {finding.name:<14} {escape(finding.found)}",
            highlight=False,
            soft_wrap=True,
        )
        if finding.mend:
            out.print(f"{'':<20} → {escape(finding.mend)}", highlight=False, soft_wrap=True)
    count = Counter(finding.verdict for finding in findings)
    if as_json:
        write_json([finding.plain() for finding in findings])
    else:
        out.print(f"\n{count['ok']} ok, {count['warn']} to look at, {count['fail']} to mend", highlight=False)
    raise typer.Exit(1 if count["fail"] else 0)


def _findings() -> "Iterator[Finding]":
    """All, or that the configuration cannot be used: nothing else can be looked at then."""
    from ivr.cli.checks import examine
    from ivr.cli.finding import Finding
    from ivr.settings import WrongSettings

    try:
        settings = context.settings()
    except WrongSettings as error:
        yield Finding("configuration", "fail", str(error), "mend the file or the environment; the rest is unknown")
        return
    yield from examine(settings)
