"""How often one may be wrong (DOMAIN.md): then self-service by password is closed for a day, and nothing else is.

Loss report, complaint, emergency and a person stay open to a locked caller, or a lock would be a weapon in the hands of
whoever knows a customer's number.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from ivr.domain.ids import CallId
from ivr.domain.verification import Attempt, Tried


class Limit(Enum):
    """Which limit was reached."""

    IN_CALL = "in_call"
    """Too many wrong tries in one call; it locks this call, and the customer it was about."""
    OF_CUSTOMER = "of_customer"
    """Too many about one customer, whoever called."""
    OF_CALLER = "of_caller"
    """Too many from one calling number, whoever it was about."""
    OF_CALLER_CUSTOMERS = "of_caller_customers"
    """Too many different customers tried from one calling number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many wrong tries lock. Raises ValueError for a number that would lock everybody."""

    in_call: int = 3
    of_customer: int = 5
    of_caller: int = 10
    of_caller_customers: int = 3
    """Different customers."""
    within: timedelta = timedelta(days=1)
    """Only wrong tries less than this apart count together."""
    locked_for: timedelta = timedelta(hours=24)
    """From the try that reached the limit."""

    def __post_init__(self) -> None:
        if min(self.in_call, self.of_customer, self.of_caller, self.of_caller_customers) < 1:
            raise ValueError("a limit below 1 wrong try would lock everybody")
        if min(self.within, self.locked_for) <= timedelta():
            raise ValueError("`within` and `locked_for` must be longer than nothing")

    @property
    def looks_back(self) -> timedelta:
        """How far back attempts matter: older ones change nothing."""
        return self.within + self.locked_for


@dataclass(frozen=True, slots=True)
class Lock:
    """Self-service by password is closed."""

    until: datetime
    """It opens at this moment."""
    limit: Limit


def lock_of(
    of_call: Sequence[Attempt],
    of_customer: Sequence[Attempt],
    of_caller: Sequence[Attempt],
    now: datetime,
    limits: Limits,
) -> Lock | None:
    """The lock that holds longest now, or None.

    `of_call` are the attempts of this call, `of_customer` those about this customer from any number, `of_caller` those
    from this number about any customer (empty when he is not known, or it is withheld); the last two at least
    `limits.looks_back` back. Their order does not matter, nor that one attempt stands in several.

    Right tries neither lock nor unlock: who finds one password by trying has not earned more tries.
    """
    about, from_here = _wrong(of_customer), _wrong(of_caller)
    causes = [
        *(
            (at, Limit.IN_CALL)
            for row in (_wrong(of_call), *_by_call(about))
            for at in _reached(row, limits.in_call, limits)
        ),
        *((at, Limit.OF_CUSTOMER) for at in _reached(about, limits.of_customer, limits)),
        *((at, Limit.OF_CALLER) for at in _reached(from_here, limits.of_caller, limits)),
        *(
            (at, Limit.OF_CALLER_CUSTOMERS)
            for at in _reached(_known(from_here), limits.of_caller_customers, limits, lambda attempt: attempt.customer)
        ),
    ]
    if not causes:
        return None
    last, limit = max(causes, key=lambda cause: cause[0])
    until = last + limits.locked_for
    return Lock(until, limit) if now < until else None


def _itself(attempt: Attempt) -> Hashable:
    return attempt.call_id, attempt.at, attempt.means


def _reached(
    row: Sequence[Attempt], most: int, limits: Limits, of: Callable[[Attempt], Hashable] = _itself
) -> Iterator[datetime]:
    """When, of a row in time's order, the last `within` held so many different ones."""
    lately: Counter[Hashable] = Counter()
    oldest = 0
    for attempt in row:
        lately[of(attempt)] += 1
        while row[oldest].at <= attempt.at - limits.within:
            gone = of(row[oldest])
            lately[gone] -= 1
            if not lately[gone]:
                del lately[gone]
            oldest += 1
        if len(lately) >= most:
            yield attempt.at


def _wrong(attempts: Sequence[Attempt]) -> list[Attempt]:
    """In time's order, each once."""
    return sorted({attempt for attempt in attempts if attempt.outcome is Tried.WRONG}, key=lambda attempt: attempt.at)


def _by_call(row: Sequence[Attempt]) -> list[list[Attempt]]:
    calls: dict[CallId, list[Attempt]] = {}
    for attempt in row:
        calls.setdefault(attempt.call_id, []).append(attempt)
    return list(calls.values())


def _known(row: Sequence[Attempt]) -> list[Attempt]:
    return [attempt for attempt in row if attempt.customer is not None]
