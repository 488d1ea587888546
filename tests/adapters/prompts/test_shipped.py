"""The sentences and recordings that ship with the project."""

import ast
import json
import math
import wave
from array import array
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ivr import flow
from ivr.adapters.prompts.audio import examine
from ivr.adapters.prompts.library import PromptLibrary
from ivr.adapters.prompts.page import page
from ivr.adapters.prompts.recipe import Manifest, Recipe, Standing
from ivr.adapters.prompts.samples import words_of
from ivr.adapters.wav import RATE
from ivr.domain.caller import Language
from ivr.domain.spoken import Amount, Count, Day, Digits, Duration, Position, TimeOfDay, Unit, Value
from ivr.flow import need
from ivr.flow.words import days, digits
from ivr.policies.speech import fragments
from ivr.settings import PROJECT
from tests.adapters.prompts.conftest import SHIPPED

SOUNDING = 100  # of 32767: -50 dBFS, below the softest s
HOLD_MUSIC = SHIPPED / "moh" / "calm.wav"


def dbfs(value: float) -> float:
    return 20 * math.log10(max(value, 1e-9) / 32767)


def samples(path: Path) -> "array[int]":
    with wave.open(str(path), "rb") as file:
        return array("h", file.readframes(file.getnframes()))


def test_h2_1a_the_greeting_has_the_handbooks_exact_words(shipped: PromptLibrary) -> None:
    """「您好，金融客服中心，这里是服务部。」"""
    assert shipped.text("greeting", Language.ZH) == "您好，金融客服中心，这里是服务部。"


def test_h2_1b_the_question_has_the_handbooks_exact_words(shipped: PromptLibrary) -> None:
    """「您这边有什么需要帮助的吗？」 and then how to answer."""
    assert shipped.text("how_can_we_help", Language.ZH) == "您这边有什么需要帮助的吗？请按键选择。"


def test_h2_1b_the_vague_question_stands_nowhere(shipped: PromptLibrary) -> None:
    """No sentence asks what problem the caller has, in what is written or in what is spoken."""
    for prompt, language in shipped.pairs():
        for words in (shipped.text(prompt, language), shipped.prompt(prompt).spoken(language)):
            assert "什么问题" not in words
            assert "what problem" not in words.lower()


def test_the_notice_and_the_police_line_have_their_words(shipped: PromptLibrary) -> None:
    """The sentences whose wording DOMAIN gives."""
    assert shipped.text("recording_notice", Language.ZH) == "为保障您的权益，本次通话将被录音。"
    assert shipped.text("fraud_police", Language.ZH) == "请您立即拨打110报警，并申请紧急止付。"
    assert shipped.text("ask_password", Language.ZH) == "请输入六位电话银行密码，请勿输入银行卡取款密码，按井号键结束。"
    assert shipped.text("about_wealth", Language.ZH).startswith("理财非存款，产品有风险，投资须谨慎。")


def test_a_loss_report_is_told_in_its_exact_words(shipped: PromptLibrary) -> None:
    """Around the card's last four figures and the term, which the configuration has."""
    words = "".join(
        spoken if isinstance(spoken, str) else words_of(shipped, spoken)
        for spoken in (
            shipped.text("your_card_ending_in", Language.ZH),
            digits(Language.ZH, "6789"),
            shipped.text("loss_done", Language.ZH),
            days(Language.ZH, 5),
            "，" + shipped.text("loss_done_until", Language.ZH),
        )
    )
    assert words == (
        "您尾号六七八九的卡已办理临时挂失，有效期五天，请在到期前持本人有效身份证件到网点办理正式挂失，逾期自动失效。"
    )


def test_every_fragment_that_a_value_may_need_is_there_and_none_more(shipped: PromptLibrary) -> None:
    """Tried on values of every kind and size, in both languages."""
    needed = {fragment for language in Language for value in every_kind(language) for fragment in fragments(value)}
    assert needed == {prompt for prompt in shipped.ids if shipped.prompt(prompt).is_fragment}


def test_a_menu_offers_five_options_at_most(shipped: PromptLibrary) -> None:
    """The keys of options that are only known in the call end at 5."""
    assert [prompt for prompt in shipped.ids if prompt.startswith("press_")] == [f"press_{key}" for key in range(1, 6)]


def every_kind(language: Language) -> Iterator[Value]:
    """Values that together need every fragment."""
    for number in (*range(1, 1000), *range(1_000, 10_000, 1_000), 30_010, 30_000, 20_000):
        yield Count(number, language)
        yield Position(number, language)
        yield Amount(number * 100 + 1, language)
    tens = (10**4, 10**8, 2 * 10**4, 2 * 10**8, 3 * 10**4, 3 * 10**8, 10**9)
    for yuan in (0, 1, 2, 3, *tens, *(ten + 1 for ten in tens)):
        for rest in range(100):
            yield Amount(-(yuan * 100 + rest), language)
    yield Digits(
        " ".join(f"{pair:02}{pair:02} {figure} {figure}X" for pair in range(100) for figure in range(10)), language
    )
    yield Digits("XX", language)
    yield from (Day(date(2027, 1, 1) + timedelta(days=day), language) for day in range(365))
    yield from (Day(date(year, 1, 1), language) for year in range(1900, 2040))
    yield from (TimeOfDay(time(hour, minute), language) for hour in range(24) for minute in range(60))
    yield from (Duration(number, unit, language) for number in (1, 2, 3) for unit in Unit)


def test_every_sentence_can_be_played_in_both_languages(shipped: PromptLibrary) -> None:
    """No file is missing or of another format."""
    assert shipped.missing() == []


def test_every_recording_says_its_sentence_as_it_is_now(shipped: PromptLibrary) -> None:
    """A changed sentence without new audio fails here: `hotline prompts say`."""
    manifest = Manifest(shipped, Recipe.load(SHIPPED))
    wrong = {pair: manifest.standing(*pair) for pair in shipped.voiced()}
    assert {pair: what for pair, what in wrong.items() if what is not Standing.RENDERED} == {}


def test_nothing_ships_that_no_sentence_asks_for(shipped: PromptLibrary) -> None:
    """Recordings and manifest are exactly those of the sentences."""
    wanted = {shipped.audio(*pair) for pair in shipped.voiced()}
    assert {file.resolve() for file in (SHIPPED / "audio").rglob("*.wav")} == {file.resolve() for file in wanted}
    keys = {f"{language.value}/{prompt}" for prompt, language in shipped.voiced()}
    assert set(json.loads((SHIPPED / "audio" / "manifest.json").read_text())) == keys


def test_every_recording_is_equally_loud_and_none_clips(shipped: PromptLibrary) -> None:
    """Within 1 dB of -19 dBFS where something sounds, no peak above -2.9 dBFS."""
    for pair in shipped.voiced():
        audio = np.asarray(samples(shipped.audio(*pair)), dtype=float)
        power = np.square(audio[: len(audio) // 80 * 80]).reshape(-1, 80).mean(axis=1)
        loud = power[power > power.max() * 0.05**2]
        assert dbfs(math.sqrt(loud.mean())) == pytest.approx(-19, abs=1), pair
        assert dbfs(float(np.abs(audio).max())) <= -2.9, pair


def test_every_recording_begins_at_once_and_ends_without_a_long_silence(shipped: PromptLibrary) -> None:
    """At most 80 ms before the first sound and 250 ms after the last: silence at a menu's edges is waiting."""
    for pair in shipped.voiced():
        sounding = np.flatnonzero(np.abs(np.asarray(samples(shipped.audio(*pair)), dtype=int)) > SOUNDING)
        assert sounding[0] <= 0.08 * RATE, pair
        assert examine(shipped.audio(*pair)).samples - sounding[-1] <= 0.25 * RATE, pair


@pytest.mark.parametrize("language", list(Language))
def test_the_first_option_begins_within_12_seconds_of_the_answer(shipped: PromptLibrary, language: Language) -> None:
    """DOMAIN's limit, on a number whose language is set; one second is left for the exchange."""
    before = ("greeting", "recording_notice", "how_can_we_help")
    assert sum(shipped.seconds(prompt, language) for prompt in before) <= 11


def test_the_choice_of_a_language_is_over_within_10_seconds(shipped: PromptLibrary) -> None:
    """On a number that asks, both options have been heard by then."""
    heard = ("greeting", "recording_notice", "choose_language_zh", "choose_language_en")
    assert sum(shipped.seconds(prompt, Language.ZH) for prompt in heard) <= 10


@pytest.mark.parametrize("language", list(Language))
def test_the_holding_prompt_is_short(shipped: PromptLibrary, language: Language) -> None:
    """It is repeated while the controller comes back: four seconds at most."""
    assert shipped.seconds("still_here", language) <= 4


def test_every_sentence_the_story_speaks_is_in_the_library(shipped: PromptLibrary) -> None:
    """Read from the flow's code: no `say` or `sentences` asks for a sentence that nobody wrote."""
    asked = {prompt for prompt, _ in need.OPTIONS.values()}
    for file in Path(flow.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("say", "sentences"):
                asked |= {word.value for word in call.args if isinstance(word, ast.Constant)}
    assert len(asked) > 15
    assert asked <= set(shipped.ids)


def test_the_page_of_sentences_is_current(shipped: PromptLibrary) -> None:
    """`hotline prompts page` writes it."""
    assert (PROJECT / "docs" / "prompts.md").read_text(encoding="utf-8") == page(shipped)


def test_the_hold_music_loops_softly() -> None:
    """30 to 40 s, in the line's format, well below the voice, and without a step where the end meets the beginning."""
    assert 30 <= examine(HOLD_MUSIC).seconds <= 40
    audio = samples(HOLD_MUSIC)
    assert dbfs(math.sqrt(sum(value * value for value in audio) / len(audio))) == pytest.approx(-27, abs=1)
    steps = sorted(abs(after - before) for before, after in pairwise(audio))
    assert abs(audio[0] - audio[-1]) <= steps[int(len(steps) * 0.999)]


def test_all_audio_together_stays_under_25_megabytes() -> None:
    """It is cloned by everyone."""
    assert sum(file.stat().st_size for file in SHIPPED.rglob("*.wav")) < 25_000_000
