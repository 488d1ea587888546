"""Searches in an archive of a million calls."""

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from benchmarks import archived
from benchmarks.measure import Figure, Of, Tell, at_most, figure, percentile
from benchmarks.postgres import database, plain
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sql.archive import SqlArchive
from ivr.adapters.sql.engine import make_engine
from ivr.adapters.sql.schema import upgrade
from ivr.domain.banking import CustomerToken
from ivr.domain.problem import Urgency
from ivr.ports.archive import CallFilter, Sort

CALLS = 1_000_000
SEARCHES = 600
PAGE = 50

Asked = tuple[str, CallFilter, Sort]


def search(tell: Tell, *, calls: int = CALLS, searches: int = SEARCHES) -> Iterator[Figure]:
    """Archive: how long a search among a million calls takes, on PostgreSQL.

    A mix of what people look for: by time, number, customer, agent, category, urgency, outcome, words, several at once,
    in each order, first pages and second ones; each read whole, keys unwrapped included. Baseline: the p95 of the
    cheapest question there is, one call by its id.
    """
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder, database("hotline_bench_search") as url:
        keyring = FileKeyring(Secrets(Path(folder) / "secrets"))
        asyncio.run(upgrade(url))
        asyncio.run(archived.fill(plain(url), calls, keyring, tell))
        times, baseline = asyncio.run(_measure(url, keyring, calls, searches, tell))
    yield figure(
        "search_p95",
        percentile([took for each in times.values() for took in each], 95),
        "ms",
        baseline=percentile(baseline, 95),
        goal=at_most(100, Of.VALUE),
    )
    for kind, each in times.items():
        yield figure(f"search_p95 {kind}", percentile(each, 95), "ms", baseline=percentile(baseline, 95))


async def _measure(
    url: str, keyring: FileKeyring, calls: int, searches: int, tell: Tell
) -> tuple[dict[str, list[float]], list[float]]:
    """Milliseconds: of searches by kind, and of reading one call."""
    chance = random.Random(7)  # noqa: S311  (which searches, the same each time)
    archive = SqlArchive(make_engine(url), keyring)
    times: dict[str, list[float]] = {}
    baseline: list[float] = []
    try:
        for place in range(searches):
            tell(f"search {place + 1} of {searches}")
            kind, wanted, sort = _questions(chance, calls)[place % _KINDS]
            began = time.perf_counter()
            page = await archive.search(wanted, sort)
            times.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
            if not page:
                continue
            began = time.perf_counter()
            await archive.search(wanted, sort, page[-1].cursor(sort))
            times.setdefault(f"{kind}, next page", []).append((time.perf_counter() - began) * 1000)
            began = time.perf_counter()
            await archive.has([page[0].record.incoming.call_id])
            baseline.append((time.perf_counter() - began) * 1000)
    finally:
        await archive.close()
    return times, baseline


def _questions(chance: random.Random, calls: int) -> list[Asked]:
    """One of each kind."""
    somebody = chance.randrange(archived.CALLERS)
    agent = archived.agent(chance.randrange(archived.AGENTS))
    since = archived.BEGAN + chance.random() * archived.YEAR
    day, month = since + timedelta(days=1), since + timedelta(days=30)

    def by(sort: Sort = Sort.NEWEST, **wanted: object) -> tuple[CallFilter, Sort]:
        return CallFilter(limit=PAGE, **wanted), sort  # type: ignore[arg-type]  # fields of CallFilter

    return [
        ("newest", *by()),
        ("a day", *by(since=since, until=day)),
        ("a number", *by(caller_number=archived.number(somebody))),
        ("a customer", *by(customer=CustomerToken(archived.customer(somebody)))),
        ("an agent", *by(agent=agent)),
        ("an agent in a month", *by(agent=agent, since=since, until=month)),
        ("a category", *by(category=chance.choice(("complaint", "loss", "business", "unknown")))),
        ("an urgency", *by(urgency=chance.choice(list(Urgency)))),
        ("a rare outcome", *by(outcome=chance.choice(("fallback", "unfinished", "not_reached")))),
        (
            "complaints nobody took, in a month",
            *by(category="complaint", outcome="not_reached", since=since, until=month),
        ),
        ("emergencies cut off", *by(urgency=Urgency.EMERGENCY, outcome="unfinished")),
        ("a ticket", *by(words=(archived.ticket(chance.randrange(calls) // 10 * 10),))),
        ("two words", *by(words=("card_blocked", chance.choice(("large_transfers", "called_again"))))),
        ("an agent's complaints", *by(agent=agent, category="complaint")),
        ("an agent's emergencies with a word", *by(agent=agent, urgency=Urgency.EMERGENCY, words=("duty",))),
        ("longest waits", *by(Sort.WAITED)),
        ("longest waits of a month", *by(Sort.WAITED, since=since, until=month)),
        ("longest calls of an agent", *by(Sort.LASTED, agent=agent)),
        ("most urgent of a day", *by(Sort.URGENT, since=since, until=day)),
        ("oldest of a category", *by(Sort.OLDEST, category="fraud")),
    ]


_KINDS = 20
