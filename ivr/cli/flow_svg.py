"""The picture of the story as SVG: laid out by Graphviz (the package `graphviz-pure`), coloured here."""

import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from html import escape
from pathlib import Path
from unicodedata import east_asian_width

from ivr.cli.flow_drawing import ENDS, Arrow, Box
from ivr.domain.errors import HotlineError

FONTS = "Arial,PingFang SC,Microsoft YaHei,Noto Sans CJK SC,WenQuanYi Zen Hei,sans-serif"
"""Arial first: Graphviz knows how wide it is. Chinese signs are found further down the list."""
FOLDED_AT = 290
"""Points; a longer sentence goes on in the next line."""
LABEL_FOLDED_AT = 22
"""Signs of an arrow's words in one line."""
WIDE, NARROW = 1.0, 0.48
"""Widths of a Chinese and of a Latin sign, in font sizes; Graphviz knows no Chinese font's."""
TITLE, FIRST, SECOND = 13.0, 12.0, 10.0
"""Font sizes: a box's title, its sentence, the sentence in the other language."""
INK, PALE, RED = "#202124", "#5f6368", "#c5221f"
FILLS = {
    "menu": "#e8f0fe",
    "say": "#ffffff",
    "ask": "#e8f0fe",
    "queue": "#fff4e0",
    "deed": "#f3e8fd",
    "lookup": "#f3e8fd",
    "scene": "#fef7e0",
}
EMERGENCY_FILL, EDGE_FILL = "#fce8e6", "#e6f4ea"
PATIENCE = 30.0
"""Seconds for the layout."""


class NotDrawn(HotlineError):
    """Graphviz did not lay it out."""


def svg(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """One self-contained document. Raises NotDrawn."""
    try:
        done = subprocess.run(  # noqa: S603  (a program of our own environment)
            [_graphviz(), "-Tsvg"],
            input=dot(boxes, arrows),
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotDrawn(f"the picture could not be laid out: {error}") from error
    if done.returncode or "<svg" not in done.stdout:
        raise NotDrawn(f"the picture could not be laid out: {done.stderr.strip()[-300:]}")
    # Without the comments, which name the version: the same story gives the same file.
    return re.sub(r"<!--.*?-->\n?", "", done.stdout, flags=re.DOTALL).rstrip()


def _graphviz() -> str:
    """The program of the package, or the system's Graphviz. Raises NotDrawn."""
    own = Path(sys.executable).with_name("graphviz-pure")
    found = str(own) if own.exists() else shutil.which("graphviz-pure") or shutil.which("dot")
    if found is None:
        raise NotDrawn("neither graphviz-pure (a package of requirements/) nor Graphviz's dot is installed")
    return found


def dot(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """The same in Graphviz's language. Loops from a box to itself stand in the box."""
    again = {arrow.origin: arrow.why for arrow in arrows if arrow.origin == arrow.goal}
    lines = [
        "digraph hotline {",
        '  graph [rankdir=TB nodesep=0.35 ranksep=0.45 pad=0.3 bgcolor="white"]',
        f'  node [shape=box style="rounded,filled" fontname="{FONTS}" fontcolor="{INK}" color="{PALE}" margin=0.08]',
        f'  edge [fontname="{FONTS}" fontsize=11 color="{PALE}" fontcolor="{PALE}" arrowsize=0.7]',
    ]
    lines += [_node(box, again.get(box.name, "")) for box in boxes]
    lines += [_edge(arrow) for arrow in arrows if arrow.origin != arrow.goal]
    return "\n".join([*lines, "}"])


def _node(box: Box, again: str) -> str:
    rows = [_row(f"<B>{escape(box.title)}</B>", box.title, TITLE, RED if box.emergency else INK)]
    for first, *others in box.words:
        rows += [_row(escape(line), line, FIRST, INK) for line in _folded(first, FIRST)]
        rows += [_row(escape(short), short, SECOND, PALE) for short in (_cut(other, SECOND) for other in others)]
    if again:
        rows.append(_row(escape(f"again: {again}"), f"again: {again}", SECOND + 1, PALE))
    ends = box.kind in ENDS
    fill = EMERGENCY_FILL if box.emergency else EDGE_FILL if ends else FILLS[box.kind]
    colour = f' color="{RED}"' if box.emergency else ""
    table = f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>'
    return f'  {box.name}_ [fillcolor="{fill}"{colour} label=<{table}>]'


def _row(shown: str, line: str, size: float, colour: str) -> str:
    width = round(_width(line, size))
    return f'<TR><TD ALIGN="LEFT" WIDTH="{width}"><FONT POINT-SIZE="{size:g}" COLOR="{colour}">{shown}</FONT></TD></TR>'


def _edge(arrow: Arrow) -> str:
    colour = f' color="{RED}" fontcolor="{RED}"' if arrow.emergency else ""
    lines = textwrap.wrap(arrow.why.replace('"', "'"), LABEL_FOLDED_AT, break_long_words=False)
    label = "".join(f"  {line}  \\l" for line in lines)  # blanks keep it off its arrow
    return f'  {arrow.origin}_ -> {arrow.goal}_ [label="{label}"{colour}]'


def _width(words: str, size: float) -> float:
    return sum(WIDE if east_asian_width(sign) in "WF" else NARROW for sign in words) * size


def _cut(words: str, size: float) -> str:
    """Its first line: the sentence stands in full in the other language."""
    first, *more = _folded(words, size)
    return f"{first} …" if more else first


def _folded(words: str, size: float) -> list[str]:
    """Lines that fit into a box: Chinese breaks anywhere but before its punctuation, English between words."""
    lines, line = [], ""
    for piece in re.findall(r"[\u0021-\u2fff]+ ?|.[，。？！、；：」]?", words):
        if line and _width((line + piece).rstrip(), size) > FOLDED_AT:
            lines.append(line.rstrip())
            line = ""
        line += piece
    return [*lines, line.rstrip()]
