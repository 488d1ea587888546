"""What became of a call's recording: kept whole, kept with gaps, or why there is none."""

from dataclasses import dataclass
from enum import Enum


class NoRecording(Enum):
    """Why an answered call has no recording."""

    BEFORE_NOTICE = "before_notice"
    """It ended before the caller was told that calls are recorded."""
    NO_CONTROLLER = "no_controller"
    """Served by the static fallback of the exchange, which gives no notice."""
    DISK_FULL = "disk_full"
    """No room when it was to begin."""
    REFUSED = "refused"
    """The exchange did not begin it."""
    LOST = "lost"
    """It was begun, and nothing of it was found: a fault of ours."""
    NOT_YET_RECORDED = "not_yet_recorded"
    """Archived before this line recorded calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One playable file of a call: two channels, the caller left, what he hears right."""

    sha256: str
    """Of the WAV file that is exported, in hex."""
    seconds: float
    """Its length. Shorter than the call: what was said before the notice is not in it."""
    segments: int
    """Stretches it is joined of: a new one begins before each bridge."""
    lacking: int = 0
    """Stretches that should be there and are not."""
