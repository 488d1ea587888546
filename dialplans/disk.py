"""The rendered files on the disk: written whole or not at all, for the owner only, and compared."""

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dialplans.render import AsteriskInstall
from ivr.domain.caller import Language
from ivr.home import Home
from ivr.settings import Settings

AGENTS_FILE = "pjsip.conf"
"""Of agents' phones, in `AsteriskHome.agents`."""
OWN_SOUNDS = ("digits", "letters", "queue-*", "pbx-*", "beep*", "silence")
"""Of the English sounds that Asterisk ships, those its own applications speak with."""
_SECRET = re.compile(r"(?im)^([+ -]?\s*(?:secret|password|HOTLINE_KEY)\s*=>?\s*).*$")


@dataclass(frozen=True, slots=True)
class Written:
    """What a writing changed."""

    written: tuple[Path, ...]
    removed: tuple[Path, ...]

    def __bool__(self) -> bool:
        """Something changed, so Asterisk has to read anew."""
        return bool(self.written or self.removed)


def write(files: Mapping[Path, str], home: Home, settings: Settings, install: AsteriskInstall) -> Written:
    """Make the disk what `files` say: missing folders and links made, changed files replaced, stale ones removed."""
    home.make()
    for exchange in (home.asterisk, home.carrier):
        (exchange.agents / AGENTS_FILE).touch(mode=0o600)  # the controller fills it; what is there already stays
    _link_data(home, settings, install)
    written = tuple(path for path, text in files.items() if put(path, text))
    stale = tuple(path for path in _present(home) if path not in files)
    for path in stale:
        path.unlink()
    return Written(written, stale)


def check(files: Mapping[Path, str], home: Home) -> list[str]:
    """How the disk differs from `files`, as lines of a unified diff without secrets; nothing when it does not."""
    lines: list[str] = []
    for path in sorted({*files, *_present(home)}):
        there = path.read_text("utf-8") if path.is_file() else ""
        wanted = files.get(path, "")
        if there == wanted:
            if path.is_file() and path.stat().st_mode & 0o077:
                lines.append(f"{path}: can be read by others")
            elif path.is_file() and not path.stat().st_mode & _mode_of(wanted) & 0o100 and _mode_of(wanted) & 0o100:
                lines.append(f"{path}: cannot be run")
            continue
        before, after = (_hidden(text) for text in (there, wanted))
        if before == after:
            lines.append(f"{path}: a secret differs")
        lines += difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"{path} (on disk)", f"{path} (rendered)", lineterm=""
        )
    return lines


def _hidden(text: str) -> str:
    return _SECRET.sub(r"\1(hidden)", text)


def _present(home: Home) -> list[Path]:
    return [path for etc in (home.asterisk.etc, home.carrier.etc) for path in sorted(etc.glob("*")) if path.is_file()]


def put(path: Path, text: str) -> bool:
    """Write the file whole or not at all, for its owner only; False when it says that already. A program can be run."""
    mode = _mode_of(text)
    if path.is_file() and path.read_text("utf-8") == text:
        path.chmod(mode)
        return False
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    aside.replace(path)
    return True


def _mode_of(text: str) -> int:
    return 0o700 if text.startswith("#!") else 0o600


def _link_data(home: Home, settings: Settings, install: AsteriskInstall) -> None:
    """What Asterisk reads beside its files: its documentation, music, its own English sounds, ours for the carrier."""
    for exchange in (home.asterisk, home.carrier):
        # Asterisk makes no folder for CEL: without it every row is lost, and an error
        (exchange.log / "cel-custom").mkdir(exist_ok=True, mode=0o700)
        _link(exchange.data / "documentation", install.data / "documentation")
        _link(exchange.data / "moh", settings.prompts_folder / "moh")
    english = home.asterisk.data / "sounds" / "en"
    for folder in (english, home.asterisk.data / "sounds" / "zh"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if install.sounds_en is not None:
        for pattern in OWN_SOUNDS:
            for sound in install.sounds_en.glob(pattern):
                _link(english / sound.name, sound)
    _link(home.carrier.data / "sounds", home.asterisk.data / "sounds")
    _link_waiting(home, settings)


def _link_waiting(home: Home, settings: Settings) -> None:
    """What is heard in each queue, in each language: a sentence, then music (`musiconhold.conf`)."""
    data = home.asterisk.data
    for queue in settings.queues:
        sentence = "to_duty" if queue.name == settings.story.emergency_queue else "to_a_person"
        for language in Language:
            spoken = data / "sounds" / language.value / "hotline"
            for kind, then in (("", ()), ("-back", ("call_back_with_music",))):
                folder = data / "waiting" / f"{queue.name}-{language.value}{kind}"
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                _link(folder / "1.wav", spoken / f"{sentence}.wav")
                for place, offered in enumerate(then, 2):
                    _link(folder / f"{place}.wav", spoken / f"{offered}.wav")
                _link(folder / f"{2 + len(then)}.wav", data / "moh" / "calm.wav")


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    aside = link.with_name(f".{link.name}.{os.getpid()}")
    aside.symlink_to(target)
    aside.replace(link)
