"""`docs/conversations.md`: what may be done with a call that a person has, drawn from the table the code goes by."""

from ivr.domain.conversation import MOVES, Asker, Phase

_HEAD = """# Conversations

What a person who has a call may do with it, and what may happen to it meanwhile. This page is written by
`hotline talk life` from `ivr/domain/conversation.py`; a test fails when it is out of date. Whatever the table does not
hold changes nothing, and the error says what may be asked instead.
"""

_HEARS = {
    Phase.NOBODY: "the story or a queue has the caller",
    Phase.TALKING: "caller and person hear each other",
    Phase.ON_HOLD: "both hear music",
    Phase.VERIFYING: "the caller keys in a secret, the person hears music and nothing else",
    Phase.CALLING: "both hear music, another phone rings",
    Phase.CONSULTING: "the persons hear each other, the caller hears music",
    Phase.SUMMONING: "caller and person hear each other, another phone rings",
    Phase.CONFERENCE: "all three hear each other",
    Phase.TRANSFERRED: "the caller hears music, another phone rings",
}


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, "## The phases", "", *_phases(), "", _fenced(), "", "## The turns", "", *_turns(), ""])


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    arrows: dict[tuple[Phase, Phase], list[str]] = {}
    for move in MOVES:
        arrows.setdefault((move.before, move.after), []).append(move.turn.value)
    lines = [f"    {before.value} --> {after.value}: {' / '.join(turns)}" for (before, after), turns in arrows.items()]
    answered = f"    {Phase.NOBODY.value} --> {Phase.TALKING.value}: a person answers in a queue"
    return "\n".join(["stateDiagram-v2", f"    [*] --> {Phase.NOBODY.value}", answered, *lines])


def _phases() -> list[str]:
    rows = ["| phase | who hears whom |", "| --- | --- |"]
    return rows + [f"| `{phase.value}` | {_HEARS[phase]} |" for phase in Phase]


def _fenced() -> str:
    return f"```mermaid\n{diagram()}\n```"


def _turns() -> list[str]:
    rows = ["| when it is | what may come | then it is | who may |", "| --- | --- | --- | --- |"]
    for move in MOVES:
        who = ", ".join(asker.value for asker in Asker if asker in move.who)
        rows.append(f"| `{move.before.value}` | `{move.turn.value}` | `{move.after.value}` | {who} |")
    return rows
