"""Keys for personal data: encrypt, decrypt, and look up without decrypting (DOMAIN.md, protection classes)."""

from typing import Protocol


class Undecryptable(Exception):
    """The key of this value is destroyed or missing, or the value was tampered with."""


class Keyring(Protocol):
    """AES-GCM under named keys; the newest encrypts, all decrypt."""

    def encrypt(self, plain: bytes, context: bytes) -> bytes:
        """Sealed bytes that name their key; `context` (table, column, row) is authenticated with them."""

    def decrypt(self, sealed: bytes, context: bytes) -> bytes:
        """The plain bytes. Raises Undecryptable."""

    def blind_index(self, value: str, purpose: str) -> bytes:
        """A keyed digest to look a value up by; the same value and purpose give the same bytes."""
