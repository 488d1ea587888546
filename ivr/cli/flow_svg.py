"""The picture of the story as SVG: boxes in layers, top to bottom, arrows led around the boxes.

The usual steps of a layered drawing (Sugiyama): turn loops around, give each box a layer, put a bend where an arrow
passes a layer, order each layer by its neighbours, then place and draw.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from unicodedata import east_asian_width

from ivr.cli.flow_drawing import Arrow, Box

WIDTH, LINE, PAD, GAP_X, GAP_Y, BEND = 320, 18, 12, 40, 76, 24
WIDE, NARROW = 13.0, 7.0
"""Pixels of a Chinese and of a Latin sign."""
COLOURS = {
    "menu": "#e8f0fe",
    "say": "#ffffff",
    "queue": "#fff4e0",
    "deed": "#f3e8fd",
    "start": "#e6f4ea",
    "end": "#e6f4ea",
}
STYLE = (
    "text{font:13px system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;fill:#202124}"
    ".title{font-weight:600}.why{font-size:12px;fill:#1a56b0}"
    ".box{stroke:#5f6368}.way{fill:none;stroke:#5f6368;stroke-width:1.2}"
)


@dataclass(slots=True)
class _Node:
    """A box, or a bend of an arrow."""

    layer: int
    lines: list[str] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    width: float = BEND
    height: float = 0.0


def svg(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """One self-contained document."""
    again = {arrow.origin: arrow.why for arrow in arrows if arrow.origin == arrow.goal}
    ways = [arrow for arrow in arrows if arrow.origin != arrow.goal]
    nodes = _layered(boxes, ways, again)
    paths = {arrow: _bent(arrow, number, nodes) for number, arrow in enumerate(ways)}
    layers = _ordered(nodes, list(paths.values()))
    width, height = _placed(layers, nodes)
    drawn = [_way(arrow, [nodes[name] for name in path], nodes) for arrow, path in paths.items()]
    drawn += [_box(box, nodes[box.name]) for box in boxes]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">',
            f"<style>{STYLE}</style>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0,0 8,4 0,8z" fill="#5f6368"/></marker></defs>',
            f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
            *drawn,
            "</svg>",
        ]
    )


def _layered(boxes: Sequence[Box], ways: Sequence[Arrow], again: dict[str, str]) -> dict[str, _Node]:
    """Each box below all that lead to it, arrows that go back left aside."""
    onward = _without_loops(boxes, ways)
    layer = {box.name: 0 for box in boxes}
    for _ in boxes:
        for origin, goal in onward:
            layer[goal] = max(layer[goal], layer[origin] + 1)
    nodes = {}
    for box in boxes:
        spoken = [line for words in box.words for line in _folded(words)]
        lines = [box.title, *spoken] + ([f"↻ {again[box.name]}"] if box.name in again else [])
        size = len(lines) * LINE + 2 * PAD
        nodes[box.name] = _Node(layer[box.name], lines, width=WIDTH if box.words else WIDTH / 2, height=size)
    return nodes


def _without_loops(boxes: Sequence[Box], ways: Sequence[Arrow]) -> set[tuple[str, str]]:
    """The arrows that lead onward: those that close no loop in a walk from the start."""
    goals = defaultdict(list)
    for way in ways:
        goals[way.origin].append(way.goal)
    onward: set[tuple[str, str]] = set()
    walked: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        walked.add(name)
        for goal in goals[name]:
            if goal not in (*above, name):
                onward.add((name, goal))
                if goal not in walked:
                    walk(goal, (*above, name))

    walk(boxes[0].name, ())
    return onward


def _bent(arrow: Arrow, number: int, nodes: dict[str, _Node]) -> list[str]:
    """The arrow's way: its boxes and a bend in every layer between."""
    first, last = nodes[arrow.origin].layer, nodes[arrow.goal].layer
    step = 1 if last >= first else -1
    path = [arrow.origin]
    for layer in range(first + step, last, step):
        name = f"bend {number} {layer}"
        nodes[name] = _Node(layer)
        path.append(name)
    return [*path, arrow.goal]


def _ordered(nodes: dict[str, _Node], paths: Sequence[Sequence[str]]) -> list[list[str]]:
    """Layers, each in the order of its neighbours' middle: few crossings."""
    near = defaultdict(list)
    for path in paths:
        for one, other in pairwise(path):
            near[one].append(other)
            near[other].append(one)
    layers: list[list[str]] = [[] for _ in range(max(node.layer for node in nodes.values()) + 1)]
    for name, node in nodes.items():
        layers[node.layer].append(name)
    for sweep in range(8):
        place = {name: index / max(len(layer), 1) for layer in layers for index, name in enumerate(layer)}
        for layer in layers if sweep % 2 == 0 else reversed(layers):

            def middle(name: str, place: dict[str, float] = place) -> float:
                around = [place[other] for other in near[name]]
                return sum(around) / len(around) if around else place[name]

            layer.sort(key=middle)
            place |= {name: index / len(layer) for index, name in enumerate(layer)}
    return layers


def _placed(layers: Sequence[Sequence[str]], nodes: dict[str, _Node]) -> tuple[float, float]:
    """Each layer centred; the size of the whole."""
    widths = [sum(nodes[name].width + GAP_X for name in layer) for layer in layers]
    whole, y = max(widths) + GAP_X, float(GAP_X)
    for layer, width in zip(layers, widths, strict=True):
        x = (whole - width + GAP_X) / 2
        tallest = max(nodes[name].height for name in layer)
        for name in layer:
            node = nodes[name]
            node.x, node.y = x + node.width / 2, y + (tallest - node.height) / 2
            x += node.width + GAP_X
            if not node.lines:
                node.y, node.height = y, tallest  # a bend goes straight through its layer
        y += tallest + GAP_Y
    return whole, y - GAP_Y + GAP_X


def _way(arrow: Arrow, path: Sequence[_Node], nodes: dict[str, _Node]) -> str:
    """A curve from bottom to top, or from top to bottom where it leads back; its words where it begins."""
    down = nodes[arrow.goal].layer > nodes[arrow.origin].layer
    points: list[tuple[float, float]] = []
    for node in path:
        top, bottom = (node.x, node.y), (node.x, node.y + node.height)
        points += [top, bottom] if down else [bottom, top]
    points = points[1:-1]
    curve = f"M{points[0][0]:.0f},{points[0][1]:.0f}"
    for (x1, y1), (x2, y2) in pairwise(points):
        half = (y2 - y1) / 2
        curve += f" C{x1:.0f},{y1 + half:.0f} {x2:.0f},{y2 - half:.0f} {x2:.0f},{y2:.0f}"
    (x1, y1), (x2, y2) = points[0], points[1]
    at = f'x="{(x1 + x2) / 2 + 4:.0f}" y="{(y1 + y2) / 2:.0f}"'
    words = f'<text class="why" {at}>{escape(arrow.why)}</text>'
    return f'<path class="way" d="{curve}" marker-end="url(#tip)"/>{words if arrow.why else ""}'


def _box(box: Box, node: _Node) -> str:
    left = node.x - node.width / 2
    round_ = 18 if box.kind in ("start", "end") else 5
    parts = [
        f'<rect class="box" x="{left:.0f}" y="{node.y:.0f}" width="{node.width:.0f}" height="{node.height:.0f}" '
        f'rx="{round_}" fill="{COLOURS.get(box.kind, "#fff")}"/>'
    ]
    for number, line in enumerate(node.lines):
        style = ' class="title"' if number == 0 else ""
        parts.append(
            f'<text{style} x="{left + PAD:.0f}" y="{node.y + PAD + 13 + number * LINE:.0f}">{escape(line)}</text>'
        )
    return "".join(parts)


def _folded(words: str) -> list[str]:
    """Lines that fit into a box: Chinese breaks anywhere, English between words."""
    lines, line, used = [], "", 0.0
    for piece in _pieces(words):
        size = sum(WIDE if east_asian_width(sign) in "WF" else NARROW for sign in piece)
        if used + size > WIDTH - 2 * PAD and line:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line, used = line + piece, used + size
    return [*lines, line.rstrip()]


def _pieces(words: str) -> list[str]:
    """Chinese signs one by one, Latin words with the blank behind them."""
    return re.findall(r"[\u0020-\u2fff]+? |[\u0021-\u2fff]+|.", words)
