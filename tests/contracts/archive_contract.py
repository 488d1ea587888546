"""What every archive and list of follow-ups promises. A subclass gives the fixtures `archive` and `follow_ups`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ivr.domain.banking import CustomerToken, IdKind
from ivr.domain.call import Ending, EndReason, Known, Outcome
from ivr.domain.caller import Language
from ivr.domain.ids import CallId, QueueName, effect_id
from ivr.domain.problem import Category, Urgency
from ivr.domain.ticket import TicketNumber
from ivr.engine.archiver import archived_call
from ivr.engine.record import record_of
from ivr.flow.steps import Identify, JoinQueue, Note, Noted, Recognised
from ivr.ports.archive import (
    Archive,
    ArchivedCall,
    CallFilter,
    Cursor,
    FollowUp,
    FollowUps,
    FoundCall,
    Sort,
    WrongCursor,
)
from ivr.ports.journal import Answered, Asked, CallerLeft, Closed, Entry, Fact, PersonConnected
from tests.contracts.calls import LI, NINE, NUMBER, call, facts, opened

ONE, TWO = CallId("n1-1767603600.1"), CallId("n1-1767603600.2")
OTHER_NUMBER = "+8613900139000"


def archived(call_id: str, rounds: int = 2, **different: object) -> ArchivedCall:
    """A call as the archiver hands it over."""
    entries = call(call_id, rounds, **different)  # type: ignore[arg-type]
    return archived_call(entries)


def waited_for(
    agent: str, waited: int, *, call_id: str = ONE, arrived_at: datetime = NINE, customer: CustomerToken = LI
) -> ArchivedCall:
    """A call of a known customer that waited so long for this agent, with a ticket."""

    def at(second: float) -> datetime:
        return arrived_at + timedelta(seconds=second)

    known = Known(
        language=Language.ZH,
        urgency=Urgency.EMERGENCY,
        customer=facts(customer),
        tickets=(TicketNumber("10000016"),),
        score=4,
    )
    queue = JoinQueue(QueueName("service"), 10, Language.ZH, 60)
    ending = Ending(outcome=Outcome.HELPED_BY_PERSON, end_reason=EndReason.CALLER_HUNG_UP)
    told: list[tuple[float, Fact]] = [
        (0, opened(call_id, arrived_at=arrived_at)),
        (5, Asked(number=1, step=Identify((), (IdKind.CARD,), "#", 5.0))),
        (8, Answered(number=1, reply=Recognised(facts=facts(customer), kind=IdKind.CARD, last_four="6217"))),
        (9, Asked(number=2, step=Note(known))),
        (9, Answered(number=2, reply=Noted())),
        (10, Asked(number=3, step=queue)),
        (10 + waited, PersonConnected(interface=f"PJSIP/{agent}", waited=waited)),
        (90, CallerLeft(reason=EndReason.CALLER_HUNG_UP, at=at(90))),
        (90, Closed(ending=ending, ended_at=at(90))),
    ]
    return archived_call(
        [
            Entry(call_id=CallId(call_id), sequence=place, at=at(second), monotonic=second, fact=fact)
            for place, (second, fact) in enumerate(told, start=1)
        ]
    )


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

    async def test_how_often_a_number_has_called_since(self, archive: Archive) -> None:
        """What each call asks as it begins: of this number alone, from that moment on, whatever the zone."""
        await archive.store([archived(f"n1-17.{hour}", arrived_at=NINE + timedelta(hours=hour)) for hour in range(4)])
        await archive.store([archived("n1-18.0", arrived_at=NINE + timedelta(hours=3), number=OTHER_NUMBER)])
        at_six = datetime(2026, 1, 5, 18, 0, tzinfo=timezone(timedelta(hours=8)))
        assert await archive.count(CallFilter(since=at_six, caller_number=NUMBER)) == 3
        assert await archive.count(CallFilter(since=at_six, caller_number=OTHER_NUMBER)) == 1
        assert await archive.count(CallFilter(since=NINE + timedelta(hours=4), caller_number=NUMBER)) == 0
        assert await archive.count(CallFilter(since=at_six, caller_number=NUMBER, category="nothing")) == 0

    async def test_find_by_category_and_outcome(self, archive: Archive) -> None:
        """All conditions hold at once."""
        lost = {"category": Category.LOSS_OR_FRAUD}
        await archive.store([archived(ONE, **lost), archived(TWO, **lost, outcome=Outcome.HELPED_BY_PERSON)])
        wanted = CallFilter(category="loss_or_fraud", outcome="helped_by_person")
        assert [record.incoming.call_id for record in await archive.find(wanted)] == [TWO]
        assert await archive.find(CallFilter(category="complaint")) == []

    async def test_the_course_of_a_call_is_read_back_exactly(self, archive: Archive) -> None:
        """Legs, waits, checks, milestones, words."""
        call = waited_for("8001", 12)
        await archive.store([call])
        read = await archive.read(ONE)
        assert read is not None
        assert read.course == call.course
        assert read.course.stays
        assert read.course.checks

    async def test_search_by_customer_agent_urgency_and_words(self, archive: Archive) -> None:
        """Each alone, and all at once; a word is found whole, in small or large letters."""
        call = waited_for("8001", 12)
        await archive.store([call, archived(TWO), waited_for("8002", 3, call_id="n1-17.3")])
        for wanted, found in (
            (CallFilter(customer=LI), [ONE, "n1-17.3"]),
            (CallFilter(customer=CustomerToken("cust-nobody")), []),
            (CallFilter(agent="8001"), [ONE]),
            (CallFilter(agent="800"), []),
            (CallFilter(urgency=Urgency.EMERGENCY), [ONE, "n1-17.3"]),
            (CallFilter(urgency=Urgency.URGENT), [TWO]),
            (CallFilter(words=("Service", "10000016")), [ONE, "n1-17.3"]),
            (CallFilter(words=("service", "nowhere")), []),
            (CallFilter(words=("8001",)), []),
            (CallFilter(agent="8002", customer=LI, words=("service",), since=NINE), ["n1-17.3"]),
        ):
            assert {one.record.incoming.call_id for one in await archive.search(wanted)} == set(found), wanted
            assert await archive.count(wanted) == len(found)

    async def test_a_found_call_tells_who_helped_and_how_long_it_took(self, archive: Archive) -> None:
        """What a list shows of the course."""
        await archive.store([waited_for("8001", 12)])
        [found] = await archive.search(CallFilter())
        assert (found.agents, found.waited, found.lasted) == (("8001",), 12, 90)

    @pytest.mark.parametrize("sort", list(Sort))
    async def test_pages_follow_one_another_without_gap_or_repetition(self, archive: Archive, sort: Sort) -> None:
        """In each order, ties included, while calls are archived that come before."""
        stored = [
            waited_for("8001", place // 3, call_id=f"n1-17.{place}", arrived_at=NINE + timedelta(minutes=place // 2))
            for place in range(11)
        ]
        await archive.store(stored)
        whole = await archive.search(CallFilter(limit=100), sort)
        values = [one.cursor(sort).value for one in whole]
        assert values == sorted(values, reverse=True)
        pages: list[FoundCall] = []
        after = None
        while page := await archive.search(CallFilter(limit=3), sort, after):
            pages += page
            after = Cursor.parse(str(page[-1].cursor(sort)))
            if len(pages) == 3 and sort is Sort.NEWEST:
                await archive.store([archived("n1-99.1", arrived_at=NINE + timedelta(days=1))])
        assert pages == whole
        assert len(pages) == 11

    async def test_a_place_in_another_list_is_refused(self, archive: Archive) -> None:
        """It would skip calls."""
        await archive.store([archived(ONE)])
        [found] = await archive.search(CallFilter())
        with pytest.raises(WrongCursor, match="a list by newest, not by waited"):
            await archive.search(CallFilter(), Sort.WAITED, found.cursor(Sort.NEWEST))

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
