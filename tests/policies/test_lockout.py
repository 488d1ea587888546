"""Wrong tries lock, for a day, and nothing unlocks earlier."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.banking import CustomerToken
from ivr.domain.verification import Attempt, Means, Tried
from ivr.policies.lockout import Limit, Limits, Lock, lock_of
from tests.contracts.calls import NINE, NUMBER
from tests.contracts.tickets import CALL, LI, OTHER_CALL, attempt
from tests.examples import examples

LIMITS = Limits()
DAY = timedelta(days=1)


def minutes(count: float) -> timedelta:
    """That many."""
    return timedelta(minutes=count)


def lock(
    attempts: list[Attempt], at: float, limits: Limits = LIMITS, customer: CustomerToken | None = LI
) -> Lock | None:
    """For a call of this customer from the usual number, so many minutes after nine, with these in the store."""
    about = [each for each in attempts if each.customer == customer and customer is not None]
    from_here = [each for each in attempts if each.caller_number == NUMBER]
    return lock_of(of_this(attempts), about, from_here, NINE + minutes(at), limits)


def of_this(attempts: list[Attempt]) -> list[Attempt]:
    """Those of the call at hand."""
    return [each for each in attempts if each.call_id == CALL]


def elsewhere(count: int, *, every: float = 1, number: str | None = "+8613900139000") -> list[Attempt]:
    """Wrong tries about this customer from another number, each in a call of its own."""
    return [attempt(place * every, call_id=f"n9-1.{place}", number=number) for place in range(count)]


def about_others(count: int, customers: int) -> list[Attempt]:
    """Wrong tries from the usual number, each in a call of its own, about so many others in turn."""
    return [
        attempt(place, call_id=f"n9-2.{place}", customer=CustomerToken(f"other-{place % customers}"))
        for place in range(count)
    ]


@pytest.mark.parametrize(
    ("attempts", "limit"),
    [
        ([], None),
        ([attempt(1), attempt(2)], None),
        ([attempt(1), attempt(2), attempt(3)], Limit.IN_CALL),
        ([attempt(1, means=Means.IDENTIFY, customer=None), attempt(2), attempt(3, means=Means.CODE)], Limit.IN_CALL),
        ([attempt(place, call_id=OTHER_CALL, number=None) for place in range(3)], Limit.IN_CALL),
        ([attempt(place, outcome=Tried.RIGHT) for place in range(30)], None),
        (elsewhere(4), None),
        (elsewhere(5), Limit.OF_CUSTOMER),
        ([*elsewhere(4), attempt(5)], Limit.OF_CUSTOMER),
        (elsewhere(5, every=361), None),
        (about_others(9, 2), None),
        (about_others(10, 2), Limit.OF_CALLER),
        (about_others(2, 3), None),
        (about_others(3, 3), Limit.OF_CALLER_CUSTOMERS),
        ([attempt(place, call_id=f"n9-3.{place}", customer=None) for place in range(9)], None),
        ([attempt(place, call_id=f"n9-3.{place}", customer=None) for place in range(10)], Limit.OF_CALLER),
    ],
)
def test_which_tries_lock(attempts: list[Attempt], limit: Limit | None) -> None:
    """3 in a call, 5 in a day about a customer, 10 in a day from a number, or about 3 customers."""
    last = max((each.at for each in attempts), default=NINE)
    found = lock(attempts, (last - NINE) / minutes(1))
    assert (found.limit if found else None) is limit


def test_a_lock_ends_24_hours_after_the_try_that_caused_it() -> None:
    """To the second: closed until then, open from then on."""
    attempts = elsewhere(5)
    until = attempts[-1].at + timedelta(hours=24)
    assert lock(attempts, 5) == Lock(until, Limit.OF_CUSTOMER)
    assert lock_of([], attempts, [], until - timedelta(seconds=1), LIMITS)
    assert lock_of([], attempts, [], until, LIMITS) is None


def test_a_wrong_try_while_locked_begins_the_day_anew() -> None:
    """Whoever goes on trying stays locked."""
    attempts = [*elsewhere(5), attempt(600, call_id="n9-9.1")]
    assert lock(attempts, 1500) == Lock(NINE + minutes(600) + DAY, Limit.OF_CUSTOMER)


def test_the_lock_that_holds_longest_is_told() -> None:
    """Of several."""
    attempts = [*about_others(3, 3), *(attempt(place) for place in (10, 11, 12))]
    assert lock(attempts, 13) == Lock(NINE + minutes(12) + DAY, Limit.IN_CALL)


def test_three_wrong_in_another_call_lock_the_customer_and_not_his_neighbours() -> None:
    """A company's whole staff calls from one number."""
    attempts = [attempt(place, call_id=OTHER_CALL) for place in range(3)]
    assert lock(attempts, 5) is not None
    assert lock(attempts, 5, customer=CustomerToken("neighbour")) is None


def test_who_withholds_his_number_and_names_one_after_another_has_three_tries_a_call() -> None:
    """No number and no customer holds them together, the call does."""
    attempts = [attempt(place, number=None, customer=CustomerToken(f"other-{place}")) for place in range(3)]
    assert lock_of(attempts, attempts[2:], [], attempts[-1].at, LIMITS) == Lock(attempts[-1].at + DAY, Limit.IN_CALL)
    assert lock_of(attempts[:2], attempts[1:2], [], attempts[-1].at, LIMITS) is None


def test_every_number_is_the_banks() -> None:
    """None stands in the rule itself."""
    strict = Limits(in_call=1, locked_for=timedelta(hours=48))
    assert lock([attempt(0)], 1445, strict) == Lock(NINE + timedelta(hours=48), Limit.IN_CALL)
    assert lock(elsewhere(2), 3, replace(LIMITS, of_customer=2)) is not None
    assert lock(elsewhere(2, every=10), 11, replace(LIMITS, of_customer=2, within=minutes(10))) is None
    assert lock(about_others(2, 2), 3, replace(LIMITS, of_caller_customers=2)) is not None
    assert lock(about_others(2, 1), 3, replace(LIMITS, of_caller=2)) is not None


@pytest.mark.parametrize(
    "wrong", [{"in_call": 0}, {"of_customer": -1}, {"of_caller": 0}, {"within": timedelta()}, {"locked_for": -DAY}]
)
def test_limits_that_lock_everybody_or_nobody_are_refused(wrong: dict[str, int]) -> None:
    """At once."""
    with pytest.raises(ValueError, match=r"must be|would lock"):
        Limits(**wrong)  # type: ignore[arg-type]


ATTEMPTS = st.lists(
    st.builds(
        attempt,
        st.integers(0, 4500),
        call_id=st.sampled_from([CALL, "n9-1.1", "n9-1.2", "n9-1.3"]),
        customer=st.sampled_from([LI, LI, CustomerToken("a"), CustomerToken("b"), None]),
        number=st.sampled_from([NUMBER, "+8613900139000", None]),
        means=st.sampled_from(Means),
        outcome=st.sampled_from([Tried.WRONG, Tried.WRONG, Tried.RIGHT]),
    ),
    max_size=15,
)
MOMENTS = st.integers(0, 6000)


@settings(max_examples=examples(30))
@given(ATTEMPTS, MOMENTS)
def test_a_lock_never_lifts_earlier_than_a_day_after_a_wrong_try(attempts: list[Attempt], at: int) -> None:
    """Whatever else happened: it ends 24 h after some wrong try, and holds at every moment until then."""
    found = lock(attempts, at)
    if found is None:
        return
    cause = found.until - LIMITS.locked_for
    assert cause in {each.at for each in attempts if each.outcome is Tried.WRONG}
    for moment in (NINE + minutes(at), found.until - timedelta(microseconds=1)):
        about = [each for each in attempts if each.customer == LI]
        from_here = [each for each in attempts if each.caller_number == NUMBER]
        assert lock_of(of_this(attempts), about, from_here, moment, LIMITS) == found


@settings(max_examples=examples(30))
@given(ATTEMPTS, MOMENTS)
def test_right_tries_change_nothing(attempts: list[Attempt], at: int) -> None:
    """They neither lock nor unlock."""
    assert lock(attempts, at) == lock([each for each in attempts if each.outcome is Tried.WRONG], at)


@settings(max_examples=examples(30))
@given(ATTEMPTS, ATTEMPTS, MOMENTS)
def test_more_wrong_tries_never_unlock(attempts: list[Attempt], more: list[Attempt], at: int) -> None:
    """A lock stays at least as long when there is more against it."""
    before, after = lock(attempts, at), lock([*attempts, *more], at)
    assert before is None or (after is not None and after.until >= before.until)


@settings(max_examples=examples(30))
@given(ATTEMPTS, MOMENTS)
def test_what_lies_further_back_does_not_matter(attempts: list[Attempt], at: int) -> None:
    """`looks_back` is enough to ask the store for."""
    lately = [each for each in attempts if each.at >= NINE + minutes(at) - LIMITS.looks_back]
    assert lock(lately, at) == lock(attempts, at)


@settings(max_examples=examples(30))
@given(ATTEMPTS, MOMENTS, st.randoms())
def test_order_and_repetition_do_not_matter(attempts: list[Attempt], at: int, chance: object) -> None:
    """The store's order is no part of the rule, and the same try counts once."""
    shuffled = [*attempts, *attempts]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert lock(shuffled, at) == lock(attempts, at)
