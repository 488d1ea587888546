"""The picture of the story, drawn from the code: every way a caller can take is walked, and written down.

Nothing is drawn by hand, so nothing can be out of date: the story is told over and over, each step answered in every
way it may end, until no new place is found. A place is a line of the story (and the values that line knows); places of
one line are one box.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import GeneratorType

from ivr.domain.call import Known
from ivr.domain.caller import Language
from ivr.flow.steps import (
    Ask,
    Chose,
    Escaped,
    Flow,
    FollowUpOpened,
    JoinQueue,
    Keyed,
    LeftQueue,
    Menu,
    Note,
    Noted,
    OpenFollowUp,
    QueueExit,
    Reply,
    Said,
    Say,
    Silence,
    Step,
    Utterance,
    WrongKey,
)

START, END = "start", "end"


@dataclass(frozen=True, slots=True)
class Place:
    """A box: a step that the story asks for at one of its lines."""

    name: str
    """Stable and unique: the functions that lead there and the line."""
    kind: str
    """say, menu, ask, queue, deed, start or end."""
    section: str
    """The function of the story that asks."""
    words: tuple[Utterance, ...] = ()
    """What is said there, at the first visit."""
    detail: str = ""
    """The queue, the deed."""


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


def draw(story: Callable[[], Flow[None]], most_places: int = 5_000) -> Picture:
    """Walk every way through the story. Raises ValueError where there are more places than `most_places`."""
    picture = Picture({START: Place(START, "start", ""), END: Place(END, "end", "")})
    arrows: dict[tuple[str, str], list[str]] = {}
    seen: set[object] = set()
    waiting: deque[tuple[str, str, tuple[Reply, ...]]] = deque([(START, "", ())])
    while waiting:
        origin, why, replies = waiting.popleft()
        place, step, mark, replies = _walk(story, replies)
        picture.places.setdefault(place.name, place)
        reasons = arrows.setdefault((origin, place.name), [])
        if why and why not in reasons:
            reasons.append(why)
        if step is None or mark in seen:
            continue
        if len(seen) > most_places:
            raise ValueError(f"more than {most_places} places: the story does not come to an end")
        seen.add(mark)
        waiting.extend((place.name, label, (*replies, reply)) for label, reply in _ways_out(step))
    picture.ways = [Way(origin, goal, tuple(why)) for (origin, goal), why in arrows.items()]
    return picture


def _walk(
    story: Callable[[], Flow[None]], replies: Sequence[Reply]
) -> tuple[Place, Step | None, object, tuple[Reply, ...]]:
    """Tell the story with these replies; where it stands then, notes taken on the way (they are no places)."""
    telling, taken = story(), list(replies)
    try:
        step = next(telling)
        for reply in replies:
            step = telling.send(reply)
        while isinstance(step, Note):
            taken.append(Noted())
            step = telling.send(Noted())
    except StopIteration:
        return Place(END, "end", ""), None, END, tuple(taken)
    chain = _chain(telling)
    mark = tuple((name, line, values) for name, line, values in chain)
    return _place(step, chain), step, mark, tuple(taken)


def _chain(telling: Flow[None]) -> list[tuple[str, int, str]]:
    """The story's functions from the outermost in: name, line, and the plain values each knows."""
    chain = []
    inner: object = telling
    while isinstance(inner, GeneratorType) and (frame := inner.gi_frame) is not None:
        plain = {
            name: repr(value)
            for name, value in frame.f_locals.items()
            if isinstance(value, int | str | Enum | Known | tuple)
        }
        chain.append((inner.gi_code.co_name, frame.f_lineno, repr(sorted(plain.items()))))
        inner = inner.gi_yieldfrom
    return chain


_VERBS = {"say", "choose", "ask", "join_queue", "note", "open_follow_up", "_asked"}
_MANNERS = {"offer", "_wait", "_choose_language"}


def _place(step: Step, chain: Sequence[tuple[str, int, str]]) -> Place:
    told = [(name, line) for name, line, _ in chain if name not in _VERBS]
    name = "/".join(f"{function}:{line}" for function, line in told)
    section = next((function for function, _ in reversed(told) if function not in _MANNERS), "")
    match step:
        case Say(words):
            return Place(name, "say", section, words)
        case Menu(words):
            return Place(name, "menu", section, words)
        case Ask(words):
            return Place(name, "ask", section, words)
        case JoinQueue(queue=queue):
            return Place(f"{name}/{queue}", "queue", section, detail=queue)
        case OpenFollowUp(reason):
            return Place(name, "deed", section, detail=reason)
        case Note():
            raise ValueError("a note is no place")


def _ways_out(step: Step) -> list[tuple[str, Reply]]:
    """Every reply the step may get, with its label."""
    match step:
        case Say():
            return [("", Said())]
        case Menu(keys=keys):
            return [*((key, Chose(key)) for key in keys), ("wrong key", WrongKey("#")), ("silence", Silence())]
        case Ask(longest=longest):
            return [
                ("number", Keyed("1" * longest)),
                ("*0", Escaped("0")),
                ("*9", Escaped("9")),
                ("silence", Silence()),
            ]
        case JoinQueue():
            return [(exit_.value.replace("_", " "), LeftQueue(exit_)) for exit_ in QueueExit]
        case OpenFollowUp():
            return [("", FollowUpOpened())]
        case Note():
            return [("", Noted())]


def languages_of(place: Place) -> set[Language]:
    """The languages spoken at a place."""
    return {utterance.language for utterance in place.words}
