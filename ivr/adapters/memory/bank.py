"""A bank in memory: made-up customers, the demo bank's rules, and the faults that a test wants to play."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar, cast

from ivr.adapters.bank import rules
from ivr.adapters.bank.people import MadeUpAccount, MadeUpContact, MadeUpTransfer, Person, population
from ivr.adapters.bank.rules import Deed, HeldCard, Terms
from ivr.adapters.identifiers import checked
from ivr.adapters.memory.clock import VirtualClock
from ivr.domain.banking import (
    Account,
    AccountState,
    AccountToken,
    Balance,
    Block,
    BlockUndone,
    Card,
    CardToken,
    ContactToken,
    CustomerFacts,
    CustomerToken,
    Direction,
    Done,
    Fen,
    Identified,
    IdKind,
    PaymentsStopped,
    Transfer,
    TransferReason,
    TransferState,
)
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from ivr.ports.bank import BankDown, BankRefused, Refusal
from ivr.ports.clock import Clock

D = TypeVar("D", Block, BlockUndone, PaymentsStopped)


def memory_password(owner: str) -> SecretDigits:
    """The password of a customer in memory, by his number; of a contact by `COMPANY/CONTACT`."""
    return SecretDigits(f"{int(hashlib.sha256(owner.encode()).hexdigest(), 16) % 1_000_000:06}")


@dataclass(slots=True)
class _Customer:
    person: Person
    token: CustomerToken
    cards: dict[CardToken, HeldCard]
    contacts: dict[ContactToken, MadeUpContact]
    stopped_until: datetime | None = None
    recalled: set[MadeUpTransfer] = field(default_factory=set)


class MemoryBank:
    """Implements ivr.ports.bank.Bank. Tokens are words that a failing test can be read by."""

    def __init__(
        self,
        people: Sequence[Person] | None = None,
        clock: Clock | None = None,
        *,
        terms: Terms = Terms(),  # noqa: B008  (frozen)
    ) -> None:
        """None: forty people; a clock that stands still."""
        self.people = population(40) if people is None else tuple(people)
        self._clock = clock or VirtualClock()
        self._terms = terms
        self._customers = {CustomerToken(f"customer{place}"): person for place, person in enumerate(self.people)}
        self._held = {token: _customer(token, person) for token, person in self._customers.items()}
        self._deeds: dict[EffectId, tuple[Deed, Done]] = {}
        self.down = False
        """Set to play a bank that does not answer; nothing is done."""
        self.loses_answers = False
        """Set to play a link that breaks after the bank has done what was asked."""
        self.takes = 0.0
        """Seconds on the clock before each answer."""

    def token_of(self, person: Person) -> CustomerToken:
        """The token of one of `people`."""
        return next(token for token, other in self._customers.items() if other == person)

    # -------------------------------------------------------------------------------------------------- who it is
    async def recognise(self, caller_number: str) -> CustomerToken | None:
        """Whose number this is, of one customer only. Raises BankDown."""
        await self._answer()
        found = [token for token, person in self._customers.items() if caller_number in person.phones]
        return found[0] if len(found) == 1 else None

    async def identify(self, kind: IdKind, number: SecretDigits) -> Identified | None:
        """Whose number was keyed in. Raises BankDown."""
        await self._answer()
        known = checked(kind, number.reveal())
        for token, person in self._customers.items():
            if known and (kind, known.replace("X", "*")) in person.identifiers():
                return Identified(customer=token, kind=kind, last_four=known[-4:])
        return None

    async def check_password(self, customer: CustomerToken, password: SecretDigits) -> bool:
        """Whether this is the customer's phone password. Raises BankDown, BankRefused."""
        await self._answer()
        person = self._customer(customer).person
        return person.has_password and password.reveal() == memory_password(person.number).reveal()

    async def check_contact(
        self, company: CustomerToken, number: SecretDigits, password: SecretDigits
    ) -> ContactToken | None:
        """The authorised contact with this number and password. Raises BankDown, BankRefused."""
        await self._answer()
        known = self._customer(company)
        for token, contact in known.contacts.items():
            right = memory_password(f"{known.person.number}/{contact.number}").reveal()
            if number.reveal() == contact.number and password.reveal() == right:
                return token
        return None

    # ------------------------------------------------------------------------------------------------ what he has
    async def facts(self, customer: CustomerToken) -> CustomerFacts:
        """What routing, urgency and manners want to know. Raises BankDown, BankRefused."""
        await self._answer()
        known, now = self._customer(customer), self._clock.now()
        person = known.person
        large = [
            transfer.amount
            for transfer in self._all_transfers(known)
            if transfer.direction is Direction.OUT
            and transfer.amount >= self._terms.large_transfer
            and transfer.at >= now - timedelta(hours=24)
        ]
        changed = person.contact_changed_ago
        return CustomerFacts(
            customer=customer,
            kind=person.kind,
            surname=person.surname,
            title=person.title,
            language=person.language,
            vulnerable=person.vulnerable,
            has_password=person.has_password or bool(person.contacts),
            has_mobile=person.mobile is not None or any(contact.mobile for contact in person.contacts),
            account_state=max(
                (account.state for account in person.accounts),
                key=tuple(AccountState).index,
                default=AccountState.NORMAL,
            ),
            contact_changed_at=None if changed is None else rules.anchor(now) - changed,
            large_transfers=len(large),
            large_transfers_sum=Fen(sum(large)),
            fraud_marked=person.fraud_marked,
            payments_stopped=known.stopped_until is not None and known.stopped_until > now,
        )

    async def cards(self, customer: CustomerToken) -> tuple[Card, ...]:
        """His cards. Raises BankDown, BankRefused."""
        await self._answer()
        return tuple(held.at(self._clock.now()).card for held in self._customer(customer).cards.values())

    async def accounts(self, customer: CustomerToken) -> tuple[Account, ...]:
        """His accounts. Raises BankDown, BankRefused."""
        await self._answer()
        return tuple(
            Account(account=_account_token(customer, place), last_four=account.number[-4:], state=account.state)
            for place, account in enumerate(self._customer(customer).person.accounts)
        )

    async def balances(self, customer: CustomerToken) -> tuple[Balance, ...]:
        """His open accounts. Raises BankDown, BankRefused."""
        await self._answer()
        known = self._customer(customer)
        return tuple(
            Balance(
                account=_account_token(customer, place),
                last_four=account.number[-4:],
                currency=account.currency,
                amount=account.amount,
                as_of=self._clock.now(),
            )
            for place, account in enumerate(known.person.accounts)
            if account.state is not AccountState.CLOSED
        )

    async def transfers(self, customer: CustomerToken, limit: int) -> tuple[Transfer, ...]:
        """His latest transfers. Raises BankDown, BankRefused."""
        await self._answer()
        return tuple(self._all_transfers(self._customer(customer))[:limit])

    async def mobile(self, customer: CustomerToken, contact: ContactToken | None = None) -> str | None:
        """The registered mobile number. Raises BankDown, BankRefused."""
        await self._answer()
        known = self._customer(customer)
        if contact is None:
            return known.person.mobile
        found = known.contacts.get(contact)
        return found.mobile if found else None

    # ----------------------------------------------------------------------------------------------------- deeds
    async def block_card(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> Block:
        """Block a card. Raises BankDown, BankRefused."""

        def do(reference: str) -> Block:
            known = self._customer(customer)
            held, told = rules.block(_card(known, card), self._terms, self._clock.now(), reference)
            known.cards[card] = held
            return told

        return await self._once(Deed(effect_id=effect_id, name="block_card", customer=customer, card=card), do)

    async def undo_block(self, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> BlockUndone:
        """End a block. Raises BankDown, BankRefused."""

        def do(reference: str) -> BlockUndone:
            known = self._customer(customer)
            fraud = known.person.fraud_marked
            held, told = rules.undo_block(_card(known, card), self._clock.now(), reference, fraud=fraud)
            known.cards[card] = held
            return told

        return await self._once(Deed(effect_id=effect_id, name="undo_block", customer=customer, card=card), do)

    async def stop_payments(self, customer: CustomerToken, effect_id: EffectId) -> PaymentsStopped:
        """Stop outgoing payments. Raises BankDown, BankRefused."""

        def do(reference: str) -> PaymentsStopped:
            known = self._customer(customer)
            pending = {past for _, past in _past(known.person) if _can_be_recalled(past)} - known.recalled
            told = rules.stop_payments(
                known.stopped_until,
                self._terms,
                self._clock.now(),
                reference,
                accounts=sum(account.state is not AccountState.CLOSED for account in known.person.accounts),
                pending=len(pending),
            )
            known.stopped_until = told.until
            known.recalled |= pending
            return told

        return await self._once(Deed(effect_id=effect_id, name="stop_payments", customer=customer), do)

    async def outcome(self, effect_id: EffectId) -> Done | None:
        """What the deed under this id did. Raises BankDown."""
        await self._answer()
        return self._deeds[effect_id][1] if effect_id in self._deeds else None

    # ---------------------------------------------------------------------------------------------------- inside
    async def _answer(self) -> None:
        if self.takes:
            await self._clock.sleep(self.takes)
        if self.down:
            raise BankDown("the memory bank plays a bank that is down")

    async def _once(self, deed: Deed, do: Callable[[str], D]) -> D:
        await self._answer()
        if deed.effect_id in self._deeds:
            known, done = self._deeds[deed.effect_id]
            rules.same_or_refused(deed, known)
        else:
            done = do(f"M{len(self._deeds) + 1:06}")
            self._deeds[deed.effect_id] = deed, done
        if self.loses_answers:
            raise BankDown("the memory bank plays a link that broke after the deed was done")
        return cast(D, done)

    def _customer(self, token: CustomerToken) -> _Customer:
        if token not in self._held:
            raise BankRefused(Refusal.UNKNOWN_CUSTOMER)
        return self._held[token]

    def _all_transfers(self, known: _Customer) -> list[Transfer]:
        anchor = rules.anchor(self._clock.now())
        found = [_transfer(account, past, anchor, known.recalled) for account, past in _past(known.person)]
        return sorted(found, key=lambda transfer: transfer.at, reverse=True)


def _customer(token: CustomerToken, person: Person) -> _Customer:
    cards = (
        Card(card=CardToken(f"{token}-card{place}"), last_four=card.number[-4:], kind=card.kind, state=card.state)
        for place, card in enumerate(person.cards)
    )
    contacts = {ContactToken(f"{token}-contact{contact.number}"): contact for contact in person.contacts}
    return _Customer(person, token, {card.card: HeldCard(card) for card in cards}, contacts)


def _account_token(customer: CustomerToken, place: int) -> AccountToken:
    return AccountToken(f"{customer}-account{place}")


def _card(known: _Customer, card: CardToken) -> HeldCard:
    if card not in known.cards:
        raise BankRefused(Refusal.UNKNOWN_CARD)
    return known.cards[card]


def _past(person: Person) -> list[tuple[MadeUpAccount, MadeUpTransfer]]:
    return [(account, past) for account in person.accounts for past in account.transfers]


def _can_be_recalled(past: MadeUpTransfer) -> bool:
    return past.state is TransferState.PENDING and past.direction is Direction.OUT


def _transfer(
    account: MadeUpAccount, past: MadeUpTransfer, anchor: datetime, recalled: set[MadeUpTransfer]
) -> Transfer:
    stopped = past in recalled
    return Transfer(
        at=anchor - past.ago,
        direction=past.direction,
        amount=past.amount,
        currency=account.currency,
        counterparty=past.counterparty,
        state=TransferState.RETURNED if stopped else past.state,
        reason=TransferReason.STOPPED if stopped else past.reason,
    )
