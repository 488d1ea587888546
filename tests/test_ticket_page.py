"""The page of a ticket's life is drawn from the tables."""

from ivr.application.ticket_page import diagram, page
from ivr.domain.ticket import TRANSITIONS, TicketEvent, TicketKind, TicketState
from ivr.policies.deadlines import Times
from ivr.settings import PROJECT


def test_the_page_of_the_documentation_is_current() -> None:
    """`hotline tickets life > docs/tickets.md` was not forgotten."""
    assert (PROJECT / "docs" / "tickets.md").read_text(encoding="utf-8") == page(Times())


def test_the_page_tells_everything() -> None:
    """Every state, event and kind."""
    told = page(Times())
    for word in (*TicketState, *TicketEvent, *TicketKind):
        assert f"`{word.value}`" in told


def test_the_diagram_has_an_arrow_for_every_way() -> None:
    """One between each two states, with all that leads there."""
    arrows = {line.split(": ")[0].strip(): line.split(": ")[1].split(" / ") for line in diagram().splitlines()[1:-1]}
    for row in TRANSITIONS:
        before = row.before.value if row.before else "[*]"
        if row.before is not row.after:
            assert row.event.value in arrows[f"{before} --> {row.after.value}"]
