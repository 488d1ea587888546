"""What every gateway promises. A subclass gives the fixture `world`: a gateway, a phone to read by, and its clock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import pytest

from ivr.adapters.memory.clock import VirtualClock
from ivr.domain.ids import CallId, EffectId, effect_id
from ivr.domain.secret import SecretDigits
from ivr.ports.sms import Sms, SmsRefusal, SmsRefused, SmsState

ONE, TWO = effect_id(CallId("n1-1767603600.1"), 7), effect_id(CallId("n1-1767603600.1"), 9)
MOBILE, OTHER = "+8613800000003", "+8613800000012"
WITH_CODE = "您的验证码是{code}，五分钟内有效。"
Phone: TypeAlias = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsWorld:
    """A gateway and what a test has to know of it."""

    sms: Sms
    read: Phone
    """The newest unread message on a mobile."""
    clock: VirtualClock


class SmsContract:
    """Run against each implementation."""

    async def test_a_message_arrives_with_its_code(self, world: SmsWorld) -> None:
        """Filled in on the way; who sends never has it in clear."""
        sent = await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
        assert (sent.state, sent.accepted_at) == (SmsState.ACCEPTED, world.clock.now())
        assert await world.read(OTHER) is None
        assert await world.read(MOBILE) == "您的验证码是042917，五分钟内有效。"
        assert await world.sms.outcome(ONE) == replace(sent, state=SmsState.DELIVERED)

    async def test_a_message_is_read_once(self, world: SmsWorld) -> None:
        """Then it is gone."""
        await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
        assert await world.read(MOBILE) is not None
        assert await world.read(MOBILE) is None

    async def test_sending_again_is_sending_once(self, world: SmsWorld) -> None:
        """The same answer however much later, also after it was read; the life of its code counts from the first."""
        first = await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
        await world.clock.advance(60)
        assert await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917")) == first
        assert await world.read(MOBILE) is not None
        again = await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
        assert again == replace(first, state=SmsState.DELIVERED)
        assert await world.read(MOBILE) is None

    async def test_another_message_under_a_used_key_is_refused(self, world: SmsWorld) -> None:
        """Another number, text or code; the first one stands."""
        await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
        for to, text, code in (
            (OTHER, WITH_CODE, SecretDigits("042917")),
            (MOBILE, f"{WITH_CODE}!", SecretDigits("042917")),
            (MOBILE, WITH_CODE, SecretDigits("042918")),
            (MOBILE, "您的工单已受理。", None),
        ):
            with pytest.raises(SmsRefused) as refused:
                await world.sms.send(to, text, ONE, code=code)
            assert refused.value.reason is SmsRefusal.EFFECT_REUSED
        assert "042917" in (await world.read(MOBILE) or "")

    @pytest.mark.parametrize("number", ["", "13800000003", "+86 138", "anonymous", "+0123456789", "+8613800000003\r\n"])
    async def test_what_is_no_number_is_refused(self, world: SmsWorld, number: str) -> None:
        """E.164 alone."""
        with pytest.raises(SmsRefused) as refused:
            await world.sms.send(number, "您的工单已受理。", ONE)
        assert refused.value.reason is SmsRefusal.WRONG_NUMBER
        assert await world.sms.outcome(ONE) is None

    async def test_text_and_code_go_together(self, world: SmsWorld) -> None:
        """A code without a place, or a place without a code, is a fault of ours; the error does not repeat either."""
        with pytest.raises(ValueError, match="needs a code") as refused:
            await world.sms.send(MOBILE, "没有位置", ONE, code=SecretDigits("042917"))
        assert "042917" not in str(refused.value)
        with pytest.raises(ValueError, match="needs a code"):
            await world.sms.send(MOBILE, WITH_CODE, ONE)

    async def test_a_message_that_nobody_reads_expires(self, world: SmsWorld) -> None:
        """After five minutes its code is worth nothing, and its text is gone."""
        sent = await world.sms.send(MOBILE, WITH_CODE, ONE, code=SecretDigits("042917"))
        await world.clock.advance(300)
        assert await world.sms.outcome(ONE) == replace(sent, state=SmsState.EXPIRED)
        assert await world.read(MOBILE) is None

    async def test_the_newest_comes_first(self, world: SmsWorld) -> None:
        """As on a phone."""
        await world.sms.send(MOBILE, "一", ONE)
        await world.sms.send(MOBILE, "二", TWO)
        assert [await world.read(MOBILE), await world.read(MOBILE), await world.read(MOBILE)] == ["二", "一", None]

    async def test_an_unknown_message_has_no_outcome(self, world: SmsWorld) -> None:
        """Asking sends nothing."""
        assert await world.sms.outcome(EffectId("n1-17.9/1")) is None

    async def test_sent_twice_at_once_it_is_sent_once(self, world: SmsWorld) -> None:
        """Two controllers that both believe it is theirs."""
        first, second = await asyncio.gather(*(world.sms.send(MOBILE, "一", ONE) for _ in range(2)))
        assert first == second
        assert [await world.read(MOBILE), await world.read(MOBILE)] == ["一", None]
