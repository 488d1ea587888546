"""Fragments: how they stand in a file, how they are joined, and how a recogniser's words are read for their numbers."""

import wave
from datetime import date, time
from pathlib import Path

import pytest

from ivr.adapters.prompts import numerals
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.page import page
from ivr.adapters.prompts.recipe import Recipe
from ivr.adapters.prompts.recogniser import Heard, Spoken, Verdict
from ivr.adapters.prompts.samples import join, sample_words, samples, words_of
from ivr.adapters.prompts.texts import WrongPrompts
from ivr.domain.caller import Language
from ivr.domain.spoken import Amount, Count, Day, Digits, Duration, Position, TimeOfDay, Unit, Value
from ivr.policies.speech import fragments
from tests.adapters.prompts.conftest import tone

ZH, EN = Language.ZH, Language.EN

FRAGMENTS = """
[digits]
language = "zh"
carrier = "{}。请记下来。"
source = "H2.1c"
[digits.fragments]
d_zh_1 = "幺"
d_zh_34 = "三四"
[digits.spoken]
d_zh_1 = "/jau→/"

[last_digits]
language = "zh"
carrier = "工单号，八八{}，正在处理。"
tail_ms = 200
source = "H2.1c"
[last_digits.fragments]
d_zh_2_end = "二"
"""


@pytest.fixture
def numbers(folder: Path) -> PromptLibrary:
    """The two sentences and three fragments, each with a recording of its own length."""
    (folder / "numbers.toml").write_text(FRAGMENTS, encoding="utf-8")
    for seconds, name in ((0.2, "d_zh_1"), (0.3, "d_zh_34"), (0.5, "d_zh_2_end")):
        (folder / "audio" / "zh" / f"{name}.wav").write_bytes(tone(seconds))
    return PromptLibrary.load(folder)


def test_a_fragment_has_one_language_and_the_words_it_is_rendered_with(numbers: PromptLibrary) -> None:
    """It is heard in its own language whatever the caller's is, and has one recording."""
    entry = numbers.prompt("d_zh_1")
    assert (entry.is_fragment, entry.carrier, entry.tail_ms) == (True, "{}。请记下来。", 0)
    assert (numbers.text("d_zh_1", ZH), entry.spoken(ZH)) == ("幺", "/jau→/")
    assert [pair for pair in numbers.voiced() if pair[0] == "d_zh_1"] == [("d_zh_1", ZH)]
    assert numbers.prompt("d_zh_2_end").ends_group
    assert not numbers.prompt("hello").is_fragment


def test_the_voice_is_told_the_carrier_and_the_tail(numbers: PromptLibrary) -> None:
    """A sentence has neither; the digest changes with both."""
    recipe = Recipe.load(numbers.folder)
    piece, last, sentence = (numbers.prompt(name) for name in ("d_zh_34", "d_zh_2_end", "hello"))
    assert recipe.order(piece, ZH)["carrier"] == "{}。请记下来。"
    assert recipe.order(piece, ZH)["tail_ms"] == 0
    assert recipe.order(last, ZH)["carrier"] == "工单号，八八{}，正在处理。"
    assert recipe.order(last, ZH)["tail_ms"] == 200
    assert "carrier" not in recipe.order(sentence, ZH)
    assert recipe.digest(piece, ZH) != recipe.digest(last, ZH)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (FRAGMENTS.replace("{}。", "。"), r"numbers\.toml: \[digits\] carrier: "),
        (FRAGMENTS.replace('language = "zh"\n', ""), r"\[digits\] language: is missing"),
        (FRAGMENTS.replace('"幺"', '""'), r"\[digits\] fragments\.d_zh_1: must be one line of text"),
        (FRAGMENTS.replace("d_zh_2_end", "hello"), r"\[hello\] stands in numbers\.toml already"),
        (FRAGMENTS.replace("d_zh_2_end", "D2"), r"\[D2\] is no id"),
    ],
)
def test_wrong_fragments_are_refused_with_their_place(folder: Path, text: str, sentence: str) -> None:
    """As sentences are."""
    (folder / "numbers.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongPrompts, match=sentence):
        PromptLibrary.load(folder)


def test_a_value_is_joined_from_its_fragments(numbers: PromptLibrary, tmp_path: Path) -> None:
    """One after the other, nothing between them."""
    join(numbers, fragments(Digits("342", ZH)), ZH, tmp_path / "joined.wav")
    with wave.open(str(tmp_path / "joined.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        assert file.getnframes() == 8_000 * 0.8
    assert words_of(numbers, Digits("342", ZH)) == "三四二"


def test_the_page_lists_fragments_apart(numbers: PromptLibrary) -> None:
    """A table of their own, a row for each source."""
    written = page(numbers)
    assert "| zh | `d_zh_1` 幺; `d_zh_34` 三四; `d_zh_2_end` 二 | H2.1c |" in written
    assert "2 sentences, 3 fragments" in written


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Amount(1_005_005, ZH), "一万零五十元零五分"),
        (Amount(1_005_005, ZH), "1万零50元零5分。"),
        (Amount(1_005_005, ZH), "10,050元05分"),
        (Amount(1_234, ZH), "12.34元"),
        (Amount(123_456_789, ZH), "1,234,567.89分"),
        (Amount(20_000, ZH), "两百元整"),
        (Amount(22_222, ZH), "222元2角2分"),
        (Amount(2, ZH), "两分"),
        (Amount(15_000_000_000, ZH), "一亿五千万元整"),
        (Amount(1_005_005, EN), "Ten thousand and fifty yuan and five fen."),
        (Amount(1_005_005, EN), "10,050 yuan and 5 fen"),
        (Amount(22_222, EN), "222 yuan and twenty-two fen"),
        (Amount(200_000_000_00, EN), "Two hundred million yuan"),
        (Digits("6222 0110", ZH), "六二二二，零幺幺零"),
        (Digits("6222 0110", ZH), "62220110"),
        (Digits("6222 0110", EN), "six two two two, oh one one zero"),
        (Digits("1234", EN), "1-2-3-4."),
        (Day(date(2026, 11, 25), ZH), "二零二六年十一月二十五日"),
        (Day(date(2026, 11, 25), ZH), "2026年11月25日"),
        (Day(date(2026, 11, 25), EN), "November 25th, 2026."),
        (Day(date(2026, 11, 25), EN), "November the 25th twenty twenty-six"),
        (TimeOfDay(time(15, 5), ZH), "下午三点零五分"),
        (TimeOfDay(time(15, 5), ZH), "下午3:05"),
        (TimeOfDay(time(15, 5), EN), "3:05 p.m."),
        (TimeOfDay(time(15, 5), EN), "Three oh five p.m."),
        (Count(205, EN), "two hundred and five"),
        (Count(205, ZH), "205"),
        (Position(13, EN), "the 13th"),
        (Position(2, ZH), "第二位"),
        (Duration(24, Unit.HOURS, EN), "twenty-four hours"),
        (Duration(2, Unit.MINUTES, ZH), "两分钟"),
    ],
)
def test_numbers_are_understood_however_they_are_written(value: Value, words: str) -> None:
    """In figures, in words, or half and half."""
    assert numerals.heard(words, value) == numerals.meant(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Amount(1_005_005, ZH), "一万零十五元零五分"),
        (Amount(1_005_005, EN), "ten thousand and fifteen yuan and five fen"),
        (Amount(60_317, ZH), "603元197分"),
        (Amount(22_222, ZH), "222元292分"),
        (Amount(1_204, ZH), "12.40元"),
        (Digits("1234", ZH), "一二四"),
        (Digits("1234", EN), "one two three nine"),
        (Day(date(2026, 11, 25), ZH), "二零二六年十月二十五日"),
        (TimeOfDay(time(15, 5), EN), "three fifty p.m."),
    ],
)
def test_one_wrong_figure_is_a_wrong_number(value: Value, words: str) -> None:
    """However alike it sounds."""
    heard = Heard(Spoken("<x>", value.language, Path("x.wav"), "", value), words)
    assert not Verdict(heard, error_rate=0.1).is_good(threshold=0.25)


def test_the_sentence_after_a_value_is_no_part_of_its_number() -> None:
    """已 before 成功 may be heard as 一 or 亿; whatever else was heard stays."""
    assert numerals.without("603元1角7分亿成功。", "已成功。") == "603元1角7分"
    assert numerals.without("200元整,1成功", "已成功。") == "200元整,"
    assert numerals.without("200元整,亿", "已成功。") == "200元整,亿"
    assert numerals.without("200元成功300元", "已成功。") == "200元成功300元"
    assert numerals.without("200元一", "") == "200元一"


def test_what_the_recogniser_is_told_has_other_figures_than_any_sample(shipped: PromptLibrary) -> None:
    """It tells what an amount is like, and could not help with the answer."""
    for sample in samples(shipped):
        told = numerals.heard(sample.told, sample.value)
        assert not set(told) & set(numerals.meant(sample.value)), sample.told


def test_every_sample_has_its_numbers_in_its_own_words(shipped: PromptLibrary) -> None:
    """What the recogniser is held to can be reached: the very words hold the very numbers."""
    for sample in samples(shipped):
        words = sample_words(shipped, sample)
        assert numerals.heard(words, sample.value) == numerals.meant(sample.value), words


def test_the_samples_speak_nearly_every_measure(shipped: PromptLibrary) -> None:
    """Every unit, part of the day and power of ten that a number may hold is listened to in some sample."""
    heard = {fragment for sample in samples(shipped) for fragment in fragments(sample.value)}
    zh = {"minus_zh", "wan_zh", "wan_zh_1", "n_zh_46_yuan", "jiao_fen_zh_50", "jiao_fen_zh_05", "whole_zh", "n_zh_0"}
    en = {"minus_en", "yuan_en", "fen_en", "thousand_en", "million_en", "hundred_en", "and_en", "oh_en"}
    assert zh | en <= heard
