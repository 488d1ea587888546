"""How recordings reach Asterisk's sounds folder."""

from pathlib import Path

import pytest

from ivr.adapters import sentence_sounds
from ivr.adapters.prompts.audio import examine
from ivr.adapters.prompts.install import install
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.texts import WrongPrompts
from ivr.adapters.wav import RATE
from ivr.domain.caller import Language
from tests.adapters.prompts.conftest import tone


def files(sounds: Path) -> set[str]:
    return {str(file.relative_to(sounds)) for file in sounds.rglob("*") if file.is_file()}


def test_every_sentence_lies_in_each_languages_folder(library: PromptLibrary, tmp_path: Path) -> None:
    """`hotline/ID` plays in both channel languages, byte for byte the library's recording; `dialogue/ID` is the same
    and a pause, of which the dialogue knows.
    """
    sounds = tmp_path / "sounds"
    install(library, sounds)
    assert files(sounds) == {
        "beep.wav",
        *(
            f"{language}/{folder}/{prompt}.wav"
            for language in ("zh", "en")
            for folder in ("hotline", "dialogue")
            for prompt in ("hello", "press_two")
        ),
    }
    for prompt, language in library.pairs():
        recording = library.audio(prompt, language)
        placed = sounds / language.value / "hotline" / f"{prompt}.wav"
        assert placed.read_bytes() == recording.read_bytes()
        spoken_so = sounds / language.value / "dialogue" / prompt
        samples = spoken_so.with_suffix(".wav").read_bytes()[44:]
        assert samples == recording.read_bytes()[44:] + bytes(round(2 * RATE * sentence_sounds.PAUSE))
        assert sentence_sounds.seconds_of(str(spoken_so)) == examine(recording).seconds


def test_a_file_without_a_pause_has_no_length_that_the_dialogue_could_go_by(tmp_path: Path) -> None:
    """Nor has one that is not there: Asterisk alone knows when it ends."""
    (tmp_path / "hello.wav").write_bytes(tone(0.3))
    assert sentence_sounds.seconds_of(str(tmp_path / "hello")) is None
    assert sentence_sounds.seconds_of(str(tmp_path / "nobody")) is None


def test_installing_again_writes_nothing(library: PromptLibrary, tmp_path: Path) -> None:
    """The second installation touches no file."""
    sounds = tmp_path / "sounds"
    install(library, sounds)
    before = {file: file.stat().st_mtime_ns for file in sounds.rglob("*.wav")}
    again = install(library, sounds)
    assert (again.written, again.removed, again.unchanged) == ((), (), 8)
    assert {file: file.stat().st_mtime_ns for file in sounds.rglob("*.wav")} == before


def test_only_what_changed_is_written(library: PromptLibrary, folder: Path, tmp_path: Path) -> None:
    """A bank's new recording of one sentence replaces that one alone."""
    sounds = tmp_path / "sounds"
    install(library, sounds)
    (folder / "audio" / "zh" / "hello.wav").write_bytes(tone(0.6))
    assert install(library, sounds).written == tuple(
        sounds / "zh" / folder / "hello.wav" for folder in ("hotline", "dialogue")
    )


def test_what_the_library_no_longer_has_is_removed(library: PromptLibrary, tmp_path: Path) -> None:
    """Stale files, half-written ones too, go; what others keep in the sounds folder stays."""
    sounds = tmp_path / "sounds"
    install(library, sounds)
    for name in ("zh/hotline/old.wav", "zh/dialogue/older.wav", "en/hotline/hello.part", "zh/digits/1.wav"):
        (sounds / name).parent.mkdir(exist_ok=True)
        (sounds / name).write_bytes(b"old")
    removed = install(library, sounds).removed
    assert {file.name for file in removed} == {"old.wav", "older.wav", "hello.part"}
    assert (sounds / "zh" / "digits" / "1.wav").exists()


def test_an_edit_of_an_installed_file_does_not_reach_the_library(library: PromptLibrary, tmp_path: Path) -> None:
    """Two homes share a library, so an installed file is a copy."""
    sounds = tmp_path / "sounds"
    install(library, sounds)
    (sounds / "zh" / "hotline" / "hello.wav").write_bytes(b"scribbled on")
    assert library.missing() == []


def test_cut_prompts_last_as_long_as_the_cut_and_end_softly(library: PromptLibrary, tmp_path: Path) -> None:
    """`cut_ms` keeps the first milliseconds, faded out to nothing."""
    sounds = tmp_path / "sounds"
    install(library, sounds, cut_ms=200)
    placed = sounds / "zh" / "hotline" / "hello.wav"
    whole = library.audio("hello", Language.ZH).read_bytes()[44:]
    short = placed.read_bytes()[44:]
    assert examine(placed).seconds == 0.2
    assert short[: 190 * 16] == whole[: 190 * 16]
    assert short[-2:] == b"\0\0"


def test_a_cut_longer_than_the_sentence_keeps_its_length(library: PromptLibrary, tmp_path: Path) -> None:
    """Nothing is padded."""
    install(library, tmp_path, cut_ms=5_000)
    assert examine(tmp_path / "zh" / "hotline" / "hello.wav").seconds == 0.5


def test_a_gap_stops_the_installation_before_anything_is_touched(
    library: PromptLibrary, folder: Path, tmp_path: Path
) -> None:
    """A missing file would look like a hangup to the dialogue: it is refused by name, and the old files stay."""
    sounds = tmp_path / "sounds"
    install(library, sounds)
    (folder / "audio" / "zh" / "hello.wav").unlink()
    (folder / "audio" / "en" / "hello.wav").write_bytes(tone(0.6))
    with pytest.raises(WrongPrompts, match=r"zh/hello\.wav"):
        install(library, sounds)
    assert examine(sounds / "en" / "hotline" / "hello.wav").seconds == 0.75
