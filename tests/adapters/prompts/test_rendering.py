"""Which sentences are rendered anew, and what the voice kit may do wrong. The kit is a script that writes tones."""

import json
import sys
from pathlib import Path

import pytest

from ivr.adapters.prompts.kit import KitBroke, KitMissing, VoiceKit
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.recipe import Manifest, Recipe, Standing
from ivr.adapters.prompts.recogniser import judge, listen, recordings
from ivr.adapters.prompts.texts import UnknownPrompt, WrongPrompts
from ivr.adapters.prompts.voice import Rendered, render, to_render
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from tests.adapters.prompts.conftest import tone

HELLO = PromptId("hello")

SCRIPTED_KIT = """#!{python}
import json, pathlib, sys
program, orders = pathlib.Path(sys.argv[1]).stem, json.load(sys.stdin)
{fault}
if program == "say":
    for order in orders["sentences"]:
        broken = "您" in order["spoken"] and "{breaks}" == "zh"
        if not broken:
            pathlib.Path(order["out"]).write_bytes(pathlib.Path({sound!r}).read_bytes())
        print(json.dumps({{"out": order["out"], "error": "the voice broke on this sentence" if broken else None}}))
elif program == "hear":
    for order in orders:
        print(json.dumps({{"file": order["file"], "heard": "你好" if order["language"] == "zh" else "Yellow!"}}))
elif program == "syllables":
    for text in orders:
        print(json.dumps({{"syllables": [{{"您": "nin", "你": "ni", "好": "hao"}}[letter] for letter in text]}}))
"""


def kit(tmp_path: Path, *, breaks: str = "", fault: str = "") -> VoiceKit:
    """A kit whose every program is the script above."""
    place = tmp_path / "kit"
    (place / "venv" / "bin").mkdir(parents=True, exist_ok=True)
    (place / "ready").touch()
    (place / "sound").write_bytes(tone(0.3))
    python = place / "venv" / "bin" / "python"
    script = SCRIPTED_KIT.format(python=sys.executable, breaks=breaks, fault=fault, sound=str(place / "sound"))
    python.write_text(script, encoding="utf-8")
    python.chmod(0o755)
    return VoiceKit(place)


def render_all(voice_kit: VoiceKit, library: PromptLibrary, *only: str) -> list[Rendered]:
    recipe = Recipe.load(library.folder)
    manifest = Manifest(library, recipe)
    return list(render(voice_kit, library, recipe, manifest, to_render(library, manifest, only)))


def standing(library: PromptLibrary, language: Language = Language.ZH) -> Standing:
    return Manifest(library, Recipe.load(library.folder)).standing(HELLO, language)


def test_a_missing_sentence_is_rendered_and_remembered(library: PromptLibrary, folder: Path, tmp_path: Path) -> None:
    """After rendering, the recording is there, is ours, and is current; nothing is left to do."""
    (folder / "audio" / "zh" / "hello.wav").unlink()
    assert render_all(kit(tmp_path), library) == [Rendered(HELLO, Language.ZH, None)]
    assert standing(library) is Standing.RENDERED
    assert library.seconds("hello", Language.ZH) == 0.3
    assert render_all(kit(tmp_path), library) == []


def test_changed_words_are_rendered_again(library: PromptLibrary, folder: Path, tmp_path: Path) -> None:
    """A recording of ours whose sentence was changed is stale, in that language alone."""
    render_all(kit(tmp_path), library, "hello")
    texts = folder / "texts.toml"
    texts.write_text(texts.read_text(encoding="utf-8").replace("您好。", "您好！"), encoding="utf-8")
    changed = PromptLibrary.load(folder)
    assert standing(changed) is Standing.STALE
    assert standing(changed, Language.EN) is Standing.RENDERED
    assert render_all(kit(tmp_path), changed) == [Rendered(HELLO, Language.ZH, None)]


def test_another_voice_makes_every_sentence_of_its_language_stale(
    library: PromptLibrary, folder: Path, tmp_path: Path
) -> None:
    """The recipe counts, not the words alone."""
    render_all(kit(tmp_path), library, "hello")
    recipe = folder / "audio" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("af_heart", "af_bella"))
    assert standing(library, Language.EN) is Standing.STALE
    assert standing(library, Language.ZH) is Standing.RENDERED


def test_a_banks_own_recording_is_never_overwritten_unasked(
    library: PromptLibrary, folder: Path, tmp_path: Path
) -> None:
    """Dropped in over ours, it is its own from then on, changed words or not; naming the sentence renders it."""
    render_all(kit(tmp_path), library, "hello")
    (folder / "audio" / "zh" / "hello.wav").write_bytes(tone(0.9))
    assert standing(library) is Standing.OWN
    assert render_all(kit(tmp_path), library) == []
    assert library.seconds("hello", Language.ZH) == 0.9
    render_all(kit(tmp_path), library, "hello")
    assert standing(library) is Standing.RENDERED


def test_a_sentence_the_voice_breaks_on_keeps_its_recording(library: PromptLibrary, tmp_path: Path) -> None:
    """The fault is told for that sentence; the others are done."""
    done = render_all(kit(tmp_path, breaks="zh"), library, "hello")
    assert [(one.language, one.error) for one in done] == [
        (Language.ZH, "the voice broke on this sentence"),
        (Language.EN, None),
    ]
    assert library.seconds("hello", Language.ZH) == 0.5


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("sys.exit('no such voice')", "no such voice"),
        ("sys.exit(0)", "say of the voice kit failed"),
        ("print('hello'); sys.exit(0)", "no report: hello"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "exit code -9"),
    ],
)
def test_a_kit_that_fails_says_why(library: PromptLibrary, tmp_path: Path, fault: str, sentence: str) -> None:
    """A program that fails, stops early, babbles or is killed is one error with its last words."""
    with pytest.raises(KitBroke, match=sentence):
        render_all(kit(tmp_path, fault=fault), library, "hello")


def test_without_a_kit_the_command_to_set_it_up_is_told(tmp_path: Path) -> None:
    """A half set-up kit is none."""
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()
    with pytest.raises(KitMissing, match="scripts/voice"):
        VoiceKit(tmp_path)


def test_a_misspelt_id_is_not_passed_over(library: PromptLibrary, tmp_path: Path) -> None:
    """`say helo` says that there is no such sentence."""
    with pytest.raises(UnknownPrompt, match="helo"):
        render_all(kit(tmp_path), library, "helo")


@pytest.mark.parametrize("content", ["{", "[]", '{"zh/hello": {"recipe": "x"}}', '{"zh/hello": 3}'])
def test_a_damaged_manifest_is_told(library: PromptLibrary, folder: Path, content: str) -> None:
    """Nothing is rendered over anything on the word of a broken file."""
    (folder / "audio" / "manifest.json").write_text(content)
    with pytest.raises(WrongPrompts, match=r"manifest\.json"):
        standing(library)


def test_a_sentence_that_is_gone_leaves_the_manifest(library: PromptLibrary, folder: Path, tmp_path: Path) -> None:
    """The manifest lists what there is."""
    render_all(kit(tmp_path), library, "hello", "press_two")
    texts = folder / "texts.toml"
    texts.write_text(texts.read_text(encoding="utf-8").split("[press_two]")[0], encoding="utf-8")
    render_all(kit(tmp_path), PromptLibrary.load(folder), "hello")
    assert set(json.loads((folder / "audio" / "manifest.json").read_text())) == {"zh/hello", "en/hello"}


def test_what_is_heard_is_held_against_the_sentence(library: PromptLibrary, tmp_path: Path) -> None:
    """Mandarin by syllables (您好 heard as 你好: one of two), English by letters (Hello as Yellow: two of five)."""
    voice_kit = kit(tmp_path)
    pairs = [(HELLO, Language.ZH), (HELLO, Language.EN)]
    verdicts = judge(voice_kit, list(listen(voice_kit, recordings(library, pairs, tmp_path))))
    assert [verdict.error_rate for verdict in verdicts] == [0.5, 0.4]
    assert verdicts[0].heard.spoken.meant == "您好。"
