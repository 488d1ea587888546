"""What the demo bank does, each deed within the caller's transaction and once per effect id."""

from collections.abc import Callable
from typing import TypeVar, cast

from ivr.adapters.bank import rules
from ivr.adapters.bank.queries import Reader
from ivr.adapters.bank.rules import Deed, HeldCard, Terms
from ivr.adapters.bank.wire import DEED_DONE, DeedDone
from ivr.domain.banking import Block, BlockUndone, CardToken, CustomerToken, Done, PaymentsStopped
from ivr.domain.ids import EffectId
from ivr.ports.bank import BankRefused, Refusal

D = TypeVar("D", Block, BlockUndone, PaymentsStopped)


def block_card(bank: Reader, terms: Terms, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> Block:
    """Block it. Raises BankRefused."""

    def do(reference: str) -> Block:
        held, told = rules.block(bank.held_card(customer, card), terms, bank.now, reference)
        _write(bank, held)
        return told

    return _once(bank, Deed(effect_id=effect_id, name="block_card", customer=customer, card=card), do)


def undo_block(bank: Reader, customer: CustomerToken, card: CardToken, effect_id: EffectId) -> BlockUndone:
    """Free it. Raises BankRefused."""

    def do(reference: str) -> BlockUndone:
        fraud = bool(bank.customer(customer)["fraud_marked"])
        held, told = rules.undo_block(bank.held_card(customer, card), bank.now, reference, fraud=fraud)
        _write(bank, held)
        return told

    return _once(bank, Deed(effect_id=effect_id, name="undo_block", customer=customer, card=card), do)


def stop_payments(bank: Reader, terms: Terms, customer: CustomerToken, effect_id: EffectId) -> PaymentsStopped:
    """Stop them, and call back what is pending. Raises BankRefused."""

    def do(reference: str) -> PaymentsStopped:
        told = rules.stop_payments(
            bank.stopped_until(bank.customer(customer)),
            terms,
            bank.now,
            reference,
            accounts=bank.open_accounts(customer),
            pending=bank.pending(customer),
        )
        until = told.until.isoformat()
        bank.sql.execute("UPDATE customers SET stopped_until = ? WHERE customer = ?", (until, customer))
        bank.sql.execute(
            """UPDATE transfers SET state = 'returned', reason = 'stopped' WHERE state = 'pending' AND direction = 'out'
            AND account IN (SELECT account FROM accounts WHERE customer = ?)""",
            (customer,),
        )
        return told

    return _once(bank, Deed(effect_id=effect_id, name="stop_payments", customer=customer), do)


def outcome(bank: Reader, effect_id: EffectId) -> Done | None:
    """What the deed under this id did."""
    row = bank.sql.execute("SELECT done FROM deeds WHERE effect_id = ?", (effect_id,)).fetchone()
    return None if row is None else DEED_DONE.validate_json(row["done"]).done


def _once(bank: Reader, deed: Deed, do: Callable[[str], D]) -> D:
    """Do it, or give the answer it had. Who owns the deed is looked up by `do`, so that a stranger's token is told."""
    row = bank.sql.execute("SELECT * FROM deeds WHERE effect_id = ?", (deed.effect_id,)).fetchone()
    if row is not None:
        known = Deed(effect_id=deed.effect_id, name=row["deed"], customer=row["customer"], card=row["card"])
        rules.same_or_refused(deed, known)
        return cast(D, DEED_DONE.validate_json(row["done"]).done)
    (count,) = bank.sql.execute("SELECT count(*) FROM deeds").fetchone()
    done = do(f"D{bank.now:%Y%m%d}{count + 1:06}")
    bank.sql.execute(
        "INSERT INTO deeds VALUES (?, ?, ?, ?, ?, ?)",
        (
            deed.effect_id,
            deed.name,
            deed.customer,
            deed.card,
            DEED_DONE.dump_json(DeedDone.of(done)).decode(),
            bank.now.isoformat(),
        ),
    )
    return done


def _write(bank: Reader, held: HeldCard) -> None:
    until = held.blocked_until.isoformat() if held.blocked_until else None
    changed = bank.sql.execute(
        "UPDATE cards SET state = ?, blocked_until = ? WHERE card = ?", (held.card.state.value, until, held.card.card)
    )
    if changed.rowcount != 1:
        raise BankRefused(Refusal.UNKNOWN_CARD)
