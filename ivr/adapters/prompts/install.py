"""Putting the recordings where Asterisk plays them from: `SOUNDS/zh/hotline/ID.wav` for the dialplan, and, with a pause
after the last word, `SOUNDS/zh/dialogue/ID.wav` for the dialogue (`ivr.adapters.sentence_sounds`); English likewise.
"""

from dataclasses import dataclass
from pathlib import Path

from ivr.adapters import sentence_sounds
from ivr.adapters.prompts.audio import beep, cut, with_silence
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
    wanted: set[Path] = set()
    written: list[Path] = []
    for prompt, language in library.pairs():
        content = _content(library.audio(prompt, language), cut_ms)
        in_dialogue = with_silence(content, sentence_sounds.PAUSE)
        for folder, sound in ((FOLDER, content), (sentence_sounds.FOLDER, in_dialogue)):
            target = sounds / language.value / folder / f"{prompt}.wav"
            wanted.add(target)
            if _put(target, sound):
                written.append(target)
    _put(sounds / BEEP, beep())
    return Installed(tuple(written), _sweep(sounds, wanted), len(wanted) - len(written))


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
    folders = (sounds / language.value / folder for language in Language for folder in (FOLDER, sentence_sounds.FOLDER))
    stale = tuple(
        file for folder in folders for file in sorted(folder.glob("*")) if file not in wanted and file.is_file()
    )
    for file in stale:
        file.unlink()
    return stale
