"""How English says amounts, digits, dates, times, counts: each as the ids of the fragments it is joined from.

Decided, where people differ: "and" before the tens of a number, as in British English (the line says "press" and
"p.m." to people from everywhere, and the "and" helps to hear where a number ends); jiao are told as fen, since nobody
says "five jiao" in English; yuan and fen have no plural; the clock is of twelve hours, "oh" before a single minute.
"""

from datetime import date, time
from itertools import pairwise

from ivr.domain.spoken import Amount, Count, Day, Digits, Duration, Position, TimeOfDay, Unit, Value

ORDINALS = range(1, 32)
"""Places with a recording of their own ("the first"); later ones are "number thirty-two"."""


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
    """Ten thousand and fifty yuan and five fen."""
    sign = ["minus_en"] if fen < 0 else []
    yuan, rest = divmod(abs(fen), 100)
    if not rest:
        return [*sign, *integer(yuan), "yuan_en"]
    small = [*_tens(rest), "fen_en"]
    return sign + ([*integer(yuan), "yuan_en", "and_en", *small] if yuan else small)


def digits(text: str) -> list[str]:
    """One by one; the last of a group is its end."""
    return [
        f"d_en_{digit.lower()}{'' if following.strip() else '_end'}"
        for digit, following in pairwise(f"{text} ")
        if digit != " "
    ]


def day(on: date, *, with_year: bool) -> list[str]:
    """November the twenty-fifth, twenty twenty-six."""
    return [f"month_en_{on.month}", f"place_en_{on.day}", *(_year(on.year) if with_year else ())]


def time_of_day(at: time) -> list[str]:
    """Three oh five p.m."""
    if at.minute == 0 and at.hour in (0, 12):
        return ["midnight_en" if at.hour == 0 else "noon_en"]
    minutes = [] if at.minute == 0 else ["oh_en", f"n_en_{at.minute}"] if at.minute < 10 else _tens(at.minute)
    return [f"n_en_{at.hour % 12 or 12}", *minutes, "am_en" if at.hour < 12 else "pm_en"]


def count(number: int) -> list[str]:
    """Twelve."""
    return integer(number)


def position(number: int) -> list[str]:
    """The second."""
    return [f"place_en_{number}"] if number in ORDINALS else ["number_en", *integer(number)]


def duration(number: int, unit: Unit) -> list[str]:
    """Five days."""
    return [*integer(number), f"{unit.value}_en_1" if number == 1 else f"{unit.value}_en"]


def integer(number: int) -> list[str]:
    """A whole number, 0 to below 10^12."""
    if number < 100:
        return _tens(number)
    said: list[str] = []
    for power, name in ((3, "billion"), (2, "million"), (1, "thousand")):
        if group := number // 1000**power % 1000:
            said += [*_group(group), f"{name}_en"]
    rest = number % 1000
    if said and 0 < rest < 100:
        said.append("and_en")
    return said + (_group(rest) if rest else [])


def _group(group: int) -> list[str]:
    """Three figures: two hundred and five."""
    hundreds, rest = divmod(group, 100)
    said = [f"n_en_{hundreds}", "hundred_en"] if hundreds else []
    if rest:
        said += [*(["and_en"] if hundreds else []), *_tens(rest)]
    return said


def _tens(number: int) -> list[str]:
    """0 to 99: six, sixteen, forty six."""
    if number <= 20:
        return [f"n_en_{number}"]
    return [f"n_en_{number // 10}0", *([f"n_en_{number % 10}"] if number % 10 else [])]


def _year(year: int) -> list[str]:
    """Twenty twenty-six, nineteen oh five, two thousand and five."""
    century, rest = divmod(year, 100)
    if century % 10 == 0 and rest < 10:
        return integer(year)
    if rest == 0:
        return [*integer(century), "hundred_en"]
    return [*integer(century), *(["oh_en"] if rest < 10 else []), *_tens(rest)]
