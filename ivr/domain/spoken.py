"""What is spoken but stands in no sentence: amounts, digits, dates, times, counts, places in a line.

Each value carries the language it is spoken in, as a sentence does, and each is personal: it belongs to one caller. So
none shows itself in its `repr`, which ends up in tracebacks and logs; a live event and a picture name its `kind` alone.
How each is said is `ivr.policies.speech`.
"""

import re
from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum
from typing import ClassVar, TypeAlias

from ivr.domain.caller import Language

HIGHEST_AMOUNT = 10**14
"""Fen; below it every amount can be spoken: 999,999,999,999.99 yuan."""
HIGHEST_NUMBER = 10**8
"""Counts and places are below it."""


class Unsayable(ValueError):
    """A value that nobody could say. Its sentence does not tell the value."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: 一万零五十元零五分, "ten thousand and fifty yuan and five fen"."""

    kind: ClassVar[str] = "amount"
    fen: int = field(repr=False)
    """Hundredths of a yuan; below zero where money is owed."""
    language: Language
    currency: str = "CNY"

    def __post_init__(self) -> None:
        if abs(self.fen) >= HIGHEST_AMOUNT:
            raise Unsayable("an amount of a billion yuan times a thousand and more")
        if self.currency != "CNY":
            raise Unsayable(f"no recordings for the currency {self.currency}")


@dataclass(frozen=True, slots=True)
class Digits:
    """Spoken one by one, 1 as 幺 in Mandarin. Blanks part groups: each is ended as one ends a group, with a rest."""

    kind: ClassVar[str] = "digits"
    text: str = field(repr=False)
    language: Language

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9X]+( [0-9X]+)*", self.text):
            raise Unsayable("digits are 0 to 9 and X, in groups with one blank between")


@dataclass(frozen=True, slots=True)
class Day:
    """A date: 二零二六年十一月二十五日, "November the twenty-fifth, twenty twenty-six"."""

    kind: ClassVar[str] = "day"
    on: date = field(repr=False)
    language: Language
    with_year: bool = True
    """False where the year goes without saying."""


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """To the minute: 下午三点零五分, "three oh five p.m."."""

    kind: ClassVar[str] = "time"
    at: time = field(repr=False)
    language: Language


@dataclass(frozen=True, slots=True)
class Count:
    """How many, before what is counted: 两 (笔), "two"."""

    kind: ClassVar[str] = "count"
    number: int = field(repr=False)
    language: Language

    def __post_init__(self) -> None:
        if not 0 <= self.number < HIGHEST_NUMBER:
            raise Unsayable("a count is 0 or more, and below a hundred million")


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a line or list: 第二位, "the second"."""

    kind: ClassVar[str] = "position"
    number: int = field(repr=False)
    language: Language

    def __post_init__(self) -> None:
        if not 1 <= self.number < HIGHEST_NUMBER:
            raise Unsayable("a place is 1 or more, and below a hundred million")


class Unit(Enum):
    """What a duration is counted in."""

    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Duration:
    """How long: 五天, 两小时, "five days"."""

    kind: ClassVar[str] = "duration"
    number: int = field(repr=False)
    unit: Unit = field(repr=False)
    language: Language

    def __post_init__(self) -> None:
        if not 0 <= self.number < HIGHEST_NUMBER:
            raise Unsayable("a duration is 0 or more, and below a hundred million")


Value: TypeAlias = Amount | Digits | Day | TimeOfDay | Count | Position | Duration
"""Everything that is spoken from fragments."""
