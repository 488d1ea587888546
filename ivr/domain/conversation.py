"""A conversation: a caller and the persons who have the call, from the first answer in a queue until nobody has it.

What may happen is a table, `MOVES`: in which phase, by whom, and where that leads. Nothing else decides; what the table
does not hold changes nothing, and `Illegal` says whose fault it was. Where the legs are is the exchange's to say: a
conversation is what was asked of it and what it told.
"""

from dataclasses import dataclass, replace
from enum import Enum

from ivr.domain.ids import AgentId, Uniqueid
from ivr.domain.ticket import Fault, Illegal


class Phase(Enum):
    """Who hears whom. Its value stands in journals and events and is never renamed."""

    NOBODY = "nobody"
    """No person has the call: it is with the story, or waits in a queue."""
    TALKING = "talking"
    """The caller and one person."""
    ON_HOLD = "on_hold"
    """The caller hears music, and so does the person."""
    VERIFYING = "verifying"
    """The caller is at the keypad; the person hears music and nothing else."""
    CALLING = "calling"
    """The caller is on hold, and another phone rings."""
    CONSULTING = "consulting"
    """The caller is on hold, and two persons talk."""
    SUMMONING = "summoning"
    """The caller and one person talk, and another phone rings."""
    CONFERENCE = "conference"
    """The caller and two persons."""
    TRANSFERRED = "transferred"
    """The person has left; the caller hears music while another phone rings."""


class Turn(Enum):
    """What can happen. Its value stands in journals and events and is never renamed."""

    HOLD = "hold"
    RESUME = "resume"
    """The caller is back from hold or keypad, because he was asked back."""
    RETURN = "return"
    """The caller is back by himself: the dialogue is over, or he was on hold too long."""
    VERIFY = "verify"
    CONSULT = "consult"
    JOIN = "join"
    """Another is called into the talk: a supervisor, or a third."""
    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    COMPLETE = "complete"
    """The attended transfer: the first person leaves, the second has the call."""
    BACK = "back"
    """The first takes the caller back, the second leaves."""
    CONFERENCE = "conference"
    TRANSFER = "transfer"
    """Blind, to a queue."""
    HAND_ON = "hand_on"
    """Blind, to a phone."""
    END = "end"
    FIRST_LEFT = "first_left"
    SECOND_LEFT = "second_left"


class Asker(Enum):
    """As what somebody asks for a turn."""

    FIRST = "first"
    """The person who has the call."""
    SECOND = "second"
    """Who was called to it."""
    SUPERVISOR = "supervisor"
    """Whoever answers for the floor; also the operator at the command line."""
    EXCHANGE = "exchange"
    """Nobody asked: it happened."""


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table."""

    before: Phase
    turn: Turn
    after: Phase
    who: frozenset[Asker]


def _table() -> tuple[Move, ...]:
    talking, held, keypad = Phase.TALKING, Phase.ON_HOLD, Phase.VERIFYING
    calling, consulting = Phase.CALLING, Phase.CONSULTING
    summoning, three, handed_on, nobody = Phase.SUMMONING, Phase.CONFERENCE, Phase.TRANSFERRED, Phase.NOBODY
    has_it = frozenset({Asker.FIRST, Asker.SUPERVISOR})
    in_it = has_it | {Asker.SECOND}
    itself = frozenset({Asker.EXCHANGE})
    # The exchange is also asked after a crash, and may tell of a turn that was carried out and not written down.
    told = has_it | itself
    made = Move
    return (
        made(talking, Turn.HOLD, held, told),
        made(three, Turn.HOLD, consulting, in_it | itself),
        made(held, Turn.RESUME, talking, has_it),
        made(keypad, Turn.RESUME, talking, has_it),
        made(held, Turn.RETURN, talking, itself),
        made(keypad, Turn.RETURN, talking, itself),
        made(consulting, Turn.RETURN, three, itself),
        made(calling, Turn.RETURN, summoning, itself),
        made(talking, Turn.VERIFY, keypad, told),
        made(talking, Turn.CONSULT, calling, has_it),
        made(held, Turn.CONSULT, calling, has_it),
        made(talking, Turn.JOIN, summoning, has_it),
        made(calling, Turn.ANSWER, consulting, itself),
        made(summoning, Turn.ANSWER, three, itself),
        made(handed_on, Turn.ANSWER, talking, itself),
        made(calling, Turn.NO_ANSWER, held, itself),
        made(summoning, Turn.NO_ANSWER, talking, itself),
        made(handed_on, Turn.NO_ANSWER, nobody, itself),
        *(made(both, Turn.COMPLETE, talking, in_it) for both in (consulting, three)),
        *(made(both, Turn.BACK, talking, has_it) for both in (calling, consulting, summoning, three)),
        made(consulting, Turn.CONFERENCE, three, in_it),
        *(made(alone, Turn.TRANSFER, nobody, told) for alone in (talking, held)),
        *(made(alone, Turn.HAND_ON, handed_on, has_it) for alone in (talking, held)),
        *(
            made(some, Turn.END, nobody, has_it)
            for some in (talking, held, keypad, calling, consulting, summoning, three, handed_on)
        ),
        *(made(some, Turn.FIRST_LEFT, nobody, itself) for some in (talking, held, keypad, summoning)),
        made(calling, Turn.FIRST_LEFT, handed_on, itself),
        *(made(both, Turn.FIRST_LEFT, talking, itself) for both in (consulting, three)),
        made(consulting, Turn.SECOND_LEFT, held, itself),
        made(three, Turn.SECOND_LEFT, talking, itself),
    )


MOVES = _table()
"""All that may happen in a conversation."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A person in a call, or being called to it."""

    leg: Uniqueid
    """Empty where the exchange did not tell."""
    phone: str
    """A phone of the configuration: `desk1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One as it stands."""

    phase: Phase = Phase.NOBODY
    persons: tuple[Participant, ...] = ()
    """Who has the call first, then who was called to it; two at most."""
    ringing: Participant | None = None
    """Who is being called to it."""
    in_room: bool = False
    """The legs meet in the room of the call; else the queue's own bridge joins them."""
    missed: tuple[str, ...] = ()
    """Phones that were called to it and did not answer."""

    @property
    def speaking(self) -> tuple[Participant, ...]:
        """The persons whom the caller hears now."""
        together = (Phase.TALKING, Phase.SUMMONING, Phase.CONFERENCE)
        return self.persons if self.phase in together else ()

    def asker(self, phone: str) -> Asker | None:
        """As what somebody at this phone asks; None: he is not in the call."""
        for person, role in zip(self.persons, (Asker.FIRST, Asker.SECOND), strict=False):
            if person.phone == phone:
                return role
        return None


def answered(person: Participant) -> Conversation:
    """A person answered in a queue, which joins him and the caller."""
    return Conversation(phase=Phase.TALKING, persons=(person,))


def move_of(phase: Phase, turn: Turn, who: Asker) -> Move:
    """The line of the table for this turn. Raises Illegal."""
    found = next((move for move in MOVES if (move.before, move.turn) == (phase, turn)), None)
    if found is None:
        comes = ", ".join(turn.value for turn in allowed(phase)) or "nothing"
        raise Illegal(
            f"{turn.value} does not come while the call is {phase.value}; what may be asked: {comes}",
            Fault.WRONG_MOMENT,
        )
    if who not in found.who:
        may = ", ".join(sorted(asker.value for asker in found.who))
        raise Illegal(
            f"{who.value} may not {turn.value} while the call is {phase.value}; who may: {may}", Fault.NO_RIGHT
        )
    return found


def allowed(phase: Phase, who: Asker = Asker.SUPERVISOR) -> tuple[Turn, ...]:
    """What may be asked in this phase, in the table's order."""
    return tuple(move.turn for move in MOVES if move.before is phase and who in move.who)


def after(talk: Conversation, turn: Turn, phase: Phase, called: Participant | None = None) -> Conversation:
    """The conversation after a turn that led to this phase; `called`: who is being called by it."""
    persons, ringing, in_room, missed = talk.persons, talk.ringing, True, talk.missed
    match turn:
        case Turn.CONSULT | Turn.JOIN | Turn.HAND_ON:
            ringing = called
            persons = () if turn is Turn.HAND_ON else persons
        case Turn.ANSWER:
            persons, ringing = (*persons, *((ringing,) if ringing else ())), None
        case Turn.NO_ANSWER:
            missed, ringing = (*missed, *((ringing.phone,) if ringing else ())), None
        case Turn.COMPLETE | Turn.FIRST_LEFT:
            persons = persons[1:]
        case Turn.BACK | Turn.SECOND_LEFT:
            persons, ringing = persons[:1], None
        case _:
            pass
    if phase is Phase.NOBODY:
        persons, ringing, in_room, missed = (), None, False, ()
    return replace(talk, phase=phase, persons=persons, ringing=ringing, in_room=in_room, missed=missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a call can be sent to: phones, agents, and queues with the phones that serve them."""

    phones: tuple[str, ...]
    queues: tuple[tuple[str, int, tuple[str, ...]], ...]
    """Name, seconds a caller waits there at most, and its phones, the first choice first."""
    seniors: str
    """The queue that an escalation goes to (H1.2e)."""
    agents: tuple[tuple[AgentId, str], ...] = ()
    """Staff number, and the phone that rings for him, of everyone at work."""

    def patience_of(self, queue: str) -> int | None:
        """Seconds a caller waits there at most; None: no such queue."""
        return next((patience for name, patience, _ in self.queues if name == queue), None)

    def phones_of(self, target: str) -> tuple[str, ...]:
        """The phone itself, that of the agent, or those of the queue; none: there is no such place."""
        if target in self.phones:
            return (target,)
        if (own := dict(self.agents).get(AgentId(target))) is not None:
            return (own,)
        return next((phones for name, _, phones in self.queues if name == target), ())
