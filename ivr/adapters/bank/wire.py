"""How the bank's values are written as JSON: the demo bank's memory of its deeds, and both ends of the HTTP contract.

The values of the domain are the schema: a change of theirs changes the published contract, which a test notices.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter

from ivr.domain.banking import Block, BlockUndone, Done, PaymentsStopped


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedDone:
    """What a deed did: one of the three, or none where no such deed was done."""

    block: Block | None = None
    block_undone: BlockUndone | None = None
    payments_stopped: PaymentsStopped | None = None

    @classmethod
    def of(cls, done: Done | None) -> "DeedDone":
        """In the place of its kind."""
        match done:
            case Block():
                return cls(block=done)
            case BlockUndone():
                return cls(block_undone=done)
            case PaymentsStopped():
                return cls(payments_stopped=done)
            case None:
                return cls()

    @property
    def done(self) -> Done | None:
        """Whichever it is."""
        return self.block or self.block_undone or self.payments_stopped


DEED_DONE: TypeAdapter[DeedDone] = TypeAdapter(DeedDone)
