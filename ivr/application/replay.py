"""Any past call told again: its journal, fed to today's story, must ask for the very same steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.domain.errors import Misfit
from ivr.engine.storybook import Storybook
from ivr.engine.telling import chapters, retell
from ivr.ports.journal import Entry


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of telling a call again."""

    fits: bool
    """Today's story asks what the journal says was asked."""
    why_not: str = ""


def replay(storybook: Storybook, entries: Sequence[Entry]) -> Replayed:
    """Tell every chapter of the call again. A call of another version of the story does not fit, and says so."""
    if not entries:
        return Replayed(fits=False, why_not="the call has no journal: the exchange served it alone")
    for end in chapter_ends(entries):
        try:
            retell(storybook, entries[:end])
        except Misfit as misfit:
            return Replayed(fits=False, why_not=str(misfit))
    return Replayed(fits=True)


def chapter_ends(entries: Sequence[Entry]) -> list[int]:
    """Where each chapter's entries end (exclusive)."""
    starts = [start for _, start in chapters(entries)]
    return [*starts[1:], len(entries)]
