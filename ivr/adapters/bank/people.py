"""A thousand made-up customers, the same at every run: nobody of them exists.

The first are one of each kind that a demonstration or a test asks for, and nothing else special; the rest are mixed as
in life. What is recent in their past is told as "so long ago", so that it is still recent whenever it is looked at.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import cache
from typing import TypeVar

from ivr.adapters.identifiers import with_check_digit, with_resident_check
from ivr.domain.banking import (
    AccountState,
    CardKind,
    CardState,
    CustomerKind,
    Direction,
    Fen,
    IdKind,
    Title,
    TransferReason,
    TransferState,
)
from ivr.domain.caller import Language

HOW_MANY = 1000
SEED = 95000
LARGE = Fen(5_000_000)
"""50,000 yuan: what the demo bank calls a large transfer."""
THIS_YEAR = 2026
"""The year in which they were made up; their ages are of it."""

T = TypeVar("T")
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_WESTERN = ("Smith", "Jones", "Taylor", "Brown", "Wilson")
_COMPANIES = ("晨光", "远山", "海棠", "青禾", "北辰", "云帆", "松石", "明湖")
_PLACES = (110105, 310104, 440106, 330106, 510104, 420106, 610113, 350203)
_MADE_UP_MOBILE = "+8613800"
"""Beijing's first numbers; no message to them leaves the outbox (settings refuse a real gateway to the demo bank)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpTransfer:
    """A movement in the past."""

    ago: timedelta
    direction: Direction
    amount: Fen
    counterparty: str
    state: TransferState = TransferState.DONE
    reason: TransferReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpCard:
    """A card. A loss that was reported is of the first day the bank was there."""

    number: str
    kind: CardKind
    state: CardState = CardState.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpAccount:
    """An account and what happened on it."""

    number: str
    amount: Fen
    currency: str = "CNY"
    state: AccountState = AccountState.NORMAL
    transfers: tuple[MadeUpTransfer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpContact:
    """Who may act for a company."""

    number: str
    """Four digits, within the company."""
    mobile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer with everything in clear: it is all made up."""

    kind: CustomerKind
    number: str
    """Customer, company or staff number."""
    surname: str
    title: Title = Title.NEUTRAL
    language: Language | None = None
    resident_id: str | None = None
    mobile: str | None = None
    landline: str | None = None
    has_password: bool = True
    disabled: bool = False
    fraud_marked: bool = False
    contact_changed_ago: timedelta | None = None
    cards: tuple[MadeUpCard, ...] = ()
    accounts: tuple[MadeUpAccount, ...] = ()
    contacts: tuple[MadeUpContact, ...] = ()

    @property
    def vulnerable(self) -> bool:
        """60 or older, or disabled."""
        born = int(self.resident_id[6:10]) if self.resident_id else THIS_YEAR
        return self.disabled or THIS_YEAR - born >= 60

    @property
    def phones(self) -> tuple[str, ...]:
        """The numbers he is registered with."""
        return tuple(number for number in (self.mobile, self.landline) if number)

    def identifiers(self) -> Iterator[tuple[IdKind, str]]:
        """Every number by which the bank knows him, as keyed in (`*` for X); closed cards identify nobody."""
        yield _NUMBER_KIND[self.kind], self.number
        if self.resident_id:
            yield IdKind.RESIDENT_ID, self.resident_id.replace("X", "*")
        for card in self.cards:
            if card.state is not CardState.CLOSED:
                yield IdKind.CARD, card.number


_NUMBER_KIND = {
    CustomerKind.PERSONAL: IdKind.CUSTOMER_NUMBER,
    CustomerKind.CORPORATE: IdKind.COMPANY_NUMBER,
    CustomerKind.INTERNAL: IdKind.STAFF_NUMBER,
}


class Example(Enum):
    """Whom a demonstration or a test may ask for. The order is that of the first customers."""

    ORDINARY = "ordinary"
    CORPORATE = "corporate"
    INTERNAL = "internal"
    CREDIT_CARD = "credit_card"
    LOSS_REPORTED = "loss_reported"
    CARD_LOST = "card_lost"
    FROZEN = "frozen"
    JUDICIALLY_FROZEN = "judicially_frozen"
    DORMANT = "dormant"
    ELDERLY = "elderly"
    DISABLED = "disabled"
    CONTACT_CHANGED = "contact_changed"
    LARGE_TRANSFERS = "large_transfers"
    PENDING_TRANSFER = "pending_transfer"
    RETURNED_TRANSFER = "returned_transfer"
    FRAUD_MARKED = "fraud_marked"
    SHARED_PHONE = "shared_phone"
    NO_PASSWORD = "no_password"  # noqa: S105  (the name of a kind)
    NO_MOBILE = "no_mobile"
    ENGLISH = "english"


@cache
def population(how_many: int = HOW_MANY) -> tuple[Person, ...]:
    """The first so many of them. Raises ValueError for fewer than one of each kind."""
    if how_many < len(Example) + 1:
        raise ValueError(f"at least {len(Example) + 1} are needed for one of each kind")
    return tuple(_Registry().everybody(how_many))


def example(kind: Example, people: Sequence[Person]) -> Person:
    """The plainest of this kind."""
    shared = shared_phones(people)
    return next(person for person in people if kind in kinds_of(person, shared))


def kinds_of(person: Person, shared: frozenset[str]) -> tuple[Example, ...]:
    """Every kind that this person is of, given the numbers that several share; ORDINARY where none is special."""
    special = tuple(kind for kind, fits in _IS.items() if fits(person))
    if shared.intersection(person.phones):
        special += (Example.SHARED_PHONE,)
    return special or (Example.ORDINARY,)


def shared_phones(people: Sequence[Person]) -> frozenset[str]:
    """Numbers that are registered to more than one."""
    seen = Counter(number for person in people for number in person.phones)
    return frozenset(number for number, times in seen.items() if times > 1)


class _Registry:
    """Makes them up, one after another."""

    def __init__(self) -> None:
        self._chance = random.Random(SEED)  # noqa: S311  (the same customers at every run)
        self._count = 0

    def everybody(self, how_many: int) -> Iterator[Person]:
        for kind in Example:
            person = self._one_of(kind)
            yield person
            if kind is Example.SHARED_PHONE:
                yield self._personal(mobile=person.mobile)
        for _ in range(how_many - len(Example) - 1):
            yield self._anybody()

    # ------------------------------------------------------------------------------------------------ whom
    def _one_of(self, kind: Example) -> Person:
        """One of this kind, ordinary in everything else."""
        hours = timedelta(hours=1)
        cards, accounts = self._debit_card, self._account
        makers: dict[Example, Callable[[], Person]] = {
            Example.ORDINARY: self._personal,
            Example.CORPORATE: self._company,
            Example.INTERNAL: self._staff,
            Example.CREDIT_CARD: lambda: self._personal(cards=(cards(), self._credit_card())),
            Example.LOSS_REPORTED: lambda: self._personal(cards=(cards(CardState.LOSS_REPORTED),)),
            Example.CARD_LOST: lambda: self._personal(cards=(cards(CardState.LOST), cards(CardState.CLOSED))),
            Example.FROZEN: lambda: self._personal(accounts=(accounts(AccountState.FROZEN),)),
            Example.JUDICIALLY_FROZEN: lambda: self._personal(accounts=(accounts(AccountState.JUDICIALLY_FROZEN),)),
            Example.DORMANT: lambda: self._personal(accounts=(accounts(AccountState.DORMANT),)),
            Example.ELDERLY: lambda: self._personal(age=78),
            Example.DISABLED: lambda: self._personal(disabled=True),
            Example.CONTACT_CHANGED: lambda: self._personal(contact_changed_ago=20 * hours),
            Example.LARGE_TRANSFERS: lambda: self._personal(accounts=(accounts(extra=_large(2 * hours, 5 * hours)),)),
            Example.PENDING_TRANSFER: lambda: self._personal(accounts=(accounts(extra=(_pending(hours),)),)),
            Example.RETURNED_TRANSFER: lambda: self._personal(accounts=(accounts(extra=(_returned(30 * hours),)),)),
            Example.FRAUD_MARKED: lambda: self._personal(fraud_marked=True),
            Example.SHARED_PHONE: self._personal,
            Example.NO_PASSWORD: lambda: self._personal(has_password=False),
            Example.NO_MOBILE: lambda: self._personal(mobile=None, landline=self._landline()),
            Example.ENGLISH: lambda: self._personal(language=Language.EN, surname="Smith"),
        }
        return makers[kind]()

    def _anybody(self) -> Person:
        """Mixed as in life."""
        chance = self._chance
        lot = chance.random()
        if lot < 0.10:
            return self._company()
        if lot < 0.13:
            return self._staff()
        english = chance.random() < 0.03
        cards = tuple(self._debit_card(self._card_state()) for _ in range(1 + chance.randrange(2)))
        if chance.random() < 0.3:
            cards += (self._credit_card(self._card_state()),)
        extra = _large(timedelta(hours=3)) if chance.random() < 0.03 else ()
        mobile = self._mobile() if chance.random() > 0.04 else None
        return self._personal(
            age=18 + chance.randrange(70),
            cards=cards,
            accounts=tuple(self._account(self._account_state(), extra) for _ in range(1 + chance.randrange(2))),
            language=Language.EN if english else None,
            surname=self._pick(_WESTERN) if english else self._pick(_SURNAMES),
            mobile=mobile,
            landline=self._landline() if chance.random() < 0.2 else None,
            has_password=chance.random() > 0.12,
            disabled=chance.random() < 0.02,
            fraud_marked=chance.random() < 0.01,
            contact_changed_ago=timedelta(hours=1 + chance.randrange(2000)) if chance.random() < 0.2 else None,
        )

    def _personal(
        self,
        *,
        age: int = 36,
        cards: tuple[MadeUpCard, ...] | None = None,
        accounts: tuple[MadeUpAccount, ...] | None = None,
        mobile: str | None = "",
        landline: str | None = None,
        surname: str | None = None,
        language: Language | None = None,
        has_password: bool = True,
        disabled: bool = False,
        fraud_marked: bool = False,
        contact_changed_ago: timedelta | None = None,
    ) -> Person:
        """`mobile=""` makes one up."""
        title = self._pick((Title.SIR, Title.MADAM))
        return Person(
            kind=CustomerKind.PERSONAL,
            number=with_check_digit(f"10{self._next():07}"),
            surname=surname or self._pick(_SURNAMES),
            title=title,
            language=language,
            resident_id=self._resident_id(THIS_YEAR - age, title),
            mobile=self._mobile() if mobile == "" else mobile,
            landline=landline,
            has_password=has_password,
            disabled=disabled,
            fraud_marked=fraud_marked,
            contact_changed_ago=contact_changed_ago,
            cards=(self._debit_card(),) if cards is None else cards,
            accounts=(self._account(),) if accounts is None else accounts,
        )

    def _company(self) -> Person:
        contacts = tuple(
            MadeUpContact(number=f"{1000 + place}", mobile=self._mobile())
            for place in range(1 + self._chance.randrange(3))
        )
        return Person(
            kind=CustomerKind.CORPORATE,
            number=with_check_digit(f"7{self._next():07}"),
            surname=self._pick(_COMPANIES),
            landline=self._landline(),
            has_password=False,
            accounts=(self._account(),),
            contacts=contacts,
        )

    def _staff(self) -> Person:
        return Person(
            kind=CustomerKind.INTERNAL,
            number=f"60{self._next():04}",
            surname=self._pick(_SURNAMES),
            title=Title.NEUTRAL,
            has_password=False,
        )

    # ------------------------------------------------------------------------------------------------ what
    def _debit_card(self, state: CardState = CardState.ACTIVE) -> MadeUpCard:
        number = with_check_digit(f"621700{self._digits(12)}")
        return MadeUpCard(number=number, kind=CardKind.DEBIT, state=state)

    def _credit_card(self, state: CardState = CardState.ACTIVE) -> MadeUpCard:
        return MadeUpCard(number=with_check_digit(f"622200{self._digits(9)}"), kind=CardKind.CREDIT, state=state)

    def _account(
        self, state: AccountState = AccountState.NORMAL, extra: tuple[MadeUpTransfer, ...] = ()
    ) -> MadeUpAccount:
        past = sorted((*extra, *self._ordinary_past()), key=lambda transfer: transfer.ago)
        amount = Fen(self._chance.randrange(100, 30_000_000))
        return MadeUpAccount(number=self._digits(17), amount=amount, state=state, transfers=tuple(past))

    def _ordinary_past(self) -> Iterator[MadeUpTransfer]:
        for _ in range(2 + self._chance.randrange(5)):
            yield MadeUpTransfer(
                ago=timedelta(minutes=60 * 24 + self._chance.randrange(60 * 24 * 90)),
                direction=self._pick((Direction.IN, Direction.OUT)),
                amount=Fen(self._chance.randrange(100, 1_000_000)),
                counterparty=f"{self._pick(_SURNAMES)}** 尾号{self._digits(4)}",
            )

    def _card_state(self) -> CardState:
        lot = self._chance.random()
        for share, state in ((0.01, CardState.LOST), (0.03, CardState.LOSS_REPORTED), (0.06, CardState.CLOSED)):
            if lot < share:
                return state
        return CardState.EXPIRED if lot < 0.08 else CardState.ACTIVE

    def _account_state(self) -> AccountState:
        lot = self._chance.random()
        for share, state in ((0.01, AccountState.JUDICIALLY_FROZEN), (0.02, AccountState.FROZEN)):
            if lot < share:
                return state
        return AccountState.DORMANT if lot < 0.06 else AccountState.NORMAL

    def _resident_id(self, born: int, title: Title) -> str:
        """The order code is odd for men; the running number keeps two of them apart."""
        self._count += 1
        order = 2 * (self._count % 490) + (1 if title is Title.SIR else 2)
        day = f"{1 + self._chance.randrange(12):02}{1 + self._chance.randrange(28):02}"
        return with_resident_check(f"{self._pick(_PLACES)}{born}{day}{order:03}")

    def _mobile(self) -> str:
        return f"{_MADE_UP_MOBILE}{self._next():06}"

    def _landline(self) -> str:
        return f"+86108888{self._next():04}"

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _digits(self, how_many: int) -> str:
        return f"{self._chance.randrange(10**how_many):0{how_many}}"

    def _pick(self, among: Sequence[T]) -> T:
        """By `randrange`, whose stream is the same in every version of Python."""
        return among[self._chance.randrange(len(among))]


def _large(*ago: timedelta) -> tuple[MadeUpTransfer, ...]:
    return tuple(
        MadeUpTransfer(ago=moment, direction=Direction.OUT, amount=Fen(2 * LARGE), counterparty="陈** 尾号0315")
        for moment in ago
    )


def _pending(ago: timedelta) -> MadeUpTransfer:
    return MadeUpTransfer(
        ago=ago,
        direction=Direction.OUT,
        amount=Fen(800_000),
        counterparty="孙** 尾号2288",
        state=TransferState.PENDING,
        reason=TransferReason.UNDER_REVIEW,
    )


def _returned(ago: timedelta) -> MadeUpTransfer:
    return MadeUpTransfer(
        ago=ago,
        direction=Direction.OUT,
        amount=Fen(120_000),
        counterparty="周** 尾号4471",
        state=TransferState.RETURNED,
        reason=TransferReason.NAME_MISMATCH,
    )


def _accounts(*states: AccountState) -> Callable[[Person], bool]:
    return lambda person: any(account.state in states for account in person.accounts)


def _cards(*states: CardState) -> Callable[[Person], bool]:
    return lambda person: any(card.state in states for card in person.cards)


def _past(fits: Callable[[MadeUpTransfer], bool]) -> Callable[[Person], bool]:
    return lambda person: any(fits(transfer) for account in person.accounts for transfer in account.transfers)


def _is_large_and_fresh(transfer: MadeUpTransfer) -> bool:
    return transfer.direction is Direction.OUT and transfer.amount >= LARGE and transfer.ago < timedelta(hours=12)


_IS: dict[Example, Callable[[Person], bool]] = {
    Example.CORPORATE: lambda person: person.kind is CustomerKind.CORPORATE,
    Example.INTERNAL: lambda person: person.kind is CustomerKind.INTERNAL,
    Example.CREDIT_CARD: lambda person: any(card.kind is CardKind.CREDIT for card in person.cards),
    Example.LOSS_REPORTED: _cards(CardState.LOSS_REPORTED),
    Example.CARD_LOST: _cards(CardState.LOST),
    Example.FROZEN: _accounts(AccountState.FROZEN),
    Example.JUDICIALLY_FROZEN: _accounts(AccountState.JUDICIALLY_FROZEN),
    Example.DORMANT: _accounts(AccountState.DORMANT),
    Example.ELDERLY: lambda person: person.vulnerable and not person.disabled,
    Example.DISABLED: lambda person: person.disabled,
    Example.CONTACT_CHANGED: lambda person: (person.contact_changed_ago or timedelta(9999)) < timedelta(hours=48),
    Example.LARGE_TRANSFERS: _past(_is_large_and_fresh),
    Example.PENDING_TRANSFER: _past(lambda transfer: transfer.state is TransferState.PENDING),
    Example.RETURNED_TRANSFER: _past(lambda transfer: transfer.state is TransferState.RETURNED),
    Example.FRAUD_MARKED: lambda person: person.fraud_marked,
    Example.NO_PASSWORD: lambda person: person.kind is CustomerKind.PERSONAL and not person.has_password,
    Example.NO_MOBILE: lambda person: person.kind is CustomerKind.PERSONAL and person.mobile is None,
    Example.ENGLISH: lambda person: person.language is Language.EN,
}
