"""A gateway in memory, with the phones it sends to, and the faults that a test wants to play."""

from dataclasses import dataclass
from datetime import timedelta

from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.sms.numbers import must_be_reachable
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from ivr.ports.clock import Clock
from ivr.ports.sms import Sent, SmsDown, SmsRefusal, SmsRefused, SmsState, filled


@dataclass(slots=True)
class _Message:
    to: str
    text: str
    sent: Sent


class MemorySms:
    """Implements ivr.ports.sms.Sms."""

    def __init__(self, clock: Clock | None = None, keep: timedelta = timedelta(minutes=5)) -> None:
        """None: a clock that stands still. `keep`: how long a message waits for its reader."""
        self._clock = clock or VirtualClock()
        self._keep = keep
        self._messages: dict[EffectId, _Message] = {}
        self.down = False
        """Set to play a gateway that does not answer; nothing is sent."""
        self.loses_answers = False
        """Set to play a link that breaks after the message was taken."""
        self.takes = 0.0
        """Seconds on the clock before each answer."""

    async def send(self, to: str, text: str, effect_id: EffectId, *, code: SecretDigits | None = None) -> Sent:
        """Take it, once. Raises SmsDown, SmsRefused."""
        await self._answer()
        must_be_reachable(to)
        whole = filled(text, code)
        known = self._messages.get(effect_id)
        if known is None:
            sent = Sent(
                reference=f"M{len(self._messages) + 1:06}", accepted_at=self._clock.now(), state=SmsState.ACCEPTED
            )
            known = self._messages[effect_id] = _Message(to, whole, sent)
        elif (known.to, known.text) != (to, whole):
            raise SmsRefused(SmsRefusal.EFFECT_REUSED)
        if self.loses_answers:
            raise SmsDown("the memory gateway plays a link that broke after the message was taken")
        return self._now(known)

    async def outcome(self, effect_id: EffectId) -> Sent | None:
        """How far it got. Raises SmsDown."""
        await self._answer()
        known = self._messages.get(effect_id)
        return None if known is None else self._now(known)

    async def read_latest(self, to: str) -> str | None:
        """What the phone shows: the newest unread message, delivered by that."""
        for effect_id, message in reversed(self._messages.items()):
            if message.to == to and self._now(message).state is SmsState.ACCEPTED:
                delivered = Sent(
                    reference=message.sent.reference, accepted_at=message.sent.accepted_at, state=SmsState.DELIVERED
                )
                self._messages[effect_id] = _Message(to, message.text, delivered)
                return message.text
        return None

    async def _answer(self) -> None:
        if self.takes:
            await self._clock.sleep(self.takes)
        if self.down:
            raise SmsDown("the memory gateway plays a gateway that is down")

    def _now(self, message: _Message) -> Sent:
        sent = message.sent
        if sent.state is SmsState.ACCEPTED and self._clock.now() >= sent.accepted_at + self._keep:
            return Sent(reference=sent.reference, accepted_at=sent.accepted_at, state=SmsState.EXPIRED)
        return sent
