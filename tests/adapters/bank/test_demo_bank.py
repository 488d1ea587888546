"""The embedded demo bank: the port's promises in a file, a thousand customers, and nothing personal in clear."""

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from ivr.adapters.bank import passwords
from ivr.adapters.bank.demo import DemoBank
from ivr.adapters.bank.people import HOW_MANY, Example, example, kinds_of, population, shared_phones
from ivr.adapters.bank.tables import sealed_for
from ivr.adapters.identifiers import checked, kind_of
from ivr.adapters.keyring import FileKeyring
from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.secrets import Secrets
from ivr.domain.banking import CardState, CustomerKind, IdKind
from ivr.domain.secret import SecretDigits
from ivr.ports.bank import BankDown
from tests.adapters.bank.conftest import PEOPLE
from tests.contracts.bank_contract import ONE, BankContract, World


class TestDemoBank(BankContract):
    """Every promise of the port."""

    @pytest.fixture
    def world(self, demo: World) -> World:
        """Forty customers in a file."""
        return demo


def test_a_thousand_customers_have_valid_numbers_of_their_own() -> None:
    """Each is recognised as what it is by length and check digit; no two customers share one."""
    numbers: Counter[str] = Counter()
    for person in population():
        for kind, number in person.identifiers():
            numbers[number] += 1
            assert kind_of(number) is kind
            assert checked(kind, number) == number.replace("*", "X")
    assert len(population()) == HOW_MANY
    assert numbers.most_common(1)[0][1] == 1
    assert any(number.endswith("*") for number in numbers)


def test_there_are_customers_of_every_kind() -> None:
    """The first of each kind is of no other, and there are more among the mixed ones."""
    people = population()
    shared = shared_phones(people)
    for kind in Example:
        assert kinds_of(example(kind, people), shared) == (kind,)
    kinds = Counter(person.kind for person in people)
    assert kinds[CustomerKind.PERSONAL] > 800
    assert kinds[CustomerKind.CORPORATE] > 50
    assert kinds[CustomerKind.INTERNAL] > 10
    assert sum(person.vulnerable for person in people) > 100


def test_they_are_the_same_at_every_run() -> None:
    """A fixed point: a script of a demonstration may name them; fewer are the first of more."""
    first = population()[0]
    assert (first.number, first.mobile, first.cards[0].number[-4:]) == ("1000000016", "+8613800000003", "5782")
    assert population(50) == population()[:50]


async def test_a_thousand_are_made_in_the_time_of_a_start(tmp_path: Path, keyring: FileKeyring) -> None:
    """The event loop goes on meanwhile: calls may be live."""
    gaps, last = [0.0], time.monotonic()
    bank = DemoBank(tmp_path / "bank.db", keyring, VirtualClock())
    opening = asyncio.create_task(bank.open())
    while not opening.done():
        await asyncio.sleep(0.005)
        gaps.append(time.monotonic() - last)
        last = time.monotonic()
    await opening
    person = example(Example.ENGLISH, population())
    assert await bank.identify(IdKind.CUSTOMER_NUMBER, SecretDigits(person.number)) is not None
    assert (tmp_path / "bank.db").stat().st_mode & 0o777 == 0o600
    await bank.close()
    assert len(gaps) > 10


async def test_nothing_personal_stands_in_the_file(tmp_path: Path, keyring: FileKeyring) -> None:
    """No number, no mobile, no surname, no password: indexes, sealed bytes and hashes."""
    async with DemoBank(tmp_path / "bank.db", keyring, VirtualClock(), people=PEOPLE):
        pass
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"argon2" not in raw  # six digits are quickly guessed from a bare hash
    for person in PEOPLE:
        secrets = [number for _, number in person.identifiers() if len(number) > 6]
        secrets += [phone.removeprefix("+86") for phone in person.phones]
        secrets += [account.number for account in person.accounts]
        assert not any(secret.replace("*", "X").encode() in raw for secret in secrets)


def all_hashes(path: Path, keyring: FileKeyring) -> dict[str, str]:
    """The passwords' hashes, unsealed."""
    with closing(sqlite3.connect(path)) as sql:
        rows = sql.execute("SELECT customer, password FROM customers WHERE password IS NOT NULL").fetchall()
    return {owner: keyring.decrypt(sealed, sealed_for(owner, "password")).decode() for owner, sealed in rows}


async def test_a_password_once_right_is_hashed_anew_and_stronger(
    demo: World, tmp_path: Path, keyring: FileKeyring
) -> None:
    """The quick parameters are for the first start only."""
    person = demo.one(Example.ORDINARY)
    customer, password = await demo.token(person), demo.password(person.number)
    hashes = await asyncio.to_thread(all_hashes, tmp_path / "bank.db", keyring)
    assert len({one.split("$")[4] for one in hashes.values()}) == len(hashes) > 30  # a salt of its own for each
    assert "m=256,t=1" in hashes[customer]
    assert not await demo.bank.check_password(customer, SecretDigits("1"))
    assert await asyncio.to_thread(all_hashes, tmp_path / "bank.db", keyring) == hashes
    assert await demo.bank.check_password(customer, password)
    assert "m=19456,t=2" in (await asyncio.to_thread(all_hashes, tmp_path / "bank.db", keyring))[customer]
    assert await demo.bank.check_password(customer, password)


async def test_a_deed_outlives_the_process(demo: World, tmp_path: Path, keyring: FileKeyring) -> None:
    """Another process that has the file open sees it at once, and does it no second time."""
    customer, card = await demo.card(Example.ORDINARY)
    block = await demo.bank.block_card(customer, card.card, ONE)
    async with DemoBank(tmp_path / "bank.db", keyring, demo.clock) as other:
        assert await other.outcome(ONE) == block
        assert await other.block_card(customer, card.card, ONE) == block
        assert (await other.cards(customer))[0].state is CardState.LOSS_REPORTED


async def test_a_caller_that_gives_up_leaves_a_deed_whole(demo: World) -> None:
    """Cancelled at any moment: done or not done, and asking again settles it."""
    customer, card = await demo.card(Example.ORDINARY)
    asked = asyncio.create_task(demo.bank.block_card(customer, card.card, ONE))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    block = await demo.bank.block_card(customer, card.card, ONE)
    assert not block.already_blocked
    assert await demo.bank.outcome(ONE) == block


async def test_two_processes_that_make_it_at_once_agree(tmp_path: Path, keyring: FileKeyring) -> None:
    """One wins; both have the same customers and see each other's deeds."""
    one, two = (DemoBank(tmp_path / "bank.db", keyring, VirtualClock(), people=PEOPLE) for _ in range(2))
    await asyncio.gather(one.open(), two.open())
    token = await one.recognise("+8613800000003")
    assert token is not None
    stopped = await one.stop_payments(token, ONE)
    assert await two.outcome(ONE) == stopped
    await asyncio.gather(one.close(), two.close())
    assert {path.name.removesuffix("-wal").removesuffix("-shm") for path in tmp_path.iterdir()} == {"bank.db"}


async def test_a_file_that_is_no_bank_is_a_bank_that_is_down(tmp_path: Path, keyring: FileKeyring) -> None:
    """One sentence with the reason, and no customer made over it."""
    (tmp_path / "bank.db").write_bytes(b"this is no database" * 100)
    bank = DemoBank(tmp_path / "bank.db", keyring, VirtualClock())
    with pytest.raises(BankDown, match="demo bank"):
        await bank.open()
    assert (tmp_path / "bank.db").read_bytes().startswith(b"this is no database")


async def test_a_bank_of_other_keys_is_a_bank_that_is_down(demo: World, tmp_path: Path) -> None:
    """Its secrets were lost or changed: nobody is found by a number, and a token's owner cannot be read."""
    customer = await demo.token(Example.ORDINARY)
    async with DemoBank(tmp_path / "bank.db", FileKeyring(Secrets(tmp_path / "other")), demo.clock) as bank:
        assert await bank.recognise("+8613800000003") is None
        with pytest.raises(BankDown, match="cannot be read"):
            await bank.facts(customer)


def test_a_password_is_derived_not_kept(keyring: FileKeyring) -> None:
    """The same for the same customer, another for another."""
    keyed = passwords.derived(keyring, "1000000016").reveal()
    assert keyed == passwords.derived(keyring, "1000000016").reveal()
    assert len({passwords.derived(keyring, person.number).reveal() for person in PEOPLE}) > 35
    assert len(keyed) == 6
