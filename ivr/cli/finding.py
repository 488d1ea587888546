"""What a check of `hotline doctor` found."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One line."""

    name: str
    verdict: Literal["ok", "warn", "fail"]
    found: str
    mend: str
    """What to do; empty when nothing is."""

    def plain(self) -> dict[str, str]:
        """For `--json`."""
        return asdict(self)
