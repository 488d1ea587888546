"""Journals written by hand: what a teller would have written for a given caller."""

from datetime import UTC, datetime, timedelta

from ivr.application.step_endings import endings
from ivr.domain.call import CallRecord, EndReason, Incoming
from ivr.domain.ids import CallId
from ivr.engine.record import record_of
from ivr.engine.storybook import AFTERMATH, Storybook
from ivr.engine.telling import Telling, first_step_of
from ivr.flow.steps import (
    Chose,
    JoinQueue,
    LeftQueue,
    Menu,
    QueueExit,
    Reply,
    Said,
    Say,
    Silence,
    Step,
    WrongKey,
)
from ivr.ports.journal import Answered, Asked, CallerLeft, ChapterTurned, Entry, Fact, Opened
from tests.conversation import MANNERS, incoming

BOOK = Storybook.of(MANNERS)
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Journalled:
    """A call being journalled."""

    def __init__(self, call: Incoming | None = None, book: Storybook = BOOK) -> None:
        self.call = call or incoming()
        self.book = book
        self.entries: list[Entry] = []
        self.write(Opened(incoming=self.call, flow=book.flow, configuration=book.configuration))
        self.telling = Telling(book.story("hotline", CallRecord(incoming=self.call)), 1)
        self._ask()

    def write(self, fact: Fact) -> None:
        """One more entry."""
        sequence = len(self.entries) + 1
        at = START + timedelta(seconds=sequence)
        self.entries.append(
            Entry(call_id=CallId(self.call.call_id), sequence=sequence, at=at, monotonic=float(sequence), fact=fact)
        )

    def _ask(self) -> None:
        if self.telling.pending is not None:
            self.write(Asked(number=self.telling.number, step=self.telling.pending))

    def answer(self, key: str | None) -> None:
        """The pending step ends as this key (None: silence) makes it end."""
        step = self.telling.pending
        if step is None:
            return
        reply = reply_to(step, key)
        self.write(Answered(number=self.telling.number, reply=reply))
        self.telling.answer(reply)
        self._ask()

    def hang_up(self, reason: EndReason = EndReason.CALLER_HUNG_UP) -> None:
        """The caller leaves; the aftermath begins."""
        if self.telling.pending is not None:
            self.telling.hang_up()
        self.write(CallerLeft(reason=reason, at=START))
        first = first_step_of(self.entries)
        record = record_of(self.entries)
        self.write(ChapterTurned(chapter=AFTERMATH, flow=self.book.flow, configuration=self.book.configuration))
        self.telling = Telling(self.book.story(AFTERMATH, record), first)
        self._ask()


def reply_to(step: Step, key: str | None) -> Reply:
    """How a step ends for a caller who would press this key now; what ends in other ways ends in the one that the key
    stands for."""
    match step:
        case Menu():
            if key is None:
                return Silence()
            return Chose(key) if key in step.keys else WrongKey(key)
        case Say():
            return Said(interrupted=key is not None)
        case JoinQueue():
            return LeftQueue(QueueExit.ANSWERED if key == "1" else QueueExit.TIMED_OUT)
        case _:
            ways = endings(step)
            return ways[0 if key is None else "1234567890*#".index(key) % len(ways)][1]
