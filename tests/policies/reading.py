"""Reading spoken numbers back, written without a look at how they are made: what a listener would understand.

Works on words, as a caller hears them: 一万零五十元零五分, "ten thousand and fifty yuan and five fen".
"""

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ZH = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "幺": 1}
_EN = {word: value for value, word in enumerate(_ONES.split())}
_EN |= {word: value * 10 for value, word in enumerate(_TENS.split(), 2)}


def number_zh(words: str) -> int:
    """一万零五十 is 10050."""
    total = section = figure = 0
    for sign in words:
        if sign in _ZH:
            figure = _ZH[sign]
        elif sign in "十百千":
            section += (figure or 1) * {"十": 10, "百": 100, "千": 1000}[sign]
            figure = 0
        elif sign == "万":
            total += (section + figure) * 10_000
            section = figure = 0
        elif sign == "亿":
            total = (total + section + figure) * 100_000_000
            section = figure = 0
        else:
            raise ValueError(sign)
    return total + section + figure


def amount_zh(words: str) -> int:
    """一万零五十元零五分 is 1005005 fen."""
    sign, words = (-1, words[1:]) if words.startswith("负") else (1, words)
    fen = 0
    for measure, worth in (("元", 100), ("角", 10), ("分", 1)):
        if measure in words:
            before, words = words.split(measure)
            fen += number_zh(before) * worth
    assert words in ("", "整"), words
    return sign * fen


def number_en(words: str) -> int:
    """Ten thousand and fifty is 10050."""
    total = group = 0
    for word in words.replace("-", " ").split():
        if word in _EN:
            group += _EN[word]
        elif word == "hundred":
            group *= 100
        elif word in ("thousand", "million", "billion"):
            total += group * {"thousand": 10**3, "million": 10**6, "billion": 10**9}[word]
            group = 0
        elif word != "and":
            raise ValueError(word)
    return total + group


def amount_en(words: str) -> int:
    """Ten thousand and fifty yuan and five fen is 1005005 fen."""
    sign, words = (-1, words.removeprefix("minus ")) if words.startswith("minus ") else (1, words)
    yuan, small = words.split(" yuan") if " yuan" in words else ("", words)
    return sign * (number_en(yuan) * 100 + number_en(small.removesuffix(" fen")))
