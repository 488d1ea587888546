"""The page of routing, presence and call backs is drawn from the tables."""

from ivr.application.routing_page import call_back_diagram, page, presence_diagram
from ivr.domain import callback, presence
from ivr.domain.presence import WrapUp
from ivr.domain.route_reasons import RouteReason
from ivr.policies.calling_back import CallBackRules
from ivr.policies.routing import Rules
from ivr.settings import PROJECT


def test_the_page_of_the_documentation_is_current() -> None:
    """`hotline route page > docs/routing.md` was not forgotten."""
    written = (PROJECT / "docs" / "routing.md").read_text(encoding="utf-8")
    assert written == page(Rules(), WrapUp(), CallBackRules())


def test_the_page_tells_everything() -> None:
    """Every state, event and reason."""
    told = page(Rules(), WrapUp(), CallBackRules())
    words = (
        presence.PresenceState,
        presence.PresenceEvent,
        callback.CallBackState,
        callback.CallBackEvent,
        RouteReason,
    )
    for kind in words:
        for word in kind:
            assert f"`{word.value}`" in told


def test_the_diagrams_have_an_arrow_for_every_way() -> None:
    """One between each two states, with all that leads there."""
    for diagram, rows in ((presence_diagram(), presence.TRANSITIONS), (call_back_diagram(), callback.TRANSITIONS)):
        arrows = dict(line.strip().split(": ") for line in diagram.splitlines() if ": " in line)
        for row in rows:
            before = row.before.value if row.before else "[*]"
            if row.before is not row.after:
                assert row.event.value in arrows[f"{before} --> {row.after.value}"].split(" / ")
