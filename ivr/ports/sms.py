"""Text messages, and the one-time codes that some of them carry (verification level 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits

CODE_PLACE = "{code}"
"""Where the text of a message has its code."""


class SmsDown(Exception):
    """The gateway gave no answer in time. The message may or may not go out; asking again under the same effect id
    sends it once.
    """


class SmsRefusal(Enum):
    """Why a message was not taken."""

    WRONG_NUMBER = "wrong_number"
    EFFECT_REUSED = "effect_reused"
    """This effect id stands for another message. A fault of ours."""
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "SmsRefusal":  # noqa: ARG003
        """Gateways have many reasons; the story needs to know only that asking again will not help."""
        return cls.OTHER


class SmsRefused(Exception):
    """The gateway understood and said no; nothing is sent, and asking again will not help."""

    def __init__(self, reason: SmsRefusal) -> None:
        super().__init__(f"the SMS gateway refused: {reason.value}")
        self.reason = reason


class SmsState(Enum):
    """How far a message got."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    """Not delivered in its time; its text is destroyed."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that the gateway took. Neither number nor text stand here."""

    reference: str
    """The gateway's number of the message."""
    accepted_at: datetime
    """UTC; of the first time it was asked for: the life of a code counts from here."""
    state: SmsState


class Sms(Protocol):
    """The way to a mobile. Every method raises SmsDown."""

    async def send(self, to: str, text: str, effect_id: EffectId, *, code: SecretDigits | None = None) -> Sent:
        """Hand over a message to `to` (E.164), once per effect id, with the same answer every time but for its state.
        `{code}` in the text is replaced by `code` inside the adapter, so that a code is in clear nowhere else.
        Raises SmsRefused; ValueError where text and code do not go together.
        """

    async def outcome(self, effect_id: EffectId) -> Sent | None:
        """How far the message of this id got; None where none was taken."""


class OneTimeCodes(Protocol):
    """Codes that prove that the caller holds the registered mobile."""

    def code(self, effect_id: EffectId) -> SecretDigits:
        """The code that belongs to this sending: six digits, the same after a crash, another for every id."""

    def is_over(self, sent_at: datetime, now: datetime) -> bool:
        """Whether the life of a code that was sent then has ended: no such code is right any more."""

    def matches(self, effect_id: EffectId, keyed: SecretDigits, sent_at: datetime, now: datetime) -> bool:
        """Whether that is the code sent at `sent_at`, and still in its time. Single use is kept by the caller."""


def must_go_together(text: str, code: SecretDigits | None) -> None:
    """Raises ValueError (without the text) unless text and code go together."""
    if (CODE_PLACE in text) != (code is not None):
        raise ValueError("a message with {code} needs a code, and one without has no place for it")


def filled(text: str, code: SecretDigits | None) -> str:
    """The text as it goes out, code in clear. Raises ValueError (without the text) where they do not go together."""
    must_go_together(text, code)
    return text if code is None else text.replace(CODE_PLACE, code.reveal())
