"""`docs/routing.md`: to whom calls go, what agents do, and how call backs live, drawn from the tables of the code."""

from collections.abc import Iterable, Sequence

from ivr.domain import callback, presence
from ivr.domain.agent import Tier
from ivr.domain.caller import Language
from ivr.domain.problem import Urgency
from ivr.domain.route_reasons import RouteReason
from ivr.domain.ticket import Role
from ivr.policies.calling_back import CallBackRules, NoOffer
from ivr.policies.measures import IN_TIME, SHORT
from ivr.policies.membership import GENERALIST
from ivr.policies.routing import BASE, CARE, PENALTY_STEP, PROVEN, Rules
from ivr.policies.waiting import aged

_HEAD = """# To whom calls go

Queues, agents, call backs and measures. This page is written by `hotline route page` from the tables and policies of
the code; a test fails when it is out of date. The numbers are the defaults; the bank decides in
`config/hotline.toml`. `hotline route explain` says what would happen to a given caller, and why.

## The route

A route is a list of stops, each with its patience:

1. The agent who helped this customer last, for a short time, while that agent is free.
2. The second line's own queue (`routing.senior_queue`), for a caller who was not helped before.
3. The narrowest queue that suits and is open: by category, by kind of customer, by language.
4. The service queue. It never closes, and everyone's route ends there.

An emergency goes to the emergency queue, then to the front of the service queue. Queues with hours (`[hours]`) are
passed by while they are closed, at night or on a holiday of the country, and the route says until when. Where nobody
answers at the last stop the story goes on, and a person gets back to the caller.
"""

_MEMBERS = """## Who is rung

An agent is in each queue whose line, language and category fit, unless offline. The penalty says who is rung first;
a caller's stop says up to which penalty, and that widens with waiting. The exchange serves the heavier queue first, in
it the higher priority, then who came first. Between queues of one weight it knows no priorities: there an agent is
paused as `reserved` while a more urgent caller of another queue needs him.
"""

_MEASURES = f"""## The measures

From events alone (`ivr/policies/measures.py`). A wait is from the entry into the first queue until the caller is with
a person (who has answered, and whose number has been told), leaves, or nobody came; the queues on the way are one wait,
and each queue counts its own visits.

| measure | definition |
| --- | --- |
| service level | answered within {IN_TIME:g} s ÷ offered |
| abandon rate | abandoned ÷ offered; call backs are no abandons; those under {SHORT:g} s are counted beside |
| ASA | mean wait of those that were answered |
| AHT | (talk + hold + notes) ÷ talks whose notes were finished |
| occupancy | (talk + hold + notes) ÷ (that + ready and ringing) |

Offered is everyone whose wait is decided: answered, abandoned, to be called back, or nobody came.
"""


def page(rules: Rules, times: presence.WrapUp, backs: CallBackRules) -> str:
    """The whole page."""
    parts: list[str] = [_HEAD, *_priorities(rules), "", *_reasons(), "", _MEMBERS, *_penalties(), ""]
    parts += [*_presence(times), "", *_call_backs(backs), "", _MEASURES.rstrip(), ""]
    return "\n".join(parts)


def presence_diagram() -> str:
    """Presence as a Mermaid state diagram; what leads nowhere (a wish, an extension) is left out."""
    ways = ((row.before.value, row.after.value, row.event.value) for row in presence.TRANSITIONS)
    return _diagram(ways, start=presence.PresenceState.OFFLINE.value, ends=())


def call_back_diagram() -> str:
    """The life of a call back as a Mermaid state diagram."""
    ways = (
        (row.before.value if row.before else "[*]", row.after.value, row.event.value) for row in callback.TRANSITIONS
    )
    return _diagram(ways, start=None, ends=sorted(state.value for state in callback.ENDS))


def _diagram(ways: Iterable[tuple[str, str, str]], *, start: str | None, ends: Sequence[str]) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for before, after, event in ways:
        if before != after:
            arrows.setdefault((before, after), []).append(event)
    lines = [f"    [*] --> {start}"] if start else []
    lines += [f"    {before} --> {after}: {' / '.join(events)}" for (before, after), events in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, *(f"    {end} --> [*]" for end in ends)])


def _priorities(rules: Rules) -> list[str]:
    ageing = rules.ageing
    minutes = (0, 1, 2, 4, 10, 20)
    rows = ["## The place", "", "The priority with which a caller waits, by urgency and minutes of waiting:", ""]
    rows += [f"| urgency | {' | '.join(f'{minute} min' for minute in minutes)} |"]
    rows += [f"| --- |{' --- |' * len(minutes)}"]
    for urgency in Urgency:
        places = [str(aged(BASE[urgency], minute * 60, ageing)) for minute in minutes]
        rows.append(f"| {urgency.name.lower()} | {' | '.join(places)} |")
    return [
        *rows,
        "",
        f"Among equals: +{CARE} for who is elderly or needs care, +{PROVEN} for who is verified. Waiting raises by "
        f"{ageing.step} every {ageing.every} s,",
        f"to {ageing.most} at the most: nobody starves, and no ordinary call ever stands with an emergency.",
    ]


def _reasons() -> list[str]:
    rows = ["### Its reasons", "", "| id | 中文 | English |", "| --- | --- | --- |"]
    for reason in RouteReason:
        rows.append(f"| `{reason.value}` | {reason.words(Language.ZH)} | {reason.words(Language.EN)} |")
    return rows


def _penalties() -> list[str]:
    rows = ["| who | penalty |", "| --- | --- |"]
    rows += [f"| of the first line of the queue ({Tier.AGENT.value}, as a rule) | 0 |"]
    rows += [f"| of each next line ({Tier.SENIOR.value}, as a rule) | +{PENALTY_STEP} |"]
    rows += ["| for whom its language is the second | +1 |"]
    rows += [f"| a generalist in a queue of specialists | +{GENERALIST} |"]
    return rows


def _presence(times: presence.WrapUp) -> list[str]:
    rows = ["## What an agent does", "", f"```mermaid\n{presence_diagram()}\n```", ""]
    rows += ["| while | may happen | then | who may |", "| --- | --- | --- | --- |"]
    rows += [_row(row.before.value, row.event.value, row.after.value, row.who) for row in presence.TRANSITIONS]
    usual, more, longest = (int(each.total_seconds()) for each in (times.usual, times.extension, times.longest))
    return [
        *rows,
        "",
        "A wish while it rings or while he talks is kept, and comes true when call and notes are done. Pauses have one",
        f"of these reasons: {', '.join(f'`{reason}`' for reason in presence.PAUSES)}; breaks those of `[[breaks]]`.",
        f"Notes take {usual} s, {more} s more by each extension, {longest} s at the longest.",
    ]


def _call_backs(rules: CallBackRules) -> list[str]:
    rows = ["## A call back", "", f"```mermaid\n{call_back_diagram()}\n```", ""]
    rows += ["| when it is | may happen | then | who may |", "| --- | --- | --- | --- |"]
    for row in callback.TRANSITIONS:
        rows.append(_row(row.before.value if row.before else "", row.event.value, row.after.value, row.who))
    pauses = ", then ".join(f"{pause.total_seconds() / 60:g} min" for pause in rules.after_nobody)
    rows += ["", "| it is not offered | 中文 |", "| --- | --- |"]
    rows += [f"| {reason.words(Language.EN)} | {reason.words(Language.ZH)} |" for reason in NoOffer]
    return [
        *rows,
        "",
        f"Customers are rung from {rules.call_from:%H:%M} to {rules.call_until:%H:%M}, emergencies at any time. "
        f"{rules.tries} attempts: after a busy line again",
        f"in {rules.after_busy.total_seconds() / 60:g} min, after nobody in {pauses}. Who kept his place rises in "
        "it as if he waited on the line. To",
        "whoever answers nothing personal is said before it is sure who it is; on a machine nothing at all.",
    ]


def _row(before: str, event: str, after: str, who: frozenset[Role]) -> str:
    may = ", ".join(role.value for role in Role if role in who)
    return f"| {f'`{before}`' if before else '–'} | `{event}` | `{after}` | {may} |"
