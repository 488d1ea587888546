"""`hotline prompts` at a terminal."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr.cli.prompts import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def _bank(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line sees the two sentences, and no voice kit."""
    monkeypatch.setenv("HOTLINE_PROMPTS__FOLDER", str(folder))
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))


def test_list_gives_every_recording_as_json() -> None:
    """Id, language, seconds, text, what the audio is, and the source."""
    result = runner.invoke(app, ["list", "--json"])
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert rows[0] == {
        "id": "hello",
        "language": "zh",
        "seconds": 0.5,
        "text": "您好。",
        "audio": "own",
        "source": "H2.1a",
    }
    assert len(rows) == 3


def test_missing_is_silent_with_exit_code_0_when_all_is_there() -> None:
    """Nothing to say, nothing wrong."""
    result = runner.invoke(app, ["missing", "--json"])
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_missing_lists_the_gap_with_exit_code_1(folder: Path) -> None:
    """A script can stop on it."""
    (folder / "audio" / "zh" / "hello.wav").unlink()
    result = runner.invoke(app, ["missing", "--json"])
    assert result.exit_code == 1
    assert [(row["id"], row["language"]) for row in json.loads(result.stdout)] == [("hello", "zh")]


@pytest.mark.parametrize("command", [["say", "hello"], ["check"]])
def test_without_the_voice_kit_the_mend_is_told(command: list[str]) -> None:
    """The kit is optional: its absence is a sentence, not a traceback."""
    result = runner.invoke(app, command)
    assert result.exit_code == 1
    assert "scripts/voice" in result.output


def test_say_needs_no_kit_when_nothing_is_to_render() -> None:
    """Own recordings are left alone."""
    result = runner.invoke(app, ["say"])
    assert result.exit_code == 0
    assert "nothing to render" in result.stdout


def test_page_writes_and_then_finds_itself_current(tmp_path: Path, folder: Path) -> None:
    """`--check` tells a page that is out of date."""
    to = str(tmp_path / "docs" / "prompts.md")
    assert runner.invoke(app, ["page", "--check", "--to", to]).exit_code == 1
    assert runner.invoke(app, ["page", "--to", to]).exit_code == 0
    assert runner.invoke(app, ["page", "--check", "--to", to]).exit_code == 0
    texts = folder / "texts.toml"
    texts.write_text(texts.read_text(encoding="utf-8").replace("Hello.", "Good day."), encoding="utf-8")
    assert runner.invoke(app, ["page", "--check", "--to", to]).exit_code == 1


def test_wrong_texts_are_told_in_words(folder: Path) -> None:
    """File, sentence and key on one line; no traceback."""
    (folder / "more.toml").write_text('[thanks]\nzh = "谢谢。"\nsource = "H2.4"\n', encoding="utf-8")
    result = runner.invoke(app, ["list"])
    assert result.exit_code == 1
    assert "more.toml: [thanks] en: is missing" in " ".join(result.output.split())
