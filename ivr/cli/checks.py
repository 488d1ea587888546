"""What `hotline doctor` looks at. Each check is a small function: settings in, findings out; it changes nothing.

A check that cannot be made because another failed says so in its own words; one that breaks is a finding itself, so a
broken machine never hides the rest.
"""

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from ivr.cli.checks_live import database, exchange_login, processes_running
from ivr.cli.finding import Finding
from ivr.domain.errors import HotlineError
from ivr.home import Home
from ivr.settings import Settings

ROOM_WARN, ROOM_FAIL = 2 * 1024**3, 256 * 1024**2
"""Bytes of free disk: recordings of a hundred calls are 12 GB an hour; below the second the journal is at risk."""
YEAR_ONE = 1_767_225_600
"""2026-01-01: a clock before it was never set."""


def examine(settings: Settings) -> Iterator[Finding]:
    """All checks, in the order in which one would look."""
    for check in CHECKS:
        try:
            yield from check(settings)
        except HotlineError as error:
            yield Finding(check.__name__.replace("_", " "), "fail", str(error), "")
        except Exception as error:
            yield Finding(check.__name__.replace("_", " "), "fail", f"could not be checked: {error!r}", "report this")


def configuration(settings: Settings) -> Iterator[Finding]:
    """It was read, or nobody would be here; what is dangerous in it is told."""
    yield Finding("configuration", "ok", f"{settings.config} is understood", "")
    for trunk in settings.trunks:
        if trunk.password_env and not os.environ.get(trunk.password_env):
            yield Finding(
                "configuration",
                "fail",
                f"trunk {trunk.name} takes its password from {trunk.password_env}, which is not set",
                f"export {trunk.password_env}=… before `hotline up`",
            )
        if trunk.anonymous and settings.asterisk.bind not in ("127.0.0.1", "::1"):
            yield Finding(
                "configuration",
                "warn",
                f"trunk {trunk.name} takes calls without a number, and SIP listens on {settings.asterisk.bind}",
                "set anonymous = false unless your provider withholds numbers",
            )
    for name, peer in (("bank", settings.bank), ("sms", settings.sms)):
        if peer.kind == "http" and not os.environ.get(peer.token_env):
            yield Finding(
                "configuration",
                "fail",
                f"{name} takes its token from {peer.token_env}, which is not set",
                f"export {peer.token_env}=… before `hotline up`",
            )
    if settings.bank.kind == "demo" and settings.asterisk.bind not in ("127.0.0.1", "::1"):
        yield Finding(
            "configuration",
            "warn",
            f"the bank is the demo bank, and SIP listens on {settings.asterisk.bind}",
            "set bank.kind = 'http': made-up customers are for this machine",
        )
    if not settings.numbers:
        yield Finding("configuration", "warn", "no number is configured", "add [[numbers]]: nobody can dial in")
    if not settings.phones:
        yield Finding("configuration", "warn", "no phone is configured", "add [[phones]]: nobody can answer")


def python(_: Settings) -> Iterator[Finding]:
    """The interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    enough = sys.version_info >= (3, 11)
    yield Finding("python", "ok" if enough else "fail", version, "" if enough else "Python 3.11 or newer is needed")


def ports(settings: Settings) -> Iterator[Finding]:
    """Each is free, or ours."""
    from ivr.cli.context import parent
    from ivr.processes.ports_free import holder, is_free, wanted

    running = parent(settings) is not None
    for port in wanted(settings):
        free = is_free(port)
        if free != running:
            yield Finding("ports", "ok", f"{port.setting} = {port.port} {'is ours' if running else 'is free'}", "")
        elif running:
            yield Finding("ports", "fail", f"{port.setting} = {port.port}: nobody listens", "see `hotline status`")
        else:
            variable = f"HOTLINE_{port.setting.replace('.', '__').upper()}"
            yield Finding(
                "ports",
                "fail",
                f"{port.setting} = {port.port} is taken by {holder(port)}",
                f"set {variable} to another",
            )


def asterisk(settings: Settings) -> Iterator[Finding]:
    """There is one, new enough, with every module that is needed; and a nats-server."""
    from dialplans.modules import CARRIER, load_list
    from ivr.adapters.exchange.install import find

    installation = find(settings)
    kind = "private copy" if installation.private else "the system's"
    yield Finding("asterisk", "ok", f"{installation.version}, {kind}: {installation.modules}", "")
    load_list(installation.modules, CARRIER if settings.carrier.enabled else ())
    yield Finding("modules", "ok", "every module that is needed is there", "")
    yield Finding("nats-server", "ok", installation.nats_server[-1], "")


def rendering(settings: Settings) -> Iterator[Finding]:
    """Asterisk's files are what the settings say."""
    import dialplans.disk
    import dialplans.render
    from ivr.adapters.exchange.install import find
    from ivr.adapters.secrets import Secrets

    home = Home(settings.home)
    if not home.secrets.is_dir():
        yield Finding("rendering", "warn", "nothing is rendered yet", "`hotline up` or `hotline render` does it")
        return
    differences = dialplans.disk.check(
        dialplans.render.render(settings, home, Secrets(home.secrets), find(settings)), home
    )
    if differences:
        files = {line.split(":")[0].removeprefix("+++ ") for line in differences if line.startswith(("+++", "/"))}
        yield Finding(
            "rendering", "warn", f"{len(files)} file(s) differ from the settings", "`hotline render`, then restart"
        )
    else:
        yield Finding("rendering", "ok", "Asterisk's files are current", "")


def prompts(settings: Settings) -> Iterator[Finding]:
    """Every sentence can be played in both languages."""
    from ivr.adapters.prompts.library import PromptLibrary

    library = PromptLibrary.load(settings.prompts_folder)
    gaps = library.missing()
    for gap in gaps:
        yield Finding("prompts", "fail", f"{gap.prompt} ({gap.language.value}): {gap.why}", "`hotline prompts say`")
    if not gaps:
        yield Finding("prompts", "ok", f"{len(library.ids)} sentences, each with its audio", "")


def journal(settings: Settings) -> Iterator[Finding]:
    """No file of it waits for the operator."""
    from ivr.adapters.journal.shelf import MENDS, set_aside

    aside = set_aside(Home(settings.home).journal)
    for path in aside:
        yield Finding("journal", "warn", f"{path} was set aside", MENDS[path.suffix.removeprefix(".")])
    if not aside:
        yield Finding("journal", "ok", "no file of it was set aside", "")


def disk(settings: Settings) -> Iterator[Finding]:
    """There is room for journal, archive, recordings and logs."""
    there = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(there).free
    verdict: Literal["ok", "warn", "fail"] = "fail" if free < ROOM_FAIL else "warn" if free < ROOM_WARN else "ok"
    mend = "" if verdict == "ok" else "make room, or move the home (HOTLINE_HOME)"
    yield Finding("disk", verdict, f"{free / 1024**3:.1f} GB free at {there}", mend)


def permissions(settings: Settings) -> Iterator[Finding]:
    """Nobody else reads the home; it is ours."""
    home = Home(settings.home)
    if not home.root.exists():
        yield Finding("permissions", "ok", f"{home.root} is not made yet", "")
        return
    faults = [fault for path in (home.root, *_secret_paths(home)) if (fault := _fault(path))]
    for path, found, mend in faults:
        yield Finding("permissions", "fail", f"{path}: {found}", mend)
    if not faults:
        yield Finding("permissions", "ok", "home and secrets are readable by their owner only", "")


def _secret_paths(home: Home) -> list[Path]:
    return [home.secrets, *sorted(home.secrets.glob("[!.]*"))] if home.secrets.is_dir() else []


def _fault(path: Path) -> tuple[Path, str, str] | None:
    found = path.stat()
    if found.st_uid != os.geteuid():
        return path, f"belongs to user {found.st_uid}, not to us", f"run as that user, or chown {path}"
    if stat.S_IMODE(found.st_mode) & 0o077:
        return path, "others can read it", f"chmod go= {path}, and change the secret if it was seen"
    return None


def clock(_: Settings) -> Iterator[Finding]:
    """The time of day is set: every record and every deadline stands on it."""
    if time.time() < YEAR_ONE:
        yield Finding("clock", "fail", "the clock is not set", "set it, and keep it by NTP")
        return
    drift = _ntp()
    if drift is None:
        yield Finding("clock", "ok", time.strftime("%Y-%m-%d %H:%M:%S %Z"), "")
    elif drift:
        yield Finding("clock", "ok", "kept by NTP", "")
    else:
        yield Finding("clock", "warn", "not kept by NTP", "enable systemd-timesyncd or chrony: times are evidence")


def calendar(_: Settings, today: date | None = None) -> Iterator[Finding]:
    """The holidays of the days to come are known: opening hours and tickets' times go by them."""
    from ivr.adapters.working_days import is_known

    begins = today or datetime.now(UTC).date()
    years = sorted({begins.year, (begins + timedelta(days=30)).year})
    unknown = [str(year) for year in years if not is_known(year)]
    if unknown:
        found = f"the holidays of {', '.join(unknown)} are not known; its weekdays count as working days"
        yield Finding("calendar", "warn", found, "upgrade the package chinesecalendar; a year comes out in November")
    else:
        yield Finding("calendar", "ok", f"the holidays of {', '.join(map(str, years))} are known", "")


def _ntp() -> bool | None:
    """Whether the kernel says that the clock is disciplined; None where it cannot be asked."""
    import ctypes

    buffer = ctypes.create_string_buffer(512)  # struct timex, whose size differs by platform, is smaller
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else answer != 5  # TIME_ERROR: not synchronised


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    configuration,
    python,
    clock,
    calendar,
    disk,
    permissions,
    asterisk,
    rendering,
    prompts,
    journal,
    ports,
    processes_running,
    exchange_login,
    database,
)
