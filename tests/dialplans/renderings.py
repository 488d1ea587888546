"""Renderings without an Asterisk: fixed secrets, and an installation that is only its list of modules."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import dialplans.render
from dialplans.modules import CARRIER, ESSENTIAL, NEEDED, OPTIONAL, REGISTERING, ROOMS
from ivr.home import Home
from ivr.settings import DEFAULT_CONFIG, Settings, load

HERE = Path(__file__).parent
RICH = HERE / "rich.toml"
GOLDEN = HERE / "golden"
HOME = Home(Path("/srv/hotline"))
PASSWORDS = {"TELECOM_PASSWORD": "pass; word = [1]"}
CASES = {"default": (DEFAULT_CONFIG, True), "rich": (RICH, False)}
"""Name of the golden file: the configuration, and whether with the carrier of the demonstration."""


@dataclass(frozen=True)
class Install:
    """Implements dialplans.AsteriskInstall."""

    modules: Path
    version: str = "22.10.1"
    data: Path = Path("/usr/share/asterisk")
    sounds_en: Path | None = None


class FixedSecrets:
    """Implements dialplans' SecretWords."""

    def word(self, name: str) -> str:
        """Always the same."""
        return f"secret-of-{name}"


def install_below(folder: Path, *, without: str = "") -> Install:
    """An installation with all modules; `without` one."""
    for module in {*ESSENTIAL, *NEEDED, *OPTIONAL, *ROOMS, *REGISTERING, *CARRIER} - {without}:
        (folder / f"{module}.so").touch()
    return Install(folder)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Ours is out of the way, so that a developer's settings change no test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
            patch.delenv(name)
        for name, value in values.items():
            patch.setenv(name, value)
        yield


def settings_of(config: Path, values: Mapping[str, str] | None = None, *, carrier: bool = False) -> Settings:
    """The settings of a file; `values` by their environment names."""
    with environment(HOTLINE_CONFIG=str(config), HOTLINE_CARRIER__ENABLED=str(carrier), **(values or {})):
        return load()


def rendered(
    settings: Settings, install: Install, home: Home = HOME, passwords: Mapping[str, str] = PASSWORDS
) -> dict[Path, str]:
    """All files."""
    return dialplans.render.render(settings, home, FixedSecrets(), install, passwords)


def as_one(files: Mapping[Path, str], install: Install) -> str:
    """All files in one text, as the golden ones are kept."""
    parts = [f"=== {path.relative_to(HOME.root)}\n{text}" for path, text in sorted(files.items())]
    return "".join(parts).replace(str(install.modules), "/usr/lib/asterisk/modules")
