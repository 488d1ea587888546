"""The picture of the story is drawn from the code."""

import pytest

from ivr.application.flow_picture import EMERGENCY, END, PERSON, START, Picture, draw
from ivr.bootstrap import manners
from ivr.cli.flow_drawing import pictures
from ivr.domain.call import Known
from ivr.flow.identity import establish
from ivr.flow.talk import Talk
from ivr.policies.verification import Business
from ivr.settings import load
from tests.conversation import MANNERS, incoming

pytestmark = pytest.mark.xdist_group("picture")
"""Where tests run side by side, these share a process: the story is walked once."""


def picture() -> Picture:
    """The story as it is told by the settings we ship; `hotline flow show` draws the same."""
    return dict(pictures(manners(load())))[""]


def test_every_menu_shows_the_way_to_a_person() -> None:
    """The picture proves it: from each menu an arrow with `0` leads to words before a queue, or to the queue."""
    drawn = picture()
    for place in drawn.places.values():
        if place.kind == "menu":
            assert any("0" in way.why for way in drawn.ways if way.origin == place.name), place


def test_every_business_and_every_deed_stands_in_the_picture() -> None:
    """What is played as a scene is named, what is done and looked up has its box."""
    drawn = picture().places.values()
    assert {place.detail for place in drawn if place.section == "establish"} == {
        *("block_card", "undo_block", "balance", "transfers", "own_tickets")
    }
    assert {"BlockCard", "UndoBlock", "OpenTicket", "SendText"} <= {place.detail for place in drawn}
    assert {"WhoCalls", "CardsOf", "BalancesOf", "TransfersOf", "TicketsOf"} <= {place.detail for place in drawn}


def test_a_scene_by_itself_shows_every_way_out_of_it() -> None:
    """Who is sure goes on, who is locked goes on too, and a person and an emergency are reached."""
    drawn = draw(lambda: establish(Talk(incoming(), MANNERS, Known()), Business.UNDO_BLOCK), scenes=frozenset())
    ends = {place.name for place in drawn.places.values() if place.kind == "end"}
    assert ends == {END, f"{END} False", PERSON, EMERGENCY}


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
            assert reasons == {"answered", "1", "key", "timed out", "nobody there", "withdrawn", "failed"}
