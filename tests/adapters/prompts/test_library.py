"""What the library knows, and what it says of a folder that is not right."""

import wave
from pathlib import Path

import pytest

from ivr.adapters.prompts.audio import WrongAudio
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.texts import UnknownPrompt, WrongPrompts
from ivr.domain.caller import Language
from tests.adapters.prompts.conftest import tone


def test_a_sentence_has_its_text_and_its_length_in_each_language(library: PromptLibrary) -> None:
    """Text and seconds are those of the language asked for."""
    assert library.text("hello", Language.ZH) == "您好。"
    assert library.text("hello", Language.EN) == "Hello."
    assert library.seconds("hello", Language.ZH) == 0.5
    assert library.seconds("hello", Language.EN) == 0.75
    assert library.durations()["hello", Language.EN] == 0.75


def test_a_sentence_that_is_always_spoken_in_one_language_has_one_recording(library: PromptLibrary) -> None:
    """Whatever the caller's language, the same file is heard."""
    assert library.audio("press_two", Language.ZH) == library.audio("press_two", Language.EN)
    assert [pair for pair in library.voiced() if pair[0] == "press_two"] == [("press_two", Language.EN)]


def test_an_unknown_sentence_is_told_by_name(library: PromptLibrary) -> None:
    """A misspelt id names itself."""
    with pytest.raises(UnknownPrompt, match="'helo'"):
        library.text("helo", Language.ZH)


def test_a_missing_language_names_file_sentence_and_key(folder: Path) -> None:
    """A sentence without English is refused, with the place."""
    (folder / "more.toml").write_text('[thanks]\nzh = "谢谢。"\nsource = "H2.4"\n', encoding="utf-8")
    with pytest.raises(WrongPrompts, match=r"more\.toml: \[thanks\] en: is missing"):
        PromptLibrary.load(folder)


def test_broken_toml_names_file_and_line(folder: Path) -> None:
    """A syntax error is told with its line."""
    (folder / "more.toml").write_text('[thanks]\nzh = "谢谢。\n', encoding="utf-8")
    with pytest.raises(WrongPrompts, match=r"more\.toml: not TOML: .*line 2"):
        PromptLibrary.load(folder)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[thanks]\nzh = "谢。"\nen = "Thanks."\nsource = "H2.4"\nfr = "Merci."\n', r"\[thanks\] fr: is no key"),
        ('[Thanks]\nzh = "谢。"\nen = "Thanks."\nsource = "H2.4"\n', r"\[Thanks\] is no id"),
        (
            '[hello]\nzh = "您好。"\nen = "Hi."\nsource = "H2.4"\n',
            r"texts\.toml: \[hello\] stands in more\.toml already",
        ),
        ('[thanks]\nzh = ""\nen = "Thanks."\nsource = "H2.4"\n', r"\[thanks\] zh: must be one line of text"),
        ('[thanks]\nzh = "谢。"\nen = "Thanks."\nsource = "H"\nalways_spoken = "fr"\n', r"\[thanks\] always_spoken: "),
        ('thanks = "谢谢"\n', r"\[thanks\] the table: must be a table"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(folder: Path, text: str, sentence: str) -> None:
    """Every kind of wrong entry is named by file, sentence and key."""
    (folder / "more.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongPrompts, match=sentence):
        PromptLibrary.load(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    """Nobody has to mend and load again for each."""
    (folder / "a.toml").write_text("[x")
    (folder / "b.toml").write_text('[thanks]\nzh = "谢谢。"\n', encoding="utf-8")
    with pytest.raises(WrongPrompts) as raised:
        PromptLibrary.load(folder)
    assert all(place in str(raised.value) for place in ("a.toml", "[thanks] en", "[thanks] source"))


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    """A wrong prompts.folder is no empty library."""
    with pytest.raises(WrongPrompts, match=r"prompts\.folder"):
        PromptLibrary.load(tmp_path)


def test_a_missing_recording_is_listed(folder: Path, library: PromptLibrary) -> None:
    """`missing` names sentence, language and the file that should be there."""
    (folder / "audio" / "zh" / "hello.wav").unlink()
    (gap,) = library.missing()
    assert (gap.prompt, gap.language) == ("hello", Language.ZH)
    assert "audio/zh/hello.wav" in gap.why
    assert ("hello", Language.ZH) not in library.durations()


@pytest.mark.parametrize(("rate", "channels", "width"), [(16_000, 1, 2), (8_000, 2, 2), (8_000, 1, 1)])
def test_a_recording_of_another_format_is_refused_with_the_mend(
    folder: Path, library: PromptLibrary, rate: int, channels: int, width: int
) -> None:
    """A bank's own file in a studio's format gets the sox command that makes it fit."""
    path = folder / "audio" / "zh" / "hello.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(b"\0" * 800)
    with pytest.raises(
        WrongAudio, match=f"{rate} Hz, {channels} .*, {width * 8} bit; mend it with: sox .* -r 8000 -c 1"
    ):
        library.recording("hello", Language.ZH)


@pytest.mark.parametrize("content", [b"", b"ID3 an mp3 under a wrong name", tone(0.5)[:600], tone(0)])
def test_what_is_no_whole_recording_is_refused(folder: Path, library: PromptLibrary, content: bytes) -> None:
    """Empty, foreign and cut-off files are found by reading, not by a caller."""
    path = folder / "audio" / "zh" / "hello.wav"
    path.write_bytes(content)
    with pytest.raises(WrongAudio, match=r"hello\.wav"):
        library.recording("hello", Language.ZH)
    assert len(library.missing()) == 1
