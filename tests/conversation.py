"""A story told without an engine: tests read as the conversation they are."""

from datetime import UTC, datetime

from ivr.domain.call import Incoming, Known
from ivr.domain.caller import Language
from ivr.domain.errors import HungUp
from ivr.domain.ids import CallId, Linkedid, NodeId
from ivr.domain.spoken import Value
from ivr.flow.hotline import hotline
from ivr.flow.manners import Manners
from ivr.flow.steps import (
    Ask,
    Chose,
    Flow,
    FollowUpOpened,
    JoinQueue,
    LeftQueue,
    Menu,
    Note,
    Noted,
    OpenFollowUp,
    QueueExit,
    Reply,
    Said,
    Say,
    Sentence,
    Silence,
    Step,
    WrongKey,
)

MANNERS = Manners()


def incoming(**different: object) -> Incoming:
    """A call from a Beijing mobile to a number that asks for the language."""
    plain: dict[str, object] = {
        "call_id": CallId("n1-1767603600.7"),
        "linkedid": Linkedid("n1-1767603600.7"),
        "node": NodeId("n1"),
        "trunk": "carrier",
        "dialled": "95000",
        "caller_number": "+8613800138000",
        "caller_name": None,
        "language": None,
        "line_of_business": "personal",
        "arrived_at": datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    }
    return Incoming(**{**plain, **different})  # type: ignore[arg-type]


def said(step: Say | Menu | Ask) -> list[str | Value]:
    """Sentences by id, values as they are."""
    return [utterance.prompt if isinstance(utterance, Sentence) else utterance for utterance in step.sentences]


class Conversation:
    """Tells a story by hand. Notes are taken as the engine does: at once."""

    def __init__(self, story: Flow[None]) -> None:
        self._story = story
        self.known = Known()
        self.step: Step | None = None
        self._go_on(None)

    def _go_on(self, reply: Reply | None) -> None:
        try:
            self.step = next(self._story) if reply is None else self._story.send(reply)
            while isinstance(self.step, Note):
                self.known = self.step.known
                self.step = self._story.send(Noted())
        except StopIteration:
            self.step = None

    def hears(self, *spoken: str | Value, language: Language | None = None) -> "Conversation":
        """The caller is told exactly these sentences and values; a Say is heard out, a menu waits for an answer."""
        step = self.step
        assert isinstance(step, Say | Menu | Ask), f"nothing is said now: {step}"
        assert said(step) == list(spoken)
        if language is not None:
            assert {utterance.language for utterance in step.sentences} == {language}
        if isinstance(step, Say):
            self._go_on(Said())
        return self

    def presses(self, key: str) -> "Conversation":
        """The caller presses one key at a menu."""
        assert isinstance(self.step, Menu), f"no menu now: {self.step}"
        self._go_on(Chose(key) if key in self.step.keys else WrongKey(key))
        return self

    def is_silent(self) -> "Conversation":
        """The caller lets the menu's patience pass."""
        assert isinstance(self.step, Menu), f"no menu now: {self.step}"
        self._go_on(Silence())
        return self

    def waits_in(self, queue: str, *, priority: int) -> "Conversation":
        """The caller is put in this queue at this place."""
        assert isinstance(self.step, JoinQueue), f"no queue now: {self.step}"
        assert (self.step.queue, self.step.priority) == (queue, priority)
        return self

    def comes_back(self, how: QueueExit) -> "Conversation":
        """The queue is left."""
        assert isinstance(self.step, JoinQueue), f"no queue now: {self.step}"
        self._go_on(LeftQueue(how))
        return self

    def has_opened(self, reason: str) -> "Conversation":
        """A follow-up for this reason is being opened."""
        assert self.step == OpenFollowUp(reason)
        self._go_on(FollowUpOpened())
        return self

    def hangs_up(self) -> None:
        """The caller is gone; the story must take it quietly."""
        try:
            asked = self._story.throw(HungUp())
        except (HungUp, StopIteration):
            self.step = None
        else:
            raise AssertionError(f"asked for {asked} after the hangup")

    def is_over(self) -> None:
        """Nothing more is asked."""
        assert self.step is None, f"the story goes on with {self.step}"


OPENING = ("greeting", "recording_notice", "choose_language_zh", "choose_language_en")
MENU = (
    "how_can_we_help",
    "menu_loss_or_fraud",
    "menu_account_anomaly",
    "menu_transfer_problem",
    "menu_complaint",
    "menu_about_us",
    "menu_person",
)


def at_the_menu() -> Conversation:
    """A Mandarin speaker who has heard the opening."""
    return Conversation(hotline(incoming(), MANNERS)).hears(*OPENING).presses("1")
