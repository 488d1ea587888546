"""Promises that hold for every caller, however random."""

from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.hotline import hotline
from ivr.flow.steps import Ask, JoinQueue, Menu, QueueExit, Say
from tests.conversation import MANNERS, Conversation, incoming, said

KEYS = st.one_of(st.sampled_from("0123456789*#"), st.none())
"""A key, or silence."""


def act(call: Conversation, key: str | None) -> None:
    """Whatever is due, with this key where one is wanted."""
    match call.step:
        case Say() | Ask():
            call.hears(*said(call.step))
        case Menu():
            call.is_silent() if key is None else call.presses(key)
        case JoinQueue():
            call.comes_back(QueueExit.ANSWERED if key == "1" else QueueExit.TIMED_OUT)


def hear_out(call: Conversation) -> None:
    """Let the line finish what it says."""
    while isinstance(call.step, Say):
        act(call, None)


@given(st.lists(KEYS, max_size=40))
def test_a_person_is_one_key_away_from_every_step(keys: list[str | None]) -> None:
    """Wherever a caller has got to, `0` leads to a queue, unless the call is at its end already."""
    call = Conversation(hotline(incoming(), MANNERS))
    for key in keys:
        act(call, key)
    if isinstance(call.step, Menu):
        call.presses("0")
        hear_out(call)
        assert isinstance(call.step, JoinQueue)


@given(st.lists(KEYS, max_size=40))
def test_an_emergency_is_two_keys_away_from_every_menu(keys: list[str | None]) -> None:
    """`9` and its confirming `9` lead to the duty officers with the highest priority."""
    call = Conversation(hotline(incoming(), MANNERS))
    for key in keys:
        act(call, key)
    if isinstance(call.step, Menu):
        confirming = said(call.step)[0] == "confirm_emergency"
        call.presses("9")
        if not confirming:
            call.presses("9")
        hear_out(call)
        assert isinstance(call.step, JoinQueue)
        assert (call.step.queue, call.step.priority) == ("emergency", 100)


@given(st.lists(KEYS, max_size=40))
def test_silence_from_anywhere_ends_the_story(keys: list[str | None]) -> None:
    """A caller who has put the phone down beside him is not kept on the line for ever."""
    call = Conversation(hotline(incoming(), MANNERS))
    for key in keys:
        act(call, key)
    for _ in range(40):
        if call.step is None:
            return
        act(call, None)
    raise AssertionError(f"still at {call.step}")


@given(st.lists(KEYS, max_size=40))
def test_a_hangup_at_any_moment_is_taken_quietly(keys: list[str | None]) -> None:
    """After the hangup a story asks for nothing."""
    call = Conversation(hotline(incoming(), MANNERS))
    for key in keys:
        act(call, key)
    if call.step is not None:
        call.hangs_up()
