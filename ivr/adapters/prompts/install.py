"""Putting the recordings where Asterisk plays them from: `SOUNDS/zh/hotline/ID.wav`, `SOUNDS/en/hotline/ID.wav`."""

from dataclasses import dataclass
from pathlib import Path

from ivr.adapters.prompts.audio import beep, cut
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.texts import WrongPrompts
from ivr.domain.caller import Language

FOLDER = "hotline"
"""The folder below a language: `STREAM FILE hotline/greeting` plays the channel language's one."""


BEEP = "beep.wav"
"""What RECORD FILE plays before it listens; by this name, in no language."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did: files below the sounds folder."""

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    unchanged: int


def install(library: PromptLibrary, sounds: Path, cut_ms: int = 0) -> Installed:
    """Make Asterisk's sounds those of the library; `cut_ms` above 0 keeps only the first milliseconds of each.

    Only what changed is written, each file whole or not at all, so it may be done while calls are up; what the library
    no longer has is removed. Raises WrongPrompts when a recording is missing or cannot be played, before anything is
    touched: to the caller a missing file is silence, and to the dialogue it looks like a hangup.
    """
    gaps = library.missing()
    if gaps:
        raise WrongPrompts("prompts that cannot be played:\n  " + "\n  ".join(gap.why for gap in gaps))
    wanted = {
        sounds / language.value / FOLDER / f"{prompt}.wav": library.audio(prompt, language)
        for prompt, language in library.pairs()
    }
    written = tuple(target for target, source in wanted.items() if _put(target, _content(source, cut_ms)))
    _put(sounds / BEEP, beep())
    return Installed(written, _sweep(sounds, set(wanted)), len(wanted) - len(written))


def _content(source: Path, cut_ms: int) -> bytes:
    return cut(source, cut_ms) if cut_ms else source.read_bytes()


def _put(target: Path, content: bytes) -> bool:
    """True when the file had to be written. Copies, not links: an edit on one side must not reach the other."""
    if target.is_file() and target.read_bytes() == content:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    unfinished.write_bytes(content)
    unfinished.replace(target)
    return True


def _sweep(sounds: Path, wanted: set[Path]) -> tuple[Path, ...]:
    folders = (sounds / language.value / FOLDER for language in Language)
    stale = tuple(
        file for folder in folders for file in sorted(folder.glob("*")) if file not in wanted and file.is_file()
    )
    for file in stale:
        file.unlink()
    return stale
