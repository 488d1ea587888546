"""What the story is told by: the few settings it sees. They stand in the journal's configuration fingerprint."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the line treats a caller. Times in seconds."""

    key_patience: float = 5.0
    """Silence after a menu before it is offered again."""
    tries: int = 3
    """Failures at one menu before the caller is brought to a person."""
    service_queue: str = "service"
    service_patience: int = 180
    emergency_queue: str = "emergency"
    emergency_patience: int = 120
