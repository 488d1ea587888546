"""The benchmarks that need no exchange, so small that they prove only that they run."""

import asyncio
import random

import pytest

from benchmarks import archived
from benchmarks.ami_call import LEGS, TOLD, WHOLE, of_call
from benchmarks.ami_events import ami_events
from benchmarks.archive_events import archive_events
from benchmarks.journal_appends import journal_appends
from benchmarks.phone import _LOUD, SILENCE
from benchmarks.search import _KINDS, _questions
from benchmarks.stories import appends_of_a_call
from benchmarks.teller_steps import teller_steps
from ivr.adapters.ami.translate import headers, translate
from ivr.adapters.memory.keyring import MemoryKeyring
from ivr.adapters.sql.tables import calls
from ivr.domain.exchange import LegEnded
from ivr.ports.journal import Closed, Opened


def quiet(_: str) -> None:
    """Nobody waits."""


def test_the_journal_is_measured() -> None:
    """One figure, of something that happened."""
    [measured] = journal_appends(quiet, calls=4, at_once=2, rounds=1)
    assert measured.value > 0 < measured.baseline


def test_the_archive_is_measured() -> None:
    """On SQLite, which is always there: what is measured lies in the tables afterwards."""
    measured = next(archive_events(quiet, calls=3, rounds=1))
    assert measured.name == "archive_events sqlite"
    assert measured.value > 0 < measured.baseline


def test_every_kind_of_search_is_asked() -> None:
    """As many kinds as the mix goes round."""
    kinds = [kind for kind, *_ in _questions(random.Random(1), 1000)]
    assert len(set(kinds)) == len(kinds) == _KINDS


def test_the_calls_that_are_searched_have_every_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many values as the table of calls has columns, whatever has come to them."""
    monkeypatch.setattr(archived, "CALLERS", 3)
    made = list(archived._calls(20, MemoryKeyring()))
    assert {len(call.row) for call in made} == {len(calls.columns)}
    assert all(call.words for call in made)


def test_the_teller_is_measured() -> None:
    """The real story runs through both sides."""
    [measured] = teller_steps(quiet, calls=3, rounds=1)
    assert 0 < measured.value < measured.baseline


def test_the_link_is_measured() -> None:
    """Both streams, from another process."""
    measured = list(ami_events(quiet, calls=3, rounds=1))
    assert [figure.name for figure in measured] == ["ami_events", "ami_events_told"]
    assert all(figure.value > 0 < figure.baseline for figure in measured)


def test_the_recorded_call_is_whole() -> None:
    """Every event that has a word of the domain is translated to it, and both legs end."""
    events = [translate(headers(raw)) for raw in of_call(TOLD, 7).split(b"\r\n\r\n") if raw]
    assert len(TOLD) < len(WHOLE)
    assert None not in events
    assert sum(isinstance(event, LegEnded) for event in events) == LEGS


def test_the_calls_of_the_benchmarks_go_from_the_opening_to_the_close() -> None:
    """The keys fit the hotline's story: no error, no person, nothing left open."""
    appends = asyncio.run(appends_of_a_call())
    assert isinstance(appends[0][0].fact, Opened)
    assert isinstance(appends[-1][-1].fact, Closed)
    assert appends[-1][-1].fact.ending.outcome.value == "self_served"


def test_the_phone_tells_speech_from_silence() -> None:
    """In A-law, either sign."""
    assert _LOUD.search(SILENCE + b"\x55\xd4") is None  # the smallest values there are
    assert _LOUD.search(SILENCE + b"\x80") is not None
    assert _LOUD.search(SILENCE + b"\x2a") is not None
