"""A call and its replay are the same thing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.application.replay import replay
from ivr.domain.caller import Language
from ivr.domain.errors import Misfit
from ivr.engine.telling import retell
from ivr.flow.steps import Chose, Said, Say, sentences
from ivr.ports.codec import decode_fact, encode_fact
from ivr.ports.journal import Answered, Asked
from tests.engine.journals import BOOK, Journalled

KEYS = st.lists(st.one_of(st.sampled_from("0123456789*#"), st.none()), max_size=30)


def a_call(keys: list[str | None], *, hangs_up: bool) -> Journalled:
    """The journal of a caller who presses these keys."""
    call = Journalled()
    for key in keys:
        call.answer(key)
    if hangs_up:
        call.hang_up()
        call.answer(None)
    return call


@given(KEYS, st.booleans())
def test_a_journal_cut_at_any_point_continues_identically(keys: list[str | None], hangs_up: bool) -> None:
    """Told again from any prefix that a crash may leave, the story asks for exactly what the journal has next."""
    entries = a_call(keys, hangs_up=hangs_up).entries
    for cut in range(1, len(entries)):
        retold = retell(BOOK, entries[:cut])
        following = entries[cut].fact
        if isinstance(following, Asked):
            assert (following.number, following.step) == (retold.number, retold.pending)
        if isinstance(following, Answered):
            assert following.number == retold.number


@given(KEYS, st.booleans())
def test_what_was_written_to_disk_reads_back_to_the_same_story(keys: list[str | None], hangs_up: bool) -> None:
    """The codec loses nothing that the story needs."""
    entries = a_call(keys, hangs_up=hangs_up).entries
    read_back = [replace(entry, fact=decode_fact(encode_fact(entry.fact))) for entry in entries]
    assert read_back == entries


@given(KEYS)
def test_any_past_call_can_be_replayed(keys: list[str | None]) -> None:
    """Every chapter of every call fits the story that told it."""
    assert replay(BOOK, a_call(keys, hangs_up=True).entries).fits


def test_a_journal_of_another_version_is_never_misread() -> None:
    """Another fingerprint of the flow is a misfit, even where the steps happen to agree."""
    entries = a_call(["1"], hangs_up=False).entries
    with pytest.raises(Misfit, match="another version"):
        retell(replace(BOOK, flow="0" * 16), entries)


def test_a_journal_of_other_settings_is_never_misread() -> None:
    """The settings that the story sees are part of what a call is told by."""
    entries = a_call(["1"], hangs_up=False).entries
    with pytest.raises(Misfit, match="configuration"):
        retell(replace(BOOK, configuration="0" * 16), entries)


def test_a_step_that_differs_is_a_misfit() -> None:
    """The journal asked for other words than the story asks for."""
    entries = a_call(["1"], hangs_up=False).entries
    strange = Asked(number=1, step=Say(sentences(Language.ZH, "goodbye")))
    entries[1] = replace(entries[1], fact=strange)
    with pytest.raises(Misfit, match="the story asks"):
        retell(BOOK, entries)


def test_an_answer_that_does_not_belong_to_its_step_is_a_misfit() -> None:
    """A menu cannot have been answered by having been spoken."""
    entries = a_call(["1"], hangs_up=False).entries
    entries[2] = replace(entries[2], fact=Answered(number=1, reply=Said()))
    with pytest.raises(Misfit):
        retell(BOOK, entries)


def test_an_answer_to_a_step_never_asked_is_a_misfit() -> None:
    """Step numbers have to agree."""
    entries = a_call(["1"], hangs_up=False).entries
    entries[2] = replace(entries[2], fact=Answered(number=7, reply=Chose("1")))
    with pytest.raises(Misfit, match="answers step 7"):
        retell(BOOK, entries)
