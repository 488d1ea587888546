"""How Mandarin says amounts, digits, dates, times, counts: each as the ids of the fragments it is joined from.

Decided, where people differ:

- 两 stands where a lone 2 counts 百, 千, 万, 亿, 天, 小时, 分钟, or opens an amount (两元, 两角); elsewhere 二: 二十,
  十二万, 一元二角, 零二分, 第二位, 二月.
- 一十 after any other figure (一百一十, 十万零一十), 十 at the beginning (十五万).
- 零 once for any gap inside a number, none at its end; 元 and 分 without 角 are parted by 零.
- 整 ends an amount of whole yuan, as a bank says it; nothing is 零元.
- 一 alone before 万, 亿 and a measure changes its tone, and 一百 … 九千 run together: fragments of their own.
- Up to 二十 a number is one fragment, from 二十一 on two (四十, 六). 元, 角 and 分 are never alone, 六元 is one piece
  (`n_zh_6_yuan`), since a single syllable after a cut is misheard. So are months, days, hours and the years of now.
"""

from datetime import date, time
from itertools import pairwise

from ivr.domain.spoken import Amount, Count, Day, Digits, Duration, Position, TimeOfDay, Unit, Value

YEARS = range(2020, 2036)
"""Years with a recording of their own; others are joined figure by figure."""
LONE = (1, 2)
"""Figures with a form of their own before a measure: 一 changes its tone, 2 is 两."""
PARTS_OF_DAY = ((6, "dawn"), (12, "morning"), (13, "noon"), (18, "afternoon"), (24, "evening"))
"""Up to which hour it is 凌晨, 上午, 中午, 下午, 晚上."""


def fragments(value: Value) -> list[str]:
    """In the order they are spoken."""
    match value:
        case Amount(fen=fen):
            return amount(fen)
        case Digits(text=text):
            return digits(text)
        case Day(on=on, with_year=with_year):
            return day(on, with_year=with_year)
        case TimeOfDay(at=at):
            return time_of_day(at)
        case Count(number=number):
            return count(number)
        case Position(number=number):
            return position(number)
        case Duration(number=number, unit=unit):
            return duration(number, unit)


def amount(fen: int) -> list[str]:
    """一万零五十元零五分."""
    sign = ["minus_zh"] if fen < 0 else []
    yuan, rest = divmod(abs(fen), 100)
    jiao, small = divmod(rest, 10)
    said = sign + (_ended(_alone(yuan, "yuan") or integer(yuan), "yuan") if yuan or not rest else [])
    if yuan and not rest:
        return [*said, "whole_zh"]
    if jiao:
        said.append(_small(jiao, "jiao", opens=not yuan))
    elif yuan:
        said.append("n_zh_0")
    if small:
        said.append(_small(small, "fen", opens=not (yuan or jiao)))
    return said


def digits(text: str) -> list[str]:
    """One by one; the last of a group is its end."""
    return [
        f"d_zh_{digit.lower()}{'' if following.strip() else '_end'}"
        for digit, following in pairwise(f"{text} ")
        if digit != " "
    ]


def day(on: date, *, with_year: bool) -> list[str]:
    """二零二六年十一月二十五日."""
    return [*(_year(on.year) if with_year else ()), f"month_zh_{on.month}", f"day_zh_{on.day}"]


def time_of_day(at: time) -> list[str]:
    """下午三点零五分."""
    part = next(name for end, name in PARTS_OF_DAY if at.hour < end)
    hour = at.hour if at.hour <= 12 else at.hour - 12
    said = [f"part_zh_{part}", f"hour_zh_{hour}"]
    if at.minute == 0:
        return [*said, "whole_zh"]
    if at.minute < 10:
        return [*said, "n_zh_0", _small(at.minute, "fen", opens=False)]
    return [*said, *_ended(_tens(at.minute), "fen")]


def count(number: int) -> list[str]:
    """两, 十二, 一百零五."""
    return [f"count_zh_{number}"] if number in LONE else integer(number)


def position(number: int) -> list[str]:
    """第二位."""
    return ["place_zh", *integer(number), "place_zh_end"]


def duration(number: int, unit: Unit) -> list[str]:
    """五天."""
    return _alone(number, unit.value) or [*integer(number), f"{unit.value}_zh"]


def integer(number: int) -> list[str]:
    """A whole number, 0 to below 10^12."""
    if number == 0:
        return ["n_zh_0"]
    said: list[str] = []
    gap = False
    for power, name in ((2, "yi"), (1, "wan"), (0, "")):
        group = number // 10_000**power % 10_000
        if group == 0:
            gap = bool(said)
            continue
        if said and (gap or group < 1000):
            said.append("n_zh_0")
        gap = False
        said += _measured_group(group, name, begins=not said) if name else _group(group, begins=not said)
    return said


def _group(group: int, *, begins: bool) -> list[str]:
    """Four figures, without zeros before them."""
    thousands, hundreds, rest = group // 1000, group // 100 % 10, group % 100
    said = []
    if thousands:
        said.append(f"n_zh_{thousands}000")
    if hundreds:
        said.append(f"n_zh_{hundreds}00")
    if rest:
        if (thousands and not hundreds) or ((thousands or hundreds) and rest < 10):
            said.append("n_zh_0")
        said += _tens(rest) if rest < 10 or rest >= 20 or (begins and not said) else ["n_zh_yi10", *_unit(rest)]
    return said


def _tens(number: int) -> list[str]:
    """1 to 99: 六, 十六, 四十, 六."""
    return [f"n_zh_{number}"] if number <= 20 else [f"n_zh_{number // 10}0", *_unit(number)]


def _unit(number: int) -> list[str]:
    return [f"n_zh_{number % 10}"] if number % 10 else []


def _small(figure: int, measure: str, *, opens: bool) -> str:
    """角 or 分: 两角 at the beginning, 二角 after anything."""
    alone = figure == 1 or (figure == 2 and opens)
    return f"{measure}_zh_{figure}" if alone else f"n_zh_{figure}_{measure}"


def _ended(said: list[str], measure: str) -> list[str]:
    """With the measure in the last fragment, unless it is there already."""
    return said if said[-1].startswith(measure) else [*said[:-1], f"{said[-1]}_{measure}"]


def _measured_group(group: int, name: str, *, begins: bool) -> list[str]:
    return _alone(group, name) or [*_group(group, begins=begins), f"{name}_zh"]


def _alone(number: int, name: str) -> list[str]:
    return [f"{name}_zh_{number}"] if number in LONE else []


def _year(year: int) -> list[str]:
    return [f"year_zh_{year}"] if year in YEARS else [*(f"n_zh_{digit}" for digit in str(year)), "year_zh"]
