"""The picture of the story as boxes and arrows with words in them; as text and as Mermaid."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from ivr.application.flow_picture import EMERGENCY as EMERGENCY_PLAN
from ivr.application.flow_picture import END, PERSON, SCENES, START, Picture, Place, draw
from ivr.application.step_endings import customer
from ivr.bootstrap import manners
from ivr.cli.shown import in_words
from ivr.domain.call import Incoming, Known
from ivr.domain.ids import CallId, Linkedid, NodeId
from ivr.flow.fraud import fraud_in_progress
from ivr.flow.hotline import cared_for, hotline
from ivr.flow.identity import establish
from ivr.flow.manners import Manners
from ivr.flow.menus import EMERGENCY, confirm_emergency
from ivr.flow.person import hand_over
from ivr.flow.steps import Flow
from ivr.flow.talk import FIRST, Talk
from ivr.flow.words import name_of
from ivr.policies.verification import Business, needed_for
from ivr.settings import Settings

Words = tuple[str, ...]
"""One sentence: Chinese, English, or both."""
OF_EMERGENCY = {confirm_emergency.__name__, fraud_in_progress.__name__}
ENDS = ("start", "end")
FAILURES = ("wrong key", "silence")
TO_DUTY = "to_duty"
"""What is said before the officers on duty are called."""
WISHES = (*FAILURES, "0", "*0", "9", "*9")
LOCKS = ("locked", "wrong once more")
LEAVES = {PERSON: "to a person", EMERGENCY_PLAN: "the emergency plan", f"{END} False": "back to the story: it was not"}


@dataclass(frozen=True, slots=True)
class Box:
    """A place of the story."""

    name: str
    """`p1`, `p2`, … in the order they are found; `start`, `end`."""
    kind: str
    """say, menu, ask, lookup, queue, deed, scene, start or end."""
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
    """The whole story, for a caller of whom nothing is known, and after it each scene that is played in many places.
    `words_of` a prompt's id, or a value's `<kind>`.
    """
    manner = manners(settings)
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    for scene, picture in pictures(manner):
        some, ways = _drawn(picture, scene, words_of, manner, first=len(boxes))
        boxes += some
        arrows += ways
    return boxes, arrows


@cache
def pictures(manner: Manners) -> tuple[tuple[str, Picture], ...]:
    """Each story that is drawn, by the name of its scene."""

    def talk(**known: object) -> Talk:
        return Talk(_anybody(), manner, Known(language=FIRST).and_also(**known))

    stories: list[tuple[str, Callable[[], Flow[Any]], frozenset[str]]] = [
        ("", lambda: hotline(_anybody(), manner), SCENES),
        (establish.__name__, lambda: establish(talk(), Business.UNDO_BLOCK), frozenset()),
        (fraud_in_progress.__name__, lambda: fraud_in_progress(talk(customer=customer())), frozenset()),
        (cared_for.__name__, lambda: cared_for(talk(hint=customer(vulnerable=True))), frozenset()),
    ]
    return tuple((scene, draw(story, scenes=scenes)) for scene, story, scenes in stories)


def _drawn(
    picture: Picture, scene: str, words_of: Callable[[str], Words], manner: Manners, *, first: int
) -> tuple[list[Box], list[Arrow]]:
    """One story of them; `scene` is empty for the whole call."""
    boxes = [_box(place, scene, words_of, manner.routing.emergency) for place in picture.places.values()]
    ways = {(way.origin, way.goal): way.why for way in picture.ways}
    boxes, ways = _like_as_one(*_everywhere(boxes, ways, manner.tries))
    reached = {name for way in ways for name in way}
    boxes = [box for box in boxes if box.name in reached]
    names = {} if scene else {START: START, END: END}
    for box in boxes:
        names.setdefault(box.name, f"p{first + len(names) + 1}")
    emergencies = {box.name for box in boxes if box.emergency}
    kinds = {box.name: box.kind for box in boxes}
    arrows = [
        Arrow(names[origin], names[goal], _label(origin, goal, kinds[origin], ways, manner.tries), goal in emergencies)
        for origin, goal in ways
    ]
    return [replace(box, name=names[box.name]) for box in boxes], arrows


EVERYWHERE = "everywhere"


def _everywhere(boxes: list[Box], ways: "_Ways", tries: int) -> tuple[list[Box], "_Ways"]:
    """What may be wished at every menu and number is drawn once, not as an arrow from each of them."""
    kinds = {box.name: box.kind for box in boxes}
    person = {box.name for box in boxes if box.title in (in_words(hand_over.__name__), LEAVES[PERSON])}
    emergency = {
        box.name for box in boxes if box.title in (in_words(confirm_emergency.__name__), LEAVES[EMERGENCY_PLAN])
    }
    kept: _Ways = {}
    left_out = set()
    for (origin, goal), why in ways.items():
        wish = kinds[origin] in ("menu", "ask", "scene") and goal in person | emergency and origin not in emergency
        again = origin in emergency and kinds[goal] in ("menu", "ask", "scene")
        stays = tuple(reason for reason in why if reason not in WISHES) if wish and kinds[origin] != "scene" else ()
        if not wish and not again:
            kept[origin, goal] = why
        else:
            left_out.add(goal)
            if stays:
                kept[origin, goal] = stays
    if not left_out:
        return boxes, ways
    urgent = {box.name for box in boxes if box.emergency}  # an emergency that asks for a person stays one
    for goal in sorted(left_out & person - urgent):
        kept[EVERYWHERE, goal] = (f"0, *0, {tries} × {' or '.join(FAILURES)}",)
    for goal in sorted(left_out & emergency):
        kept[EVERYWHERE, goal] = ("9, *9",)
        if kinds[goal] == "menu":
            kept[goal, EVERYWHERE] = ("*",)
    return [*boxes, Box(EVERYWHERE, "menu", "at every menu and entry", ())], kept


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


def _box(place: Place, scene: str, words_of: Callable[[str], Words], emergency_queue: str) -> Box:
    title = {
        "start": f"{in_words(scene)}:" if scene else "a call arrives",
        "end": LEAVES.get(place.name, "back to the story: it was") if scene else "we hang up",
        "queue": f"queue {place.detail}",
        "deed": in_words(place.detail),
        "lookup": f"{in_words(place.detail)}?",
        "scene": f"▸ {in_words(place.section)}{_level(place)}",
    }.get(place.kind, in_words(place.section))
    emergency = (
        place.section in OF_EMERGENCY
        or place.name == EMERGENCY_PLAN
        or (place.kind == "queue" and place.detail == emergency_queue)
        or any(name_of(word) == TO_DUTY for word in place.words)
    )
    return Box(place.name, place.kind, title, tuple(words_of(name_of(word)) for word in place.words), emergency)


def _level(scene: Place) -> str:
    """Of a scene that raises the level: for what, and to which."""
    if scene.kind != "scene" or not scene.detail:
        return ""
    return f" for {in_words(scene.detail)}: level {needed_for(Business(scene.detail)):d}"


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


def _label(origin: str, goal: str, kind: str, ways: _Ways, tries: int) -> str:
    """What leads there. A failure leads back to the same menu first, and elsewhere when it was one too many. Of a scene
    it stands in its own drawing; here it is only told where it is locked.
    """
    again = ways.get((origin, origin), ())
    why = ways[origin, goal]
    if kind == "scene":
        return LOCKS[0] if set(why) & set(LOCKS) else ""
    if goal == origin or not set(again) & set(FAILURES):
        return ", ".join(why)
    certain = [reason for reason in why if reason not in FAILURES]
    return ", ".join([*certain, f"{tries} × {' or '.join(FAILURES)}"] if set(why) & set(FAILURES) else certain)


def plain(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> dict[str, object]:
    """For `--json`."""
    return {"places": [asdict(box) for box in boxes], "ways": [asdict(arrow) for arrow in arrows]}


def text(boxes: Sequence[Box], arrows: Sequence[Arrow]) -> str:
    """For a terminal: each place with its words and where it leads."""
    titles = {box.name: f"{box.title} ({box.name})" if box.kind not in ENDS else box.title for box in boxes}
    lines = []
    for box in boxes:
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


_SHAPES = {
    "start": ("([", "])"),
    "end": ("([", "])"),
    "scene": ("[[", "]]"),
    "menu": ("{{", "}}"),
    "queue": ("[/", "/]"),
}


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
