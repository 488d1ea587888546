"""What everyone may hear of a call while it lives: the public side of the journal.

Versioned, without secret and without clear personal data: a subscriber that needs the caller's number asks the
application, which checks the right and leaves a trace (H1.3b). Serialised in `ivr.engine.codec`, nowhere else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ivr.domain.caller import Language
from ivr.domain.ids import AgentId, CallBackId, CallId, NodeId, PromptId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """What every event carries. `(stream, sequence)` is unique: the same pair twice is a repetition."""

    sequence: int
    node: NodeId
    at: datetime
    """UTC."""
    monotonic: float
    """Seconds since the controller's start."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Numbered):
    """Of a call."""

    call_id: CallId

    @property
    def stream(self) -> str:
        """The call: its events come in order."""
        return self.call_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentHappened(Numbered):
    """Of an agent; numbered by the version of his presence."""

    agent: AgentId

    @property
    def stream(self) -> str:
        """The agent; no call id begins so."""
        return f"agent-{self.agent}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackHappened(Numbered):
    """Of a promised call back; numbered by its version."""

    call_back: CallBackId

    @property
    def stream(self) -> str:
        """The call back, in the letters of a call id."""
        return f"back-{self.call_back.replace('/', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived(Happened):
    """A call began."""

    trunk: str
    line_of_business: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentencesSpoken(Happened):
    """These prompts begin to be spoken."""

    prompts: tuple[PromptId, ...]
    """A value among them (an amount, digits) is personal and named by its kind alone: `<amount>`."""
    languages: tuple[Language, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(Happened):
    """A key of a menu. Digits of a number are never told, only how many: `key` is then `•••`."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NothingPressed(Happened):
    """A listening step ended in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactNoted(Happened):
    """What is known changed."""

    language: str | None
    category: str | None
    urgency: str
    reasons: tuple[str, ...]
    verification: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBegan(Happened):
    """Something is looked up or done for the caller: `CardsOf`, `BlockCard`."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded(Happened):
    """How it ended, or how the caller was identified or verified: `Recognised`, `Denied`, `DidIt Block`."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueEntered(Happened):
    """The caller is sent to a queue."""

    queue: QueueName
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAnswered(Happened):
    """A person and the caller talk."""

    waited: int
    """Seconds in the queue."""
    queue: QueueName | None = None
    agent: AgentId | None = None
    """None: written before it was known, or a phone that is no agent's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Happened):
    """Something was done in a conversation, or happened to it (`ivr.domain.conversation`)."""

    turn: str
    phase: str
    """Who hears whom from now on."""
    by: str
    """A phone, `operator`, or `exchange` where nobody asked."""
    phone: str
    """Who is called to it; empty: nobody."""
    why: str
    """How the keypad dialogue ended: `verified`, `identified`, `locked_out`, `not_verified`. What an agent wrote is
    not told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueExited(Happened):
    """The caller is back from a queue."""

    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpWritten(Happened):
    """A person has to get back to this caller."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTakenUp(Happened):
    """A restarted controller goes on with this call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerGone(Happened):
    """The caller's leg ended."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClosed(Happened):
    """Nothing more will happen."""

    outcome: str
    end_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(AgentHappened):
    """An agent does something else now, or wishes to (`before` and `after` are the same then)."""

    before: str
    after: str
    what: str
    """The event of `ivr.domain.presence` that led there."""
    by: str
    """As whom, and who: `agent 8001`, `line n1`."""
    since: datetime
    """UTC; when the state `after` began."""
    reason: str | None = None
    """Of a break or a pause."""
    call_id: CallId | None = None
    """Which he rings for, talks in, or writes notes of."""
    until: datetime | None = None
    """UTC; when the wrap-up is over."""
    wish: str | None = None
    """What comes when call and notes are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBackChanged(CallBackHappened):
    """Something happened to a promised call back."""

    call_id: CallId
    """Which it was asked for on."""
    queue: QueueName
    before: str | None
    after: str
    what: str
    """The event of `ivr.domain.callback`."""
    due_at: datetime
    """UTC; when it is to be dialled (next)."""
    attempts: int
    agent: AgentId | None = None


Event: TypeAlias = (
    CallArrived
    | SentencesSpoken
    | KeyPressed
    | NothingPressed
    | FactNoted
    | StepBegan
    | StepEnded
    | QueueEntered
    | PersonAnswered
    | ConversationChanged
    | QueueExited
    | FollowUpWritten
    | CallTakenUp
    | CallerGone
    | CallClosed
    | PresenceChanged
    | CallBackChanged
)
