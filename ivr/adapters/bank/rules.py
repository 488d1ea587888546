"""What the demo bank does when it is told to, as pure rules: the bank in memory keeps the same ones."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ivr.domain.banking import (
    Block,
    BlockUndone,
    Card,
    CardKind,
    CardState,
    CardToken,
    CustomerToken,
    PaymentsStopped,
)
from ivr.domain.ids import EffectId
from ivr.ports.bank import BankRefused, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a bank sets for itself."""

    debit_block_days: int = 5
    """How long a block by phone of a debit card lasts."""
    credit_block_days: int = 30
    stop_hours: int = 48
    """How long an emergency stop of payments lasts."""
    large_transfer: int = 5_000_000
    """From what amount on an outgoing transfer is called large, in fen."""

    def block_days(self, kind: CardKind) -> int:
        """The term of a block by phone."""
        return self.debit_block_days if kind is CardKind.DEBIT else self.credit_block_days


@dataclass(frozen=True, slots=True)
class HeldCard:
    """A card as the bank has it."""

    card: Card
    blocked_until: datetime | None = None
    """UTC; of a block by phone. None: as of the made-up past, a block that was just made (see `anchor`)."""

    def at(self, now: datetime) -> "HeldCard":
        """As it stands now: a block whose term is over has ended by itself (逾期自动失效)."""
        if self.card.state is CardState.LOSS_REPORTED and self.blocked_until is not None and self.blocked_until <= now:
            return HeldCard(replace(self.card, state=CardState.ACTIVE))
        return self

    def until(self, terms: "Terms", now: datetime) -> datetime:
        """When its block ends."""
        return self.blocked_until or anchor(now) + timedelta(days=terms.block_days(self.card.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What was asked under an effect id."""

    effect_id: EffectId
    name: str
    customer: CustomerToken
    card: CardToken | None = None


def same_or_refused(asked: Deed, known: Deed) -> None:
    """A known effect id stands for the same deed, or BankRefused is raised."""
    if asked != known:
        raise BankRefused(Refusal.EFFECT_REUSED)


def block(held: HeldCard, terms: Terms, now: datetime, reference: str) -> tuple[HeldCard, Block]:
    """The card blocked, and what to tell. Raises BankRefused."""
    held = held.at(now)
    card, days = held.card, terms.block_days(held.card.kind)
    if card.state in (CardState.CLOSED, CardState.EXPIRED):
        raise BankRefused(Refusal.CARD_CLOSED)
    already = card.state in (CardState.LOSS_REPORTED, CardState.LOST)
    until = held.until(terms, now) if already else now + timedelta(days=days)
    lost = card.state is CardState.LOST
    told = Block(
        card=card.card,
        last_four=card.last_four,
        until=None if lost else until,
        term_days=None if lost else days,
        already_blocked=already,
        reference=reference,
    )
    return held if already else HeldCard(replace(card, state=CardState.LOSS_REPORTED), until), told


def undo_block(held: HeldCard, now: datetime, reference: str, *, fraud: bool) -> tuple[HeldCard, BlockUndone]:
    """The card free again, and what to tell. Raises BankRefused."""
    held = held.at(now)
    card = held.card
    if card.state in (CardState.CLOSED, CardState.EXPIRED):
        raise BankRefused(Refusal.CARD_CLOSED)
    if card.state is CardState.LOST or fraud:  # who took an account over would lift the block first
        raise BankRefused(Refusal.BRANCH_ONLY)
    blocked = card.state is CardState.LOSS_REPORTED
    told = BlockUndone(card=card.card, last_four=card.last_four, was_blocked=blocked, reference=reference)
    return (HeldCard(replace(card, state=CardState.ACTIVE)) if blocked else held), told


def stop_payments(
    stopped_until: datetime | None, terms: Terms, now: datetime, reference: str, *, accounts: int, pending: int
) -> PaymentsStopped:
    """What to tell of a stop; `pending` transfers are called back with it."""
    already = stopped_until is not None and stopped_until > now
    until = stopped_until if already and stopped_until else now + timedelta(hours=terms.stop_hours)
    return PaymentsStopped(
        until=until,
        accounts=accounts,
        recalled=0 if already else pending,
        already_stopped=already,
        reference=reference,
    )


def anchor(now: datetime) -> datetime:
    """The moment from which "so long ago" is counted: the last full six hours. The made-up past moves along with the
    clock, so that a demonstration shows fresh transfers on any day, and stands still within one call.
    """
    return now.replace(hour=now.hour - now.hour % 6, minute=0, second=0, microsecond=0)
