"""The gate: says who a caller is, and how sure we are. What is keyed in goes from the keypad to whoever checks it, and
stays sealed on the way; the story hears an outcome.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from ivr.domain.banking import CustomerToken
from ivr.domain.call import Incoming
from ivr.domain.secret import SecretDigits
from ivr.domain.verification import Attempt, Means, Tried
from ivr.flow.steps import (
    Denied,
    Escaped,
    Expired,
    Identify,
    Incomplete,
    LockedOut,
    Recognised,
    Silence,
    Unavailable,
    Unrecognised,
    Utterance,
    Verified,
    Verify,
    sentences,
)
from ivr.policies.lockout import Limits, Lock, lock_of
from ivr.ports.archive import ArchiveDown
from ivr.ports.attempts import Attempts
from ivr.ports.bank import Bank, BankDown, BankRefused
from ivr.ports.clock import Clock
from ivr.ports.sms import OneTimeCodes
from ivr.ports.voice import Keypad, VoiceSession

log = structlog.get_logger(__name__)

NUMBER = Keypad(shortest=4, longest=20, flush=False)
"""Any number a caller may be found by; typed ahead or not. Fewer digits than are read back are none."""
CONTACT = Keypad(shortest=1, longest=12, flush=True)
SECRET = Keypad(shortest=6, longest=6, flush=True)
"""Phone password and one-time code: six digits (DOMAIN.md)."""

Unheard: TypeAlias = Callable[[], AbstractAsyncContextManager[bool]]
"""What is said and keyed within it is in no recording; False where that cannot be had."""


async def _keyed(
    session: VoiceSession, unheard: Unheard, spoken: tuple[Utterance, ...], keypad: Keypad, patience: float
) -> SecretDigits | Incomplete | Escaped | Silence | Unavailable:
    """Digits that nobody may see or hear. Where the recording would hear them, they are not asked for."""
    async with unheard() as safe:
        return await session.keypad(spoken, keypad, patience) if safe else Unavailable()


def please_wait(asked: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
    """What is said when the check takes long, in the language that was asked in."""
    return sentences(asked[-1].language, "please_wait_asking")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who calls, and how sure we are."""

    bank: Bank
    attempts: Attempts
    codes: OneTimeCodes
    clock: Clock
    limits: Limits

    async def identify(
        self, session: VoiceSession, step: Identify, incoming: Incoming, unheard: Unheard
    ) -> Recognised | Unrecognised | Incomplete | Escaped | Silence | Unavailable:
        """Level 2. A lock does not stand in its way: a loss report needs it. Raises what the session raises."""
        keyed = await _keyed(session, unheard, step.sentences, NUMBER, step.patience)
        if not isinstance(keyed, SecretDigits):
            return keyed
        try:
            return await session.meanwhile(self._recognise(keyed, step, incoming), please_wait(step.sentences))
        except (BankDown, BankRefused) as fault:
            log.warning("identify_unavailable", call_id=incoming.call_id, why=str(fault))
            return Unavailable()

    async def _recognise(self, keyed: SecretDigits, step: Identify, incoming: Incoming) -> Recognised | Unrecognised:
        for kind in step.ways:
            found = await self.bank.identify(kind, keyed)
            if found is not None:
                facts = await self.bank.facts(found.customer)
                return Recognised(facts=facts, kind=found.kind, last_four=found.last_four)
        try:
            await self._note(incoming, None, Means.IDENTIFY, right=False)
        except ArchiveDown:  # it only counts towards a lock of this phone
            log.warning("attempt_not_noted", call_id=incoming.call_id)
        return Unrecognised()

    async def verify(
        self, session: VoiceSession, step: Verify, incoming: Incoming, unheard: Unheard
    ) -> Verified | Denied | Expired | LockedOut | Incomplete | Escaped | Silence | Unavailable:
        """Level 3 or 4. Where nobody can count the wrong tries, none is allowed. Raises what the session raises."""
        try:
            if await self._lock(step.customer, incoming) is not None:
                return LockedOut()
            if self._is_too_late(step):
                return Expired()
            number: SecretDigits | None = None
            if step.contact_sentences:
                entry = await _keyed(session, unheard, step.contact_sentences, CONTACT, step.patience)
                if not isinstance(entry, SecretDigits):
                    return entry
                number = entry
            secret = await _keyed(session, unheard, step.sentences, SECRET, step.patience)
            if not isinstance(secret, SecretDigits):
                return secret
            if self._is_too_late(step):
                return Expired()
            checked = self._check(step, incoming, number, secret)
            return await session.meanwhile(checked, please_wait(step.sentences))
        except (BankDown, BankRefused, ArchiveDown) as fault:
            log.warning("verify_unavailable", call_id=incoming.call_id, why=str(fault))
            return Unavailable()

    def _is_too_late(self, step: Verify) -> bool:
        return step.sent_at is not None and self.codes.is_over(step.sent_at, self.clock.now())

    async def _check(
        self, step: Verify, incoming: Incoming, number: SecretDigits | None, secret: SecretDigits
    ) -> Verified | Denied:
        contact = None
        match step.means:
            case Means.CODE if step.code is not None and step.sent_at is not None:
                right = self.codes.matches(step.code, secret, step.sent_at, self.clock.now())
            case Means.PASSWORD if number is not None:
                contact = await self.bank.check_contact(step.customer, number, secret)
                right = contact is not None
            case Means.PASSWORD:
                right = await self.bank.check_password(step.customer, secret)
            case _:
                raise ValueError(f"a step that cannot be checked: {step.means}")
        await self._note(incoming, step.customer, step.means, right=right)
        return Verified(contact) if right else Denied(await self._left(step.customer, incoming))

    async def _left(self, customer: CustomerToken, incoming: Incoming) -> int:
        """Tries left in this call."""
        if await self._lock(customer, incoming) is not None:
            return 0
        wrong = [attempt for attempt in await self._secrets_of(incoming) if attempt.outcome is Tried.WRONG]
        return max(self.limits.in_call - len(wrong), 1)

    async def _lock(self, customer: CustomerToken, incoming: Incoming) -> Lock | None:
        now = self.clock.now()
        since = now - self.limits.looks_back
        about = await self.attempts.of_customer(customer, since)
        number = incoming.caller_number
        from_here = await self.attempts.of_caller(number, since) if number else []
        return lock_of(await self._secrets_of(incoming), about, from_here, now, self.limits)

    async def _secrets_of(self, incoming: Incoming) -> list[Attempt]:
        """What was tried in this call. A card number of nineteen digits is mistyped easily: that is no wrong secret."""
        tried = await self.attempts.of_call(incoming.call_id)
        return [attempt for attempt in tried if attempt.means is not Means.IDENTIFY]

    async def _note(self, incoming: Incoming, customer: CustomerToken | None, means: Means, *, right: bool) -> None:
        await self.attempts.note(
            Attempt(
                call_id=incoming.call_id,
                customer=customer,
                caller_number=incoming.caller_number,
                means=means,
                outcome=Tried.RIGHT if right else Tried.WRONG,
                at=self.clock.now(),
            )
        )
