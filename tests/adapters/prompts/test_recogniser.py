"""How what was heard is compared with what was meant."""

import pytest

from ivr.adapters.prompts.recogniser import error_rate, plain
from ivr.domain.caller import Language


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


def test_the_error_rate_counts_wrong_missing_and_added_sounds() -> None:
    """Levenshtein over the length of what was meant."""
    assert error_rate("abcd", "abcd") == 0
    assert error_rate("abcd", "abxd") == 0.25
    assert error_rate("abcd", "acd") == 0.25
    assert error_rate("abcd", "abcde") == 0.25
    assert error_rate("abcd", "") == 1
    assert error_rate("ab", "xyzw") == 2
