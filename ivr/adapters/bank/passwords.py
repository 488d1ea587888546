"""Phone passwords of the demo bank: argon2id, one salt each."""

import argon2

from ivr.domain.secret import SecretDigits
from ivr.ports.keyring import Keyring

_DIGITS = 6
_STRONG = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's first choice for argon2id: 19 MiB, two passes."""
_QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
"""0.2 ms: a thousand hashes at the first start may not take a minute, and the seal around each is what protects six
digits on the disk. Replaced by a strong one at the first success, as a bank raises its parameters."""
_NOBODY = _QUICK.hash("no password is this long")


def derived(keyring: Keyring, owner: str) -> SecretDigits:
    """The made-up password of a made-up customer: six digits from the keyring, stored nowhere in clear."""
    drawn = int.from_bytes(keyring.blind_index(owner, "demo_bank.password"))
    return SecretDigits(f"{drawn % 10**_DIGITS:0{_DIGITS}}")


def first_hash(password: SecretDigits) -> str:
    """For a new customer."""
    return _QUICK.hash(password.reveal())


def fits(kept: str | None, keyed: SecretDigits) -> bool:
    """Whether that is the password. Where there is none a check is made all the same, so that time does not tell."""
    try:
        return _STRONG.verify(kept or _NOBODY, keyed.reveal())
    except argon2.exceptions.VerifyMismatchError:
        return False


def stronger(kept: str, keyed: SecretDigits) -> str | None:
    """A new hash for a password that has just been right; None where the old one is strong enough."""
    return _STRONG.hash(keyed.reveal()) if _STRONG.check_needs_rehash(kept) else None
