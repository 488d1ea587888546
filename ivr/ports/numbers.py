"""Which numbers the line may call, and how each is written and dialled."""

from typing import Protocol


class Numbers(Protocol):
    """Pure: no method waits or fails."""

    def dialable(self, given: str) -> str | None:
        """In E.164 form; None for what is no number, costs the one who calls or who is called, is a service's or our
        own, or lies abroad without leave: who may have us dial anything at all has us pay for it (toll fraud).
        """

    def as_dialled(self, number: str) -> str:
        """An E.164 number as the trunk wants it: digits alone, and maybe a `+` before."""
