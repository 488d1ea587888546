"""`docs/tickets.md`: the life of a ticket and its times, drawn from the tables that the code goes by."""

from ivr.domain.ticket import TRANSITIONS, Role, TicketEvent, TicketKind, TicketState
from ivr.policies.deadlines import Times, Within

_HEAD = """# Tickets

One problem of one caller, from its opening until he knows the result. This page is written by `hotline tickets life`
from `ivr/domain/ticket.py` and `ivr/policies/deadlines.py`; a test fails when it is out of date.

"Handle first, feed back after": there is no way to `closed` but through `confirmed`, where the customer knows the
result and does not object, or by his own withdrawal. Whatever the table does not hold changes nothing, and the error
says whose fault it was: `no_right` (the asker's), `wrong_moment` (the asking program's), `overtaken` (nobody's: someone
was faster).
"""

_NUMBER = """## The number

Eight digits in two breaths of four, the last a check digit (Luhn); nine after ten million tickets. It comes from one
counter in the database that all nodes share, stirred so that neighbours look nothing alike: a wrong key shows no other
ticket, few are a row of zeros, and none tells how many complaints there were before. No date: a ticket says its own.
"""


def page(times: Times) -> str:
    """The whole page."""
    return "\n".join([_HEAD, "## The life", "", _fenced(), "", *_events(), "", *_due(times), "", _NUMBER.rstrip(), ""])


def diagram() -> str:
    """The table as a Mermaid state diagram. What leads nowhere (a remark, another owner) is left out."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for row in TRANSITIONS:
        if row.before is not row.after:
            before = row.before.value if row.before else "[*]"
            arrows.setdefault((before, row.after.value), []).append(row.event.value)
    lines = [f"    {before} --> {after}: {' / '.join(events)}" for (before, after), events in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines, f"    {TicketState.CLOSED.value} --> [*]"])


def _fenced() -> str:
    return f"```mermaid\n{diagram()}\n```"


def _events() -> list[str]:
    rows = ["| when it is | what may happen | then it is | who may |", "| --- | --- | --- | --- |"]
    for row in TRANSITIONS:
        before = _word(row.before) if row.before else "–"
        who = "anyone" if row.who == frozenset(Role) else ", ".join(role.value for role in Role if role in row.who)
        rows.append(f"| {before} | {_word(row.event)} | {_word(row.after)} | {who} |")
    return rows


def _due(times: Times) -> list[str]:
    minutes = f"{times.own.total_seconds() / 60:g} minutes"
    rows = [
        "## The times",
        "",
        f"The defaults; the bank decides. A person owns an emergency of any kind within {minutes}.",
    ]
    rows += ["", "| kind | the customer knows within | a person owns it within |", "| --- | --- | --- |"]
    for kind in TicketKind:
        owned = minutes if kind is TicketKind.COMPLAINT else "–"
        rows.append(f"| {_word(kind)} | {_span(times.due[kind])} | {owned} |")
    return [
        *rows,
        "",
        f"A working day ends at {times.working_day_ends:%H:%M}; the day of the opening does not count. Holidays, and "
        "weekends worked for them,",
        f"are the country's. Calling hours are those from {times.call_from:%H:%M} to {times.call_until:%H:%M}. "
        "Everything else runs day and night.",
    ]


def _span(within: Within) -> str:
    unit = within.unit.value.replace("_", " ")
    return f"{within.amount} {unit if within.amount > 1 else unit.removesuffix('s')}"


def _word(value: TicketState | TicketEvent | TicketKind) -> str:
    return f"`{value.value}`"
