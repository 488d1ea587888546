"""The gateway in memory keeps the gateway's promises, and plays the faults that tests of calls need."""

import pytest

from ivr.adapters.memory.clock import VirtualClock
from ivr.adapters.memory.sms import MemorySms
from ivr.ports.sms import SmsDown
from tests.contracts.sms_contract import MOBILE, ONE, SmsContract, SmsWorld


class TestMemorySms(SmsContract):
    """Every promise of the port."""

    @pytest.fixture
    def world(self) -> SmsWorld:
        """Nothing was sent yet."""
        clock = VirtualClock()
        sms = MemorySms(clock)
        return SmsWorld(sms=sms, read=sms.read_latest, clock=clock)


async def test_it_can_play_a_gateway_that_is_down_and_one_that_loses_its_answer() -> None:
    """The first sends nothing, the second sends."""
    sms = MemorySms()
    sms.down = True
    with pytest.raises(SmsDown):
        await sms.send(MOBILE, "一", ONE)
    sms.down, sms.loses_answers = False, True
    assert await sms.outcome(ONE) is None
    with pytest.raises(SmsDown):
        await sms.send(MOBILE, "一", ONE)
    assert await sms.outcome(ONE) is not None
