"""What everything that keeps call backs promises. A subclass gives the fixture `call_backs`."""

from datetime import timedelta

import pytest

from ivr.domain.callback import CallBackEvent, CallBackState, Miss
from ivr.domain.ids import CallBackId, QueueName, effect_id
from ivr.domain.ticket import Fault, Illegal
from ivr.ports.callbacks import CallBackFilter, CallBacks, NoSuchCallBack
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.staff import CHEN, SELF, THE_LINE, new_call_back
from tests.contracts.tickets import CALL, CUSTOMER, OTHER_CALL

E = CallBackEvent
ONE, TWO = effect_id(CALL, 7), effect_id(OTHER_CALL, 3)
LATER = NINE + timedelta(hours=1)
OTHER_NUMBER = "+8613900139000"


class CallBacksContract:
    """Run against each implementation."""

    async def test_a_call_back_is_promised_once_h2_2c(self, call_backs: CallBacks) -> None:
        """Under the same effect id the same one, as it stands; whole."""
        made = await call_backs.ask(new_call_back(), ONE, due_at=NINE, by=CUSTOMER)
        assert await call_backs.read(made.id) == made
        moved = await call_backs.move(made.id, E.COME_DUE, by=THE_LINE, at=NINE)
        assert await call_backs.ask(new_call_back(), ONE, due_at=LATER, by=CUSTOMER) == moved
        assert await call_backs.read(CallBackId("n1-1.1/1")) is None

    async def test_it_lives_by_the_table(self, call_backs: CallBacks) -> None:
        """Nobody answers, it is tried again, and the customer is reached."""
        made = await call_backs.ask(new_call_back(customer=None, ticket=None), ONE, due_at=NINE, by=CUSTOMER)
        for event, more in (
            (E.COME_DUE, {}),
            (E.DIAL, {"agent": CHEN}),
            (E.MEET_NOBODY, {"miss": Miss.BUSY}),
            (E.RETRY, {"due_at": LATER}),
            (E.COME_DUE, {}),
            (E.DIAL, {}),
            (E.SPEAK, {}),
        ):
            stands = await call_backs.move(made.id, event, by=THE_LINE, at=NINE, **more)  # type: ignore[arg-type]
            assert await call_backs.read(made.id) == stands
        assert (stands.state, stands.attempts, stands.agent) == (CallBackState.REACHED, 2, CHEN)
        assert (stands.due_at, stands.last_miss, stands.version) == (LATER, Miss.BUSY, 8)

    async def test_what_may_not_happen_changes_nothing(self, call_backs: CallBacks) -> None:
        """And is told with whose fault it was."""
        made = await call_backs.ask(new_call_back(), ONE, due_at=NINE, by=CUSTOMER)
        for event, by, expected, fault in (
            (E.SPEAK, THE_LINE, None, Fault.WRONG_MOMENT),
            (E.COME_DUE, CUSTOMER, None, Fault.NO_RIGHT),
            (E.COME_DUE, THE_LINE, 2, Fault.OVERTAKEN),
        ):
            with pytest.raises(Illegal) as caught:
                await call_backs.move(made.id, event, by=by, at=NINE, expected=expected)
            assert caught.value.fault is fault
        with pytest.raises(NoSuchCallBack):
            await call_backs.move(CallBackId("n1-1.1/1"), E.WITHDRAW, by=SELF, at=NINE)
        assert await call_backs.read(made.id) == made

    async def test_they_are_found_in_the_order_they_are_due(self, call_backs: CallBacks) -> None:
        """By state, queue and time."""
        late = await call_backs.ask(new_call_back(), ONE, due_at=LATER, by=CUSTOMER)
        early = await call_backs.ask(new_call_back(queue=QueueName("english")), TWO, due_at=NINE, by=CUSTOMER)
        assert await call_backs.find(CallBackFilter()) == [early, late]
        assert await call_backs.find(CallBackFilter(limit=1)) == [early]
        assert await call_backs.find(CallBackFilter(queue=QueueName("service"))) == [late]
        assert await call_backs.find(CallBackFilter(due_before=LATER)) == [early]
        assert await call_backs.find(CallBackFilter(states=frozenset({CallBackState.DUE}))) == []

    async def test_a_number_finds_its_own_that_are_open(self, call_backs: CallBacks) -> None:
        """Who calls in again is served, and his call back is no longer needed."""
        made = await call_backs.ask(new_call_back(), ONE, due_at=NINE, by=CUSTOMER)
        await call_backs.ask(new_call_back(number=OTHER_NUMBER), TWO, due_at=NINE, by=CUSTOMER)
        assert await call_backs.of_number(NUMBER) == [made]
        await call_backs.move(made.id, E.WITHDRAW, by=CUSTOMER, at=NINE)
        assert await call_backs.of_number(NUMBER) == []
        lately = await call_backs.of_number(NUMBER, since=made.asked_at)
        assert [(back.id, back.state) for back in lately] == [(made.id, CallBackState.WITHDRAWN)]
        assert await call_backs.of_number(NUMBER, since=made.asked_at + timedelta(seconds=1)) == []
