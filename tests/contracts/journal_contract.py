"""What every journal promises. A subclass gives the fixture `journal`."""

import asyncio

import pytest

from ivr.domain.ids import CallId
from ivr.ports.journal import Journal, OutOfSequence
from tests.contracts.calls import call

ONE, TWO = CallId("n1-1767603600.1"), CallId("n1-1767603600.2")


class JournalContract:
    """Run against each implementation."""

    async def test_what_was_appended_is_read_back_exactly(self, journal: Journal) -> None:
        """Entries come back equal, to the microsecond, in order."""
        entries = call(ONE, 3)
        for entry in entries:
            await journal.append([entry])
        assert await journal.entries(ONE) == entries

    async def test_several_entries_are_one_commit(self, journal: Journal) -> None:
        """An append that is refused leaves nothing of itself behind."""
        entries = call(ONE, 3)
        await journal.append(entries[:2])
        with pytest.raises(OutOfSequence):
            await journal.append([entries[2], entries[4]])
        assert await journal.entries(ONE) == entries[:2]

    async def test_an_append_of_more_entries_than_one_statement_takes(self, journal: Journal) -> None:
        """There is no largest append."""
        entries = call(ONE, 400)
        await journal.append(entries)
        assert await journal.entries(ONE) == entries

    async def test_an_unknown_call_has_no_entries(self, journal: Journal) -> None:
        """Not knowing a call is no error."""
        assert await journal.entries(ONE) == []

    async def test_a_gap_is_refused(self, journal: Journal) -> None:
        """Sequence numbers have no gap within a call."""
        entries = call(ONE)
        await journal.append(entries[:1])
        with pytest.raises(OutOfSequence):
            await journal.append(entries[2:3])

    async def test_a_repetition_is_refused(self, journal: Journal) -> None:
        """The same sequence number is never written twice, be it by two controllers."""
        entries = call(ONE)
        await journal.append(entries[:2])
        with pytest.raises(OutOfSequence):
            await journal.append(entries[1:2])
        with pytest.raises(OutOfSequence):
            await journal.append(entries[:1])
        assert await journal.entries(ONE) == entries[:2]

    async def test_a_call_begins_with_its_opening(self, journal: Journal) -> None:
        """Entries of a call that was never opened are refused."""
        with pytest.raises(OutOfSequence):
            await journal.append(call(ONE)[1:2])

    async def test_nothing_follows_the_close(self, journal: Journal) -> None:
        """A closed call takes no entry."""
        entries = call(ONE)
        await journal.append(entries[:-1])
        await journal.append(entries[-1:])
        late = call(ONE, 20)[len(entries)]
        with pytest.raises(OutOfSequence):
            await journal.append([late])

    async def test_entries_of_two_calls_are_no_append(self, journal: Journal) -> None:
        """One append belongs to one call."""
        with pytest.raises(OutOfSequence):
            await journal.append([call(ONE)[0], call(TWO)[1]])

    async def test_open_calls_are_those_without_a_close(self, journal: Journal) -> None:
        """In the order they were opened."""
        await journal.append(call(TWO, closed=False))
        await journal.append(call(ONE, closed=False))
        await journal.append(call(CallId("n1-1767603600.3")))
        assert await journal.open_calls() == [TWO, ONE]

    async def test_closed_calls_come_whole_and_oldest_first(self, journal: Journal) -> None:
        """At most as many as asked for."""
        for place in range(4):
            await journal.append(call(f"n1-17.{place}", closed=place != 1))
        assert [entries async for entries in journal.closed_calls(2)] == [call("n1-17.0"), call("n1-17.2")]

    async def test_an_archived_call_is_unknown(self, journal: Journal) -> None:
        """What stands in the archive is gone from the journal; marking it again changes nothing."""
        await journal.append(call(ONE))
        await journal.append(call(TWO))
        await journal.mark_archived([ONE])
        await journal.mark_archived([ONE, CallId("n1-never.1")])
        assert await journal.entries(ONE) == []
        assert [entries async for entries in journal.closed_calls(9)] == [call(TWO)]

    async def test_many_calls_at_once_stay_apart(self, journal: Journal) -> None:
        """However appends of many calls interleave, each call is read back exactly."""

        async def live(place: int) -> None:
            for entry in call(f"n1-17.{place}", place % 7):
                await journal.append([entry])

        await asyncio.gather(*(live(place) for place in range(60)))
        for place in range(60):
            assert await journal.entries(CallId(f"n1-17.{place}")) == call(f"n1-17.{place}", place % 7)
        assert len([entries async for entries in journal.closed_calls(100)]) == 60
