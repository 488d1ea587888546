"""Whom a person may call into his talk, or hand it on to: phones of the configuration, agents at work, queues. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ivr.domain.agent import Agent
from ivr.domain.conversation import Places
from ivr.domain.ids import AgentId
from ivr.domain.presence import Presence, PresenceState
from ivr.policies.membership import members
from ivr.policies.routing import Rules


def with_agents(
    places: Places, rules: Rules, accounts: Iterable[Agent], standing: Mapping[AgentId, Presence]
) -> Places:
    """These places, and in them who is at work. By his staff number he is called whatever he does, and it is his to
    answer; in the name of a queue only who takes calls there now, the first choice first, and then its phones that are
    nobody's.
    """
    everyone = tuple(accounts)
    at_work = [
        agent
        for agent in everyone
        if agent.agent in standing and standing[agent.agent].state is not PresenceState.OFFLINE
    ]
    takes_calls = [member for member in members(rules, everyone, standing) if member.paused is None]
    owned = {agent.endpoint for agent in everyone}

    def phones_in(queue: str, static: tuple[str, ...]) -> tuple[str, ...]:
        serving = [member.endpoint for member in takes_calls if member.queue == queue]
        return tuple(dict.fromkeys([*serving, *(phone for phone in static if phone not in owned)]))

    return replace(
        places,
        agents=tuple((agent.agent, agent.endpoint) for agent in at_work),
        queues=tuple((name, patience, phones_in(name, static)) for name, patience, static in places.queues),
    )
