"""Whether an agent is there, and what he does: a table, `TRANSITIONS`, in the manner of `ivr.domain.ticket`.

The controller owns it and writes every change down before it acts on it, so it is true after any restart. Nobody is
interrupted by a wish: whoever asks for a break while he talks gets it when the notes are written (`wish`). What the
table does not hold changes nothing, and `Illegal` says whose fault it was.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from ivr.domain.ids import AgentId, CallId
from ivr.domain.ticket import Fault, Illegal, Party, Role


class PresenceState(Enum):
    """What an agent does now."""

    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    """Hold included."""
    WRAP_UP = "wrap_up"
    """Writing down what was done; no call comes until its time is over."""
    BREAK = "break"
    """By his own wish, with a reason of the configuration."""
    PAUSED = "paused"
    """By the line or a supervisor, with a reason: a missed call, a phone that is gone."""


class PresenceEvent(Enum):
    """What can happen to it."""

    GO_READY = "go_ready"
    TAKE_BREAK = "take_break"
    GO_OFFLINE = "go_offline"
    RING = "ring"
    ANSWER = "answer"
    MISS = "miss"
    """It rang for its whole time, or was refused."""
    RING_ELSEWHERE = "ring_elsewhere"
    """Another answered, or the caller left: no fault of this agent."""
    CALL_OUT = "call_out"
    HANG_UP = "hang_up"
    """He and the other side talk no more, whoever left."""
    EXTEND = "extend"
    """More time for the notes."""
    TIME_OVER = "time_over"
    """The wrap-up's time is over."""
    PAUSE = "pause"
    PHONE_BACK = "phone_back"
    """Of one who was paused because it was gone: he is as ready as he was."""


MISSED_CALL, PHONE_GONE, DESK_GONE, BY_SUPERVISOR = "missed_call", "phone_gone", "desk_gone", "by_supervisor"
PAUSES = (MISSED_CALL, PHONE_GONE, DESK_GONE, BY_SUPERVISOR)
"""Why an agent is paused. Written in journals and events, never renamed."""

WISHES = (PresenceEvent.GO_READY, PresenceEvent.TAKE_BREAK, PresenceEvent.GO_OFFLINE, PresenceEvent.PAUSE)
"""Events that wait until a call and its notes are done; GO_READY takes an earlier wish back."""


@dataclass(frozen=True, slots=True)
class PresenceTransition:
    """One line of the table."""

    before: PresenceState
    event: PresenceEvent
    after: PresenceState
    who: frozenset[Role]


def _life() -> tuple[PresenceTransition, ...]:
    offline, ready, ringing = PresenceState.OFFLINE, PresenceState.READY, PresenceState.RINGING
    talking, wrap_up = PresenceState.TALKING, PresenceState.WRAP_UP
    away, paused = PresenceState.BREAK, PresenceState.PAUSED
    desk, line = frozenset({Role.AGENT, Role.SUPERVISOR}), frozenset({Role.LINE})
    above = frozenset({Role.LINE, Role.SUPERVISOR})
    event, made = PresenceEvent, PresenceTransition
    return (
        *(made(state, event.GO_READY, ready, desk) for state in (offline, wrap_up, away, paused)),
        *(made(state, event.TAKE_BREAK, away, desk) for state in (offline, ready, wrap_up, away, paused)),
        *(made(state, event.GO_OFFLINE, offline, desk | line) for state in (ready, wrap_up, away, paused)),
        *(made(state, event.PAUSE, paused, above) for state in (ready, wrap_up, away, paused)),
        # A phone that rings or talks is not torn from its call: the wish is kept.
        *(made(busy, wish, busy, desk | line) for busy in (ringing, talking) for wish in WISHES),
        made(ready, event.RING, ringing, line),
        made(ringing, event.ANSWER, talking, line),
        made(ringing, event.MISS, paused, line),
        made(ringing, event.RING_ELSEWHERE, ready, line),
        # A call that reaches him by another way than a queue: a transfer to his number, his own phone picked up.
        *(made(state, event.ANSWER, talking, line) for state in (ready, wrap_up, away, paused)),
        *(made(state, event.CALL_OUT, talking, line) for state in (ready, wrap_up, away)),
        made(talking, event.HANG_UP, wrap_up, line),
        made(wrap_up, event.EXTEND, wrap_up, desk),
        made(wrap_up, event.TIME_OVER, ready, line),
        made(paused, event.PHONE_BACK, ready, line),
    )


TRANSITIONS = _life()
"""The whole of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to come when call and notes are done."""

    event: PresenceEvent
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUp:
    """How long notes may take. Raises ValueError where the longest is shorter than the usual."""

    usual: timedelta = timedelta(seconds=30)
    extension: timedelta = timedelta(seconds=60)
    """What one `extend` adds."""
    longest: timedelta = timedelta(minutes=10)
    """From the end of the talk; no extension leads beyond it."""

    def __post_init__(self) -> None:
        if not timedelta() <= self.usual <= self.longest:
            raise ValueError(f"wrap-up: usual {self.usual} has to lie between 0 and the longest, {self.longest}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How it stands with an agent. Nothing in it is personal but his staff number."""

    agent: AgentId
    state: PresenceState = PresenceState.OFFLINE
    since: datetime
    """UTC; when the state began."""
    reason: str | None = None
    """Of a break or a pause."""
    call_id: CallId | None = None
    """The call he rings for, talks in, or writes notes of."""
    until: datetime | None = None
    """UTC; when the wrap-up is over."""
    wish: Wish | None = None
    version: int = 0
    """How much has happened to it."""

    @property
    def takes_calls(self) -> bool:
        """A call may ring for him now."""
        return self.state is PresenceState.READY


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceEntry:
    """One thing that happened, as it is journalled. Never changed."""

    agent: AgentId
    version: int
    """Of the presence after it; 1 is the first."""
    at: datetime
    """UTC."""
    by: Party
    event: PresenceEvent
    before: PresenceState
    after: PresenceState
    reason: str | None
    call_id: CallId | None
    """Which it was about: also of the end of a wrap-up."""


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """How it stands now, and what led there."""

    presence: Presence
    entry: PresenceEntry


_OF_A_CALL = frozenset({PresenceState.RINGING, PresenceState.TALKING, PresenceState.WRAP_UP})
_NEEDS_REASON = frozenset({PresenceEvent.TAKE_BREAK, PresenceEvent.PAUSE})


def moved(
    presence: Presence,
    event: PresenceEvent,
    *,
    by: Party,
    at: datetime,
    wrap_up: WrapUp,
    reason: str | None = None,
    call_id: CallId | None = None,
) -> Presence:
    """How it stands after this event. Raises Illegal; ValueError where a break or pause has no reason."""
    if event in _NEEDS_REASON and not reason:
        raise ValueError(f"{event.value} needs a reason")
    step = transition(presence, event, by)
    if step.before is step.after and event in WISHES and step.before in _OF_A_CALL:
        wish = None if event is PresenceEvent.GO_READY else Wish(event=event, reason=reason)
        return replace(presence, wish=wish, version=presence.version + 1)
    if event is PresenceEvent.EXTEND:
        return replace(presence, until=_extended(presence, wrap_up, at), version=presence.version + 1)
    wish = presence.wish
    if event in (PresenceEvent.TIME_OVER, PresenceEvent.RING_ELSEWHERE) and wish is not None:
        # The wish comes true; the line only carries it out, so its right is not asked again.
        return _settled(presence, _after_wish(wish), at, reason=wish.reason)
    if event is PresenceEvent.MISS:
        return _settled(presence, step.after, at, reason=MISSED_CALL)
    if step.after in _OF_A_CALL:
        return _busy(presence, step.after, at, call_id=call_id, wrap_up=wrap_up)
    return _settled(presence, step.after, at, reason=reason if event in _NEEDS_REASON else None)


def changed(before: Presence, after: Presence, event: PresenceEvent, by: Party, at: datetime) -> PresenceChange:
    """The step from one to the other, to be written down."""
    entry = PresenceEntry(
        agent=after.agent,
        version=after.version,
        at=at,
        by=by,
        event=event,
        before=before.state,
        after=after.state,
        reason=after.reason,
        call_id=after.call_id or before.call_id,
    )
    return PresenceChange(after, entry)


def transition(presence: Presence, event: PresenceEvent, by: Party) -> PresenceTransition:
    """The line of the table for this event. Raises Illegal."""
    state = presence.state
    found = next((row for row in TRANSITIONS if (row.before, row.event) == (state, event)), None)
    if found is None:
        comes = ", ".join(row.event.value for row in TRANSITIONS if row.before is state)
        raise Illegal(
            f"{event.value} does not come while agent {presence.agent} is {state.value}; what may come: {comes}",
            Fault.WRONG_MOMENT,
        )
    if by.role not in found.who or (by.role is Role.AGENT and by.name != presence.agent):
        may = ", ".join(sorted(role.value for role in found.who))
        raise Illegal(
            f"{by} may not {event.value} agent {presence.agent}, who is {state.value}; who may: {may}"
            + (" (an agent only himself)" if Role.AGENT in found.who else ""),
            Fault.NO_RIGHT,
        )
    return found


def allowed(state: PresenceState, role: Role) -> tuple[PresenceEvent, ...]:
    """What someone in this role may do in this state, in the table's order."""
    return tuple(row.event for row in TRANSITIONS if row.before is state and role in row.who)


def must_be_at(presence: Presence, expected: int | None) -> None:
    """Raises Illegal when it is not at the version its reader saw any more; None asks for none."""
    if expected is not None and expected != presence.version:
        raise Illegal(
            f"agent {presence.agent} is at version {presence.version}, not {expected}: he is {presence.state.value} "
            "now; look again",
            Fault.OVERTAKEN,
        )


def _after_wish(wish: Wish) -> PresenceState:
    return next(row.after for row in TRANSITIONS if row.before is PresenceState.WRAP_UP and row.event is wish.event)


def _settled(presence: Presence, state: PresenceState, at: datetime, *, reason: str | None) -> Presence:
    return replace(
        presence,
        state=state,
        since=at,
        reason=reason,
        call_id=None,
        until=None,
        wish=None,
        version=presence.version + 1,
    )


def _busy(
    presence: Presence, state: PresenceState, at: datetime, *, call_id: CallId | None, wrap_up: WrapUp
) -> Presence:
    """In a call. Who was on a break when it came goes back to it."""
    wish = presence.wish
    if presence.state is PresenceState.BREAK:
        wish = Wish(event=PresenceEvent.TAKE_BREAK, reason=presence.reason)
    return replace(
        presence,
        state=state,
        since=at,
        reason=None,
        call_id=call_id or presence.call_id,
        until=at + wrap_up.usual if state is PresenceState.WRAP_UP else None,
        wish=wish,
        version=presence.version + 1,
    )


def _extended(presence: Presence, wrap_up: WrapUp, at: datetime) -> datetime:
    longest = presence.since + wrap_up.longest
    if presence.until is not None and presence.until >= longest:
        raise Illegal(
            f"the notes of agent {presence.agent} may take {wrap_up.longest.total_seconds():g} s at the longest, "
            "which are given already",
            Fault.WRONG_MOMENT,
        )
    return min(max(presence.until or at, at) + wrap_up.extension, longest)
