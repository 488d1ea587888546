"""What every archive and list of follow-ups promises. A subclass gives the fixtures `archive` and `follow_ups`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ivr.domain.call import Outcome
from ivr.domain.ids import CallId, effect_id
from ivr.domain.problem import Category
from ivr.engine.record import record_of
from ivr.ports.archive import Archive, ArchivedCall, CallFilter, FollowUp, FollowUps
from tests.contracts.calls import NINE, call

ONE, TWO = CallId("n1-1767603600.1"), CallId("n1-1767603600.2")
OTHER_NUMBER = "+8613900139000"


def archived(call_id: str, rounds: int = 2, **different: object) -> ArchivedCall:
    """A call as the archiver hands it over."""
    entries = call(call_id, rounds, **different)  # type: ignore[arg-type]
    return ArchivedCall(record=record_of(entries), entries=tuple(entries))


class ArchiveContract:
    """Run against each implementation."""

    async def test_a_stored_call_is_read_back_exactly(self, archive: Archive) -> None:
        """Record and entries, to the microsecond, times in UTC."""
        await archive.store([archived(ONE), archived(TWO, 40)])
        assert await archive.read(ONE) == archived(ONE)
        assert await archive.read(TWO) == archived(TWO, 40)

    async def test_a_call_without_a_journal_is_kept(self, archive: Archive) -> None:
        """One that the exchange served alone."""
        served_alone = ArchivedCall(record=archived(ONE, number=None).record)
        await archive.store([served_alone])
        assert await archive.read(ONE) == served_alone

    async def test_an_unknown_call_is_none(self, archive: Archive) -> None:
        """Not knowing a call is no error."""
        assert await archive.read(ONE) is None

    async def test_storing_again_changes_nothing(self, archive: Archive) -> None:
        """Neither twice in one batch nor in a later one, be it with other content."""
        await archive.store([archived(ONE), archived(ONE)])
        await archive.store([archived(ONE, 7), archived(TWO)])
        assert await archive.read(ONE) == archived(ONE)
        assert await archive.read(TWO) == archived(TWO)

    async def test_nothing_to_store_is_no_error(self, archive: Archive) -> None:
        """An empty batch."""
        await archive.store([])

    async def test_has_tells_which_are_there(self, archive: Archive) -> None:
        """However many are asked for at once."""
        await archive.store([archived(ONE)])
        assert await archive.has([ONE, TWO, *(CallId(f"n1-17.{place}") for place in range(1200))]) == {ONE}
        assert await archive.has([]) == set()

    async def test_find_gives_the_newest_first_and_no_more_than_asked_for(self, archive: Archive) -> None:
        """By the time they arrived."""
        await archive.store([archived(f"n1-17.{hour}", arrived_at=NINE + timedelta(hours=hour)) for hour in (1, 3, 2)])
        assert [record.incoming.call_id for record in await archive.find(CallFilter(limit=2))] == ["n1-17.3", "n1-17.2"]

    async def test_find_by_time_takes_since_and_leaves_until(self, archive: Archive) -> None:
        """The span is half open, so that two spans in a row share no call; any timezone will do."""
        await archive.store([archived(f"n1-17.{hour}", arrived_at=NINE + timedelta(hours=hour)) for hour in range(4)])
        beijing = timezone(timedelta(hours=8))
        since = datetime(2026, 1, 5, 18, 0, tzinfo=beijing)
        found = await archive.find(CallFilter(since=since, until=NINE + timedelta(hours=3)))
        assert [record.incoming.call_id for record in found] == ["n1-17.2", "n1-17.1"]
        assert all(record.incoming.arrived_at.tzinfo == UTC for record in found)

    async def test_find_by_the_caller_number(self, archive: Archive) -> None:
        """The whole number, exactly; withheld ones match none."""
        await archive.store([archived(ONE), archived(TWO, number=OTHER_NUMBER), archived("n1-17.3", number=None)])
        found = await archive.find(CallFilter(caller_number=OTHER_NUMBER))
        assert [record.incoming.call_id for record in found] == [TWO]
        assert await archive.find(CallFilter(caller_number="+86139001390")) == []

    async def test_find_by_category_and_outcome(self, archive: Archive) -> None:
        """All conditions hold at once."""
        lost = {"category": Category.LOSS_OR_FRAUD}
        await archive.store([archived(ONE, **lost), archived(TWO, **lost, outcome=Outcome.HELPED_BY_PERSON)])
        wanted = CallFilter(category="loss_or_fraud", outcome="helped_by_person")
        assert [record.incoming.call_id for record in await archive.find(wanted)] == [TWO]
        assert await archive.find(CallFilter(category="complaint")) == []

    @pytest.mark.parametrize("name", ["'; DROP TABLE calls; --", "王\r\nAction: Logoff", "😀" * 200, ""])
    async def test_whatever_a_caller_calls_himself_is_kept_as_it_is(self, archive: Archive, name: str) -> None:
        """Quotes, line ends, any script."""
        record = record_of(call(ONE))
        odd = ArchivedCall(record=replace(record, incoming=replace(record.incoming, caller_name=name)))
        await archive.store([odd])
        assert await archive.read(ONE) == odd


class FollowUpsContract:
    """Run against each implementation."""

    async def test_a_follow_up_is_opened_once(self, follow_ups: FollowUps) -> None:
        """The effect id makes doing it again doing it once."""
        first = FollowUp(effect_id=effect_id(ONE, 4), call_id=ONE, reason="nobody_free", opened_at=NINE)
        again = FollowUp(effect_id=effect_id(ONE, 4), call_id=ONE, reason="cut_off", opened_at=NINE + timedelta(1))
        await follow_ups.open(first)
        await follow_ups.open(again)
        assert await follow_ups.of_call(ONE) == [first]

    async def test_those_of_one_call_come_oldest_first(self, follow_ups: FollowUps) -> None:
        """And none of another."""
        late, early, other = (
            FollowUp(effect_id=effect_id(of, step), call_id=of, reason="cut_off", opened_at=NINE + timedelta(step))
            for of, step in ((ONE, 9), (ONE, 2), (TWO, 3))
        )
        for follow_up in (late, early, other):
            await follow_ups.open(follow_up)
        assert await follow_ups.of_call(ONE) == [early, late]
