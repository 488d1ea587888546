"""The page of conversations is drawn from the table."""

from ivr.application.conversation_page import diagram, page
from ivr.domain.conversation import MOVES, Asker, Phase, Turn
from ivr.settings import PROJECT


def test_the_page_of_the_documentation_is_current() -> None:
    """`hotline talk life > docs/conversations.md` was not forgotten."""
    assert (PROJECT / "docs" / "conversations.md").read_text(encoding="utf-8") == page()


def test_the_page_tells_everything() -> None:
    """Every phase, every turn, and who may."""
    told = page()
    for word in (*Phase, *Turn):
        assert f"`{word.value}`" in told
    for asker in Asker:
        assert asker.value in told


def test_the_diagram_has_an_arrow_for_every_move() -> None:
    """One between each two phases, with all that leads there."""
    arrows = {line.split(": ")[0].strip(): line.split(": ")[1].split(" / ") for line in diagram().splitlines()[3:]}
    for move in MOVES:
        assert move.turn.value in arrows[f"{move.before.value} --> {move.after.value}"]
