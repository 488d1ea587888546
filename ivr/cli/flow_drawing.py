"""The picture of the story as boxes and arrows with words in them; as text and as Mermaid."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from ivr.application.flow_picture import END, START, Place, draw
from ivr.bootstrap import manners
from ivr.domain.call import Incoming
from ivr.domain.ids import CallId, Linkedid, NodeId
from ivr.flow.hotline import hotline
from ivr.flow.menus import EMERGENCY, confirm_emergency
from ivr.flow.person import hand_to_duty
from ivr.flow.words import name_of
from ivr.settings import Settings

Words = tuple[str, ...]
"""One sentence: Chinese, English, or both."""
OF_EMERGENCY = {confirm_emergency.__name__, hand_to_duty.__name__}
FAILURES = ("wrong key", "silence")


@dataclass(frozen=True, slots=True)
class Box:
    """A place of the story."""

    name: str
    """`p1`, `p2`, … in the order they are found; `start`, `end`."""
    kind: str
    """say, menu, ask, queue, deed, start or end."""
    title: str
    words: tuple[Words, ...]
    emergency: bool = False
    """Only a caller who tells an emergency gets there."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from box to box."""

    origin: str
    goal: str
    why: str
    emergency: bool = False


def drawn(settings: Settings, words_of: Callable[[str], Words]) -> tuple[list[Box], list[Arrow]]:
    """The whole story, for a caller of whom nothing is known. `words_of` a prompt's id, or a value's `<kind>`."""
    manner = manners(settings)
    picture = draw(lambda: hotline(_anybody(), manner))
    boxes = [_box(place, words_of, manner.emergency_queue) for place in picture.places.values()]
    ways = {(way.origin, way.goal): way.why for way in picture.ways}
    boxes, ways = _like_as_one(boxes, ways)
    names = {START: START, END: END}
    for box in boxes:
        names.setdefault(box.name, f"p{len(names) - 1}")
    emergencies = {box.name for box in boxes if box.emergency}
    arrows = [
        Arrow(names[origin], names[goal], _label(origin, goal, ways, manner.tries), goal in emergencies)
        for origin, goal in ways
    ]
    return [replace(box, name=names[box.name]) for box in boxes], arrows


def _anybody() -> Incoming:
    return Incoming(
        call_id=CallId("n1-0.0"),
        linkedid=Linkedid("n1-0.0"),
        node=NodeId("n1"),
        trunk="any",
        dialled="any",
        caller_number=None,
        caller_name=None,
        language=None,
        line_of_business="any",
        arrived_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def _box(place: Place, words_of: Callable[[str], Words], emergency_queue: str) -> Box:
    title = {
        START: "a call arrives",
        END: "we hang up",
        "queue": f"queue {place.detail}",
        "deed": place.detail.replace("_", " "),
    }.get(place.kind, place.section.replace("_", " "))
    emergency = place.section in OF_EMERGENCY or (place.kind == "queue" and place.detail == emergency_queue)
    return Box(place.name, place.kind, title, tuple(words_of(name_of(word)) for word in place.words), emergency)


_Ways = dict[tuple[str, str], tuple[str, ...]]


def _like_as_one(boxes: list[Box], ways: _Ways) -> tuple[list[Box], _Ways]:
    """Boxes that look alike and lead to the same places are one: nobody could tell them apart."""
    while True:
        first: dict[object, str] = {}
        becomes = {}
        for box in boxes:
            onward = frozenset((goal, why) for (origin, goal), why in ways.items() if origin == box.name)
            becomes[box.name] = first.setdefault((replace(box, name=""), onward), box.name)
        if all(name == other for name, other in becomes.items()):
            return boxes, ways
        boxes = [box for box in boxes if becomes[box.name] == box.name]
        merged: _Ways = {}
        for (origin, goal), why in ways.items():
            if becomes[origin] == origin:
                key = (origin, becomes[goal])
                merged[key] = tuple(dict.fromkeys((*merged.get(key, ()), *why)))
        ways = merged


def _label(origin: str, goal: str, ways: _Ways, tries: int) -> str:
    """What leads there. A failure leads back to the same menu first, and elsewhere when it was one too many."""
    again = ways.get((origin, origin), ())
    why = ways[origin, goal]
    if goal == origin or not set(again) & set(FAILURES):
        return ", ".join(why)
    certain = [reason for reason in why if reason not in FAILURES]
    return ", ".join([*certain, f"{tries} × {' or '.join(FAILURES)}"] if set(why) & set(FAILURES) else certain)


def plain(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> dict[str, object]:
    """For `--json`."""
    return {"places": [asdict(box) for box in boxes], "ways": [asdict(arrow) for arrow in arrows]}


def text(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """For a terminal: each place with its words and where it leads."""
    titles = {box.name: f"{box.title} ({box.name})" if box.name not in (START, END) else box.title for box in boxes}
    lines = []
    for box in sorted(boxes, key=lambda box: box.name == END):
        lines.append(f"{titles[box.name]}{'  !' if box.emergency else ''}")
        for first, *others in box.words:
            lines += [f"    「{first}」", *(f"      {other}" for other in others)]
        for arrow in arrows:
            if arrow.origin == box.name:
                why = f"{arrow.why} " if arrow.why else ""
                lines.append(f"    {why}→ {'again' if arrow.goal == box.name else titles[arrow.goal]}")
        lines.append("")
    lines.append(f"! the way of an emergency: {EMERGENCY}, and {EMERGENCY} again")
    return "\n".join(lines)


_SHAPES = {START: ("([", "])"), END: ("([", "])"), "menu": ("{{", "}}"), "queue": ("[/", "/]")}


def mermaid(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """For anything that shows Mermaid, GitHub's pages among them."""
    lines = ["flowchart TD"]
    for box in boxes:
        left, right = _SHAPES.get(box.kind, ("[", "]"))
        spoken = [word for words in box.words for word in words]
        words = "<br/>".join(_quoted(part) for part in (f"<b>{box.title}</b>", *spoken))
        lines.append(f'    {_id(box.name)}{left}"{words}"{right}{":::emergency" if box.emergency else ""}')
    for arrow in arrows:
        label = f'|"{_quoted(arrow.why)}"|' if arrow.why else ""
        lines.append(f"    {_id(arrow.origin)} -->{label} {_id(arrow.goal)}")
    lines.append("    classDef emergency fill:#fce8e6,stroke:#c5221f")
    return "\n".join(lines)


def _id(name: str) -> str:
    return f"{name}_" if name == END else name  # `end` is a word of Mermaid's own


def _quoted(words: str) -> str:
    return words.replace('"', "#quot;")
