"""How what was heard is compared with what was meant."""

from pathlib import Path

import pytest

from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.recogniser import Heard, Spoken, Verdict, edits, plain, recordings
from ivr.domain.caller import Language
from ivr.domain.ids import PromptId
from ivr.settings import load

ZH = Language.ZH


@pytest.mark.parametrize(
    ("written", "plainly"),
    [
        ("请您立即拨打110报警，", "请您立即拨打幺幺零报警"),
        ("每天24小时", "每天二十四小时"),
        ("请按4。", "请按四"),
        ("10 20 15 07", "十二十十五零七"),
        ("工号8001", "工号八零零幺"),
    ],
)
def test_numbers_in_mandarin_are_compared_as_they_are_spoken(written: str, plainly: str) -> None:
    """A recogniser writes digits where the sentence has characters; both come out the same."""
    assert plain(written, Language.ZH) == plainly


@pytest.mark.parametrize(
    ("written", "plainly"),
    [
        ("Press one.", "press1"),
        ("twenty-four hours", "24hours"),
        ("on one one zero immediately", "on110immediately"),
        ("Don't hang up!", "donthangup"),
    ],
)
def test_numbers_in_english_are_compared_in_digits(written: str, plainly: str) -> None:
    """However a number was written down."""
    assert plain(written, Language.EN) == plainly


def test_edits_count_wrong_missing_and_added_sounds() -> None:
    """Levenshtein's distance."""
    assert edits("abcd", "abcd") == 0
    assert edits("abcd", "abxd") == 1
    assert edits("abcd", "acd") == 1
    assert edits("abcd", "abcde") == 1
    assert edits("abcd", "") == 4
    assert edits("ab", "xyzw") == 4


def test_a_short_sentence_is_heard_after_the_greeting(tmp_path: Path) -> None:
    """As its caller hears it, within a call; a longer one is heard alone."""
    library = PromptLibrary.load(load().prompts_folder)
    short, long = recordings(library, [(PromptId("press_2"), ZH), (PromptId("goodbye"), ZH)], tmp_path)
    assert (short.lead, long.lead) == (library.text(PromptId("greeting"), ZH), "")
    assert long.file == library.audio(PromptId("goodbye"), ZH)
    alone = [library.audio(PromptId(prompt), ZH).stat().st_size - 44 for prompt in ("greeting", "press_2")]
    assert short.file.stat().st_size - 44 == sum(alone)


@pytest.mark.parametrize(("wrong", "is_good"), [(0, True), (1, True), (2, False)])
def test_of_a_short_sentence_one_syllable_may_be_misheard(wrong: int, is_good: bool) -> None:
    """请按二 heard as 请按啊, not as 亲爱的."""
    spoken = Spoken("press_2", ZH, Path("x.wav"), "请按二。", lead="您好。")
    assert Verdict(Heard(spoken, ""), error_rate=wrong / 3).is_good(threshold=0.25) is is_good
