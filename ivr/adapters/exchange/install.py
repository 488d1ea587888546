"""Which Asterisk and nats-server run: the system's where they are new enough, else a private copy."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ivr.adapters.exchange import packages
from ivr.domain.errors import HotlineError
from ivr.settings import Settings

OLDEST_ASTERISK = 20
OLDEST_NATS = (2, 10)


class NotInstalled(HotlineError):
    """There is no usable Asterisk; the sentence says how to get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where everything of Asterisk and nats-server is."""

    asterisk: tuple[str, ...]
    """The command, without arguments of ours (a private copy starts by its own loader)."""
    version: str
    modules: Path
    data: Path
    """Its share folder: `documentation/`, `sounds/`."""
    sounds_en: Path | None
    """The English sounds it ships, for what a bank takes over from it."""
    nats_server: tuple[str, ...]
    private: bool


def find(settings: Settings) -> Installation:
    """What is there now. Raises NotInstalled where nothing is."""
    return _system(settings) or _private(settings) or _nothing(settings)


def ensure(settings: Settings, console: Console) -> Installation:
    """What is there, or else a private copy made now. Raises PackagesUnavailable, NotInstalled."""
    found = _system(settings) or _private(settings)
    if found is None:
        packages.fetch(settings.cache, settings.asterisk.suite, console)
        found = _private(settings) or _nothing(settings)
    return found


def _nothing(settings: Settings) -> Installation:
    where = packages.folder_of(settings.cache, settings.asterisk.suite)
    raise NotInstalled(
        f"no Asterisk {OLDEST_ASTERISK} or newer, nor a private copy at {where}; `hotline up` fetches one"
    )


def _system(settings: Settings) -> Installation | None:
    wanted = settings.asterisk.binary
    binary = shutil.which("asterisk", path="/usr/sbin:/usr/bin:/usr/local/sbin") if wanted == "auto" else wanted
    if binary is None:
        return None
    version = _version((binary,), "-V")
    if version is None or int(version.split(".")[0]) < OLDEST_ASTERISK:
        if wanted != "auto":
            raise NotInstalled(f"asterisk.binary = {wanted!r} is no Asterisk {OLDEST_ASTERISK} or newer ({version})")
        return None
    modules = _first(Path("/usr/lib"), "*/asterisk/modules", "asterisk/modules", "../local/lib/asterisk/modules")
    data = _first(Path("/usr"), "share/asterisk", "../var/lib/asterisk")
    nats = _system_nats() or _private_nats(settings)
    if modules is None or data is None or nats is None:
        return None
    return Installation(
        asterisk=(binary,),
        version=version,
        modules=modules,
        data=data,
        sounds_en=_sounds(data),
        nats_server=nats,
        private=False,
    )


def _private(settings: Settings) -> Installation | None:
    root = packages.present(settings.cache, settings.asterisk.suite)
    if root is None:
        return None
    library = root / "usr/lib" / packages.triplet().library
    asterisk = _loaded(root, "usr/sbin/asterisk")
    version = _version(asterisk, "-V")
    if version is None or int(version.split(".")[0]) < OLDEST_ASTERISK:
        raise NotInstalled(f"the copy at {root} is Asterisk {version}; {OLDEST_ASTERISK} or newer is needed")
    data = root / "usr/share/asterisk"
    return Installation(
        asterisk=asterisk,
        version=version,
        modules=library / "asterisk/modules",
        data=data,
        sounds_en=_sounds(data),
        nats_server=_system_nats() or _loaded(root, "usr/sbin/nats-server"),
        private=True,
    )


def _private_nats(settings: Settings) -> tuple[str, ...] | None:
    root = packages.present(settings.cache, settings.asterisk.suite)
    return None if root is None else _loaded(root, "usr/sbin/nats-server")


def _system_nats() -> tuple[str, ...] | None:
    binary = shutil.which("nats-server", path="/usr/sbin:/usr/bin:/usr/local/bin")
    version = None if binary is None else _version((binary,), "--version")
    if binary is None or version is None or tuple(map(int, version.split(".")[:2])) < OLDEST_NATS:
        return None
    return (binary,)


def _loaded(root: Path, program: str) -> tuple[str, ...]:
    """A program of the copy, started by the copy's own loader with the copy's own libraries."""
    triplet = packages.triplet()
    library = root / "usr/lib" / triplet.library
    return (str(library / triplet.loader), "--library-path", f"{library}:{library}/pulseaudio", str(root / program))


def _version(command: tuple[str, ...], flag: str) -> str | None:
    try:
        said = subprocess.run([*command, flag], capture_output=True, text=True, timeout=20, check=False).stdout  # noqa: S603
    except OSError:
        return None
    found = re.search(r"\d+(?:\.\d+)+", said)
    return found.group() if found else None


def _first(folder: Path, *patterns: str) -> Path | None:
    return next((path.resolve() for pattern in patterns for path in folder.glob(pattern)), None)


def _sounds(data: Path) -> Path | None:
    return next(
        (data / "sounds" / name for name in ("en", "en_US_f_Allison") if (data / "sounds" / name).is_dir()), None
    )
