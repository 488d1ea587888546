"""The picture of the story, drawn from the code: every way a caller can take is walked, and written down.

Nothing is drawn by hand, so nothing can be out of date: the story is told over and over, each step answered in every
way it may end, until no new place is found. A place is a line of the story (and the little that decides how it goes on
from there); places of one line are one box. To be read, the picture is drawn as one tells it:

- a scene that is played in many places (`SCENES`) is one box wherever it is played, and drawn by itself once;
- what every way leads to (`SHARED`) is there once;
- a second need of the same caller is served as the first was, so it is not walked again (`ANEW`).
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType, GeneratorType
from typing import Any

from ivr.application.step_endings import endings
from ivr.domain.caller import Language
from ivr.domain.problem import Urgency
from ivr.flow.fraud import fraud_in_progress
from ivr.flow.hotline import cared_for
from ivr.flow.identity import establish, try_to_identify
from ivr.flow.menus import confirm_emergency
from ivr.flow.need import ask_what_is_needed
from ivr.flow.person import hand_over
from ivr.flow.promise import promise
from ivr.flow.steps import (
    Ask,
    Do,
    Flow,
    Identify,
    JoinQueue,
    Lookup,
    Menu,
    Note,
    Noted,
    OpenFollowUp,
    Record,
    Reply,
    Say,
    Step,
    Utterance,
    Verify,
)
from ivr.flow.talk import Emergency, Talk, WantsPerson

START, END = "start", "end"
PERSON, EMERGENCY = "person", "emergency"
"""Where a scene that is drawn by itself is left for a person, or for the emergency plan."""
SCENES = frozenset(scene.__name__ for scene in (cared_for, establish, try_to_identify, fraud_in_progress))
SHARED = frozenset(shared.__name__ for shared in (confirm_emergency, hand_over))
ANEW = ask_what_is_needed.__name__
ASIDE = promise.__name__
"""Goes on alike whoever it is that waits: walked once."""


@dataclass(frozen=True, slots=True)
class Place:
    """A box: a step that the story asks for at one of its lines."""

    name: str
    """Stable and unique: the functions that lead there and the line."""
    kind: str
    """say, menu, ask, lookup, queue, deed, scene, start or end."""
    section: str
    """The function of the story that asks."""
    words: tuple[Utterance, ...] = ()
    """What is said there, at the first visit."""
    detail: str = ""
    """The queue, the deed, the question; of a scene, what it is played for."""


@dataclass(frozen=True, slots=True)
class Way:
    """An arrow: what takes the caller from one box to another."""

    origin: str
    goal: str
    why: tuple[str, ...]
    """Keys, silence, a wrong key, the exits of a queue."""


@dataclass(slots=True)
class Picture:
    """All boxes, in the order they are found, and all arrows."""

    places: dict[str, Place] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)


def draw(story: Callable[[], Flow[Any]], *, scenes: frozenset[str] = SCENES, most_places: int = 5_000) -> Picture:
    """Walk every way through the story. Raises ValueError where there are more places than `most_places`."""
    picture = Picture({START: Place(START, "start", ""), END: Place(END, "end", "")})
    arrows: dict[tuple[str, str], list[str]] = {}
    seen: set[object] = set()
    waiting: deque[tuple[str, str, tuple[Reply, ...], Flow[Any] | None]] = deque([(START, "", (), story())])
    while waiting:
        origin, why, replies, telling = waiting.popleft()
        telling = telling or _told(story, replies[:-1])
        place, step, mark, notes = _walk(telling, replies[-1] if replies else None, scenes)
        picture.places.setdefault(place.name, place)
        if (origin, place.kind) != (place.name, "scene"):  # what goes on within a scene is drawn by itself
            reasons = arrows.setdefault((origin, place.name), [])
            if why and why not in reasons:
                reasons.append(why)
        if step is None or mark in seen:
            continue
        if len(seen) > most_places:
            raise ValueError(f"more than {most_places} places: the story does not come to an end")
        seen.add(mark)
        replies += notes
        for label, reply in endings(step):
            waiting.append((place.name, label, (*replies, reply), telling))
            telling = None  # it goes on one way only; for the others the story is told anew
    picture.ways = [Way(origin, goal, tuple(why)) for (origin, goal), why in arrows.items()]
    return picture


_Frame = tuple[str, FrameType]


def _told(story: Callable[[], Flow[Any]], replies: Sequence[Reply]) -> Flow[Any]:
    """A telling of the story that has had these replies."""
    telling = story()
    next(telling)
    for reply in replies:
        telling.send(reply)
    return telling


def _walk(
    telling: Flow[Any], reply: Reply | None, scenes: frozenset[str]
) -> tuple[Place, Step | None, object, tuple[Reply, ...]]:
    """Go on with this reply; where the story stands then, notes taken on the way (they are no places)."""
    taken: list[Reply] = []
    try:
        step = next(telling) if reply is None else telling.send(reply)
        while isinstance(step, Note):
            taken.append(Noted())
            step = telling.send(Noted())
    except StopIteration as end:
        detail = "" if end.value is None else str(end.value)
        name = END if end.value is not False else f"{END} {detail}"
        return Place(name, "end", "", detail=detail), None, name, tuple(taken)
    except WantsPerson:
        return Place(PERSON, "end", ""), None, PERSON, tuple(taken)
    except Emergency:
        return Place(EMERGENCY, "end", ""), None, EMERGENCY, tuple(taken)
    chain = _chain(telling)
    mark = _mark(chain), step.sentences if isinstance(step, Say) else ()  # a list is read out at one line
    return _place(step, chain, scenes), step, mark, tuple(taken)


def _chain(telling: Flow[Any]) -> list[_Frame]:
    """The story's functions from the outermost in."""
    chain = []
    inner: object = telling
    while isinstance(inner, GeneratorType) and (frame := inner.gi_frame) is not None:
        chain.append((inner.gi_code.co_name, frame))
        inner = inner.gi_yieldfrom
    return chain


def _mark(chain: Sequence[_Frame]) -> object:
    """Two tellings with the same mark go on alike: the lines they stand at, what is counted there, what is known."""
    scenes = tuple(name for name, _ in chain if name in SCENES)  # drawn by themselves
    aside = next((depth for depth, (name, _) in enumerate(chain) if name == ASIDE), None)
    if aside is not None:
        chain = chain[aside:]
    lines = tuple(
        (name, frame.f_lineno, tuple(value for value in frame.f_locals.values() if isinstance(value, int)))
        for name, frame in chain
        if name not in _VERBS
    )
    if aside is not None or any(name == ANEW for name, _ in chain):
        return scenes, lines
    talks = [value for _, frame in chain for value in frame.f_locals.values() if isinstance(value, Talk)]
    return lines, _stand(talks[0]) if talks else None


def _stand(talk: Talk) -> object:
    """What of all that is known decides where the story can go from here."""
    known = talk.known
    kind = known.customer and known.customer.kind
    urgent = known.urgency is Urgency.EMERGENCY
    return urgent, known.verification, known.person, kind, known.needs_ticket, known.served


_VERBS = {
    *("say", "say_all", "choose", "ask", "record", "identify", "verify", "look_up", "do", "note", "join_queue"),
    *("open_follow_up", "_asked"),
}
_MANNERS = {
    *(
        "offer",
        "_bring",
        "_wait",
        "_look",
        "_join",
        "_keyed",
        "_is_right",
        "_choose_language",
        "patiently",
        "escape",
        "<lambda>",
    ),
    *("choose_from", "choose_one"),
}


def _place(step: Step, chain: Sequence[_Frame], scenes: frozenset[str]) -> Place:
    told = [(name, frame) for name, frame in chain if name not in _VERBS]
    for depth, (scene, frame) in enumerate(told):
        if scene in scenes:
            business = frame.f_locals.get("business")
            return Place(f"{_name(told[:depth])}/{scene}", "scene", scene, detail=business.value if business else "")
    shared = next((depth for depth, (name, _) in enumerate(told) if name in SHARED), 0)
    name = _name(told[shared:])
    section = next((function for function, _ in reversed(told) if function not in _MANNERS), "")
    match step:
        case Say(words):
            return Place(name, "say", section, words)
        case Menu(words):
            return Place(name, "menu", section, words)
        case Ask(words) | Record(words) | Identify(words) | Verify(words):
            return Place(name, "ask", section, words)
        case Lookup(question):
            return Place(name, "lookup", section, detail=type(question).__name__)
        case Do(deed):
            return Place(name, "deed", section, detail=type(deed).__name__)
        case JoinQueue(queue=queue):
            return Place(f"{name}/{queue}", "queue", section, detail=queue)
        case OpenFollowUp(reason):
            return Place(name, "deed", section, detail=reason)
        case Note():
            raise ValueError("a note is no place")


def _name(told: Sequence[_Frame]) -> str:
    return "/".join(f"{function}:{frame.f_lineno}" for function, frame in told)


def languages_of(place: Place) -> set[Language]:
    """The languages spoken at a place."""
    return {utterance.language for utterance in place.words}
