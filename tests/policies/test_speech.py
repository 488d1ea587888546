"""How values are said in both languages: hand-checked tables, and every value read back by an independent listener."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.caller import Language
from ivr.domain.spoken import (
    HIGHEST_AMOUNT,
    HIGHEST_NUMBER,
    Amount,
    Count,
    Day,
    Digits,
    Duration,
    Position,
    TimeOfDay,
    Unit,
    Unsayable,
    Value,
)
from ivr.policies import speech_en, speech_zh
from ivr.policies.speech import fragments
from tests.policies import reading
from tests.policies.words import words_of

ZH, EN = Language.ZH, Language.EN
FEN = st.one_of(
    st.integers(-HIGHEST_AMOUNT + 1, HIGHEST_AMOUNT - 1),
    st.integers(0, 10**6),
    st.builds(
        lambda figures, power, rest: figures * 10**power + rest,
        st.integers(1, 999),
        st.integers(0, 10),
        st.integers(0, 99),
    ),
)
"""Any amount, the small ones and those full of zeros above all."""
NUMBER = st.one_of(st.integers(1, HIGHEST_NUMBER - 1), st.integers(1, 300))


def said(value: Value) -> str:
    """What the caller hears, in words."""
    return words_of(fragments(value), value.language)


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "零元", "zero yuan"),
        (1, "一分", "one fen"),
        (2, "两分", "two fen"),
        (20, "两角", "twenty fen"),
        (22, "两角二分", "twenty-two fen"),
        (50, "五角", "fifty fen"),
        (99, "九角九分", "ninety-nine fen"),
        (100, "一元整", "one yuan"),
        (101, "一元零一分", "one yuan and one fen"),
        (120, "一元二角", "one yuan and twenty fen"),
        (200, "两元整", "two yuan"),
        (202, "两元零二分", "two yuan and two fen"),
        (222, "两元二角二分", "two yuan and twenty-two fen"),
        (1000, "十元整", "ten yuan"),
        (1200, "十二元整", "twelve yuan"),
        (1515, "十五元一角五分", "fifteen yuan and fifteen fen"),
        (2000, "二十元整", "twenty yuan"),
        (2002, "二十元零二分", "twenty yuan and two fen"),
        (10_000, "一百元整", "one hundred yuan"),
        (10_200, "一百零二元整", "one hundred and two yuan"),
        (11_000, "一百一十元整", "one hundred and ten yuan"),
        (11_150, "一百一十一元五角", "one hundred and eleven yuan and fifty fen"),
        (20_000, "两百元整", "two hundred yuan"),
        (22_200, "两百二十二元整", "two hundred and twenty-two yuan"),
        (100_000, "一千元整", "one thousand yuan"),
        (100_100, "一千零一元整", "one thousand and one yuan"),
        (101_000, "一千零一十元整", "one thousand and ten yuan"),
        (110_000, "一千一百元整", "one thousand one hundred yuan"),
        (222_200, "两千两百二十二元整", "two thousand two hundred and twenty-two yuan"),
        (1_000_000, "一万元整", "ten thousand yuan"),
        (1_005_005, "一万零五十元零五分", "ten thousand and fifty yuan and five fen"),
        (1_200_000, "一万两千元整", "twelve thousand yuan"),
        (2_000_200, "两万零二元整", "twenty thousand and two yuan"),
        (2_200_000, "两万两千元整", "twenty-two thousand yuan"),
        (10_001_000, "十万零一十元整", "one hundred thousand and ten yuan"),
        (10_500_000, "十万五千元整", "one hundred and five thousand yuan"),
        (11_000_000, "十一万元整", "one hundred and ten thousand yuan"),
        (12_050_000, "十二万零五百元整", "one hundred and twenty thousand five hundred yuan"),
        (22_000_000, "二十二万元整", "two hundred and twenty thousand yuan"),
        (102_000_000, "一百零二万元整", "one million twenty thousand yuan"),
        (111_000_000, "一百一十一万元整", "one million one hundred and ten thousand yuan"),
        (1_000_000_100, "一千万零一元整", "ten million and one yuan"),
        (20_000_000_000, "两亿元整", "two hundred million yuan"),
        (10_002_000_000, "一亿零两万元整", "one hundred million twenty thousand yuan"),
        (100_010_000_000, "十亿零一十万元整", "one billion one hundred thousand yuan"),
        (100_000_500_000, "十亿零五千元整", "one billion five thousand yuan"),
        (-1_250, "负十二元五角", "minus twelve yuan and fifty fen"),
        (
            9_999_999_999_999,
            "九百九十九亿九千九百九十九万九千九百九十九元九角九分",
            "ninety-nine billion nine hundred and ninety-nine million nine hundred and ninety-nine thousand "
            "nine hundred and ninety-nine yuan and ninety-nine fen",
        ),
    ],
)
def test_amounts_are_said_as_people_say_them(fen: int, zh: str, en: str) -> None:
    """零, 两 and 二, 一十, 整, 角 and 分; "and", fen."""
    assert said(Amount(fen, ZH)) == zh
    assert said(Amount(fen, EN)) == en


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("1", "幺", "one"),
        ("110", "幺幺零", "one one zero"),
        ("6222 0210", "六二二二 零二幺零", "six two two two, zero two one zero"),
        ("34X", "三四X", "three four X"),
    ],
)
def test_digits_are_said_one_by_one(text: str, zh: str, en: str) -> None:
    """1 is 幺; a group ends with a rest."""
    assert said(Digits(text, ZH)) == zh
    assert said(Digits(text, EN)) == en


@pytest.mark.parametrize(
    ("on", "zh", "en"),
    [
        (date(2026, 11, 25), "二零二六年十一月二十五日", "November the twenty-fifth twenty twenty-six"),
        (date(2030, 2, 1), "二零三零年二月一日", "February the first twenty thirty"),
        (date(2012, 12, 31), "二零一二年十二月三十一日", "December the thirty-first twenty twelve"),
        (date(2005, 3, 2), "二零零五年三月二日", "March the second two thousand and five"),
        (date(2000, 1, 10), "二零零零年一月十日", "January the tenth two thousand"),
        (date(1999, 10, 22), "一九九九年十月二十二日", "October the twenty-second nineteen ninety-nine"),
        (date(1905, 5, 3), "一九零五年五月三日", "May the third nineteen oh five"),
        (date(1900, 8, 12), "一九零零年八月十二日", "August the twelfth nineteen hundred"),
    ],
)
def test_dates_are_said_as_people_say_them(on: date, zh: str, en: str) -> None:
    """The year figure by figure in Mandarin, in two halves in English."""
    assert said(Day(on, ZH)) == zh
    assert said(Day(on, EN)) == en


def test_a_date_may_go_without_its_year() -> None:
    """Where it goes without saying."""
    on = date(2026, 11, 25)
    assert said(Day(on, ZH, with_year=False)) == "十一月二十五日"
    assert said(Day(on, EN, with_year=False)) == "November the twenty-fifth"


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        (time(15, 5), "下午三点零五分", "three oh five p.m."),
        (time(0, 0), "凌晨零点整", "midnight"),
        (time(0, 30), "凌晨零点三十分", "twelve thirty a.m."),
        (time(5, 59), "凌晨五点五十九分", "five fifty-nine a.m."),
        (time(8, 0), "上午八点整", "eight a.m."),
        (time(12, 0), "中午十二点整", "noon"),
        (time(12, 45), "中午十二点四十五分", "twelve forty-five p.m."),
        (time(14, 10), "下午两点十分", "two ten p.m."),
        (time(18, 2), "晚上六点零二分", "six oh two p.m."),
        (time(22, 22), "晚上十点二十二分", "ten twenty-two p.m."),
        (time(23, 59), "晚上十一点五十九分", "eleven fifty-nine p.m."),
    ],
)
def test_times_are_said_as_people_say_them(at: time, zh: str, en: str) -> None:
    """两点, 零五分, 整; "oh five", noon and midnight."""
    assert said(TimeOfDay(at, ZH)) == zh
    assert said(TimeOfDay(at, EN)) == en


@pytest.mark.parametrize(
    ("number", "count", "position", "en"),
    [
        (1, "一", "第一位", "the first"),
        (2, "两", "第二位", "the second"),
        (12, "十二", "第十二位", "the twelfth"),
        (22, "二十二", "第二十二位", "the twenty-second"),
        (32, "三十二", "第三十二位", "number thirty-two"),
        (200, "两百", "第两百位", "number two hundred"),
        (1015, "一千零一十五", "第一千零一十五位", "number one thousand and fifteen"),
    ],
)
def test_how_many_and_which_place(number: int, count: str, position: str, en: str) -> None:
    """两 before what is counted, 二 in a place."""
    assert said(Count(number, ZH)) == count
    assert said(Position(number, ZH)) == position
    assert said(Position(number, EN)) == en


@pytest.mark.parametrize(
    ("number", "unit", "zh", "en"),
    [
        (0, Unit.DAYS, "零天", "zero days"),
        (1, Unit.DAYS, "一天", "one day"),
        (2, Unit.DAYS, "两天", "two days"),
        (15, Unit.DAYS, "十五天", "fifteen days"),
        (24, Unit.HOURS, "二十四小时", "twenty-four hours"),
        (2, Unit.MINUTES, "两分钟", "two minutes"),
    ],
)
def test_how_long(number: int, unit: Unit, zh: str, en: str) -> None:
    """With the unit, in its number."""
    assert said(Duration(number, unit, ZH)) == zh
    assert said(Duration(number, unit, EN)) == en


@given(FEN)
def test_every_amount_is_understood_as_it_was_meant(fen: int) -> None:
    """A listener who knows the language and not the code arrives at the same fen."""
    assert reading.amount_zh(said(Amount(fen, ZH))) == fen
    assert reading.amount_en(said(Amount(fen, EN))) == fen


@given(NUMBER)
def test_every_count_is_understood_as_it_was_meant(number: int) -> None:
    """So are counts and places."""
    assert reading.number_zh(said(Count(number, ZH))) == number
    assert reading.number_en(said(Count(number, EN))) == number
    assert reading.number_zh(said(Position(number, ZH))[1:-1]) == number


@given(FEN)
def test_no_amount_has_two_zeros_in_a_row_or_one_at_its_end(fen: int) -> None:
    """零 stands once in a gap."""
    words = said(Amount(fen, ZH))
    assert "零零" not in words
    assert fen == 0 or not any(f"零{measure}" in words for measure in "万亿元角分整")


@given(st.dates(), st.times())
def test_every_date_and_time_has_words(on: date, at: time) -> None:
    """In both languages."""
    for language in Language:
        assert said(Day(on, language))
        assert said(TimeOfDay(at, language))


@pytest.mark.parametrize("language", list(Language))
def test_what_nobody_could_say_is_refused_and_not_told(language: Language) -> None:
    """A story that gets an absurd value fails at once, and the log does not tell it."""
    for wrong in (
        lambda: Amount(HIGHEST_AMOUNT, language),
        lambda: Amount(1234567, language, "XAU"),
        lambda: Digits("12a4567", language),
        lambda: Digits("", language),
        lambda: Digits("12  4567", language),
        lambda: Count(-1234567, language),
        lambda: Position(0, language),
        lambda: Duration(-1234567, Unit.DAYS, language),
    ):
        with pytest.raises(Unsayable) as raised:
            wrong()
        assert "4567" not in str(raised.value)


def test_a_value_never_shows_itself() -> None:
    """`repr` ends up in tracebacks and logs."""
    values = (
        Amount(987_654, ZH),
        Digits("987654", ZH),
        Day(date(1987, 6, 5), ZH),
        TimeOfDay(time(9, 8), ZH),
        Count(987_654, ZH),
        Position(987_654, ZH),
        Duration(987_654, Unit.DAYS, ZH),
    )
    assert not any(figure in repr(values) for figure in "98765")


def test_no_rule_speaks_the_other_language() -> None:
    """Every fragment says in its id whose it is."""
    for number in (0, 1, 2, 31, 99, 100, 10_015, 99_999_999):
        assert all("_zh" in fragment for fragment in speech_zh.integer(number))
        assert all("_en" in fragment for fragment in speech_en.integer(number))
