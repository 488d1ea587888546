"""How Mandarin says amounts, digits, dates, times, counts: each as the ids of the fragments it is joined from.

Decided, where people differ:

- 两 stands where a lone 2 counts 百, 千, 万, 亿, 天, 小时, 分钟, or opens an amount (两元, 两角); elsewhere 二: 二十,
  十二万, 一元二角, 零二分, 第二位, 二月.
- 一十 after any other figure (一百一十, 十万零一十), 十 at the beginning (十五万).
- 零 once for any gap inside a number, none at its end; 元 and 分 without 角 are parted by 零.
- 整 ends an amount of whole yuan, as a bank says it; nothing is 零元.
- 一 alone before 万, 亿 and a measure changes its tone, and 一百 … 九千 run together: fragments of their own.
- Every joint is a place where a listener may mishear, so there are few: a number below a hundred is one fragment
  (四十六, 一十六), with 元 where it ends the yuan (四十六元); so is what follows the yuan (八角九分, 零五分). Months,
  days, hours and the years of now are whole too.
- Figures go in pairs, 62 22, each pair spoken in one breath; an odd one closes its group. X stands alone.
"""

import re
from datetime import date, time

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
    if not yuan:
        return [*sign, _jiao_fen_first(rest) if rest else "n_zh_0_yuan"]
    said = [*sign, *_ended(_alone(yuan, "yuan") or integer(yuan), "yuan")]
    return [*said, _jiao_fen(rest) if rest else "whole_zh"]


def digits(text: str) -> list[str]:
    """One by one, two in a recording; the last of a group is its end."""
    return [fragment for group in text.split() for fragment in _group_of_digits(group)]


def _group_of_digits(group: str) -> list[str]:
    said = [f"d_zh_{pair.lower()}" for pair in re.findall(r"\d\d|.", group)]
    return [*said[:-1], f"{said[-1]}_end"]


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
        return [*said, _jiao_fen(at.minute)]
    return [*said, f"n_zh_{at.minute}_fen"]


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
        ten = 10 <= rest < 20 and (said or not begins)
        said.append(f"n_zh_yi{rest}" if ten else f"n_zh_{rest}")
    return said


def _jiao_fen(rest: int) -> str:
    """After 元 or 点: 二角五分, 二角, 零二分."""
    return f"jiao_fen_zh_{rest:02}"


def _jiao_fen_first(rest: int) -> str:
    """Without yuan before it: 两角五分, 两角, 两分."""
    if rest < 10:
        return f"fen_zh_{rest}"
    return f"{_jiao_fen(rest)}_first" if rest // 10 == 2 else _jiao_fen(rest)


def _ended(said: list[str], measure: str) -> list[str]:
    """With the measure in the last fragment, unless it is there already."""
    return said if said[-1].startswith(measure) else [*said[:-1], f"{said[-1]}_{measure}"]


def _measured_group(group: int, name: str, *, begins: bool) -> list[str]:
    return _alone(group, name) or [*_group(group, begins=begins), f"{name}_zh"]


def _alone(number: int, name: str) -> list[str]:
    return [f"{name}_zh_{number}"] if number in LONE else []


def _year(year: int) -> list[str]:
    return [f"year_zh_{year}"] if year in YEARS else [*(f"n_zh_{digit}" for digit in str(year)), "year_zh"]
