"""Any deeds in any order, each asked as often as you like: the bank stands as if each had been asked once."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.adapters.bank.people import Example, population
from ivr.adapters.memory.bank import MemoryBank
from ivr.adapters.memory.clock import VirtualClock
from ivr.domain.banking import Card, CustomerFacts
from ivr.domain.ids import EffectId
from ivr.ports.bank import BankRefused

CUSTOMERS = [place for place, _ in enumerate(Example)]
deeds = st.lists(
    st.tuples(st.sampled_from(["block", "undo", "stop"]), st.sampled_from(CUSTOMERS), st.integers(0, 5 * 24)),
    max_size=12,
)


async def _after(asked: list[tuple[str, int, int]], times: int) -> list[tuple[CustomerFacts, tuple[Card, ...]]]:
    """How all customers stand when each deed was asked so often, with so many hours between."""
    clock = VirtualClock()
    bank = MemoryBank(population(40), clock)
    tokens = [bank.token_of(bank.people[place]) for place in CUSTOMERS]
    for step, (deed, place, hours) in enumerate(asked):
        key, customer = EffectId(f"n1-17.1/{step}"), tokens[place]
        cards = await bank.cards(customer)
        answers = set()
        for _ in range(times):
            try:
                if deed == "stop":
                    answers.add(repr(await bank.stop_payments(customer, key)))
                elif cards:
                    verb = bank.block_card if deed == "block" else bank.undo_block
                    answers.add(repr(await verb(customer, cards[0].card, key)))
            except BankRefused as refused:
                answers.add(repr(refused))
        assert len(answers) <= 1
        await clock.advance(hours * 3600)
    return [(await bank.facts(customer), await bank.cards(customer)) for customer in tokens]


@settings(max_examples=15, deadline=None)
@given(asked=deeds)
def test_a_deed_asked_thrice_is_a_deed_asked_once(asked: list[tuple[str, int, int]]) -> None:
    """With the same answer each time."""
    assert asyncio.run(_after(asked, 3)) == asyncio.run(_after(asked, 1))
