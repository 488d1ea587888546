"""One-time codes: the same after a crash, another for every sending, and good for five minutes."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.adapters.keyring import FileKeyring
from ivr.adapters.memory.clock import EPOCH
from ivr.adapters.memory.keyring import MemoryKeyring
from ivr.adapters.secrets import Secrets
from ivr.adapters.sms.codes import HotpCodes
from ivr.domain.ids import EffectId
from ivr.domain.secret import SecretDigits
from tests.contracts.sms_contract import ONE, TWO

effects = st.builds(lambda call, step: EffectId(f"n1-17.{call}/{step}"), st.integers(1), st.integers(1))
codes = HotpCodes(MemoryKeyring())


def test_a_crash_does_not_change_the_code(tmp_path: Path) -> None:
    """Two processes of one home make the same; another home another."""
    first, second = (HotpCodes(FileKeyring(Secrets(tmp_path / "secrets"))) for _ in range(2))
    other = HotpCodes(FileKeyring(Secrets(tmp_path / "other")))
    assert first.code(ONE).reveal() == second.code(ONE).reveal()
    assert len({maker.code(key).reveal() for maker in (first, other) for key in (ONE, TWO)}) > 1


@given(effect=effects, seconds=st.floats(0, 299.999))
def test_the_code_is_right_for_five_minutes(effect: EffectId, seconds: float) -> None:
    """Six digits."""
    code = codes.code(effect)
    assert len(code.reveal()) == 6
    assert codes.matches(effect, code, EPOCH, EPOCH + timedelta(seconds=seconds))


@given(effect=effects, seconds=st.floats(300, 10_000))
def test_then_it_is_wrong(effect: EffectId, seconds: float) -> None:
    """Also where the clock went back behind its sending."""
    code = codes.code(effect)
    assert not codes.matches(effect, code, EPOCH, EPOCH + timedelta(seconds=seconds))
    assert not codes.matches(effect, code, EPOCH, EPOCH - timedelta(seconds=seconds))


@given(effect=effects, keyed=st.text("0123456789*", min_size=1, max_size=12))
def test_any_other_code_is_wrong(effect: EffectId, keyed: str) -> None:
    """Longer, shorter, with stars."""
    right = codes.code(effect).reveal()
    assert codes.matches(effect, SecretDigits(keyed), EPOCH, EPOCH) == (keyed == right)


@pytest.mark.parametrize("other", [TWO, EffectId(f"{ONE}0"), EffectId("")])
def test_a_code_belongs_to_its_sending(other: EffectId) -> None:
    """A code of an earlier call, or step, opens nothing here."""
    keyring = MemoryKeyring()
    made = HotpCodes(keyring)
    if made.code(other).reveal() != made.code(ONE).reveal():  # one in a million is the same
        assert not made.matches(ONE, made.code(other), EPOCH, EPOCH)
