"""A story told without an engine: tests read as the conversation they are."""

from datetime import UTC, datetime
from typing import TypeAlias

from ivr.application.step_endings import customer
from ivr.domain.banking import ContactToken, CustomerFacts, IdKind
from ivr.domain.call import Incoming, Known
from ivr.domain.caller import Language
from ivr.domain.errors import HungUp
from ivr.domain.ids import CallId, EffectId, Linkedid, NodeId, RecordingName
from ivr.domain.spoken import Digits, Duration, Unit, Value
from ivr.domain.ticket import TicketNumber
from ivr.flow.deeds import Deed, OpenTicket, Result, SendText, Sent, TicketOpened
from ivr.flow.hotline import hotline
from ivr.flow.manners import Manners
from ivr.flow.questions import Answer, CallerNumber, Line, LineAhead, WhoCalls
from ivr.flow.steps import (
    Ask,
    Chose,
    Denied,
    DidIt,
    Do,
    Escaped,
    Expired,
    Flow,
    FollowUpOpened,
    Found,
    Identify,
    Incomplete,
    JoinQueue,
    LeftQueue,
    Lookup,
    Menu,
    Note,
    Noted,
    OpenFollowUp,
    QueueExit,
    Recognised,
    Record,
    Recorded,
    Refused,
    Reply,
    Said,
    Say,
    Sentence,
    Silence,
    Step,
    Unavailable,
    Unrecognised,
    Unsure,
    Verified,
    Verify,
    WrongKey,
)

MANNERS = Manners(survey=False)
"""Without the survey, which has tests of its own: most conversations end before it."""
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TICKET = TicketNumber("10000007")
EFFECT = EffectId("n1-1767603600.7/1")
RECORDING = RecordingName("n1-1767603600.7-1")
LI = customer()
"""A personal customer of whom nothing special is known."""
LOCKED = ("locked_for", Duration(24, Unit.HOURS, Language.ZH), "locked_stays_open")
"""Verification by keypad is closed, and nothing else."""
ANSWERED = ("complaint_within", Duration(15, Unit.DAYS, Language.ZH), "complaint_answered")
"""By when a complaint is answered."""
Speaking: TypeAlias = Say | Menu | Ask | Record | Identify | Verify


FREE = Line(position=1, place=1, free=True, at_most=1, at=NOW)
"""Somebody answers at once."""


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
        "arrived_at": NOW,
    }
    return Incoming(**{**plain, **different})  # type: ignore[arg-type]


def said(step: "Speaking") -> list[str | Value]:
    """Sentences by id, values as they are."""
    return [utterance.prompt if isinstance(utterance, Sentence) else utterance for utterance in step.sentences]


class Conversation:
    """Tells a story by hand. Notes are taken as the engine does: at once. What bank and ticket system say is told
    by the test; where it says nothing, the number is unknown, tickets are opened and messages go out.
    """

    def __init__(
        self,
        story: Flow[None],
        *,
        hint: CustomerFacts | None = None,
        recent_calls: int = 0,
        tickets_open: bool = True,
        line: Line | None = FREE,
        caller: CallerNumber | None = None,
    ) -> None:
        self._story = story
        self.line = line
        self._tickets_open = tickets_open
        self._hint = caller or CallerNumber(hint, recent_calls)
        self.known = Known()
        self.step: Step | None = None
        self.deeds: list[Deed] = []
        """Everything that was done, in order."""
        self._go_on(None)

    def _go_on(self, reply: Reply | None) -> None:
        try:
            self.step = next(self._story) if reply is None else self._story.send(reply)
            while (itself := self._by_itself()) is not None:
                self.step = self._story.send(itself)
        except StopIteration:
            self.step = None

    def _by_itself(self) -> Reply | None:
        """The reply to what needs no word of the test."""
        match self.step:
            case Note(known):
                self.known = known
                return Noted()
            case Lookup(WhoCalls()):
                return Found(self._hint)
            case Lookup(LineAhead()):
                return Unavailable() if self.line is None else Found(self.line)
            case Do(OpenTicket() as deed):
                self.deeds.append(deed)
                return DidIt(TicketOpened(TICKET)) if self._tickets_open else Unsure()
            case Do(SendText() as deed):
                self.deeds.append(deed)
                return DidIt(Sent(EFFECT, NOW))
        return None

    @property
    def tickets(self) -> list[OpenTicket]:
        """Every ticket that was opened."""
        return [deed for deed in self.deeds if isinstance(deed, OpenTicket)]

    def expects(self, *spoken: str | Value) -> "Conversation":
        """After whatever else is said, exactly this is asked."""
        return self.hears_out().hears(*spoken)

    def hears(self, *spoken: str | Value, language: Language | None = None) -> "Conversation":
        """The caller is being told exactly this: sentences by id, and values. A Say is heard out, all else waits for an
        answer.
        """
        step = self.step
        assert isinstance(step, Speaking), f"nothing is said now: {step}"
        assert said(step) == list(spoken)
        if language is not None:
            assert {word.language for word in step.sentences} == {language}
        if isinstance(step, Say):
            self._go_on(Said())
        return self

    def hears_out(self) -> "Conversation":
        """The caller listens to whatever is said, until something is asked."""
        while isinstance(self.step, Say):
            self._go_on(Said())
        return self

    def presses(self, *keys: str) -> "Conversation":
        """The caller presses one key at each menu that comes, hearing out what is said before it."""
        for key in keys:
            self.hears_out()
            assert isinstance(self.step, Menu), f"no menu now: {self.step}"
            self._go_on(Chose(key) if key in self.step.keys else WrongKey(key))
        return self

    def is_silent(self) -> "Conversation":
        """The caller lets the patience of what is asked pass."""
        self.hears_out()
        assert isinstance(self.step, Menu | Ask | Record | Identify | Verify), f"nothing is asked now: {self.step}"
        self._go_on(Silence())
        return self

    # ------------------------------------------------------------------------------------- who calls
    def keys_in(self, customer: CustomerFacts, kind: IdKind = IdKind.CARD) -> "Conversation":
        """The caller keys in a number that is this customer's, and says that it is right."""
        return self.replies(Identify, Recognised(customer, kind, "6217")).hears_out().presses("1")

    def keys_in_nonsense(self) -> "Conversation":
        """A number that is nobody's."""
        return self.replies(Identify, Unrecognised())

    def asks_for_a_person(self) -> "Conversation":
        """`0` at a menu, `*0` at a number or while telling."""
        return self.presses("0") if isinstance(self.hears_out().step, Menu) else self.escapes("0")

    def escapes(self, key: str) -> "Conversation":
        """`*0` or `*9` while a number is keyed in."""
        self.hears_out()
        assert isinstance(self.step, Ask | Record | Identify | Verify), f"no number now: {self.step}"
        self._go_on(Escaped(key))
        return self

    def is_verified(self) -> "Conversation":
        """The secret was right."""
        return self.replies(Verify, Verified())

    def is_verified_as(self, contact: ContactToken) -> "Conversation":
        """The secret of this contact of a company was right."""
        return self.replies(Verify, Verified(contact))

    def keys_in_too_little(self) -> "Conversation":
        """Fewer digits than such a number or secret has."""
        kind = Identify if isinstance(self.hears_out().step, Identify) else Verify
        return self.replies(kind, Incomplete())

    def is_too_late(self) -> "Conversation":
        """The code that was keyed in was right once."""
        return self.replies(Verify, Expired())

    def is_denied(self, left: int) -> "Conversation":
        """It was wrong; so many tries are left."""
        return self.replies(Verify, Denied(left))

    def tells(self, seconds: int = 12) -> "Conversation":
        """The caller tells what happened."""
        return self.replies(Record, Recorded(RECORDING, seconds))

    # ------------------------------------------------------------------------------ what the world says
    def is_answered(self, answer: Answer | None) -> "Conversation":
        """Whoever was asked says this; None: nothing in time."""
        return self.replies(Lookup, Unavailable() if answer is None else Found(answer))

    def is_done(self, result: Result) -> "Conversation":
        """The deed is done."""
        self.hears_out()
        assert isinstance(self.step, Do), f"nothing is done now: {self.step}"
        self.deeds.append(self.step.deed)
        return self.replies(Do, DidIt(result))

    def has_sent_a_code(self) -> "Conversation":
        """A one-time code is on its way to the registered mobile."""
        assert isinstance(self.hears_out().step, Do)
        return self.is_done(Sent(EFFECT, NOW))

    def is_refused(self, reply: Refused | Unsure) -> "Conversation":
        """The deed is not done, or nobody knows."""
        return self.replies(Do, reply)

    def replies(self, kind: type[Step], reply: Reply) -> "Conversation":
        """The step that comes, which must be of this kind, is answered so."""
        self.hears_out()
        assert isinstance(self.step, kind), f"{self.step} instead of {kind.__name__}"
        self._go_on(reply)
        return self

    def waits_in(self, queue: str, *, priority: int) -> "Conversation":
        """The caller is put in this queue at this place."""
        self.hears_out()
        assert isinstance(self.step, JoinQueue), f"no queue now: {self.step}"
        assert (self.step.queue, self.step.priority) == (queue, priority)
        return self

    def in_a_queue(self) -> "Conversation":
        """The caller waits for a person, wherever."""
        assert isinstance(self.hears_out().step, JoinQueue), f"no queue now: {self.step}"
        return self

    def comes_back(self, how: QueueExit, key: str | None = None) -> "Conversation":
        """The queue is left."""
        assert isinstance(self.step, JoinQueue), f"no queue now: {self.step}"
        self._go_on(LeftQueue(how, key))
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
    "menu_other",
    "menu_person",
)


def at_the_menu(
    *,
    hint: CustomerFacts | None = None,
    recent_calls: int = 0,
    tickets_open: bool = True,
    manners: Manners = MANNERS,
) -> Conversation:
    """A Mandarin speaker who has heard the opening."""
    story = hotline(incoming(), manners)
    call = Conversation(story, hint=hint, recent_calls=recent_calls, tickets_open=tickets_open)
    return call.hears(*OPENING).presses("1")


def digits(text: str) -> Digits:
    """Spoken one by one, in Mandarin."""
    return Digits(text, Language.ZH)
