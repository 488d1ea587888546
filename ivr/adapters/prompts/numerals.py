"""Which numbers a recogniser's words hold, however it wrote them: 一万零五十元零五分 and 10,050元5分 are the same.

What a spoken value should hold is worked out from the value, not from its words.
"""

import re

from ivr.domain.caller import Language
from ivr.domain.spoken import Amount, Count, Day, Digits, Duration, Position, TimeOfDay, Value

_ZH = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "幺": 1, "〇": 0}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
_EN = {word: value for value, word in enumerate(_ONES.split())} | {"oh": 0}
_EN |= {word: value * 10 for value, word in enumerate(_TENS.split(), 2)}
_EN |= {word: value for value, word in enumerate(_ORDINALS.split())}
_POWERS = {"thousand": 10**3, "million": 10**6, "billion": 10**9}


def meant(value: Value) -> list[int]:
    """The numbers that a listener should have at the end."""
    match value:
        case Amount(fen=fen):
            yuan, rest = divmod(abs(fen), 100)
            small = [rest] if value.language is Language.EN else [figure for figure in divmod(rest, 10) if figure]
            return [*([yuan] if yuan or not rest else []), *(small if rest else [])]
        case Digits(text=text):
            return [int(figure) for figure in text if figure.isdigit()]
        case Day(on=on):
            return [on.day, on.year] if value.language is Language.EN else [on.year, on.month, on.day]
        case TimeOfDay(at=at):
            return [at.hour if at.hour == 12 else at.hour % 12, *([at.minute] if at.minute else [])]
        case Count(number=number) | Position(number=number) | Duration(number=number):
            return [number]


def without(words: str, after: str) -> str:
    """What was written down, without the sentence after the value: 已成功 may be heard as 一成功, 亿成功.

    Its first character is what a listener may take for a figure; the rest has to be there, or nothing is cut.
    """
    rest = re.sub(r"\W", "", after)[1:]
    return re.sub(rf"\w{rest}\W*$", "", words) if rest else words


def heard(words: str, value: Value) -> list[int]:
    """The numbers in what was written down of that value; of digits each by itself."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", words.lower())
    if isinstance(value, Digits):
        return [figure for number in _figures(plain, value.language) for figure in number]
    if isinstance(value, Amount) and value.language is Language.ZH:
        plain = re.sub(r"(\d)\.(\d)(\d)(?!\d)", r"\1元\2角\3分", plain)  # 12.34 is one way to write it
    plain = re.sub(r"(\d)[.:](\d\d)\b", _parted, plain)
    return _numbers_zh(plain) if value.language is Language.ZH else _numbers_en(plain)


def _parted(decimal: "re.Match[str]") -> str:
    return f"{decimal[1]} {decimal[2]}"


def _figures(words: str, language: Language) -> list[list[int]]:
    if language is Language.ZH:
        return [[int(sign) if sign.isdigit() else _ZH[sign]] for sign in words if sign.isdigit() or sign in _ZH]
    found = re.findall(r"\d|[a-z]+", words)
    return [[int(word) if word.isdigit() else _EN[word]] for word in found if word.isdigit() or _EN.get(word, 10) < 10]


def _numbers_zh(words: str) -> list[int]:
    signs = "".join([*_ZH, *_PLACES, *_MYRIADS])
    return [_number_zh(run) for run in re.findall(rf"[\d{signs}]+", words) if run]


def _number_zh(run: str) -> int:
    """A numeral of figures, characters or both: 1万零50."""
    parts = re.findall(r"\d+|.", run)
    if not any(part in _PLACES or part in _MYRIADS for part in parts):
        return int("".join(part if part.isdigit() else str(_ZH[part]) for part in parts))
    total = section = figure = 0
    for part in parts:
        if part in _PLACES:
            section += (figure or 1) * _PLACES[part]
            figure = 0
        elif part == "万":
            total += (section + figure) * _MYRIADS[part]
            section = figure = 0
        elif part == "亿":
            total = (total + section + figure) * _MYRIADS[part]
            section = figure = 0
        else:
            figure = int(part) if part.isdigit() else _ZH[part]
    return total + section + figure


def _numbers_en(words: str) -> list[int]:
    found: list[int] = []
    total = group = 0
    begun = False
    for word in [*re.findall(r"\d+|[a-z]+", words), "."]:
        if word.isdigit() or word in _EN:
            value = int(word) if word.isdigit() else _EN[word]
            if begun and not _fits(group, value):
                found.append(total + group)
                total = group = 0
            group, begun = group + value, True
        elif begun and word == "hundred":
            group *= 100
        elif begun and word in _POWERS:
            total, group = total + group * _POWERS[word], 0
        elif begun and word not in ("and", "th", "st", "nd", "rd"):
            found.append(total + group)
            total = group = 0
            begun = False
    return _years(found)


def _fits(group: int, value: int) -> bool:
    """Whether a number word goes on with the number before it: forty and six, not six and forty."""
    return group % 100 == 0 or (group % 10 == 0 and group % 100 >= 20 and 0 < value < 10)


def _years(numbers: list[int]) -> list[int]:
    """Twenty, twenty-six at the end of a date is 2026."""
    if len(numbers) > 1 and numbers[-2] == 20 and 10 <= numbers[-1] < 100:
        return [*numbers[:-2], numbers[-2] * 100 + numbers[-1]]
    return numbers
