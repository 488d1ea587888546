"""One-time codes by RFC 4226 (HOTP), derived and not stored: sending again after a crash sends the same code."""

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from ivr.ports.keyring import Keyring

_DIGITS = 6
LIFE = timedelta(minutes=5)


class HotpCodes:
    """Implements ivr.ports.sms.OneTimeCodes. Every sending has a key of its own (128 bits of the keyring's), so that
    no code says anything of another. Who tries codes is stopped by the story's count of tries, not here.
    """

    def __init__(self, keyring: Keyring, life: timedelta = LIFE) -> None:
        self._keyring = keyring
        self._life = life

    def code(self, effect_id: EffectId) -> SecretDigits:
        """The code that belongs to this sending."""
        return SecretDigits(self._hotp(effect_id).generate(0).decode())

    def is_over(self, sent_at: datetime, now: datetime) -> bool:
        """Whether its life is over."""
        return now - sent_at >= self._life

    def matches(self, effect_id: EffectId, keyed: SecretDigits, sent_at: datetime, now: datetime) -> bool:
        """Whether that is the code, and `now` no later than its life after `sent_at`. Compares in constant time."""
        try:
            self._hotp(effect_id).verify(keyed.reveal().encode(), 0)
        except InvalidToken:
            return False
        return now >= sent_at and not self.is_over(sent_at, now)

    def _hotp(self, effect_id: EffectId) -> HOTP:
        key = self._keyring.blind_index(effect_id, "sms.one_time_code")
        return HOTP(key, _DIGITS, SHA256())  # RFC 4226 was written for SHA-1; RFC 6238 allows the younger one
