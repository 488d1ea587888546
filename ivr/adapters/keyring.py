"""Keys for personal data, kept as secrets of the home: `data_key_1`, `data_key_2`, … and `index_key`.

Sealed bytes are: version (1 byte), key number (2), nonce (12), AES-256-GCM ciphertext and tag. Version and key number
are authenticated with the context. The nonces of these keys are random: NIST SP 800-38D allows 2^32 of them a key, and
keys rotate.
"""

import hashlib
import hmac
import itertools
import os
import re
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ivr.adapters.secrets import Secrets
from ivr.ports.keyring import Keyring, Undecryptable

_VERSION = 1
_HEAD = struct.Struct(">BH")
_NONCE = 12
_COUNTER = struct.Struct(">I")
_INDEX_BYTES = 16
_NAME = re.compile(r"data_key_(\d+)")


class FileKeyring:
    """Implements ivr.ports.keyring.Keyring over `ivr.adapters.secrets`."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._index_key = secrets.key("index_key")
        self._keys: dict[int, AESGCM] = {}
        self._load()
        if not self._keys:
            self.add_key()

    def add_key(self) -> int:
        """Make the next key, which encrypts from now on; its number. Processes that run already go on encrypting
        with the key they know, and decrypt what the new one sealed."""
        number = max(self._keys, default=0) + 1
        self._keys[number] = AESGCM(self._secrets.key(f"data_key_{number}"))
        return number

    def encrypt(self, plain: bytes, context: bytes) -> bytes:
        """Sealed under the newest key."""
        number = max(self._keys)
        head, nonce = _HEAD.pack(_VERSION, number), os.urandom(_NONCE)
        return head + nonce + self._keys[number].encrypt(nonce, plain, head + context)

    def decrypt(self, sealed: bytes, context: bytes) -> bytes:
        """The plain bytes. Raises Undecryptable."""
        start = _HEAD.size + _NONCE
        if len(sealed) < start or sealed[0] != _VERSION:
            raise Undecryptable("these are no sealed bytes of ours")
        head, nonce = sealed[: _HEAD.size], sealed[_HEAD.size : start]
        key = self._key(_HEAD.unpack(head)[1])
        try:
            return key.decrypt(nonce, sealed[start:], head + context)
        except InvalidTag as error:
            raise Undecryptable("the value or its context was changed since it was sealed") from error

    def blind_index(self, value: str, purpose: str) -> bytes:
        """HMAC-SHA256 under the index key, 16 bytes: enough that a chance collision never shows a wrong call."""
        purpose_key = hmac.digest(self._index_key, purpose.encode(), hashlib.sha256)
        return hmac.digest(purpose_key, value.encode(), hashlib.sha256)[:_INDEX_BYTES]

    def _key(self, number: int) -> AESGCM:
        if number not in self._keys:
            self._load()  # another process may have added it
        try:
            return self._keys[number]
        except KeyError:
            raise Undecryptable(f"data_key_{number} is not among the secrets; restore it from your backup") from None

    def _load(self) -> None:
        for name in self._secrets.names():
            found = _NAME.fullmatch(name)
            if found and int(found[1]) not in self._keys:
                self._keys[int(found[1])] = AESGCM(self._secrets.key(name))


class CallKey:
    """The key of one call (or one ticket), under which all that is written of it is sealed; without it, nothing of it
    can be read. It lies beside it wrapped by the keyring, and is destroyed at retention."""

    __slots__ = ("_cipher", "_sealed", "_start", "wrapped")

    def __init__(self, raw: bytes, wrapped: bytes) -> None:
        self._cipher = AESGCM(raw)
        self._start = os.urandom(_NONCE - _COUNTER.size)
        self._sealed = itertools.count()
        self.wrapped = wrapped

    @classmethod
    def make(cls, keyring: Keyring, context: bytes) -> "CallKey":
        """A new key, wrapped for `context`."""
        raw = AESGCM.generate_key(256)
        return cls(raw, keyring.encrypt(raw, context))

    @classmethod
    def unwrap(cls, wrapped: bytes, keyring: Keyring, context: bytes) -> "CallKey":
        """The key back. Raises Undecryptable."""
        return cls(keyring.decrypt(wrapped, context), wrapped)

    def seal(self, plain: bytes, context: bytes) -> bytes:
        """Nonce and ciphertext. A nonce is eight bytes drawn when this object was made, and a count of its sealings:
        within an object none comes twice. Of two objects with one key (a restarted controller has another) it would
        take equal draws of 64 bits. A draw for each sealing would give up the interpreter lock, and whoever waits for
        it may keep it long."""
        nonce = self._start + _COUNTER.pack(next(self._sealed))
        return nonce + self._cipher.encrypt(nonce, plain, context)

    def unseal(self, sealed: bytes, context: bytes) -> bytes:
        """The plain bytes. Raises Undecryptable."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (InvalidTag, ValueError) as error:
            raise Undecryptable("the value or its context was changed since it was sealed") from error
