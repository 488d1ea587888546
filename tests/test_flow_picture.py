"""The picture of the story is drawn from the code."""

from ivr.application.flow_picture import END, START, Picture, draw
from ivr.flow.hotline import hotline
from tests.conversation import MANNERS, incoming


def picture() -> Picture:
    """The story as it is."""
    return draw(lambda: hotline(incoming(), MANNERS))


def test_every_menu_shows_the_way_to_a_person() -> None:
    """The picture proves it: from each menu an arrow with `0` leads to words before a queue, or to the queue."""
    drawn = picture()
    for place in drawn.places.values():
        if place.kind == "menu":
            assert any("0" in way.why for way in drawn.ways if way.origin == place.name), place


def test_every_box_is_reached_and_left() -> None:
    """There is no box without an arrow in and one out, but for the start and the end."""
    drawn = picture()
    assert {way.goal for way in drawn.ways} == set(drawn.places) - {START}
    assert {way.origin for way in drawn.ways} == set(drawn.places) - {END}


def test_every_exit_of_a_queue_leads_somewhere() -> None:
    """No way out of a queue is forgotten."""
    drawn = picture()
    for place in drawn.places.values():
        if place.kind == "queue":
            reasons = {reason for way in drawn.ways if way.origin == place.name for reason in way.why}
            assert reasons == {"answered", "key", "timed out", "nobody there", "withdrawn", "failed"}
