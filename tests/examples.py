"""How many examples a property is tried with."""

from hypothesis import settings


def examples(whole: int) -> int:
    """So many in the whole run, and in the fast one as much of them as its profile has of the usual hundred."""
    return max(5, whole * settings.default.max_examples // 100)
