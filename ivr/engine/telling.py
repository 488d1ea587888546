"""One story being told, step by step: pure, so that a call and its replay are the same thing.

A Telling is fed journal entries (on replay) or fresh replies (live); it answers with the step that is due. It compares
every step it is asked for with the one the journal has: a difference is a Misfit, and the call is handed to a person
rather than misread.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from ivr.domain.call import CallRecord
from ivr.domain.errors import HungUp, Misfit
from ivr.engine.record import record_of
from ivr.engine.storybook import HOTLINE, Storybook
from ivr.flow.steps import Flow, Reply, Step
from ivr.ports.journal import Answered, Asked, CallerLeft, ChapterTurned, Entry, Opened


class Telling:
    """A story and where it stands."""

    def __init__(self, story: Flow[None], first_step: int) -> None:
        self._story = story
        self.number = first_step
        """The number of the step that is due."""
        self.pending: Step | None = None
        """The step that is due; None when the story is over."""
        with suppress(StopIteration):
            self.pending = next(story)

    @property
    def over(self) -> bool:
        """Nothing more is asked."""
        return self.pending is None

    def answer(self, reply: Reply) -> None:
        """Go on with the reply to the pending step."""
        self.number += 1
        try:
            self.pending = self._story.send(reply)
        except StopIteration:
            self.pending = None

    def hang_up(self) -> None:
        """Throw the hangup in, once. A story that asks for more after it is at fault."""
        self.pending = None
        try:
            self._story.throw(HungUp())
        except (HungUp, StopIteration):
            return
        raise RuntimeError("a story asked for a step after the hangup")


def chapters(entries: Sequence[Entry]) -> list[tuple[str, int]]:
    """Each chapter's name and the index of its first entry."""
    found = [(HOTLINE, 0)]
    found += [(entry.fact.chapter, at) for at, entry in enumerate(entries) if isinstance(entry.fact, ChapterTurned)]
    return found


def last_chapter(entries: Sequence[Entry]) -> tuple[str, CallRecord, Sequence[Entry]]:
    """The chapter the call is in, the record as it stood when it began, and its entries."""
    name, start = chapters(entries)[-1]
    return name, record_of(entries[: max(start, 1)]), entries[start + 1 :]


def first_step_of(before: Iterable[Entry]) -> int:
    """Steps are numbered through all chapters; one that was asked and never answered gives its number on."""
    return 1 + sum(isinstance(entry.fact, Answered) for entry in before)


def retell(storybook: Storybook, entries: Sequence[Entry]) -> Telling:
    """Tell the last chapter of a journal again, to where it stood. Raises Misfit."""
    name, record, chapter = last_chapter(entries)
    head = entries[len(entries) - len(chapter) - 1].fact
    if not isinstance(head, Opened | ChapterTurned):
        raise Misfit("the journal does not begin with the call's opening")
    if (head.flow, head.configuration) != (storybook.flow, storybook.configuration):
        raise Misfit(f"chapter {name!r} was told by another version of flow or configuration")
    telling = Telling(storybook.story(name, record), first_step_of(entries[: len(entries) - len(chapter)]))
    for entry in chapter:
        _feed(telling, entry)
    return telling


def _feed(telling: Telling, entry: Entry) -> None:
    match entry.fact:
        case Asked(number=number, step=step):
            if (number, step) != (telling.number, telling.pending):
                raise Misfit(f"entry {entry.sequence}: the journal asked {step!r}, the story asks {telling.pending!r}")
        case Answered(number=number, reply=reply):
            if number != telling.number or telling.over:
                raise Misfit(f"entry {entry.sequence}: answers step {number}, the story is at {telling.number}")
            try:
                telling.answer(reply)
            except TypeError as error:
                raise Misfit(f"entry {entry.sequence}: {error}") from error
        case CallerLeft():
            telling.hang_up()
        case _:
            pass  # facts that the story does not hear
