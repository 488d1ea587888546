"""What every bank promises. A subclass gives the fixture `world`: a bank, who its customers are, and its clock."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from ivr.adapters.bank.people import Example, Person, example
from ivr.adapters.identifiers import with_check_digit
from ivr.adapters.memory.clock import VirtualClock
from ivr.domain.banking import (
    AccountState,
    Block,
    Card,
    CardKind,
    CardState,
    CardToken,
    ContactToken,
    CustomerKind,
    CustomerToken,
    Direction,
    IdKind,
    TransferReason,
    TransferState,
)
from ivr.domain.caller import Language
from ivr.domain.ids import CallId, EffectId, effect_id
from ivr.domain.secret import SecretDigits
from ivr.ports.bank import Bank, BankRefused, Refusal

ONE, TWO = effect_id(CallId("n1-1767603600.1"), 7), effect_id(CallId("n1-1767603600.1"), 9)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A bank and what a test has to know of it."""

    bank: Bank
    people: Sequence[Person]
    password: Callable[[str], SecretDigits]
    """By customer number; of a company's contact by `COMPANY/CONTACT`."""
    clock: VirtualClock

    def one(self, kind: Example) -> Person:
        """A customer of this kind."""
        return example(kind, self.people)

    async def token(self, person: Person | Example) -> CustomerToken:
        """The customer, identified by his number."""
        person = self.one(person) if isinstance(person, Example) else person
        [(kind, number), *_] = person.identifiers()
        found = await self.bank.identify(kind, SecretDigits(number))
        assert found is not None
        return found.customer

    async def card(self, kind: Example) -> tuple[CustomerToken, Card]:
        """A customer of this kind and his first card."""
        customer = await self.token(kind)
        return customer, (await self.bank.cards(customer))[0]


def wrong(password: SecretDigits) -> SecretDigits:
    """Another one."""
    return SecretDigits(f"{(int(password.reveal()) + 1) % 1_000_000:06}")


class BankContract:
    """Run against each implementation."""

    # -------------------------------------------------------------------------------------------------- who it is
    async def test_a_caller_is_recognised_by_a_number_of_his_alone(self, world: World) -> None:
        """A hint: the same customer that identifies himself by keys."""
        person = world.one(Example.ORDINARY)
        assert person.mobile is not None
        assert await world.bank.recognise(person.mobile) == await world.token(person)

    async def test_a_number_of_two_customers_recognises_neither(self, world: World) -> None:
        """A family's phone must not open the wrong file."""
        shared = world.one(Example.SHARED_PHONE).mobile
        assert shared is not None
        assert await world.bank.recognise(shared) is None

    @pytest.mark.parametrize("number", ["+8613912345678", "", "anonymous", "+1", "'; DROP TABLE phones; --"])
    async def test_an_unknown_number_recognises_nobody(self, world: World, number: str) -> None:
        """Whatever the network sends."""
        assert await world.bank.recognise(number) is None

    async def test_every_number_of_a_customer_identifies_him(self, world: World) -> None:
        """Customer number, resident id (`*` for X) and cards lead to one token; the last four are told."""
        for kind in Example:
            person = world.one(kind)
            customer = await world.token(person)
            for kind_of_number, number in person.identifiers():
                found = await world.bank.identify(kind_of_number, SecretDigits(number))
                assert found is not None
                assert (found.customer, found.kind) == (customer, kind_of_number)
                assert found.last_four == number[-4:].replace("*", "X")

    async def test_a_token_says_nothing_of_the_number(self, world: World) -> None:
        """Neither holds a part of the other."""
        person = world.one(Example.ORDINARY)
        customer = await world.token(person)
        assert person.number not in customer
        for card, made_up in zip(await world.bank.cards(customer), person.cards, strict=True):
            assert made_up.number not in card.card

    @pytest.mark.parametrize(
        ("kind", "number"),
        [
            (IdKind.CUSTOMER_NUMBER, with_check_digit("999999999")),
            (IdKind.CUSTOMER_NUMBER, "1234567890"),
            (IdKind.CARD, with_check_digit("621700000000000000")),
            (IdKind.CARD, "1"),
            (IdKind.RESIDENT_ID, "11010519491231002*"),
            (IdKind.RESIDENT_ID, "*"),
            (IdKind.COMPANY_NUMBER, with_check_digit("79999999")),
            (IdKind.STAFF_NUMBER, "699999"),
            (IdKind.STAFF_NUMBER, "**"),
        ],
    )
    async def test_a_number_of_nobody_identifies_nobody(self, world: World, kind: IdKind, number: str) -> None:
        """Valid or not."""
        assert await world.bank.identify(kind, SecretDigits(number)) is None

    async def test_a_number_identifies_under_its_kind_only(self, world: World) -> None:
        """A customer number is no card."""
        number = SecretDigits(world.one(Example.ORDINARY).number)
        assert await world.bank.identify(IdKind.CARD, number) is None

    async def test_the_right_password_and_no_other_is_right(self, world: World) -> None:
        """Again and again."""
        person = world.one(Example.ORDINARY)
        customer, right = await world.token(person), world.password(person.number)
        for keyed, expected in ((right, True), (wrong(right), False), (right, True), (SecretDigits("*"), False)):
            assert await world.bank.check_password(customer, keyed) is expected

    async def test_who_has_no_password_has_no_right_one(self, world: World) -> None:
        """Nor has a company: its contacts have theirs."""
        for kind in (Example.NO_PASSWORD, Example.CORPORATE, Example.INTERNAL):
            person = world.one(kind)
            assert not await world.bank.check_password(await world.token(person), world.password(person.number))

    async def test_a_company_is_spoken_for_by_its_contacts(self, world: World) -> None:
        """With the contact's own number and own password; nobody is told which was wrong."""
        company = world.one(Example.CORPORATE)
        customer, contact = await world.token(company), company.contacts[0]
        number, right = SecretDigits(contact.number), world.password(f"{company.number}/{contact.number}")
        found = await world.bank.check_contact(customer, number, right)
        assert found is not None
        assert await world.bank.mobile(customer, found) == contact.mobile
        assert await world.bank.check_contact(customer, number, wrong(right)) is None
        assert await world.bank.check_contact(customer, SecretDigits("9999"), right) is None

    async def test_a_contact_of_one_company_is_nobody_at_another(self, world: World) -> None:
        """Not even with both right; nor is his mobile told there."""
        company = world.one(Example.CORPORATE)
        contact = company.contacts[0]
        number, right = SecretDigits(contact.number), world.password(f"{company.number}/{contact.number}")
        found = await world.bank.check_contact(await world.token(company), number, right)
        other = await world.token(Example.ORDINARY)
        assert await world.bank.check_contact(other, number, right) is None
        assert await world.bank.mobile(other, found) is None

    # ------------------------------------------------------------------------------------------------ what he has
    async def test_the_facts_say_who_he_is(self, world: World) -> None:
        """Kind, language, age, and by what he can prove himself."""
        facts = {kind: await world.bank.facts(await world.token(kind)) for kind in Example}
        ordinary = facts[Example.ORDINARY]
        assert (ordinary.kind, ordinary.language, ordinary.vulnerable) == (CustomerKind.PERSONAL, None, False)
        assert (ordinary.has_password, ordinary.has_mobile, ordinary.fraud_marked) == (True, True, False)
        assert (ordinary.account_state, ordinary.large_transfers) == (AccountState.NORMAL, 0)
        assert ordinary.surname == world.one(Example.ORDINARY).surname
        assert facts[Example.CORPORATE].kind is CustomerKind.CORPORATE
        assert (facts[Example.CORPORATE].has_password, facts[Example.CORPORATE].has_mobile) == (True, True)
        assert facts[Example.INTERNAL].kind is CustomerKind.INTERNAL
        assert facts[Example.ELDERLY].vulnerable
        assert facts[Example.DISABLED].vulnerable
        assert facts[Example.ENGLISH].language is Language.EN
        assert facts[Example.FRAUD_MARKED].fraud_marked
        assert not facts[Example.NO_PASSWORD].has_password
        assert not facts[Example.NO_MOBILE].has_mobile
        assert await world.bank.mobile(await world.token(Example.NO_MOBILE)) is None

    async def test_the_facts_say_what_is_urgent(self, world: World) -> None:
        """The gravest state of his accounts, a fresh change of contact, large transfers of the last day."""
        facts = {kind: await world.bank.facts(await world.token(kind)) for kind in Example}
        assert facts[Example.FROZEN].account_state is AccountState.FROZEN
        assert facts[Example.JUDICIALLY_FROZEN].account_state is AccountState.JUDICIALLY_FROZEN
        assert facts[Example.DORMANT].account_state is AccountState.DORMANT
        changed = facts[Example.CONTACT_CHANGED].contact_changed_at
        assert changed is not None
        assert timedelta() < world.clock.now() - changed < 2 * DAY
        assert facts[Example.LARGE_TRANSFERS].large_transfers == 2
        assert facts[Example.LARGE_TRANSFERS].large_transfers_sum == 20_000_000

    async def test_what_is_recent_is_recent_on_any_day(self, world: World) -> None:
        """A demonstration is given long after the bank was made."""
        await world.clock.advance(400 * DAY.total_seconds() + 4321)
        facts = await world.bank.facts(await world.token(Example.LARGE_TRANSFERS))
        assert facts.large_transfers == 2
        _, card = await world.card(Example.LOSS_REPORTED)
        assert card.state is CardState.LOSS_REPORTED

    async def test_each_account_says_what_it_can_do(self, world: World) -> None:
        """Every account once, by its last four; the gravest of them is the fact that urgency is judged by."""
        for kind in (Example.ORDINARY, Example.FROZEN, Example.JUDICIALLY_FROZEN, Example.DORMANT):
            person = world.one(kind)
            accounts = await world.bank.accounts(await world.token(person))
            assert [(account.last_four, account.state) for account in accounts] == [
                (account.number[-4:], account.state) for account in person.accounts
            ]
            facts = await world.bank.facts(await world.token(person))
            assert facts.account_state in {account.state for account in accounts}
            if kind is Example.ORDINARY:
                balances = await world.bank.balances(await world.token(person))
                assert [account.account for account in accounts] == [balance.account for balance in balances]

    async def test_balances_are_whole_fen(self, world: World) -> None:
        """Every open account once."""
        person = world.one(Example.ORDINARY)
        balances = await world.bank.balances(await world.token(person))
        assert [(balance.amount, balance.currency, balance.last_four) for balance in balances] == [
            (account.amount, account.currency, account.number[-4:]) for account in person.accounts
        ]
        assert all(type(balance.amount) is int and balance.as_of == world.clock.now() for balance in balances)

    async def test_transfers_come_newest_first_and_no_more_than_asked_for(self, world: World) -> None:
        """Over all accounts; amounts are positive, the other side is masked."""
        customer = await world.token(Example.RETURNED_TRANSFER)
        every = await world.bank.transfers(customer, 100)
        assert await world.bank.transfers(customer, 3) == every[:3]
        assert [transfer.at for transfer in every] == sorted((transfer.at for transfer in every), reverse=True)
        assert all(transfer.amount > 0 and "**" in transfer.counterparty for transfer in every)
        assert (every[0].state, every[0].reason) == (TransferState.RETURNED, TransferReason.NAME_MISMATCH)
        assert every[0].direction is Direction.OUT

    async def test_asking_twice_gives_the_same_answer(self, world: World) -> None:
        """Within a call nothing moves by itself."""
        customer = await world.token(Example.CREDIT_CARD)
        await world.clock.advance(300)
        assert await world.bank.transfers(customer, 10) == await world.bank.transfers(customer, 10)
        cards = await world.bank.cards(customer)
        assert cards == await world.bank.cards(customer)
        assert [card.kind for card in cards] == [CardKind.DEBIT, CardKind.CREDIT]

    async def test_who_has_nothing_has_empty_lists(self, world: World) -> None:
        """Staff."""
        staff = await world.token(Example.INTERNAL)
        assert await world.bank.cards(staff) == ()
        assert await world.bank.accounts(staff) == ()
        assert await world.bank.balances(staff) == ()
        assert await world.bank.transfers(staff, 5) == ()

    async def test_a_stranger_is_refused_by_name(self, world: World) -> None:
        """A token the bank never gave is a fault of ours, not an empty customer."""
        nobody = CustomerToken("nobody")
        keys = SecretDigits("123456")
        for asked in (
            world.bank.facts(nobody),
            world.bank.cards(nobody),
            world.bank.accounts(nobody),
            world.bank.balances(nobody),
            world.bank.transfers(nobody, 5),
            world.bank.mobile(nobody),
            world.bank.mobile(nobody, ContactToken("nobody")),
            world.bank.check_password(nobody, keys),
            world.bank.check_contact(nobody, keys, keys),
            world.bank.block_card(nobody, CardToken("none"), ONE),
            world.bank.stop_payments(nobody, ONE),
        ):
            with pytest.raises(BankRefused) as refused:
                await asked
            assert refused.value.reason is Refusal.UNKNOWN_CUSTOMER
        assert await world.bank.outcome(ONE) is None

    # ----------------------------------------------------------------------------------------------------- deeds
    async def test_a_card_is_blocked_for_the_term_of_its_kind(self, world: World) -> None:
        """Debit five days, credit thirty, counted from now; then it can be used again by itself."""
        customer = await world.token(Example.CREDIT_CARD)
        for card, key, days in zip(await world.bank.cards(customer), (ONE, TWO), (5, 30), strict=True):
            block = await world.bank.block_card(customer, card.card, key)
            assert (block.card, block.last_four, block.already_blocked) == (card.card, card.last_four, False)
            assert (block.until, block.term_days) == (world.clock.now() + days * DAY, days)
            assert block.reference
        assert {card.state for card in await world.bank.cards(customer)} == {CardState.LOSS_REPORTED}
        await world.clock.advance(5 * DAY.total_seconds())
        debit, credit = await world.bank.cards(customer)
        assert (debit.state, credit.state) == (CardState.ACTIVE, CardState.LOSS_REPORTED)

    async def test_a_deed_done_again_is_done_once(self, world: World) -> None:
        """However much later: the same answer, and nothing moves."""
        customer, card = await world.card(Example.ORDINARY)
        block = await world.bank.block_card(customer, card.card, ONE)
        await world.clock.advance(3600)
        assert await world.bank.block_card(customer, card.card, ONE) == block
        assert await world.bank.outcome(ONE) == block

    async def test_blocking_a_blocked_card_says_so(self, world: World) -> None:
        """And does not prolong the block."""
        customer, card = await world.card(Example.ORDINARY)
        block = await world.bank.block_card(customer, card.card, ONE)
        await world.clock.advance(DAY.total_seconds())
        again = await world.bank.block_card(customer, card.card, TWO)
        assert (again.already_blocked, again.until) == (True, block.until)

    async def test_a_card_lost_for_good_stays_so(self, world: World) -> None:
        """Blocking it tells that it is; only a branch makes it good."""
        customer = await world.token(Example.CARD_LOST)
        lost, closed = await world.bank.cards(customer)
        block = await world.bank.block_card(customer, lost.card, ONE)
        assert (block.already_blocked, block.until, block.term_days) == (True, None, None)
        with pytest.raises(BankRefused) as refused:
            await world.bank.undo_block(customer, lost.card, TWO)
        assert refused.value.reason is Refusal.BRANCH_ONLY
        with pytest.raises(BankRefused) as refused:
            await world.bank.block_card(customer, closed.card, TWO)
        assert refused.value.reason is Refusal.CARD_CLOSED

    async def test_a_block_is_undone(self, world: World) -> None:
        """One by phone; undoing what is not blocked changes nothing and says so."""
        customer, card = await world.card(Example.ORDINARY)
        await world.bank.block_card(customer, card.card, ONE)
        undone = await world.bank.undo_block(customer, card.card, TWO)
        assert undone.was_blocked
        assert (await world.bank.cards(customer))[0] == card
        assert await world.bank.undo_block(customer, card.card, TWO) == undone
        assert not (await world.bank.undo_block(customer, card.card, EffectId("n1-17.2/1"))).was_blocked

    async def test_the_block_done_again_after_it_was_undone_stays_undone(self, world: World) -> None:
        """A replayed effect must not block the card a second time."""
        customer, card = await world.card(Example.ORDINARY)
        block = await world.bank.block_card(customer, card.card, ONE)
        await world.bank.undo_block(customer, card.card, TWO)
        assert await world.bank.block_card(customer, card.card, ONE) == block
        assert (await world.bank.cards(customer))[0].state is CardState.ACTIVE

    async def test_where_a_fraud_is_suspected_no_block_is_lifted_by_phone(self, world: World) -> None:
        """Who took the account over would do just that."""
        customer, card = await world.card(Example.FRAUD_MARKED)
        await world.bank.block_card(customer, card.card, ONE)
        with pytest.raises(BankRefused) as refused:
            await world.bank.undo_block(customer, card.card, TWO)
        assert refused.value.reason is Refusal.BRANCH_ONLY
        assert await world.bank.outcome(TWO) is None

    async def test_another_deed_under_a_used_key_is_refused(self, world: World) -> None:
        """Another verb, another card, another customer; the first deed stands."""
        customer = await world.token(Example.CREDIT_CARD)
        first, second = await world.bank.cards(customer)
        block = await world.bank.block_card(customer, first.card, ONE)
        other, others = await world.card(Example.ORDINARY)
        for asked in (
            world.bank.block_card(customer, second.card, ONE),
            world.bank.undo_block(customer, first.card, ONE),
            world.bank.stop_payments(customer, ONE),
            world.bank.block_card(other, others.card, ONE),
        ):
            with pytest.raises(BankRefused) as refused:
                await asked
            assert refused.value.reason is Refusal.EFFECT_REUSED
        assert await world.bank.outcome(ONE) == block
        assert (await world.bank.cards(customer))[0].state is CardState.LOSS_REPORTED

    async def test_a_card_of_somebody_else_is_unknown(self, world: World) -> None:
        """A deed needs the owner's token."""
        _, card = await world.card(Example.ORDINARY)
        stranger = await world.token(Example.CREDIT_CARD)
        with pytest.raises(BankRefused) as refused:
            await world.bank.block_card(stranger, card.card, ONE)
        assert refused.value.reason is Refusal.UNKNOWN_CARD

    async def test_payments_are_stopped_and_the_pending_called_back(self, world: World) -> None:
        """For two days; the facts say so, the transfer is returned."""
        customer = await world.token(Example.PENDING_TRANSFER)
        stopped = await world.bank.stop_payments(customer, ONE)
        assert (stopped.until, stopped.accounts) == (world.clock.now() + 2 * DAY, 1)
        assert (stopped.recalled, stopped.already_stopped) == (1, False)
        assert (await world.bank.facts(customer)).payments_stopped
        [latest] = await world.bank.transfers(customer, 1)
        assert (latest.state, latest.reason) == (TransferState.RETURNED, TransferReason.STOPPED)
        assert await world.bank.stop_payments(customer, ONE) == stopped
        assert await world.bank.outcome(ONE) == stopped
        again = await world.bank.stop_payments(customer, TWO)
        assert (again.already_stopped, again.recalled, again.until) == (True, 0, stopped.until)
        await world.clock.advance(2 * DAY.total_seconds())
        assert not (await world.bank.facts(customer)).payments_stopped

    async def test_an_unknown_deed_has_no_outcome(self, world: World) -> None:
        """Asking is no deed."""
        assert await world.bank.outcome(EffectId("n1-17.9/1")) is None

    async def test_deeds_of_many_calls_at_once_are_each_done_once(self, world: World) -> None:
        """The same block asked for by ten calls: one made it, nine found it."""
        customer, card = await world.card(Example.ORDINARY)
        keys = [EffectId(f"n1-17.{place}/1") for place in range(10)]
        blocks = await asyncio.gather(*(world.bank.block_card(customer, card.card, key) for key in keys * 2))
        assert sum(not block.already_blocked for block in blocks[:10]) == 1
        assert blocks[:10] == blocks[10:]
        assert all(isinstance(block, Block) for block in blocks)
