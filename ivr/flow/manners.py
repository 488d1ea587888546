"""What the story is told by: the few settings it sees. They stand in the journal's configuration fingerprint."""

from dataclasses import dataclass, field

from ivr.policies.calling_back import CallBackRules
from ivr.policies.routing import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the line treats a caller. Times in seconds."""

    key_patience: float = 5.0
    """Silence after a menu before it is offered again."""
    entry_patience: float = 8.0
    """Silence within a number or a secret before it is taken as given up: digging out a card takes time."""
    tries: int = 3
    """Failures at one menu or number before the caller is brought to a person."""
    longest_telling: int = 90
    """A caller tells what happened in that many seconds at most."""
    transfers_told: int = 3
    """How many of the latest transfers are read out."""
    tickets_told: int = 3
    locked_hours: int = 24
    """For how long verification by keypad is closed after too many wrong tries."""
    complaint_days: int = 15
    """A complaint is answered within them (DOMAIN.md)."""
    survey: bool = True
    """Ask for a score at the end."""
    products: tuple[str, ...] = ("about_deposits", "about_wealth", "about_loans", "about_cards")
    """The sentences about products, each with its risk warning (H1.1a)."""
    call_backs: CallBackRules = field(default_factory=CallBackRules)
    """Who is offered one, and when he may be rung."""
    routing: Rules = field(default_factory=Rules)
    """To whom a call goes."""
