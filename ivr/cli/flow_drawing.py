"""The picture of the story as boxes and arrows with words in them; as text and as Mermaid."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from ivr.application.flow_picture import END, START, Place, draw
from ivr.bootstrap import manners
from ivr.domain.call import Incoming
from ivr.domain.ids import CallId, Linkedid, NodeId
from ivr.flow.hotline import hotline
from ivr.settings import Settings


@dataclass(frozen=True, slots=True)
class Box:
    """A place of the story."""

    name: str
    """`p1`, `p2`, … in the order they are found; `start`, `end`."""
    kind: str
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from box to box."""

    origin: str
    goal: str
    why: str


def drawn(settings: Settings, text_of: Callable[[str], str]) -> tuple[list[Box], list[Arrow]]:
    """The whole story, for a caller of whom nothing is known."""
    picture = draw(lambda: hotline(_anybody(), manners(settings)))
    names = {START: START, END: END}
    for place in picture.places:
        names.setdefault(place, f"p{len(names) - 1}")
    boxes = [_box(names[place.name], place, text_of) for place in picture.places.values()]
    arrows = [Arrow(names[way.origin], names[way.goal], _label(way.why)) for way in picture.ways]
    return boxes, arrows


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


def _box(name: str, place: Place, text_of: Callable[[str], str]) -> Box:
    title = {
        START: "a call arrives",
        END: "we hang up",
        "queue": f"queue {place.detail}",
        "deed": place.detail.replace("_", " "),
    }.get(place.kind, place.section.replace("_", " "))
    return Box(name, place.kind, title, tuple(text_of(sentence.prompt) for sentence in place.words))


def _label(why: Sequence[str]) -> str:
    return ", ".join(why)


def plain(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> dict[str, object]:
    """For `--json`."""
    return {"places": [asdict(box) for box in boxes], "ways": [asdict(arrow) for arrow in arrows]}


def text(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """For a terminal: each place with its words and where it leads."""
    titles = {box.name: f"{box.title} ({box.name})" if box.words else box.title for box in boxes}
    lines = []
    for box in sorted(boxes, key=lambda box: box.name == END):
        lines.append(f"{titles[box.name]}")
        lines += [f"    「{words}」" for words in box.words]
        for arrow in arrows:
            if arrow.origin == box.name:
                why = f"{arrow.why} " if arrow.why else ""
                lines.append(f"    {why}→ {'again' if arrow.goal == box.name else titles[arrow.goal]}")
        lines.append("")
    return "\n".join(lines).rstrip()


_SHAPES = {START: ("([", "])"), END: ("([", "])"), "menu": ("{{", "}}"), "queue": ("[/", "/]")}


def mermaid(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """For anything that shows Mermaid, GitHub's pages among them."""
    lines = ["flowchart TD"]
    for box in boxes:
        left, right = _SHAPES.get(box.kind, ("[", "]"))
        words = "<br/>".join(_quoted(part) for part in (f"<b>{box.title}</b>", *box.words))
        lines.append(f'    {_id(box.name)}{left}"{words}"{right}')
    for arrow in arrows:
        label = f'|"{_quoted(arrow.why)}"|' if arrow.why else ""
        lines.append(f"    {_id(arrow.origin)} -->{label} {_id(arrow.goal)}")
    return "\n".join(lines)


def _id(name: str) -> str:
    return f"{name}_" if name == END else name  # `end` is a word of Mermaid's own


def _quoted(words: str) -> str:
    return words.replace('"', "#quot;")
