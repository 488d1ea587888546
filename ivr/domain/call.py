"""A call: how it came in, what is known of it, and how it ended."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from ivr.domain.banking import ContactToken, CustomerFacts, CustomerToken
from ivr.domain.callback import CallBackEvent
from ivr.domain.caller import Language, VerificationLevel
from ivr.domain.ids import AgentId, CallBackId, CallId, Linkedid, NodeId, RecordingName
from ivr.domain.problem import Category, Urgency
from ivr.domain.reasons import Reason
from ivr.domain.recording import NoRecording, Recording
from ivr.domain.ticket import TicketNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A call as it reached us, before anything was said. Personal: the caller's number and name."""

    call_id: CallId
    linkedid: Linkedid
    node: NodeId
    trunk: str
    dialled: str
    """The number dialled, as the trunk gave it."""
    caller_number: str | None
    """E.164 (`+8613800138000`), or the trunk's digits where they are no valid number; None when withheld."""
    caller_name: str | None
    language: Language | None
    """The language of the number dialled; None asks the caller."""
    line_of_business: str
    arrived_at: datetime
    """UTC; the moment the leg was created."""
    call_back: CallBackId | None = None
    """Of a call that we placed ourselves: which promise it keeps (`ids.call_back_of`)."""


class Outcome(Enum):
    """What became of a call."""

    SELF_SERVED = "self_served"
    HELPED_BY_PERSON = "helped_by_person"
    NOT_REACHED = "not_reached"
    """Wanted a person and got none; a follow-up was opened."""
    CALL_BACK = "call_back"
    """Will be rung instead of waiting."""
    NOBODY_MET = "nobody_met"
    """A call back that met somebody else, a machine or nobody."""
    ABANDONED_IN_FLOW = "abandoned_in_flow"
    """Hung up before saying what was needed."""
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    FALLBACK = "fallback"
    """Served by the static fallback of the exchange, without the controller."""
    UNFINISHED = "unfinished"
    """Cut off by a fault of ours."""


class EndReason(Enum):
    """Who or what ended a call."""

    CALLER_HUNG_UP = "caller_hung_up"
    WE_HUNG_UP = "we_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    EXCHANGE_RESTARTED = "exchange_restarted"
    TIME_LIMIT = "time_limit"
    LOST = "lost"
    """Found ended by the reconciler, with no record of how."""


class PersonReached(Enum):
    """How far the wish for a person got."""

    NOT_ASKED = "not_asked"
    WAITING = "waiting"
    ANSWERED = "answered"
    NOBODY = "nobody"
    PROMISED = "promised"
    """He is called back."""


class When(Enum):
    """When it happened, by key."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    EARLIER = "earlier"


class Done(Enum):
    """What the line does by itself (H2.3)."""

    CARD_BLOCKED = "card_blocked"
    BLOCK_UNDONE = "block_undone"
    PAYMENTS_STOPPED = "payments_stopped"
    BALANCE_TOLD = "balance_told"
    TRANSFERS_TOLD = "transfers_told"
    TICKETS_TOLD = "tickets_told"
    INFORMATION_GIVEN = "information_given"


class Undone(Enum):
    """What the line was to do and a person has to see to."""

    BLOCK_REFUSED = "block_refused"
    BLOCK_UNSURE = "block_unsure"
    """Nobody knows whether it is done."""
    PAYMENTS_NOT_STOPPED = "payments_not_stopped"
    PAYMENTS_UNSURE = "payments_unsure"
    """Nobody knows whether they are stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the story has found out so far; it goes with the call to whoever takes it next."""

    language: Language | None = None
    category: Category | None = None
    urgency: Urgency = Urgency.NORMAL
    urgency_reasons: tuple[Reason, ...] = ()
    verification: VerificationLevel = VerificationLevel.UNKNOWN
    person: PersonReached = PersonReached.NOT_ASKED
    served: bool = False
    """What was needed has been done without a person."""

    hint: CustomerFacts | None = None
    """Level 1: whose number it is that calls. For routing and the agent's screen, never spoken, nothing done by it."""
    recent_calls: int = 0
    """Calls of this number in the last days, before this one."""
    last_agent: AgentId | None = None
    """Who helped last whoever's number it is that calls …"""
    helped_at: datetime | None = None
    """… and when, UTC."""
    customer: CustomerFacts | None = None
    """Level 2 and above: who the caller is."""
    last_four: str = ""
    """Of the number by which he said so."""
    contact: ContactToken | None = None
    """Of a company, level 3: who acts for it."""
    locked_out: bool = False
    """Verification by keypad is closed for now."""
    fraud_now: bool = False
    """A fraud is going on: nobody tips off or reveals (DOMAIN.md)."""
    happened: When | None = None
    """An account anomaly: when, as the caller keyed it (H2.2b)."""
    told: RecordingName | None = None
    """What the caller said happened, or complains of, in his own words."""
    tickets: tuple[TicketNumber, ...] = ()
    """Opened on this call."""
    filed: Category | None = None
    """What the latest of them is about."""
    to_file: bool = False
    """Something was told or done, or became an emergency, that stands in no ticket yet (H2.2c)."""
    done: tuple[Done, ...] = ()
    """What the line did by itself, in order (H2.2c)."""
    undone: tuple[Undone, ...] = ()
    """What the line could not do, or does not know whether it did, in order (H2.2c)."""
    unsure: bool = False
    """A deed was asked for, and nobody knows whether it is done."""
    call_back: CallBackId | None = None
    """Promised on this call."""
    met: CallBackEvent | None = None
    """Of a call back: whom it met."""
    score: int | None = None
    """Of the survey: 5 (very content) to 1."""

    @property
    def customer_token(self) -> CustomerToken | None:
        """Who the caller is, where that is known (level 2)."""
        return self.customer.customer if self.customer else None

    @property
    def needs_ticket(self) -> bool:
        """Whoever takes the call now would not find its need in a ticket (H1.2d)."""
        return self.to_file or self.filed is not (self.category or Category.UNKNOWN)

    def and_also(self, **news: object) -> "Known":
        """The same with some facts replaced."""
        return replace(self, **news)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a call ended."""

    outcome: Outcome
    end_reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """All that is known of one call: the fold of its journal. What the archive keeps."""

    incoming: Incoming
    known: Known = field(default_factory=Known)
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ending: Ending | None = None
    controller_restarts: int = 0
    """How often a new controller had to take the call up again."""
    recording: Recording | None = None
    """The call's own sound; noted by the archive once it is sealed."""
    not_recorded: NoRecording | None = None
    """Why there is none. Neither: it is not settled yet."""
