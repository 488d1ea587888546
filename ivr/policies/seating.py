"""What has to be done so that the exchange's queues have the members that they are to have. Pure.

Static members come from the configuration (`[[phones]]` with `queues`) and ring whoever sits there: they are what a
restarted exchange has while no controller is there. Where an account names such a phone, skills and presence decide:
it is paused while its agent is not a member.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ivr.domain.agent import Agent
from ivr.domain.ids import AgentId, QueueName
from ivr.domain.presence import Presence, PresenceState
from ivr.policies.membership import Member, pause_of

ONE_AGENT = QueueName("same-agent")
"""The exchange's queue in which one agent can be waited for: each is in it with a penalty of his own."""
NOT_AT_WORK = "offline"
"""Why a static phone is paused that belongs to an agent who is no member of its queue now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seated:
    """A phone in a queue, as it is."""

    queue: QueueName
    interface: str
    name: str
    penalty: int
    paused: str | None
    static: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """It comes to the queue."""

    seat: Seated


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """It leaves it."""

    seat: Seated


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalise:
    """Another penalty."""

    seat: Seated


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Paused, or free again."""

    seat: Seated


Change = Add | Remove | Penalise | Pause
"""`seat` is how it is to be afterwards; of Remove, how it was."""


def interface_of(endpoint: str) -> str:
    """As app_queue names the phone of an endpoint."""
    return f"PJSIP/{endpoint}"


def own_penalty(agent: AgentId) -> int:
    """His in ONE_AGENT, and nobody else's (but of staff numbers longer than 8 digits that end alike)."""
    return int(f"1{agent[-8:]}")


def alone(agents: Iterable[Agent], presences: Mapping[AgentId, Presence]) -> list[Member]:
    """The members of ONE_AGENT."""
    found = []
    for agent in agents:
        presence = presences.get(agent.agent)
        if presence is not None and presence.state is not PresenceState.OFFLINE:
            found.append(
                Member(
                    queue=ONE_AGENT,
                    agent=agent.agent,
                    endpoint=agent.endpoint,
                    penalty=own_penalty(agent.agent),
                    paused=pause_of(presence),
                )
            )
    return found


def changes(wanted: Iterable[Member], there: Sequence[Seated], owned: Collection[str]) -> list[Change]:
    """From `there` to `wanted`: pauses first, so that nobody is rung who should not be while the rest is done. `owned`
    holds the interfaces of all accounts."""
    found = {(seat.queue, seat.interface): seat for seat in there}
    aims = {(member.queue, interface_of(member.endpoint)): member for member in _one_a_phone(wanted)}
    done: list[Change] = []
    for key, member in aims.items():
        done += _towards(member, found.get(key))
    for key, seat in found.items():
        if key not in aims:
            done += _without(seat, seat.interface in owned)
    return sorted(done, key=_order)


def _one_a_phone(wanted: Iterable[Member]) -> list[Member]:
    """Of two agents at one phone the one who can be rung: a phone is a member once."""
    best: dict[tuple[QueueName, str], Member] = {}
    for member in wanted:
        key = member.queue, member.endpoint
        if key not in best or (best[key].paused is not None and member.paused is None):
            best[key] = member
    return list(best.values())


def _towards(member: Member, seat: Seated | None) -> list[Change]:
    aim = Seated(
        queue=member.queue,
        interface=interface_of(member.endpoint),
        name=member.agent,
        penalty=member.penalty,
        paused=member.paused,
        static=seat is not None and seat.static,
    )
    if seat is None:
        return [Add(seat=aim)]
    if not seat.static and seat.name != aim.name:
        return [Remove(seat=seat), Add(seat=aim)]
    done: list[Change] = []
    if seat.penalty != aim.penalty:
        done.append(Penalise(seat=aim))
    if seat.paused != aim.paused:
        done.append(Pause(seat=aim))
    return done


def _without(seat: Seated, owned: bool) -> list[Change]:
    if not seat.static:
        return [Remove(seat=seat)]
    aim = NOT_AT_WORK if owned else None
    if seat.paused == aim:
        return []
    return [
        Pause(
            seat=Seated(
                queue=seat.queue,
                interface=seat.interface,
                name=seat.name,
                penalty=seat.penalty,
                paused=aim,
                static=True,
            )
        )
    ]


def _order(change: Change) -> int:
    match change:
        case Pause(seat=seat) if seat.paused is not None:
            return 0
        case Remove():
            return 1
        case Penalise():
            return 2
    return 3
