"""Passwords that phones register by: made by chance, easy to key into a desk phone."""

import secrets

_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another."""
_LENGTH = 26
"""With 31 signs: 128 bits."""


def make() -> str:
    """A new one."""
    return "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
