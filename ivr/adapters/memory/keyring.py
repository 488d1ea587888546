"""A keyring that hands out tokens instead of ciphertext: nothing sealed by it outlives the process."""

import secrets

from ivr.ports.keyring import Undecryptable


class MemoryKeyring:
    """Implements ivr.ports.keyring.Keyring."""

    def __init__(self) -> None:
        self._sealed: dict[bytes, tuple[bytes, bytes]] = {}
        self._index: dict[tuple[str, str], bytes] = {}

    def encrypt(self, plain: bytes, context: bytes) -> bytes:
        """A token for the value."""
        token = secrets.token_bytes(16)
        self._sealed[token] = (plain, context)
        return token

    def decrypt(self, sealed: bytes, context: bytes) -> bytes:
        """The plain bytes. Raises Undecryptable."""
        plain, sealed_for = self._sealed.get(sealed, (b"", None))
        if sealed_for != context:
            raise Undecryptable("this token is unknown, or was made for another place")
        return plain

    def blind_index(self, value: str, purpose: str) -> bytes:
        """The same token for the same value and purpose."""
        return self._index.setdefault((value, purpose), secrets.token_bytes(16))
